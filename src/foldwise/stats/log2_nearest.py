"""Logarithms to base 2, rounded to nearest.

TMM ranks log ratios of small whole numbers, many of which are equal or differ by rounding only: a logarithm that is
off by one unit in the last place moves genes across a cut. The kernel carries the sum in two doubles (Dekker 1971):
the result is the nearest double in all but about one of a million cases, on every machine.
"""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats


def log2_nearest(x: Floats) -> Floats:
    """Logarithm to base 2 of positive normal numbers, of the shape of ``x``."""
    return np.asarray(_kernels.elementwise("log2_nearest", np.ascontiguousarray(x, dtype=np.float64)))
