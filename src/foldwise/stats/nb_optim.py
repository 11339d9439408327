"""Coefficients of the genes on which iteratively reweighted least squares failed.

The maximum inside a box of +-30 (log2) by limited-memory BFGS, from the start and to the stop that R uses (DESeq2
specification, sections 8.6 and 8.7; Byrd, Lu, Nocedal and Zhu 1995, SIAM J. Sci. Comput. 16:1190).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.design_algebra import projection, rank
from foldwise.stats.elementary import LN2, log
from foldwise.stats.rows import dense_rows

BOUND_LOG2 = 30.0
MAX_ITERATIONS = 100
START_OFFSET = 0.1


@dataclass(frozen=True)
class OptimFit:
    """Fit of the given genes.

    Attributes
    ----------
    beta : ndarray, (n_genes, p)
        Natural log.
    converged : ndarray, (n_genes,)
        The optimizer met its stop rule; the estimate is kept in any case.
    log_likelihood : ndarray, (n_genes,)
        At the mean floored at ``min_mu``, as R reports it.
    covariance : ndarray, (n_genes, p (p + 1) / 2)
        Lower triangle by rows, natural log scale.
    """

    beta: Floats
    converged: Booleans
    log_likelihood: Floats
    covariance: Floats


def nb_optim_fallback(
    counts: Any,
    factors: Floats,
    design: Floats,
    alpha: Floats,
    beta: Floats,
    ridge: Floats,
    *,
    weights: Floats | None = None,
    min_mu: float = 0.5,
    n_threads: int = 1,
) -> OptimFit:
    """Fit the given genes anew.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
        Only the genes to fit.
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
    design : ndarray, (n_samples, p)
    alpha : ndarray, (n_genes,)
        Dispersions.
    beta : ndarray, (n_genes, p)
        Where the least-squares iterations ended, natural log; may hold NaN.
    ridge : ndarray, (p,)
        1 / prior variance, natural log scale.
    weights : ndarray (n_genes, n_samples), optional
    min_mu : float
        Floor of the mean in covariance and log-likelihood.
    """
    start = fallback_start(counts, factors, design, beta)
    fit = _kernels.nb_optim(
        counts,
        factors,
        design,
        alpha,
        start,
        ridge * LN2**2,
        weights,
        min_mu=min_mu,
        bound=BOUND_LOG2,
        max_iterations=MAX_ITERATIONS,
        n_threads=n_threads,
    )
    return OptimFit(fit["beta_log2"] * LN2, fit["converged"].astype(bool), fit["log_likelihood"], fit["covariance"])


def fallback_start(counts: Any, factors: Floats, design: Floats, beta: Floats) -> Floats:
    """Start (n_genes, p) of the optimizer in log2: the last coefficients where all lie inside the box.

    Elsewhere the start of the least-squares iterations. Its natural logs are taken as log2 numbers: R does so, and the
    start decides where the optimizer stops.
    """
    in_log2 = beta / LN2
    inside = np.all(np.abs(in_log2) < BOUND_LOG2, axis=1)
    return np.where(inside[:, None], in_log2, least_squares_start(counts, factors, design))


def least_squares_start(counts: Any, factors: Floats, design: Floats) -> Floats:
    """Coefficients (n_genes, p), natural log, from which maximum likelihood iterations start.

    Least squares of ``ln(normalized count + 0.1)``; in a design whose columns depend on each other the log mean as
    intercept and zeros (all ones without an intercept).
    """
    normalized = dense_rows(counts) / factors
    p = design.shape[1]
    if rank(design)[0] == p:
        response = log(normalized + START_OFFSET)
        return np.stack([np.sum(response * row, axis=1) for row in projection(design)], axis=1)
    constant = np.flatnonzero(np.all(design == 1.0, axis=0))
    if not len(constant):
        return np.ones((len(normalized), p))
    start = np.zeros((len(normalized), p))
    start[:, constant[0]] = log(np.mean(normalized, axis=1))
    return start
