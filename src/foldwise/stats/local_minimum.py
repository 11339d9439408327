"""Minimum of a function of one variable by Brent's method, with its own stop rule as part of the answer.

Brent 1973, Algorithms for Minimization without Derivatives, chapter 5 (Netlib's ``fmin``, public domain).
"""

from __future__ import annotations

import math
from collections.abc import Callable

GOLDEN = (3.0 - math.sqrt(5.0)) / 2.0
ROOT_EPSILON = math.sqrt(2.0**-52)
# Machine precision to the power 1/4: the width to which R's ``optimize`` searches unless told otherwise.
DEFAULT_TOLERANCE = 2.0**-13
MAX_STEPS = 1000


def local_minimum(f: Callable[[float], float], low: float, high: float, tolerance: float = DEFAULT_TOLERANCE) -> float:
    """Return the point of ``[low, high]`` at which the search for a minimum of ``f`` ends.

    Parameters
    ----------
    f : callable
        Unimodal in the interval.
    low, high : float
        The interval.
    tolerance : float
        Width at which the search stops. The answer is not polished beyond it: R's users see these digits.
    """
    a, b = low, high
    x = w = v = a + GOLDEN * (b - a)
    fx = fw = fv = f(x)
    step = before = 0.0
    for _ in range(MAX_STEPS):
        middle = 0.5 * (a + b)
        smallest = ROOT_EPSILON * abs(x) + tolerance / 3.0
        if abs(x - middle) <= 2.0 * smallest - 0.5 * (b - a):
            break
        p, q = _parabola(x, w, v, fx, fw, fv) if abs(before) > smallest else (0.0, 0.0)
        last, before = before, step
        if abs(p) >= abs(0.5 * q * last) or p <= q * (a - x) or p >= q * (b - x):
            # The larger part by golden section, where the parabola leads nowhere.
            before = (b if x < middle else a) - x
            step = GOLDEN * before
        else:
            step = p / q
            if x + step - a < 2.0 * smallest or b - (x + step) < 2.0 * smallest:
                step = smallest if x < middle else -smallest
        u = x + (step if abs(step) >= smallest else math.copysign(smallest, step))
        fu = f(u)
        if fu <= fx:
            a, b = (a, x) if u < x else (x, b)
            v, fv, w, fw, x, fx = w, fw, x, fx, u, fu
        else:
            a, b = (u, b) if u < x else (a, u)
            if fu <= fw or w == x:
                v, fv, w, fw = w, fw, u, fu
            elif fu <= fv or v in (x, w):
                v, fv = u, fu
    return x


def _parabola(x: float, w: float, v: float, fx: float, fw: float, fv: float) -> tuple[float, float]:
    """Numerator and (positive) denominator of the step to the vertex of the parabola through three points."""
    r = (x - w) * (fx - fv)
    q = (x - v) * (fx - fw)
    p = (x - v) * q - (x - w) * r
    q = 2.0 * (q - r)
    return (-p, q) if q > 0.0 else (p, -q)
