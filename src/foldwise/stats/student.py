"""Student's t distribution on the log scale: tails far out and the values that belong to them."""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import LN2, exp, log, log1p, log_gamma

# Newton steps on (ln t, ln p) double the digits; the bracket makes at most some 60 halvings of them.
MAX_STEPS = 200
RELATIVE_STEP = 2e-15
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
    goal = target[inside]
    low, high = np.full(goal.shape, -700.0), np.full(goal.shape, 340.0)
    # Start at the normal tail's leading term, which is on the near side of every t.
    at = 0.5 * log(np.maximum(-2.0 * (goal + LN2), 1e-300))
    constant = _log_density_constant(df)
    for _ in range(MAX_STEPS):
        t = exp(at)
        tail = log_t_upper(t, df)
        gap = tail - goal
        low, high = np.where(gap > 0, at, low), np.where(gap > 0, high, at)
        slope = exp(np.clip(_log_density(t, df, constant) + at - tail, -700.0, 700.0))  # -d ln tail / d ln t
        proposal = at + gap / np.maximum(slope, 1e-300)
        proposal = np.where((proposal > low) & (proposal < high), proposal, 0.5 * (low + high))
        done = bool(np.all(np.abs(proposal - at) <= RELATIVE_STEP * np.maximum(1.0, np.abs(at))))
        at = proposal
        if done:
            break
    result[inside] = exp(at)
    return result


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
