"""NumPy twin of the kernel `normal_tail`."""

from __future__ import annotations

import numpy as np
from scipy import special


def normal_tail(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two-sided normal tail probability of |z| and its natural logarithm; same shape as ``z``."""
    magnitude = np.abs(np.asarray(z, dtype=np.float64))
    return special.erfc(magnitude / np.sqrt(2.0)), special.log_ndtr(-magnitude) + np.log(2.0)
