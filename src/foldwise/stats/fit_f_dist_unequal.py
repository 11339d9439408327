"""Prior of variances by maximum likelihood where residual df differ between genes.

limma specification, section 3.5 (edgeR specification, section 11.4): the mean of the log variances is a weighted mean
or lowess curve, the prior df maximizes the likelihood of the scaled F distribution (Smyth 2004, section 6.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.elementary import exp, log, log_gamma, trigamma
from foldwise.stats.f_tails import f_upper_tail, log_f_tails
from foldwise.stats.fit_f_dist import FDistribution
from foldwise.stats.local_minimum import local_minimum
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.outlier_df import monotone_df, outlier_df, upper_ranks
from foldwise.stats.polygamma import log_minus_digamma
from foldwise.stats.quantile import quantile7
from foldwise.stats.weighted_lowess import choose_lowess_span, loess_fit

# Genes with fewer residual degrees of freedom do not inform the prior.
MIN_DF = 0.01
# Variances are lifted to this part of their median before their logs are taken.
OFFSET = 1e-12
# Number of genes at which the lowess span starts to shrink.
SMALL_N = 500.0
WEIGHT_RANGE = (1e-8, 100.0)
# Half prior df q is sought as u = q / (1 + q) in this interval: d0 between 2 and 9998.
SEARCH = (0.5, 0.9998)
# Genes with a false discovery rate above this are no outliers; lower tails below the other are computed anew.
OUTLIER_FDR, SMALL_LEFT = 0.3, 0.001


@dataclass(frozen=True, eq=False)
class _Variances:
    x: Floats
    df1: Floats
    informative: Booleans
    covariate: Floats | None


def fit_f_dist_unequal(
    x: Floats, df1: Floats, covariate: Floats | None = None, robust: bool = False
) -> FDistribution | None:
    """Fit the prior; None where fewer than two variances carry information.

    Parameters
    ----------
    x : ndarray, (n,)
        Variances; NaN counts as missing.
    df1 : ndarray, (n,)
        Their degrees of freedom, whole or not.
    covariate : ndarray (n,), optional
        The prior variance is a lowess curve of it; finite.
    robust : bool
        Give outliers fewer prior degrees of freedom (Phipson et al. 2016, Ann. Appl. Stat. 10:946).
    """
    missing = np.isnan(x)
    weights = np.where(missing | (df1 < MIN_DF), 0.0, 1.0)
    x = np.where(missing, 0.0, x)
    df1 = np.where(df1 < MIN_DF, 1.0, df1)
    informative = (x > 0) & (weights > 0)
    n = int(np.count_nonzero(informative))
    if n < 2:
        return None
    if n == 2:
        covariate, robust, weights = None, False, np.ones(len(x))
    data = _Variances(x, df1, informative, covariate)
    first = _fit(data, weights)
    return _robust(data, first) if robust else first


def _fit(data: _Variances, prior_weights: Floats) -> FDistribution:
    half_df = 0.5 * data.df1
    x = np.maximum(data.x, OFFSET * float(np.median(data.x[data.informative])))
    e = log(x) + log_minus_digamma(half_df)
    weights = prior_weights / trigamma(half_df)
    trend = _trend(e, weights, data.covariate)

    def scale_at(half: float) -> Floats:
        return exp(trend - log_minus_digamma(np.array([half])))

    def deviance(u: float) -> float:
        q = u / (1.0 - u)
        log_gamma_q = float(log_gamma(np.array([q]))[0])
        density = _kernels.f_log_density(x, half_df, scale_at(q), q, log_gamma_q)
        return -2.0 * float(np.sum(density if plain else prior_weights * density))

    plain = bool(np.all(prior_weights == 1.0))
    # The width at which the search ends is part of the answer: 1e-4 of it is visible in R's digits.
    u = local_minimum(deviance, *SEARCH)
    q = u / (1.0 - u)
    return FDistribution(scale_at(q), 2.0 * q)


def _trend(e: Floats, weights: Floats, covariate: Floats | None) -> Floats:
    if covariate is None:
        return np.full(len(e), np.sum(weights * e) / np.sum(weights))
    upper = float(quantile7(weights, 0.75))
    span = choose_lowess_span(len(e), small_n=SMALL_N)
    relative = weights / (upper if upper > 0 else 1.0)
    return loess_fit(covariate, e, relative, span, iterations=1, weight_range=WEIGHT_RANGE)


def _robust(data: _Variances, first: FDistribution) -> FDistribution:
    f = data.x / first.scale
    right = f_upper_tail(f, data.df1, first.df2)
    left = 1.0 - right
    small = left < SMALL_LEFT
    left[small] = exp_or_zero(log_f_tails(f[small], data.df1[small], first.df2)[0])
    rate = benjamini_hochberg(np.minimum(2.0 * np.minimum(left, right), 1.0))
    rate = np.where(rate > OUTLIER_FDR, 1.0, rate)
    if np.all(rate == 1.0):
        return first
    # Outliers weigh less in the second fit; their tails are those of the first.
    second = _fit(data, rate)
    probability = np.minimum(right / upper_ranks(f), 1.0)
    if np.all(probability == 1.0):
        return second
    worst = int(np.argmin(right))
    if right[worst] == 0.0:
        least = 0.0
    else:
        log_tail = float(log(right[worst : worst + 1])[0])
        least = outlier_df(log_tail, float(f[worst]), float(data.df1[worst]), second.df2)
    shrunk = probability * second.df2 + (1.0 - probability) * least
    return FDistribution(second.scale, second.df2, monotone_df(shrunk, right))


def exp_or_zero(x: Floats) -> Floats:
    """Exponential of logs of probabilities, -inf included."""
    return np.where(np.isneginf(x), 0.0, exp(np.maximum(x, -708.0)))
