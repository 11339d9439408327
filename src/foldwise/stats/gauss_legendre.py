"""Nodes and weights of Gauss-Legendre quadrature by Newton's method on the Legendre polynomial."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from foldwise.stats.arrays import Floats

MAX_STEPS = 100


@lru_cache(maxsize=8)
def gauss_legendre(n: int) -> tuple[Floats, Floats]:
    """Nodes and weights (n,) of the rule on [0, 1], nodes ascending; exact for polynomials of degree 2n - 1."""
    # Tricomi's approximation, good to 1e-4: the cosine's last digit has no influence after Newton's steps.
    k = np.arange(n, 0, -1)
    x = np.cos(np.pi * (k - 0.25) / (n + 0.5))
    for _ in range(MAX_STEPS):
        value, slope = _legendre(x, n)
        step = value / slope
        x = x - step
        if np.max(np.abs(step)) < 1e-15:
            break
    _, slope = _legendre(x, n)
    nodes, weights = 0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * slope * slope)
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights


def _legendre(x: Floats, n: int) -> tuple[Floats, Floats]:
    """Value and slope of the Legendre polynomial of degree n by the three-term recurrence."""
    before, value = np.ones_like(x), x
    for k in range(2, n + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, n * (x * value - before) / (x * x - 1.0)
