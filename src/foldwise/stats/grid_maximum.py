"""Maximum of a function known on a grid, by a cubic spline through its values (edgeR specification, section 6).

Forsythe, Malcolm and Moler 1977, Computer Methods for Mathematical Computations, chapter 4 (netlib, public domain).
"""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats


def grid_maximum(grid: Floats, values: Floats, n_threads: int = 1) -> Floats:
    """Place of the maximum of each row.

    Parameters
    ----------
    grid : ndarray, (n_grid,)
        Ascending, at least four points.
    values : ndarray, (n_rows, n_grid)
    n_threads : int

    Returns
    -------
    ndarray, (n_rows,)
        The best grid point, or a higher point of the spline in a segment beside it. The root of the derivative is taken
        in the textbook form, whose cancellation for parabolas is part of edgeR's answer.
    """
    rows = np.ascontiguousarray(values, dtype=np.float64)
    return np.asarray(_kernels.grid_maximum(np.ascontiguousarray(grid, dtype=np.float64), rows, n_threads=n_threads))
