"""Quality weights of samples: how much larger or smaller the variance of each is than that of the others.

Ritchie et al. 2006 (BMC Bioinformatics 7:261), Liu et al. 2015 (Nucleic Acids Research 43:e97); limma specification,
section 8.
"""

from __future__ import annotations

import logging

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.design_algebra import RANK_TOLERANCE, rank
from foldwise.stats.elementary import exp
from foldwise.stats.householder import householder_qr, least_squares
from foldwise.stats.least_squares import LinearFit, lm_fit, residuals
from foldwise.stats.remove_batch_effect import sum_contrasts

logger = logging.getLogger(__name__)

# Genes that the prior of equal variances counts for.
PRIOR_N = 10.0
MIN_RESIDUAL_DF = 2
# A gene with less residual variance is fitted exactly.
EXACT_FIT = 1e-15
REML_STEPS, REML_TOLERANCE = 50, 1e-5


def array_weights(
    values: Floats,
    design: Floats,
    weights: Floats | None = None,
    *,
    var_design: Floats | None = None,
    var_group: Integers | None = None,
    method: str = "auto",
    prior_n: float = PRIOR_N,
    n_threads: int = 1,
) -> Floats:
    """Find the quality weight of each sample.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
        NaN where missing.
    design : ndarray, (n_samples, p)
    weights : ndarray, (n_genes, n_samples), optional
        Weights of single values, such as voom's; 0 leaves a value out.
    var_design : ndarray, (n_samples, k), optional
        Columns that the log variances depend on, in place of one factor per sample.
    var_group : ndarray of int, (n_samples,), optional
        Groups of samples of equal quality.
    method : str
        ``gene-by-gene`` (one pass in gene order), ``reml`` (complete values without weights), or ``auto``: REML where
        it is possible.
    prior_n : float
    n_threads : int

    Returns
    -------
    ndarray, (n_samples,)
        Geometric mean 1. All 1 with fewer than two genes or residual degrees of freedom.

    Raises
    ------
    ValueError
        REML with weights or missing values, unknown method.
    """
    n_genes, n = values.shape
    if n_genes < 2 or n - rank(design)[0] < MIN_RESIDUAL_DF:
        return np.ones(n)
    factors = variance_factors(n, var_design, var_group)
    if factors.shape[1] == 0:
        return np.ones(n)
    complete = weights is None and not np.isnan(values).any()
    if method == "auto":
        method = "reml" if complete else "gene-by-gene"
    if method == "reml":
        if not complete:
            raise ValueError("REML takes complete values without weights")
        gamma = _reml(values, design, factors, prior_n, n_threads)
    elif method == "gene-by-gene":
        gamma = _kernels.array_weights(
            np.ascontiguousarray(values), np.ascontiguousarray(design, dtype=np.float64),
            None if weights is None else np.ascontiguousarray(weights), factors, prior_n, RANK_TOLERANCE,
        )  # fmt: skip
    else:
        raise ValueError(f"unknown method {method!r}")
    return exp(-np.sum(factors * gamma, axis=1))


def variance_factors(n: int, var_design: Floats | None = None, var_group: Integers | None = None) -> Floats:
    """Columns (n_samples, k) of the log variances: sum contrasts of the samples, or centered columns of rank k."""
    if var_design is None:
        if var_group is None:
            return np.vstack([np.eye(n - 1), -np.ones((1, n - 1))])
        var_design = sum_contrasts(var_group)
    centered = var_design - np.mean(var_design, axis=0)
    number, pivot = rank(centered)
    return np.ascontiguousarray(centered[:, pivot[:number]])


def _reml(values: Floats, design: Floats, factors: Floats, prior_n: float, n_threads: int) -> Floats:
    """Fisher scoring of all genes at once."""
    fit = lm_fit(values, design, n_threads=n_threads)
    values = values[fit.sigma**2 >= EXACT_FIT]
    n_genes, k = len(values), factors.shape[1]
    used = design[:, rank(design)[1][: rank(design)[0]]]
    prior = _product(factors.T, factors)
    gamma, last = np.zeros(k), np.inf
    for _ in range(REML_STEPS):
        w = exp(-np.sum(factors * gamma, axis=1))
        fit = lm_fit(values, used, w, n_threads=n_threads)
        q, _ = householder_qr(used * np.sqrt(w)[:, None])
        leverage = np.sum(q * q, axis=1)
        information = _information(q, leverage, factors)
        score = np.mean(w * _standardized_squares(values, used, fit), axis=0) - (1.0 - leverage)
        slope = np.sum(factors * (n_genes * score + prior_n * (w - 1.0))[:, None], axis=0)
        step = least_squares(n_genes * information + prior_n * prior, slope)
        size = float(np.sum(slope * step)) / k / (n_genes + prior_n)
        if size >= last:
            logger.warning("array weights: convergence stopped")
            break
        last = size
        gamma = gamma + step
        if size < REML_TOLERANCE:
            break
    return np.asarray(gamma)


def _standardized_squares(values: Floats, design: Floats, fit: LinearFit) -> Floats:
    left = residuals(values, design, fit.coefficients)
    return np.asarray((left / fit.sigma[:, None]) ** 2)


def _information(q: Floats, leverage: Floats, factors: Floats) -> Floats:
    """Information (k, k) of the variance factors of one gene, the overall variance eliminated."""
    hat = _product(q, q.T)
    kernel = np.diag(1.0 - 2.0 * leverage) + hat * hat
    z = np.column_stack([np.ones(len(factors)), factors])
    full = _product(z.T, _product(kernel, z))
    return np.asarray(full[1:, 1:] - full[1:, :1] * full[:1, 1:] / full[0, 0])


def _product(a: Floats, b: Floats) -> Floats:
    """Matrix product as sums in a fixed order."""
    return np.stack([np.sum(a * column, axis=1) for column in b.T], axis=1)
