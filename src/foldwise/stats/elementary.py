"""Elementary functions from the kernels: same bits on every processor, unlike ``np.log`` and its like.

All take and return float64 arrays of any shape.
"""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats

LN2 = 0.6931471805599453


def log(x: Floats) -> Floats:
    """Natural logarithm."""
    return _apply("log", x)


def log2(x: Floats) -> Floats:
    """Logarithm to base 2, as ln x / ln 2."""
    return _apply("log", x) / LN2


def log1p(x: Floats) -> Floats:
    """ln(1 + x)."""
    return _apply("log1p", x)


def exp(x: Floats) -> Floats:
    """Exponential of arguments between -708 and 709."""
    return _apply("exp", x)


def expm1(x: Floats) -> Floats:
    """exp(x) - 1."""
    return _apply("expm1", x)


def log_gamma(x: Floats) -> Floats:
    """Log gamma function of x > 0."""
    return _apply("lgamma", x)


def trigamma(x: Floats) -> Floats:
    """Second derivative of the log gamma function of x > 0."""
    return _apply("trigamma", x)


def asinh(x: Floats) -> Floats:
    """Inverse hyperbolic sine of x >= 0."""
    return log1p(x + x * (x / (1.0 + np.sqrt(1.0 + x * x))))


def sinh(x: Floats) -> Floats:
    """Hyperbolic sine of x >= 0."""
    e = expm1(x)
    return 0.5 * (e + e / (e + 1.0))


def atanh(x: Floats) -> Floats:
    """Inverse hyperbolic tangent of -1 < x < 1."""
    return np.asarray(0.5 * (log1p(x) - log1p(-np.asarray(x))))


def tanh(x: Floats) -> Floats:
    """Hyperbolic tangent of |x| < 300."""
    e = expm1(2.0 * np.asarray(x))
    return np.asarray(e / (e + 2.0))


def _apply(name: str, x: Floats) -> Floats:
    return np.asarray(_kernels.elementwise(name, np.ascontiguousarray(x, dtype=np.float64)))
