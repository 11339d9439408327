"""Prior of variances by moments: scaled F distribution fitted to the logs of sample variances.

Smyth 2004 (Stat. Appl. Genet. Mol. Biol. 3:3), section 6.2; limma specification, section 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.elementary import exp, log, trigamma
from foldwise.stats.natural_spline_fit import natural_spline_fit
from foldwise.stats.polygamma import log_minus_digamma, trigamma_inverse

# Residual df and variances below these carry no information.
MIN_DF, MIN_VARIANCE = 1e-15, -1e-15
# The spline has at most so many columns, from so many genes on.
MAX_SPLINE_DF, MAX_SPLINE_AT = 4, 30
MANY_DISTINCT = 100
# Variances are lifted to this part of their median before their logs are taken.
OFFSET = 1e-5


@dataclass(frozen=True, eq=False)
class FDistribution:
    """Variances are distributed as ``scale`` times F with their own df and ``df2``."""

    scale: Floats  # (n,) prior variance of each gene
    df2: float  # prior degrees of freedom of all genes, may be infinite
    df2_shrunk: Floats | None = None  # (n,) prior degrees of freedom, smaller for outliers (robust fits)


def fit_f_dist(x: Floats, df1: Floats, covariate: Floats | None = None) -> FDistribution:
    """Fit the prior to variances.

    Parameters
    ----------
    x : ndarray, (n,)
        Variances; NaN is left out.
    df1 : ndarray, (n,)
        Their degrees of freedom; those without any are left out.
    covariate : ndarray (n,), optional
        The prior variance is a spline function of it.
    """
    usable = np.isfinite(df1) & (df1 > MIN_DF) & np.isfinite(x) & (x > MIN_VARIANCE)
    n = int(np.count_nonzero(usable))
    if n <= 1:
        return FDistribution(np.array(x, dtype=np.float64), 0.0)
    raised = _raise_small(np.maximum(x[usable], 0.0))
    half_df = 0.5 * df1[usable]
    e = log(raised) + log_minus_digamma(half_df)
    mean, variance = _mean_and_variance(e, usable, covariate)
    excess = variance - float(np.mean(trigamma(half_df)))
    if excess > 0:
        df2 = 2.0 * trigamma_inverse(excess)
        return FDistribution(exp(mean - log_minus_digamma(np.array([0.5 * df2]))), df2)
    # Sample variances vary no more than by chance: all genes share the prior's.
    scale = np.full(len(x), np.mean(raised)) if covariate is None else exp(mean)
    return FDistribution(scale, float("inf"))


def spline_df(n: int, n_distinct: int) -> int:
    """Columns of the spline space, constant included, for n usable genes (limma specification, section 3.3)."""
    return min(1 + (n >= 3) + (n >= 6) + (n >= MAX_SPLINE_AT), n_distinct)


def finite_covariate(covariate: Floats) -> Floats:
    """Infinite values moved to 1 beyond the range of the finite ones."""
    finite = covariate[np.isfinite(covariate)]
    low, high = (float(np.min(finite)), float(np.max(finite))) if len(finite) else (0.0, 0.0)
    return np.where(np.isposinf(covariate), high + 1.0, np.where(np.isneginf(covariate), low - 1.0, covariate))


def _count_distinct(values: Floats) -> int:
    """Number of distinct values, or of those among the first where they are enough."""
    few = len(np.unique(values[:MANY_DISTINCT]))
    return few if few > MAX_SPLINE_DF else len(np.unique(values))


def _raise_small(x: Floats) -> Floats:
    median = float(np.median(x))
    return np.maximum(x, OFFSET * (median if median > 0 else 1.0))


def _mean_and_variance(e: Floats, usable: Booleans, covariate: Floats | None) -> tuple[Floats, float]:
    """Mean of every gene (also of those left out) and variance about it."""
    n = len(e)
    if covariate is not None:
        values = finite_covariate(covariate)
        chosen = values if n == len(values) else values[usable]
        df = spline_df(n, _count_distinct(chosen))
        if df >= 2:
            mean, rank = natural_spline_fit(chosen, e, values, df)
            residual = e - mean[usable]
            return mean, float(np.sum(residual * residual)) / (n - rank) if n > rank else 0.0
    center = float(np.mean(e))
    return np.full(len(usable), center), float(np.sum((e - center) * (e - center))) / (n - 1)
