"""Student's t distribution on the log scale: tails far out and the values that belong to them."""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import LN2, exp, expm1, log, log1p, log_gamma

# Newton steps double the digits; the bracket turns those that leave it into halvings.
MAX_STEPS = 300
RELATIVE_STEP = 4e-15
# Values beyond are not told apart; tails above exp(NEAR_CENTER) are those of t near 0.
LARGEST, TINY, NEAR_CENTER = 1e150, 1e-3, -1.0
# Stirling's ratio of two gamma functions at x + 1/2 and x is used from here on (A&S 6.1.47 agrees to the last digit).
LARGE_HALF_DF = 1e5


def log_t_upper(t: Floats, df: Floats | float) -> Floats:
    """Natural log of the upper tail probability of ``t`` >= 0.

    Parameters
    ----------
    t : ndarray, (n,)
        Not negative; NaN gives NaN.
    df : ndarray (n,) or float
        Positive; infinite for the normal distribution.
    """
    t, df = np.broadcast_arrays(np.asarray(t, dtype=np.float64), np.asarray(df, dtype=np.float64))
    _, tail = _kernels.student_tail(np.ascontiguousarray(t), np.ascontiguousarray(df))
    infinite = np.isposinf(df)
    if infinite.any():
        tail[infinite] = _kernels.normal_tail(np.ascontiguousarray(t[infinite]))[1]
    return tail - LN2


def t_upper_quantile(log_tail: Floats, df: float) -> Floats:
    """Value t >= 0 whose upper tail has the given natural log; relative error about 1e-14.

    Parameters
    ----------
    log_tail : ndarray, (n,)
        At most ln 1/2; -inf gives inf, NaN gives NaN.
    df : float
        Positive; infinite for the normal distribution.
    """
    target = np.asarray(log_tail, dtype=np.float64)
    result = np.where(np.isneginf(target), np.inf, np.where(np.isnan(target), np.nan, 0.0))
    inside = np.isfinite(target) & (target < -LN2)
    if not inside.any():
        return result
    result[inside] = _solve(target[inside], df)
    return result


def _solve(goal: Floats, df: float) -> Floats:
    """Newton steps for t with the log upper tail ``goal`` < ln 1/2: in t up to 1, in ln t beyond."""
    constant = _log_density_constant(df)
    t = _start(goal, df)
    low, high = np.zeros(goal.shape), np.full(goal.shape, LARGEST)
    for _ in range(MAX_STEPS):
        tail = log_t_upper(t, df)
        gap = tail - goal
        low, high = np.where(gap > 0, t, low), np.where(gap > 0, high, t)
        # gap over the slope: the step in t
        step = gap * exp(np.clip(tail - _log_density(t, df, constant), -700.0, 700.0))
        proposal = np.where(t < 1.0, t + step, t * exp(np.clip(step / np.maximum(t, 1.0), -50.0, 50.0)))
        middle = np.where(low > 1.0, np.sqrt(np.maximum(low, 1.0)) * np.sqrt(high), 0.5 * (low + np.minimum(high, 2.0)))
        proposal = np.where((proposal > low) & (proposal < high), proposal, np.where(gap == 0, t, middle))
        done = bool(np.all(np.abs(proposal - t) <= RELATIVE_STEP * t))
        t = proposal
        if done:
            break
    return t


def _start(goal: Floats, df: float) -> Floats:
    """Rough value: the normal quantile (Abramowitz and Stegun 26.2.22), stretched to t (Gaver and Kafadar 1984)."""
    w = np.sqrt(-2.0 * goal)
    z = np.maximum(w - (2.30753 + 0.27061 * w) / (1.0 + 0.99229 * w + 0.04481 * w * w), 0.0)
    center = exp(np.array([-_log_density_constant(df)]))[0] * -0.5 * expm1(goal + LN2)
    if df > 3:
        z = np.sqrt(df * expm1(np.minimum(z * z * (df - 1.5) / (df - 1.0) ** 2, 600.0))) if np.isfinite(df) else z
    return np.asarray(np.where(goal > NEAR_CENTER, center, np.maximum(z, TINY)))


def t_density(t: Floats, df: float) -> Floats:
    """Density of Student's t distribution; ``t`` (n,), ``df`` may be infinite."""
    return exp(np.maximum(_log_density(np.abs(np.asarray(t, dtype=np.float64)), df, _log_density_constant(df)), -708.0))


def _log_density(t: Floats, df: float, constant: float) -> Floats:
    if np.isinf(df):
        return constant - 0.5 * t * t
    small = t < 1e140
    ratio = np.where(small, t, 1.0) * (np.where(small, t, 1.0) / df)
    log_base = np.where(small, log1p(ratio), 2.0 * log(np.where(small, 1.0, t)) - float(log(np.array([df]))[0]))
    return constant - 0.5 * (df + 1.0) * log_base


def _log_density_constant(df: float) -> float:
    """ln Gamma((df+1)/2) - ln Gamma(df/2) - ln(pi df)/2; -ln(2 pi)/2 for infinite df."""
    if np.isinf(df):
        return -0.9189385332046727418
    half = 0.5 * df
    if half > LARGE_HALF_DF:
        ratio = 0.5 * float(log(np.array([half]))[0]) - 1.0 / (8.0 * half)
    else:
        ratio = float(log_gamma(np.array([half + 0.5]))[0] - log_gamma(np.array([half]))[0])
    return ratio - 0.5 * float(log(np.array([np.pi * df]))[0])
