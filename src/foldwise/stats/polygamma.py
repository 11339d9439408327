"""Digamma and its relatives where differences and inverses of them are wanted (Abramowitz and Stegun, section 6.4)."""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import log, trigamma

# Series of ln x - digamma(x) - 1/(2x) in 1/x^2: B_2k / (2k); below 1e-15 from 8 on.
DIGAMMA_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
SERIES_FROM = 8.0
# Series of -x^2 tetragamma(x) in 1/x: after 1 + 1/x, terms B_2k (2k + 1) / x^2k from x = 16 on.
TETRAGAMMA_SERIES = (1 / 2, -1 / 6, 1 / 6, -3 / 10, 5 / 6, -691 / 210)
TETRAGAMMA_FROM = 16
# Beyond these the inverse of the trigamma function is its limit; Newton's steps stop at this relative size.
INVERSE_LARGE, INVERSE_SMALL, INVERSE_STOP = 1e7, 1e-6, 1e-8
MAX_NEWTON = 51


def log_minus_digamma(x: Floats) -> Floats:
    """Return ln x - digamma(x) of positive values of any shape, without cancellation for large ones."""
    x = np.asarray(x, dtype=np.float64)
    inverse = 1.0 / np.maximum(x, SERIES_FROM)
    series = 0.5 * inverse + _power_series(inverse * inverse, DIGAMMA_SERIES) * inverse * inverse
    small = x < SERIES_FROM
    if not small.any():
        return series
    direct = log(x[small]) - np.asarray(_kernels.elementwise("digamma", np.ascontiguousarray(x[small])))
    result = np.array(series)
    result[small] = direct
    return result


def tetragamma(x: Floats) -> Floats:
    """Third derivative of the log gamma function of positive values of any shape."""
    z = np.array(x, dtype=np.float64)
    shift = np.zeros_like(z)
    for _ in range(TETRAGAMMA_FROM):
        below = z < TETRAGAMMA_FROM
        shift = np.where(below, shift + 2.0 / (z * z * z), shift)
        z = np.where(below, z + 1.0, z)
    inverse = 1.0 / z
    square = inverse * inverse
    return -(shift + square * (1.0 + inverse + square * _power_series(square, TETRAGAMMA_SERIES)))


def trigamma_inverse(value: float) -> float:
    """Return the x at which the trigamma function is ``value``; NaN below 0 (limma specification, section 0.6)."""
    if not value >= 0:
        return float("nan")
    if value > INVERSE_LARGE:
        return float(1.0 / np.sqrt(value))
    if value < INVERSE_SMALL:
        return 1.0 / value if value > 0 else float("inf")
    y = np.array([0.5 + 1.0 / value])
    # Newton's method on 1 / trigamma, which is convex and nearly straight.
    for _ in range(MAX_NEWTON):
        tri = trigamma(y)
        step = tri * (1.0 - tri / value) / tetragamma(y)
        y = y + step
        if -step[0] / y[0] < INVERSE_STOP:
            break
    return float(y[0])


def _power_series(x: Floats, coefficients: tuple[float, ...]) -> Floats:
    total = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total
