"""Shrinkage with a mixture of centered normal distributions as prior, its weights learned from all genes.

Stephens 2017 (Biostatistics 18:275), method "shrink": mode 0, no point mass, uniform prior on the weights. Works with
any contrast, since it needs only estimates and standard errors.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.elementary import LN2, exp, log
from foldwise.stats.mixture_weights import optimal_weights
from foldwise.stats.s_values import Shrunken, s_values
from foldwise.stats.tails import normal_upper

# Neighboring standard deviations of the grid differ by this factor of two: 2^(1/2).
GRID_STEP_LOG2 = 0.5
# The grid starts at a tenth of the smallest standard error.
SMALLEST_PART = 10.0
# Components of smaller weight are dropped after the fit.
NEGLIGIBLE = 1e-10


def shrink_ash(lfc: Floats, se: Floats, *, threshold: float = 0.0, weights: Floats | None = None) -> Shrunken:
    """Posterior mean and standard deviation of each fold change.

    Parameters
    ----------
    lfc, se : ndarray, (n_genes,)
        Estimates and standard errors in one unit (log2). Genes without a positive finite standard error take no part
        and get the prior.
    threshold : float
        Fold change of the s-values, same unit; 0 for the sign alone.
    weights : ndarray (n_components,), optional
        Of the standard deviations of `prior_sds`; fitted without.

    Returns
    -------
    Shrunken
        ``prior`` has ``sd`` and ``weight``, (n_components,) each.
    """
    usable = np.isfinite(lfc) & np.isfinite(se) & (se > 0)
    sds = prior_sds(lfc[usable], se[usable])
    if weights is None:
        weights = fit_weights(lfc[usable], se[usable], sds)
    kept = weights > NEGLIGIBLE
    sd, weight = sds[kept], weights[kept] / np.sum(weights[kept])
    center = np.zeros(len(lfc))
    spread = np.full(len(lfc), float(np.sqrt(np.sum(weight * sd**2))))
    rate = np.full(len(lfc), _prior_rate(sd, weight, threshold))
    center[usable], spread[usable], rate[usable] = _posterior(lfc[usable], se[usable], sd, weight, threshold)
    return Shrunken(center, spread, rate, s_values(rate), {"sd": sds, "weight": weights})


def prior_sds(lfc: Floats, se: Floats) -> Floats:
    """Grid of standard deviations of the prior, ascending, from a tenth of the smallest error to the largest signal.

    ``lfc`` and ``se`` are (n,), finite and positive.
    """
    smallest = float(np.min(se)) / SMALLEST_PART
    signal = float(np.max(lfc**2 - se**2))
    largest = 2 * float(np.sqrt(signal)) if signal > 0 else 8 * smallest
    span = float(log(np.array([largest / smallest]))[0]) / LN2
    n = int(np.ceil(span / GRID_STEP_LOG2))
    root = np.sqrt(2.0)
    return np.array([largest * 2.0 ** (k // 2) * (root if k % 2 else 1.0) for k in range(-n, 1)])


def fit_weights(lfc: Floats, se: Floats, sds: Floats) -> Floats:
    """Maximum likelihood weights (n_components,) of the prior; arguments as for `prior_sds` and its answer."""
    likelihood = exp(_log_density(lfc, se, sds))
    used = np.any(likelihood > 0, axis=1)
    weights = np.zeros(len(sds))
    weights[used] = optimal_weights(likelihood[used])
    return weights


def _log_density(lfc: Floats, se: Floats, sds: Floats) -> Floats:
    """Log of Normal(lfc; 0, se^2 + sd^2), (n_components, n), less its maximum over components."""
    variance = se**2 + (sds**2)[:, None]
    density = -0.5 * (lfc**2 / variance + log(variance))
    # exp() keeps to the normal range: what lies 708 below the maximum is as good as that.
    return np.asarray(np.maximum(density - np.max(density, axis=0), -708.0))


def _posterior(lfc: Floats, se: Floats, sd: Floats, weight: Floats, threshold: float) -> tuple[Floats, Floats, Floats]:
    """Mean, standard deviation and false sign rate of each gene."""
    share = exp(_log_density(lfc, se, sd)) * weight[:, None]
    share = share / np.sum(share, axis=0)
    total = se**2 + (sd**2)[:, None]
    means = lfc * (sd**2)[:, None] / total
    variances = se**2 * (sd**2)[:, None] / total
    center = np.sum(share * means, axis=0)
    spread = np.sqrt(np.sum(share * (variances + means**2), axis=0) - center**2)
    rate = _mixture_rate(share, means, np.sqrt(variances), center > 0, threshold)
    return center, spread, rate


def _mixture_rate(share: Floats, means: Floats, sds: Floats, positive: Booleans, threshold: float) -> Floats:
    """Posterior probability of the other sign, or of not being beyond the threshold on the estimate's side."""
    if threshold == 0:
        negative = np.sum(share * normal_upper(means / sds), axis=0)
        return np.asarray(np.where(negative > 0.5, 1.0 - negative, negative))
    below = np.sum(share * normal_upper((means - threshold) / sds), axis=0)
    above = np.sum(share * normal_upper((-threshold - means) / sds), axis=0)
    return np.asarray(np.where(positive, below, above))


def _prior_rate(sd: Floats, weight: Floats, threshold: float) -> float:
    """Rate of a gene of which nothing is known."""
    if threshold == 0:
        return 0.5
    return float(1.0 - np.sum(weight * normal_upper(threshold / sd)))
