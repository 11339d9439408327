"""Interpolating cubic spline with the end conditions of Forsythe, Malcolm and Moler 1977 (section 4.4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats


@dataclass(frozen=True, eq=False)
class CubicSpline:
    """Cubic pieces: value, and coefficients of d, d^2, d^3 with d = distance to the knot on the left; (n_knots,)."""

    knots: Floats
    values: Floats
    linear: Floats
    quadratic: Floats
    cubic: Floats

    def evaluate(self, x: Floats) -> Floats:
        """Value at each x (any shape); outside the knots the end pieces go on."""
        piece = np.maximum(np.searchsorted(self.knots, x, side="right") - 1, 0)
        d = x - self.knots[piece]
        return np.asarray(
            self.values[piece] + d * (self.linear[piece] + d * (self.quadratic[piece] + d * self.cubic[piece]))
        )


def fmm_spline(x: Floats, y: Floats) -> CubicSpline:
    """Spline through (x, y), x ascending, at least four points.

    The third derivatives at both ends are those of the cubics through the four points there.
    """
    n = len(x)
    h = np.diff(x)
    slope = np.diff(y) / h
    # Tridiagonal system for the second derivatives / 6.
    diagonal = np.empty(n)
    diagonal[0], diagonal[-1] = -h[0], -h[-1]
    diagonal[1:-1] = 2 * (h[:-1] + h[1:])
    right = np.empty(n)
    right[1:-1] = np.diff(slope)
    third = right[1:-1] / (x[2:] - x[:-2])
    right[0] = (third[1] - third[0]) / (x[3] - x[0]) * (h[0] * h[0])
    right[-1] = -(third[-1] - third[-2]) / (x[-1] - x[-4]) * (h[-1] * h[-1])
    c = np.array(_solve_tridiagonal(h.tolist(), diagonal.tolist(), right.tolist()))
    linear = np.empty(n)
    linear[:-1] = slope - h * (c[1:] + 2 * c[:-1])
    linear[-1] = slope[-1] + h[-1] * (c[-2] + 2 * c[-1])
    cubic = np.empty(n)
    cubic[:-1] = np.diff(c) / h
    cubic[-1] = cubic[-2]
    return CubicSpline(x, y, linear, 3 * c, cubic)


def _solve_tridiagonal(off: list[float], diagonal: list[float], right: list[float]) -> list[float]:
    """Solve the symmetric tridiagonal system with off-diagonal ``off`` (n - 1,) by elimination."""
    n = len(diagonal)
    for i in range(1, n):
        factor = off[i - 1] / diagonal[i - 1]
        diagonal[i] -= factor * off[i - 1]
        right[i] -= factor * right[i - 1]
    solution = right
    solution[-1] = right[-1] / diagonal[-1]
    for i in range(n - 2, -1, -1):
        solution[i] = (right[i] - off[i] * solution[i + 1]) / diagonal[i]
    return solution
