"""Likelihood ratio tests of negative binomial models (edgeR specification, section 13.2; McCarthy et al. 2012)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.edger_glm import GlmFit, glm_fit
from foldwise.stats.elementary import LN2
from foldwise.stats.null_design import null_design
from foldwise.stats.one_way import combine
from foldwise.stats.tails import chi2_upper


@dataclass(frozen=True, eq=False)
class LikelihoodRatio:
    """Test of one contrast on all genes.

    Parameters
    ----------
    statistic, pvalue : ndarray, (n_genes,)
    df : int
        Rank of the contrast.
    """

    statistic: Floats
    pvalue: Floats
    df: int


def glm_lrt(
    fit: GlmFit, counts: Any, X: Floats, offset: Floats, dispersion: Floats | float, contrast: Floats, *,
    weights: Floats | None = None, n_threads: int = 1,
) -> LikelihoodRatio:  # fmt: skip
    """Fit the null model of a contrast and compare deviances.

    Parameters
    ----------
    fit : GlmFit
        Of the same counts, design, offsets, dispersions and weights.
    counts, X, offset, dispersion, weights
        As for `glm_fit`.
    contrast : ndarray, (p,) or (q, p)

    Returns
    -------
    LikelihoodRatio
    """
    reduced, df = null_design(np.asarray(X, dtype=np.float64), contrast)
    null = glm_fit(counts, reduced, offset, dispersion, weights=weights, prior_count=0.0, n_threads=n_threads)
    statistic = null.deviance - fit.deviance
    return LikelihoodRatio(statistic, chi2_upper(statistic, df), df)


def log2_fold_change(coefficients: Floats, contrast: Floats) -> Floats:
    """log2 fold change (n_genes,) of a contrast (p,), or (n_genes, q) of (q, p), from coefficients in natural log."""
    rows = np.atleast_2d(np.asarray(contrast, dtype=np.float64))
    found = combine(rows, coefficients) / LN2
    return found[:, 0] if np.ndim(contrast) == 1 else found
