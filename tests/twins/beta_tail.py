"""NumPy twin of the kernel `beta_tail`."""

from __future__ import annotations

import numpy as np
from scipy import special


def beta_tail(ratio: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Regularized incomplete beta function I_x(a, b) at x = 1 / (1 + ratio), the tail of t and F.

    Parameters
    ----------
    ratio, a, b : ndarray, (n,)
        ``a`` and ``b`` positive; a ratio of at most 0 gives 1, an infinite one 0, NaN anywhere NaN.
    """
    x, rest = 1.0 / (1.0 + ratio), ratio / (1.0 + ratio)
    with np.errstate(all="ignore"):
        tail = np.where(x <= 0.5, special.betainc(a, b, x), special.betaincc(b, a, rest))
    tail = np.where(ratio <= 0, 1.0, np.where(np.isposinf(ratio), 0.0, tail))
    return np.where(np.isnan(ratio) | ~(a > 0) | ~(b > 0), np.nan, tail)
