"""Root of a function in an interval by Brent's method, with its own stop rule as part of the answer.

Brent 1973, Algorithms for Minimization without Derivatives, chapter 4 (Netlib's ``zeroin``, public domain).
"""

from __future__ import annotations

from collections.abc import Callable

MACHINE_EPSILON = 2.0**-52
MAX_STEPS = 1000


def zeroin(f: Callable[[float], float], low: float, high: float, tolerance: float) -> float:
    """Return a point of ``[low, high]`` near a sign change of ``f``.

    Parameters
    ----------
    f : callable
        Continuous, with values of opposite sign at the ends.
    low, high : float
        The interval.
    tolerance : float
        Width of the last bracket. The answer is not polished beyond it: R's users see these digits.
    """
    a, b = low, high
    fa, fb = f(a), f(b)
    c, fc = a, fa
    for _ in range(MAX_STEPS):
        previous = b - a
        if abs(fc) < abs(fb):
            # b is the best point so far, c on the other side of the root.
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        smallest = 2 * MACHINE_EPSILON * abs(b) + tolerance / 2
        half = (c - b) / 2
        if abs(half) <= smallest or fb == 0:
            return b
        step = half
        if abs(previous) >= smallest and abs(fa) > abs(fb):
            p, q = _interpolate(a, b, c, fa, fb, fc)
            if p < 0.75 * (c - b) * q - abs(smallest * q) / 2 and p < abs(previous * q / 2):
                step = p / q
        if abs(step) < smallest:
            step = smallest if step > 0 else -smallest
        a, fa = b, fb
        b += step
        fb = f(b)
        if (fb > 0) == (fc > 0):
            c, fc = a, fa
    return b


def _interpolate(a: float, b: float, c: float, fa: float, fb: float, fc: float) -> tuple[float, float]:
    """Numerator and denominator of the secant step, or of the inverse quadratic step where three points differ."""
    if a == c:
        ratio = fb / fa
        p, q = (c - b) * ratio, 1 - ratio
    else:
        q, t1, t2 = fa / fc, fb / fc, fb / fa
        p = t2 * ((c - b) * q * (q - t1) - (b - a) * (t1 - 1))
        q = (q - 1) * (t1 - 1) * (t2 - 1)
    return (p, -q) if p > 0 else (-p, q)
