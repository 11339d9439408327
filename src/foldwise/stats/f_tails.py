"""Logarithms of both tails of the F distribution and quantiles from them; chi-squared where df is infinite.

Sources as for `foldwise.stats.tails`; incomplete gamma function by its series and continued fraction (Abramowitz and
Stegun 6.5.29, 6.5.31).
"""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.elementary import exp, log, log1p, log_gamma
from foldwise.stats.tails import f_upper, log_beta

# R takes F for chi-squared over df1 beyond this df2 (where df2 is not the smaller one).
INFINITE_DF = 4e5
MAX_TERMS = 100_000
PRECISION = 1e-16
TINY = 1e-300


def log_f_tails(f: Floats, df1: Floats | float, df2: Floats | float) -> tuple[Floats, Floats]:
    """Natural logs of the lower and the upper tail probability of the F distribution.

    Parameters
    ----------
    f, df1, df2 : ndarray, (n,), or float
        df positive; df2 may be infinite.

    Returns
    -------
    tuple of ndarray, (n,)
        Lower and upper; the upper is exact far beyond the range of doubles. f <= 0 gives -inf and 0.
    """
    f, df1, df2 = (np.ascontiguousarray(v, dtype=np.float64) for v in np.broadcast_arrays(f, df1, df2))
    lower, upper = np.full(f.shape, -np.inf), np.zeros(f.shape)
    missing = np.isnan(f) | np.isnan(df1) | np.isnan(df2)
    lower[missing] = upper[missing] = np.nan
    inside = (f > 0) & np.isfinite(f) & ~missing
    far = inside & (df2 > INFINITE_DF) & (df1 <= df2)
    near = inside & ~far
    lower[far], upper[far] = _log_gamma_tails(0.5 * df1[far], 0.5 * df1[far] * f[far])
    # The lower tail of F is the upper one of 1/F, whose df change places.
    upper[near] = _kernels.f_tail(f[near], df1[near], df2[near])[1]
    lower[near] = _kernels.f_tail(1.0 / f[near], df2[near], df1[near])[1]
    lower[np.isposinf(f)], upper[np.isposinf(f)] = 0.0, -np.inf
    return lower, upper


def f_upper_tail(f: Floats, df1: Floats | float, df2: Floats | float) -> Floats:
    """Upper tail probability of the F distribution, whose ``df2`` may be infinite; (n,) each or float."""
    f, df1, df2 = (np.ascontiguousarray(v, dtype=np.float64) for v in np.broadcast_arrays(f, df1, df2))
    far = (df2 > INFINITE_DF) & (df1 <= df2)
    if not np.any(far):
        return np.asarray(_kernels.f_tail(f, df1, df2)[0])
    return np.where(far, exp_to_zero(log_f_tails(f, df1, df2)[1]), f_upper(f, df1, np.where(far, 1.0, df2)))


def f_quantile_of_tails(log_tail: Floats, is_upper: Booleans, df1: Floats | float, df2: Floats | float) -> Floats:
    """Values of F variables at which the log of one tail is ``log_tail``; (n,) each, df also floats.

    Newton steps on the logarithms of value and tail, kept inside a bracket; relative error about 1e-14.
    """
    log_tail = np.asarray(log_tail, dtype=np.float64)
    df1, df2 = np.broadcast_to(df1, log_tail.shape), np.broadcast_to(df2, log_tail.shape)
    low, high = np.full(log_tail.shape, -700.0), np.full(log_tail.shape, 700.0)
    at = np.zeros(log_tail.shape)
    for _ in range(200):
        f = exp(at)
        lower, upper = log_f_tails(f, df1, df2)
        gap = np.where(is_upper, upper, -lower) - np.where(is_upper, log_tail, -log_tail)
        low, high = np.where(gap > 0, at, low), np.where(gap > 0, high, at)
        # d ln tail / d ln f = density x f / tail
        slope = exp_to_zero(_log_f_density(f, df1, df2) + at - np.where(is_upper, upper, lower))
        proposal = at + gap / np.maximum(slope, TINY)
        proposal = np.where((proposal > low) & (proposal < high), proposal, 0.5 * (low + high))
        done = np.all(np.abs(proposal - at) <= 2e-15 * np.maximum(1.0, np.abs(at)))
        at = proposal
        if done:
            break
    return exp(at)


def f_density(f: Floats, df1: float, df2: float) -> Floats:
    """Density of the F distribution at ``f`` (n,) > 0; ``df2`` may be infinite."""
    return exp_to_zero(_log_f_density(f, np.asarray(df1), np.asarray(df2)))


def exp_to_zero(x: Floats) -> Floats:
    """Exponential that is 0 below the normal range of doubles."""
    return np.where(x < -708.0, 0.0, exp(np.maximum(x, -708.0)))


def _log_f_density(f: Floats, df1: Floats, df2: Floats) -> Floats:
    a = 0.5 * df1
    far = (df2 > INFINITE_DF) & (df1 <= df2)
    b = np.where(far, 1.0, 0.5 * df2)
    ratio = f * (a / b)
    beta = a * log(ratio) - (a + b) * log1p(ratio) - log_beta(a + 0.0 * b, b + 0.0 * a) - log(f)
    if not np.any(far):
        return beta
    return np.where(far, a * log(a * f) - a * f - log_gamma(a + 0.0 * f) - log(f), beta)


def _log_complement(log_p: Floats) -> Floats:
    """ln(1 - p)."""
    p = np.minimum(exp_to_zero(log_p), 1.0)
    return np.where(p >= 1.0, -np.inf, log1p(-np.minimum(p, 1.0 - 2.0**-53)))


def _log_gamma_tails(a: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Logs of the regularized incomplete gamma functions P(a, x) and Q(a, x), x > 0."""
    front = a * log(x) - x - log_gamma(a)
    by_series = x < a + 1.0
    near = np.empty_like(x)
    near[by_series] = front[by_series] + log(_gamma_series(a[by_series], x[by_series]))
    near[~by_series] = front[~by_series] + log(_gamma_fraction(a[~by_series], x[~by_series]))
    other = _log_complement(near)
    return np.where(by_series, near, other), np.where(by_series, other, near)


def _gamma_series(a: Floats, x: Floats) -> Floats:
    """Sum of x^k / (a (a+1) ... (a+k))."""
    term = 1.0 / a
    total = term
    for k in range(1, MAX_TERMS):
        term = term * x / (a + k)
        total = total + term
        if np.all(term <= PRECISION * total):
            break
    return np.asarray(total)


def _gamma_fraction(a: Floats, x: Floats) -> Floats:
    """Continued fraction of Gamma(a, x) e^x x^-a by the modified Lentz method, x >= a + 1."""
    b = x + 1.0 - a
    c = np.full_like(x, 1.0 / TINY)
    d = 1.0 / b
    h = d
    for k in range(1, MAX_TERMS):
        numerator = -k * (k - a)
        b = b + 2.0
        d = numerator * d + b
        d = 1.0 / np.where(np.abs(d) < TINY, TINY, d)
        c = b + numerator / c
        c = np.where(np.abs(c) < TINY, TINY, c)
        step = d * c
        h = h * step
        if np.all(np.abs(step - 1.0) <= 4 * PRECISION):
            break
    return np.asarray(h)
