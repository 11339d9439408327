"""Confidence intervals of estimates with standard errors."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import exp, log, log1p, log_gamma
from foldwise.stats.tails import t_two_sided

# Newton steps on the logarithms converge quadratically from the start below; each is one call of the tail.
MAX_STEPS = 60
TOLERANCE = 4e-15


def confidence_interval(
    estimate: Floats, se: Floats, level: float = 0.95, df: Floats | float = np.inf
) -> tuple[Floats, Floats]:
    """Lower and upper end, (n,) each, NaN where estimate, standard error or degrees of freedom are.

    Parameters
    ----------
    estimate, se : ndarray, (n,)
    level : float
        Coverage, between 0 and 1.
    df : ndarray (n,) or float
        Degrees of freedom of t; infinite for the normal distribution.
    """
    margin = se * t_quantile(1.0 - level, np.broadcast_to(np.asarray(df, dtype=np.float64), estimate.shape))
    return estimate - margin, estimate + margin


def t_quantile(two_sided: float, df: Floats) -> Floats:
    """Value that |t| exceeds with probability ``two_sided``, for each ``df`` (n,); NaN where it is not positive.

    Parameters
    ----------
    two_sided : float
        Between 0 and 1.
    df : ndarray, (n,)
    """
    if not 0.0 < two_sided < 1.0:
        raise ValueError("a probability between 0 and 1")
    distinct, where = np.unique(df, return_inverse=True)
    found = np.full(len(distinct), np.nan)
    usable = distinct > 0
    if usable.any():
        found[usable] = _quantiles(two_sided, distinct[usable])
    return np.asarray(found[where.reshape(np.shape(df))])


def _quantiles(two_sided: float, df: Floats) -> Floats:
    """Bracketed Newton steps on ln p against ln t."""
    target = float(log(np.array([two_sided]))[0])
    low, high, at = np.full(len(df), -200.0), np.full(len(df), 340.0), np.zeros(len(df))
    shape = np.minimum(df, 1e15)  # its constant is that of the normal distribution by then
    constant = log_gamma(0.5 * (shape + 1)) - log_gamma(0.5 * shape) - 0.5 * log(np.pi * shape)
    constant = np.where(df > 1e7, -0.9189385332046727, constant)  # -ln(2 pi) / 2
    for _ in range(MAX_STEPS):
        t = exp(at)
        p = t_two_sided(t, df)
        with np.errstate(divide="ignore"):
            gap = np.where(p > 0, log(np.maximum(p, 1e-300)), -700.0) - target
        low, high = np.where(gap > 0, at, low), np.where(gap > 0, high, at)
        kernel = np.where(df > 1e7, -0.5 * t * t, -0.5 * (shape + 1) * log1p(t * t / shape))
        # d ln p / d ln t = -2 t density / p
        slope = 2.0 * exp(np.maximum(at + constant + kernel - log(np.maximum(p, 1e-300)), -700.0))
        step = at + gap / np.maximum(slope, 1e-300)
        step = np.where((step > low) & (step < high), step, 0.5 * (low + high))
        done = np.abs(step - at) <= TOLERANCE * np.maximum(1.0, np.abs(at))
        at = step
        if done.all():
            break
    return exp(at)
