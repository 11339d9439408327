"""Empirical Bayes moderation of sample variances: each is squeezed towards a common value or trend.

Smyth 2004 (Stat. Appl. Genet. Mol. Biol. 3:3); Phipson et al. 2016; limma specification, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.fit_f_dist import FDistribution, fit_f_dist
from foldwise.stats.fit_f_dist_robust import fit_f_dist_robust
from foldwise.stats.fit_f_dist_unequal import fit_f_dist_unequal

# Fewer variances have nothing in common that could be learned.
MIN_GENES = 3


@dataclass(frozen=True, eq=False)
class SqueezedVariances:
    """Moderated variances and the prior that moderated them."""

    posterior: Floats  # (n_genes,)
    prior: Floats  # (n_genes,) the value towards which each gene was squeezed
    df_prior: Floats  # (n_genes,) weight of that value in degrees of freedom, may be infinite


def squeeze_var(
    variances: Floats,
    df: Floats | float,
    covariate: Floats | None = None,
    robust: bool = False,
    winsor: tuple[float, float] = (0.05, 0.1),
    legacy: bool | None = None,
) -> SqueezedVariances:
    """Moderate variances.

    Parameters
    ----------
    variances : ndarray, (n_genes,)
        Sample variances, not negative.
    df : ndarray (n_genes,) or float
        Their degrees of freedom, whole or not; 0 where a gene has none.
    covariate : ndarray (n_genes,), optional
        The prior variance is a smooth function of it (mean log expression).
    robust : bool
        Give outlying variances fewer prior degrees of freedom.
    winsor : tuple of float
        Lower and upper share of the log variances that count as tails in the robust fit.
    legacy : bool, optional
        True: moments for equal df. False: maximum likelihood for unequal df. Default: by whether df are equal.

    Returns
    -------
    SqueezedVariances
        Without prior (df 0) for fewer than three genes, or where no variance carries information.
    """
    variances = np.array(variances, dtype=np.float64)
    df = np.array(np.broadcast_to(df, variances.shape), dtype=np.float64)
    if len(variances) < MIN_GENES:
        return SqueezedVariances(variances, variances, np.zeros(len(variances)))
    variances[df == 0] = 0.0
    fitted = _fit(variances, df, covariate, robust, winsor, legacy)
    if fitted is None:
        return SqueezedVariances(variances, variances, np.zeros(len(variances)))
    df_prior = np.full(len(variances), fitted.df2) if fitted.df2_shrunk is None else fitted.df2_shrunk
    return SqueezedVariances(posterior_variance(variances, df, fitted.scale, df_prior), fitted.scale, df_prior)


def posterior_variance(variances: Floats, df: Floats, prior: Floats, df_prior: Floats) -> Floats:
    """Mean of sample and prior variance weighted by their df; the prior where its df are infinite; all (n_genes,)."""
    infinite = np.isinf(df_prior)
    weight = np.where(infinite, 1.0, df_prior)
    total = df + weight
    mixed = (df * variances + weight * prior) / np.where(total > 0, total, 1.0)
    return np.where(infinite, prior, mixed)


def _fit(
    variances: Floats,
    df: Floats,
    covariate: Floats | None,
    robust: bool,
    winsor: tuple[float, float],
    legacy: bool | None,
) -> FDistribution | None:
    positive = df[df > 0]
    if legacy is None:
        legacy = len(positive) > 0 and bool(np.min(positive) == np.max(positive))
    if not legacy:
        return fit_f_dist_unequal(variances, df, covariate, robust)
    return fit_f_dist_robust(variances, df, covariate, winsor) if robust else fit_f_dist(variances, df, covariate)
