"""Shrinkage with normal priors whose widths are learned from the upper quantile of the fold changes.

Love, Huber and Anders 2014 (Genome Biology 15:550), "Empirical Bayes shrinkage of fold changes". The coefficient form
keeps the design; the contrast form uses one column for every level, so that all levels of a factor are shrunken alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.elementary import LN2
from foldwise.stats.nb_optim import OptimFit, least_squares_start, nb_optim_fallback
from foldwise.stats.numeric_contrast import WIDE_VARIANCE_LOG2, numeric_contrast
from foldwise.stats.rows import row_factors, take_rows
from foldwise.stats.weighted_quantile import upper_quantile_variance

# Log2 coefficients beyond this are divergent and say nothing of the prior's width.
LARGEST_LOG2 = 10.0
MAX_ITERATIONS = 100
TOLERANCE = 1e-8
LARGEST_LN = 30.0


@dataclass(frozen=True)
class RidgeFit:
    """Coefficients (n_genes, p), natural log, and their standard errors (n_genes, p), log2; NaN where not fitted."""

    beta: Floats
    se_log2: Floats


@dataclass(frozen=True)
class FactorColumns:
    """Where one factor stands: coefficients of its levels but the reference, and columns of all its levels.

    ``coefficients`` number the columns of the treatment-coded design, ``expanded`` those of the design with a column
    for every level. A number has one of each.
    """

    coefficients: tuple[int, ...]
    expanded: tuple[int, ...]


def coefficient_weights(base_mean: Floats, trend: Floats) -> Floats:
    """Weight (n_genes,) of a gene's log fold change in the prior: inverse of 1/mean + dispersion trend."""
    return np.asarray(1.0 / (1.0 / base_mean + trend))


def prior_variance(beta_log2: Floats, weights: Floats) -> float:
    """Variance of the normal prior of one log2 coefficient.

    Parameters
    ----------
    beta_log2 : ndarray, (n_genes,)
        Maximum likelihood estimates of the fitted genes.
    weights : ndarray, (n_genes,)
        Of `coefficient_weights`.

    Returns
    -------
    float
        Matches the upper 5 % of ``|beta|`` with those of a normal distribution; 1e6 when no estimate is finite and
        below 10, the square of the estimate when there is a single gene.
    """
    if len(beta_log2) == 1:
        return float(beta_log2[0] ** 2)
    used = np.isfinite(beta_log2) & (np.abs(beta_log2) < LARGEST_LOG2)
    if not used.any():
        return WIDE_VARIANCE_LOG2
    return upper_quantile_variance(beta_log2[used], weights[used])


def prior_variances(beta_log2: Floats, weights: Floats, intercept: int | None) -> Floats:
    """Prior variances (p,) of all coefficients (n_genes, p); the intercept's is 1e6."""
    return np.array(
        [
            WIDE_VARIANCE_LOG2 if k == intercept else prior_variance(beta_log2[:, k], weights)
            for k in range(beta_log2.shape[1])
        ]
    )


def expanded_prior_variances(
    beta_log2: Floats, weights: Floats, factors: Sequence[FactorColumns], n_expanded: int
) -> Floats:
    """Prior variances (n_expanded,) of a design with a column for every level.

    Parameters
    ----------
    beta_log2 : ndarray, (n_genes, p)
        Maximum likelihood estimates of the treatment-coded design.
    weights : ndarray, (n_genes,)
    factors : sequence of FactorColumns
        Columns of no factor (the intercept) get 1e6.
    n_expanded : int
        Number of columns of the expanded design.

    Returns
    -------
    ndarray, (n_expanded,)
        All levels of a factor share the mean variance of its coefficients and of their pairwise differences.
    """
    variances = np.full(n_expanded, WIDE_VARIANCE_LOG2)
    for factor in factors:
        columns = [beta_log2[:, k] for k in factor.coefficients]
        differences = [b - a for i, a in enumerate(columns) for b in columns[i + 1 :]]
        variances[list(factor.expanded)] = np.mean([prior_variance(v, weights) for v in columns + differences])
    return variances


def ridge_fit(
    counts: Any,
    factors: Floats,
    design: Floats,
    alpha: Floats,
    variances: Floats,
    *,
    weights: Floats | None = None,
    min_mu: float = 0.5,
    n_threads: int = 1,
) -> RidgeFit:
    """Fit all genes with normal priors of the given variances.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
        The original counts, also where outliers were replaced for the fit.
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
    design : ndarray, (n_samples, p)
        Its columns may depend on each other: the priors make the fit unique.
    alpha : ndarray, (n_genes,)
        Final dispersions; NaN for genes without fit.
    variances : ndarray, (p,)
        Prior variances of the log2 coefficients.
    weights : ndarray (n_genes, n_samples), optional
    """
    rows = np.flatnonzero(np.isfinite(alpha) & (alpha > 0))
    counts, of_rows, dispersions = take_rows(counts, rows), row_factors(factors, rows), alpha[rows]
    weights = None if weights is None else np.ascontiguousarray(weights[rows])
    design = np.ascontiguousarray(design)
    ridge = 1.0 / (LN2**2 * variances)
    start = np.ascontiguousarray(least_squares_start(counts, of_rows, design))
    fit = _kernels.nb_irls(
        counts,
        of_rows,
        design,
        dispersions,
        start,
        None,
        ridge,
        weights,
        min_mu=min_mu,
        tolerance=TOLERANCE,
        beta_limit=LARGEST_LN,
        max_iterations=MAX_ITERATIONS,
        n_threads=n_threads,
    )
    beta, covariance = fit["beta"], fit["covariance"]
    failed = np.flatnonzero(fit["status"] != 0)
    if len(failed):
        again = _fallback(counts, of_rows, design, dispersions, beta, ridge, weights, min_mu, n_threads, failed)
        beta[failed], covariance[failed] = again.beta, again.covariance
    p = design.shape[1]
    diagonal = [i * (i + 1) // 2 + i for i in range(p)]
    result = RidgeFit(np.full((len(alpha), p), np.nan), np.full((len(alpha), p), np.nan))
    result.beta[rows] = beta
    result.se_log2[rows] = np.sqrt(np.maximum(covariance[:, diagonal], 0.0)) / LN2
    return result


def _fallback(
    counts: Any,
    factors: Floats,
    design: Floats,
    alpha: Floats,
    beta: Floats,
    ridge: Floats,
    weights: Floats | None,
    min_mu: float,
    n_threads: int,
    rows: Integers,
) -> OptimFit:
    return nb_optim_fallback(
        take_rows(counts, rows),
        row_factors(factors, rows),
        design,
        alpha[rows],
        beta[rows],
        ridge,
        weights=None if weights is None else np.ascontiguousarray(weights[rows]),
        min_mu=min_mu,
        n_threads=n_threads,
    )


def shrink_normal_contrast(
    counts: Any,
    factors: Floats,
    design: Floats,
    alpha: Floats,
    variances: Floats,
    contrast: Floats,
    *,
    weights: Floats | None = None,
    n_threads: int = 1,
) -> tuple[Floats, Floats]:
    """Shrunken log2 fold change and standard error (n_genes,) of a contrast (n_expanded,) of the expanded design.

    Arguments as for `ridge_fit`, with the design and the variances of `expanded_prior_variances`.
    """
    fit = ridge_fit(counts, factors, design, alpha, variances, weights=weights, n_threads=n_threads)
    return numeric_contrast(
        counts,
        factors,
        design,
        alpha,
        fit.beta,
        contrast,
        prior_variance=variances,
        weights=weights,
        n_threads=n_threads,
    )
