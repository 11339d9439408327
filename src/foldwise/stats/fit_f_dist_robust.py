"""Prior of variances by winsorized moments, for equal residual df (or df made equal).

Phipson et al. 2016 (Ann. Appl. Stat. 10:946), sections 3 and 4; limma specification, section 3.4.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.elementary import exp, log
from foldwise.stats.f_tails import f_density, f_quantile_of_tails, log_f_tails
from foldwise.stats.fit_f_dist import FDistribution, fit_f_dist
from foldwise.stats.gauss_legendre import gauss_legendre
from foldwise.stats.outlier_df import monotone_df, outlier_df, upper_ranks
from foldwise.stats.quantile import quantile7, trimmed_mean
from foldwise.stats.weighted_lowess import loess_fit
from foldwise.stats.zeroin import zeroin

MIN_DF = 1e-6
# Variances are lifted to this part of their median before their logs are taken.
OFFSET = 1e-12
# Residual df that differ by less are equal.
EQUAL_DF = 1e-14
TREND_SPAN = 0.4
N_NODES = 128
ROOT_TOLERANCE = 1e-8


def fit_f_dist_robust(
    x: Floats, df1: Floats, covariate: Floats | None = None, winsor: tuple[float, float] = (0.05, 0.1)
) -> FDistribution | None:
    """Fit the prior without the weight of outliers; None where no variance carries information.

    Parameters
    ----------
    x : ndarray, (n,)
        Variances; NaN is left out.
    df1 : ndarray, (n,)
        Their degrees of freedom; those without any are left out.
    covariate : ndarray (n,), optional
        The prior variance is a lowess curve of it.
    winsor : tuple of float
        Shares of the residual log variances, lower and upper, that are moved to the quantile there.
    """
    usable = ~np.isnan(x) & (df1 > MIN_DF)
    n = int(np.count_nonzero(usable))
    if n < 2 or (n > 2 and not np.median(x[usable]) > 0):
        return None
    if n == 2:
        return fit_f_dist(x, df1, covariate)
    inner = _fit_usable(x[usable], df1[usable], None if covariate is None else covariate[usable], winsor)
    return inner if np.all(usable) else _spread(inner, usable, covariate)


def _spread(inner: FDistribution, usable: Booleans, covariate: Floats | None) -> FDistribution:
    """Values of all genes: those left out take the common df and the scale of their neighbors on the covariate."""
    shrunk = np.full(len(usable), inner.df2)
    if inner.df2_shrunk is not None:
        shrunk[usable] = inner.df2_shrunk
    scale = np.full(len(usable), inner.scale[0])
    scale[usable] = inner.scale
    if covariate is not None:
        places, number = np.unique(covariate[usable], return_inverse=True)
        means = np.bincount(number, weights=log(inner.scale)) / np.bincount(number)
        scale[~usable] = exp(np.interp(covariate[~usable], places, means))
    return FDistribution(scale, inner.df2, shrunk)


def _fit_usable(x: Floats, df1: Floats, covariate: Floats | None, winsor: tuple[float, float]) -> FDistribution:
    n = len(x)
    x = np.maximum(x, OFFSET * float(np.median(x)))
    plain = fit_f_dist(x, df1, covariate)
    if max(winsor) < 1 / n:
        return plain
    df = float(np.max(df1))
    z = log(_equal_df(x, df1, df, plain))
    trend = _trend(z, covariate, winsor[1])
    mean, variance = _winsorized_moments(z - trend, winsor)

    def misfit(df2: float) -> float:
        return float(log(np.array([variance / _theory(df, df2, winsor)[1]]))[0])

    at_infinity = misfit(math.inf)
    if at_infinity <= 0:
        trend = trend + (mean - _theory(df, math.inf, winsor)[0])
        return _infinite(z, trend, df)
    if math.isinf(plain.df2):
        return plain
    df2 = plain.df2
    if misfit(df2) < 0:
        u = zeroin(lambda u: at_infinity if u >= 1 else misfit(u / (1 - u)), df2 / (1 + df2), 1.0, ROOT_TOLERANCE)
        df2 = u / (1 - u)
    trend = trend + (mean - _theory(df, df2, winsor)[0])
    return _finite(z, trend, df, df2)


def _equal_df(x: Floats, df1: Floats, df: float, plain: FDistribution) -> Floats:
    """Variances with the same tail probability under ``df`` as they have under their own degrees of freedom."""
    fewer = df1 < df - EQUAL_DF
    if not np.any(fewer):
        return x
    f = x[fewer] / plain.scale[fewer]
    lower, upper = log_f_tails(f, df1[fewer], plain.df2)
    is_upper = upper < lower
    result = x.copy()
    quantile = f_quantile_of_tails(np.where(is_upper, upper, lower), is_upper, df, plain.df2)
    result[fewer] = quantile * plain.scale[fewer]
    return result


def _trend(z: Floats, covariate: Floats | None, trim: float) -> Floats:
    if covariate is None:
        return np.full(len(z), float(trimmed_mean(z, trim)))
    return loess_fit(covariate, z, span=TREND_SPAN)


def _winsorized_moments(residual: Floats, winsor: tuple[float, float]) -> tuple[float, float]:
    low, high = quantile7(residual, np.array([winsor[0], 1 - winsor[1]]))
    clipped = np.clip(residual, low, high)
    mean = float(np.mean(clipped))
    n = len(residual)
    return mean, float(np.mean((clipped - mean) * (clipped - mean))) * n / (n - 1)


def _theory(df1: float, df2: float, winsor: tuple[float, float]) -> tuple[float, float]:
    """Mean and variance of the winsorized log of an F variable, by quadrature over u = f / (1 + f)."""
    ends = f_quantile_of_tails(log(np.array(winsor)), np.array([False, True]), df1, df2)
    low, high = (ends / (1 + ends)).tolist()
    nodes, weights = gauss_legendre(N_NODES)
    u = low + (high - low) * nodes
    f = u / (1 - u)
    density = (high - low) * weights * f_density(f, df1, df2) / ((1 - u) * (1 - u))
    log_f, log_ends = log(f), log(ends)
    mean = float(np.sum(density * log_f) + winsor[0] * log_ends[0] + winsor[1] * log_ends[1])
    apart, ends_apart = log_f - mean, log_ends - mean
    variance = np.sum(density * apart * apart) + winsor[0] * ends_apart[0] ** 2 + winsor[1] * ends_apart[1] ** 2
    return mean, float(variance)


def _infinite(z: Floats, trend: Floats, df: float) -> FDistribution:
    """The bulk varies no more than by chance: only outliers have finite prior df."""
    f = exp(z - trend)
    upper = log_f_tails(f, df, math.inf)[1]
    probability = np.minimum(exp(np.maximum(upper, -708.0)) / upper_ranks(f), 1.0)
    shrunk = np.where(probability < 1, probability * len(z) * df, math.inf)
    order = np.argsort(upper, kind="stable")
    shrunk[order] = np.maximum.accumulate(shrunk[order])
    return FDistribution(exp(trend), math.inf, shrunk)


def _finite(z: Floats, trend: Floats, df: float, df2: float) -> FDistribution:
    scale = exp(trend)
    f = exp(z - trend)
    upper = log_f_tails(f, df, df2)[1]
    log_probability = np.minimum(upper - log(upper_ranks(f)), 0.0)
    fitted = FDistribution(scale, df2, np.full(len(z), df2))
    if np.all(log_probability >= 0):
        return fitted
    worst = int(np.argmin(upper))
    least = outlier_df(float(upper[worst]), float(np.max(f)), df, df2)
    probability = exp(np.maximum(log_probability, -708.0))
    shrunk = probability * df2 + (1 - probability) * least
    return replace(fitted, df2_shrunk=monotone_df(shrunk, upper))
