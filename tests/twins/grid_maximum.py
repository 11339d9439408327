"""NumPy twin of the kernel `grid_maximum`: maximum of a cubic spline (edgeR specification, section 6).

Forsythe, Malcolm and Moler 1977, Computer Methods for Mathematical Computations, chapter 4 (netlib, public domain).
"""

from __future__ import annotations

import numpy as np

Floats = np.ndarray


def grid_maximum(grid: Floats, values: Floats, n_threads: int = 1) -> Floats:
    """Place of the maximum of each row.

    Parameters
    ----------
    grid : ndarray, (n_grid,)
        Ascending, at least four points.
    values : ndarray, (n_rows, n_grid)

    Returns
    -------
    ndarray, (n_rows,)
        The best grid point, or a higher point of the spline in a segment beside it. The root of the derivative is taken
        in the textbook form, whose cancellation for parabolas is part of edgeR's answer.
    """
    y = np.ascontiguousarray(values.T)
    h = np.diff(grid)
    slope = np.diff(y, axis=0) / h[:, None]
    g = _third_of_half_second_derivatives(grid, h, slope)
    best = np.argmax(y, axis=0)
    rows = np.arange(y.shape[1])
    place, top = grid[best], y[best, rows]
    for segment, exists in ((best - 1, best > 0), (best, best < len(grid) - 1)):
        i = np.clip(segment, 0, len(grid) - 2)
        b = slope[i, rows] - h[i] * (2.0 * g[i, rows] + g[i + 1, rows])
        c = 3.0 * g[i, rows]
        d = (g[i + 1, rows] - g[i, rows]) / h[i]
        square = c * c - 3.0 * d * b
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (-c - np.sqrt(np.maximum(square, 0.0))) / (3.0 * d)
            height = ((d * t + c) * t + b) * t + y[i, rows]
            better = exists & (square >= 0) & (t > 0) & (t < h[i]) & (height > top)
        place = np.where(better, grid[i] + t, place)
        top = np.where(better, height, top)
    return np.asarray(place)


def _third_of_half_second_derivatives(grid: Floats, h: Floats, slope: Floats) -> Floats:
    """Solve the tridiagonal system of the spline for all rows at once; (n_grid, n_rows)."""
    n = len(grid)
    right = np.empty((n, slope.shape[1]))
    right[1:-1] = slope[1:] - slope[:-1]
    # At both ends the third derivative is that of the cubic through four points.
    first = right[2] / (grid[3] - grid[1]) - right[1] / (grid[2] - grid[0])
    last = right[-2] / (grid[-1] - grid[-3]) - right[-3] / (grid[-2] - grid[-4])
    right[0] = first * h[0] * h[0] / (grid[3] - grid[0])
    right[-1] = -last * h[-1] * h[-1] / (grid[-1] - grid[-4])
    diagonal = np.empty(n)
    diagonal[0], diagonal[-1] = -h[0], -h[-1]
    diagonal[1:-1] = 2.0 * (h[:-1] + h[1:])
    for i in range(1, n):
        t = h[i - 1] / diagonal[i - 1]
        diagonal[i] -= t * h[i - 1]
        right[i] -= t * right[i - 1]
    right[-1] /= diagonal[-1]
    for i in range(n - 2, -1, -1):
        right[i] = (right[i] - h[i] * right[i + 1]) / diagonal[i]
    return right
