"""Counts per million, scaled prior counts and their logarithms (edgeR specification, section 3).

Robinson, McCarthy and Smyth 2010 (Bioinformatics 26:139); the prior count, in proportion to the library size, keeps a
gene without differences at a fold change of zero.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import LN2, log

PER_MILLION = 1e6
LOG_PER_MILLION = 13.81551055796427410410794872810618524  # ln 1e6


def effective_library_sizes(library_sizes: Floats, norm_factors: Floats | None = None) -> Floats:
    """Library sizes (n_samples,) times their normalization factors."""
    return library_sizes * 1.0 if norm_factors is None else library_sizes * norm_factors


def scaled_prior(library_sizes: Floats, prior_count: Floats | float) -> Floats:
    """Prior counts in proportion to the library sizes.

    Parameters
    ----------
    library_sizes : ndarray, (n_samples,) or (n_genes, n_samples)
        Effective; with genes on axis 0 each gene has its own.
    prior_count : float or ndarray (n_genes,)
        Mean over samples of the prior counts.

    Returns
    -------
    ndarray
        (n_samples,), or (n_genes, n_samples) where library sizes or prior counts are given per gene.
    """
    relative = library_sizes / library_sizes.mean(axis=-1, keepdims=True)
    return np.asarray(np.asarray(prior_count)[..., None] * relative if np.ndim(prior_count) else prior_count * relative)


def add_prior_count(counts: Floats, library_sizes: Floats, prior_count: Floats | float = 1.0) -> tuple[Floats, Floats]:
    """Counts with a scaled prior count, and the library sizes that go with them.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    library_sizes, prior_count
        As for `scaled_prior`.

    Returns
    -------
    tuple of ndarray
        Counts + p (n_genes, n_samples), and library sizes + 2 p in the shape of p.
    """
    prior = scaled_prior(library_sizes, prior_count)
    return counts + prior, library_sizes + 2.0 * prior


def cpm(counts: Floats, library_sizes: Floats) -> Floats:
    """Counts per million (n_genes, n_samples) of counts and effective library sizes, (n_samples,) or per gene."""
    return np.asarray(counts * PER_MILLION / library_sizes)


def log_cpm(counts: Floats, library_sizes: Floats, prior_count: Floats | float = 2.0) -> Floats:
    """log2 of counts per million, with a prior count scaled to the library sizes.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
        Not negative, whole or not.
    library_sizes : ndarray, (n_samples,) or (n_genes, n_samples)
        Effective library sizes.
    prior_count : float or ndarray (n_genes,)

    Returns
    -------
    ndarray, (n_genes, n_samples)
        NaN where count and prior count are both zero.
    """
    adjusted, sizes = add_prior_count(counts, library_sizes, prior_count)
    positive = adjusted > 0
    values = log(np.where(positive, adjusted, 1.0)) - log(sizes) + LOG_PER_MILLION
    return np.where(positive, values / LN2, np.nan)
