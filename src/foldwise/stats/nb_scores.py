"""Negative binomial counts as normal deviates with the same tail (edgeR specification, section 15)."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.edger_glm import glm_fit
from foldwise.stats.elementary import exp, log, log1p
from foldwise.stats.normal_quantile import normal_quantile_of_log_upper
from foldwise.stats.null_design import null_design
from foldwise.stats.rows import dense_rows
from foldwise.stats.tails import log_beta

# A mean of 0 has no score; this one gives that of no reads.
LEAST_MEAN = 1e-17


def nb_normal_scores(counts: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """Normal deviates of counts: half of the probability of the count itself belongs to its tail.

    Parameters
    ----------
    counts, mean : ndarray, (n_genes, n_samples)
        Counts may have fractions, which share the probability of the nearest whole number.
    dispersion : ndarray, (n_genes,)
        Positive.

    Returns
    -------
    ndarray, (n_genes, n_samples)
    """
    shape = counts.shape
    size = np.broadcast_to(1.0 / dispersion[:, None], shape).ravel()
    mu = np.maximum(mean, LEAST_MEAN).ravel()
    y = counts.ravel()
    k = np.rint(y)
    part = y - k
    log_point = _log_point(k, mu, size)
    above = (y >= mu) & (k > 0)
    # Weight of the count's own probability in its tail, and the log of the tail beyond it.
    weight = np.where(above, 0.5 - part, 0.5 + part)
    beyond = np.full(len(y), -np.inf)
    beyond[above] = _log_beta_tail(size[above] / mu[above], k[above] + 1.0, size[above])
    below = ~above & (k > 0)
    beyond[below] = _log_beta_tail(mu[below] / size[below], size[below], k[below])
    tail = _log_sum(beyond, log_point, weight)
    # Tails above one half are those of the other side.
    beyond_half = tail > -0.6931471805599453
    other = np.where(beyond_half, log1p(-exp(np.minimum(tail, -1e-300))), tail)
    z = normal_quantile_of_log_upper(other)
    return np.asarray(np.where(above ^ beyond_half, z, -z).reshape(shape))


def null_scores(
    counts: Any, design: Floats, contrast: Floats, library_sizes: Floats, dispersion: Floats, n_threads: int = 1,
    offset: Floats | None = None,
) -> Floats:  # fmt: skip
    """Normal deviates (n_genes, n_samples) of counts under the model without the tested contrast.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    design : ndarray, (n_samples, p)
    contrast : ndarray, (p,)
    library_sizes : ndarray, (n_samples,)
        Effective.
    dispersion : ndarray, (n_genes,)
    n_threads : int
    offset : ndarray, (n_genes, n_samples), optional
        In place of the log library sizes.
    """
    null, _ = null_design(np.asarray(design, dtype=np.float64), contrast)
    offset = log(library_sizes) if offset is None else offset
    fit = glm_fit(counts, null, offset, dispersion, prior_count=0.0, return_fitted=True, n_threads=n_threads)
    return nb_normal_scores(dense_rows(counts), np.asarray(fit.fitted), dispersion)


def _log_point(k: Floats, mu: Floats, size: Floats) -> Floats:
    """Log probability of ``k`` whole reads; the binomial coefficient by way of the beta function."""
    total = mu + size
    coefficient = -log(k + size) - log_beta(size, k + 1.0)
    return np.asarray(coefficient - size * log1p(mu / size) + np.where(k > 0, k * log(mu / total), 0.0))


def _log_beta_tail(ratio: Floats, a: Floats, b: Floats) -> Floats:
    """Log of the incomplete beta function I_x(a, b) at x = 1 / (1 + ratio)."""
    return _kernels.f_tail(ratio * (a / b), 2.0 * b, 2.0 * a)[1]


def _log_sum(log_a: Floats, log_b: Floats, weight: Floats) -> Floats:
    """ln(a + weight b)."""
    top = np.maximum(log_a, log_b)
    a = exp(np.maximum(log_a - top, -700.0)) * (log_a > -np.inf)
    b = exp(np.maximum(log_b - top, -700.0))
    return np.asarray(top + log(np.maximum(a + weight * b, 1e-300)))
