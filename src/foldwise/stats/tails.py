"""Upper tails of the normal, t, chi-squared and F distributions, accurate far out, without scipy.

Importing ``scipy.special`` costs as much as fitting a whole experiment, and its last digits come from the C library.
Sources: closed sums for the chi-squared distribution with whole degrees of freedom (Abramowitz and Stegun 26.4.4,
26.4.5); the continued fraction of the incomplete beta function (A&S 26.5.8; DLMF 8.17.22), in the kernel
``beta_tail``; Stirling's series (A&S 6.1.40).
"""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import exp, log, log1p, log_gamma

# From here on R's normal tail is exactly 0; the last positive value is 2.2e-308.
NORMAL_TAIL_END = 37.5193
HALF_LOG_2PI = 0.9189385332046727418
# exp() of smaller arguments leaves the normal range of doubles and is taken in two halves.
EXP_FLOOR = -700.0
MAX_FRACTION_STEPS = 20_000
FRACTION_TOLERANCE = 1e-16
TINY = 1e-300
# Stirling's correction of ln Gamma: B_2k / (2k (2k - 1)), enough terms for one unit in the last place from 10 on.
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
STIRLING_FROM = 10.0


def _exp(x: Floats) -> Floats:
    """Exponential that ends in 0, by way of the subnormal numbers."""
    far = x < EXP_FLOOR
    if not far.any():
        return exp(x)
    root = exp(np.where(far, 0.5 * np.maximum(x, -1416.0), x))
    return np.where(far, np.where(x < -1416.0, 0.0, root * root), root)


def normal_two_sided(z: Floats) -> Floats:
    """Two-sided normal tail probability of ``|z|``; 0 from 37.5193 on, as in R.

    Parameters
    ----------
    z : ndarray
        Any shape; NaN gives NaN.
    """
    p, _ = _kernels.normal_tail(np.ascontiguousarray(z, dtype=np.float64))
    return np.where(np.abs(z) >= NORMAL_TAIL_END, 0.0, p)


def normal_upper(z: Floats) -> Floats:
    """Upper normal tail probability of ``z``; any shape."""
    half = 0.5 * normal_two_sided(z)
    return np.where(z >= 0, half, 1.0 - half)


def t_two_sided(t: Floats, df: Floats | float) -> Floats:
    """Two-sided tail probability of Student's t distribution.

    Parameters
    ----------
    t : ndarray, (n,)
    df : ndarray (n,) or float
        Degrees of freedom, whole or not. NaN and values that are not positive give NaN.

    Returns
    -------
    ndarray, (n,)
        Relative error below 1e-13 up to probabilities of 1e-300.
    """
    t, df = np.broadcast_arrays(np.asarray(t, dtype=np.float64), np.asarray(df, dtype=np.float64))
    p = np.reshape(_kernels.student_tail(np.ravel(t), np.ravel(df))[0], t.shape)
    infinite = np.isposinf(df) & ~np.isnan(t)
    if infinite.any():
        p = np.where(infinite, normal_two_sided(t), p)
    return p


# Up to here the continued fraction needs few steps and loses few digits.
QUICK_DF = 1e4


def t_two_sided_quick(t: Floats, df: Floats | float) -> Floats:
    """`t_two_sided` in a third of its time: its logarithms have one word, so 3e-13 of the digits of p go.

    For tests whose t has no more digits itself; input and output as there.
    """
    t, df = np.broadcast_arrays(np.asarray(t, dtype=np.float64), np.asarray(df, dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.ravel(t * (t / df))
    many = df > QUICK_DF
    half = np.ravel(0.5 * (np.where(many, 1.0, df) if many.any() else df))
    p = np.reshape(_kernels.beta_tail(ratio, half, np.full(len(ratio), 0.5)), t.shape)
    if many.any():
        p[many] = t_two_sided(t[many], df[many])
    return p


def t_upper(t: Floats, df: Floats | float) -> Floats:
    """Upper tail probability of Student's t distribution; input as for `t_two_sided`."""
    half = 0.5 * t_two_sided(t, df)
    return np.where(np.asarray(t) >= 0, half, 1.0 - half)


def f_upper(f: Floats, df1: Floats | float, df2: Floats | float) -> Floats:
    """Upper tail probability of the F distribution with ``df1`` and ``df2`` degrees of freedom; (n,) each or float."""
    arguments = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (f, df1, df2)))
    return np.reshape(_kernels.f_tail(*(np.ravel(v) for v in arguments))[0], arguments[0].shape)


def f_quantile(upper: float, df1: float, df2: float) -> float:
    """Value that an F variable exceeds with probability ``upper``; relative error about 1e-14.

    Newton steps on the logarithms of value and tail probability, kept inside a bracket.
    """
    low, high = -700.0, 700.0
    log_target = float(log(np.array([upper]))[0])
    log_f = 0.0
    a, b = 0.5 * df2, 0.5 * df1
    normalizer = float(log_beta(np.array([a]), np.array([b]))[0])
    for _ in range(200):
        f = _exp(np.array([log_f]))
        ratio = f * (df1 / df2)
        tail = f_upper(f, df1, df2)
        gap = float(log(np.maximum(tail, TINY))[0]) - log_target
        low, high = (log_f, high) if gap > 0 else (low, log_f)
        # d tail / d ln f = -x^a (1-x)^b / B(a, b) with x = 1 / (1 + ratio)
        log_slope = -(a + b) * float(log1p(ratio)[0]) + b * float(log(ratio)[0]) - normalizer
        slope = float(_exp(np.array([log_slope]))[0]) / max(float(tail[0]), TINY)
        proposal = log_f + gap / slope if slope > 0 else 0.5 * (low + high)
        if not low < proposal < high:
            proposal = 0.5 * (low + high)
        done = abs(proposal - log_f) <= 2e-15 * max(1.0, abs(log_f))
        log_f = proposal
        if done:
            break
    return float(_exp(np.array([log_f]))[0])


def chi2_upper(x: Floats, df: int) -> Floats:
    """Upper tail probability of the chi-squared distribution with whole ``df``; 1 for ``x <= 0``.

    Parameters
    ----------
    x : ndarray, (n,)
    df : int
        At least 1.
    """
    value = np.maximum(np.asarray(x, dtype=np.float64), 0.0)
    half = 0.5 * value
    # Odd df: terms half^(i-1/2) / Gamma(i+1/2) and a normal tail; even df: half^i / i!. All terms are positive.
    odd = df % 2
    n_terms = df // 2
    total = normal_two_sided(np.sqrt(value)) if odd else np.zeros_like(half)
    if n_terms:
        top = n_terms - 1 + 0.5 * odd
        total = total + _poisson_sum(half, top, n_terms)
    return np.where(value <= 0, np.where(np.isnan(value), np.nan, 1.0), np.minimum(total, 1.0))


def _poisson_sum(mean: Floats, top: float, n_terms: int) -> Floats:
    """Sum of exp(-mean) mean^k / Gamma(k+1) for k = top, top - 1, ..., (n_terms of them)."""
    near = mean <= -EXP_FLOOR
    # Upwards from the first term while exp(-mean) is a normal number ...
    base = np.where(near, mean, 1.0)
    first = top - n_terms + 1
    term = _exp(-base) if first == 0 else _exp(-base) * np.sqrt(base) * (2.0 / np.sqrt(np.pi))
    total = term
    for i in range(1, n_terms):
        term = term * base / (first + i)
        total = total + term
    if near.all():
        return total
    # ... and downwards from the last, relative to it, where it is not.
    base = np.where(near, 1.0, mean)
    relative = np.ones_like(mean)
    series = np.ones_like(mean)
    for i in range(n_terms - 1):
        relative = relative * (top - i) / base
        series = series + relative
    log_factorial = float(log_gamma(np.array([top + 1.0]))[0])
    return np.where(near, total, _exp(-base + top * log(base) - log_factorial) * series)


def beta_fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """Continued fraction of the incomplete beta function, for x <= (a+1)/(a+b+2); a finished value moves no more."""
    result = np.empty_like(x)
    where = np.arange(len(x))
    c = np.ones_like(x)
    d = 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    h = d
    finished = np.zeros(len(x), dtype=bool)
    for m in range(1, MAX_FRACTION_STEPS):
        if not len(where):
            break
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1.0 / _away_from_zero(1.0 + even * d)
        c = _away_from_zero(1.0 + even / c)
        first = d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1.0 / _away_from_zero(1.0 + odd * d)
        c = _away_from_zero(1.0 + odd / c)
        step = d * c
        h = np.where(finished, h, h * first * step)
        finished = finished | (np.abs(step - 1.0) <= 2 * FRACTION_TOLERANCE)
        # Values leave the arrays only when a quarter of them is done: moving them costs as much as a step.
        if 4 * np.count_nonzero(finished) >= len(where):
            result[where[finished]] = h[finished]
            keep = ~finished
            where, finished = where[keep], finished[keep]
            x, a, b, c, d, h = (v[keep] for v in (x, a, b, c, d, h))
    result[where] = h
    return result


def _away_from_zero(value: Floats) -> Floats:
    return np.where(np.abs(value) < TINY, TINY, value)


def log_beta(a: Floats, b: Floats) -> Floats:
    """ln B(a, b) without the cancellation of three large log gamma functions."""
    small, large = np.minimum(a, b), np.maximum(a, b)
    # ln Gamma(large) - ln Gamma(large + small), by Stirling's formula of both
    total = large + small
    excess = log1p(small / np.maximum(large, 1.0))
    quotient = -(large - 0.5) * excess - small * log(total) + small + _stirling(large) - _stirling(total)
    exact = log_gamma(large) - log_gamma(total)
    return log_gamma(small) + np.where(large >= STIRLING_FROM, quotient, exact)


def _stirling(x: Floats) -> Floats:
    """ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2 for x >= 10 (smaller x are taken as 10)."""
    inverse = 1.0 / np.maximum(x, STIRLING_FROM)
    square = inverse * inverse
    total = np.full_like(inverse, STIRLING[-1])
    for coefficient in STIRLING[-2::-1]:
        total = total * square + coefficient
    return total * inverse
