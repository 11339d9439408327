"""Average log2 counts per million of each gene: the abundance that dispersion trends run over.

edgeR specification, section 3: a negative binomial fit of one rate to counts with a prior count.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.cpm import LOG_PER_MILLION
from foldwise.stats.edger_glm import (
    ONE_WAY_ITERATIONS,
    ONE_WAY_TOLERANCE,
    GlmCall,
    per_gene,
    sample_weights,
    with_prior,
)
from foldwise.stats.elementary import LN2

PRIOR_COUNT = 2.0
DISPERSION = 0.05


def ave_log_cpm(
    counts: Any, offset: Floats, *, dispersion: Floats | float | None = None, prior_count: Floats | float = PRIOR_COUNT,
    weights: Floats | None = None, n_threads: int = 1,
) -> Floats:  # fmt: skip
    """Average log2 counts per million.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    offset : ndarray, (n_samples,) or (n_genes, n_samples)
        Natural log of the effective library sizes.
    dispersion : float or ndarray (n_genes,), optional
        Default 0.05; missing values take the mean of the others.
    prior_count : float or ndarray (n_genes,)
    weights : ndarray (n_samples,) or (n_genes, n_samples), optional
    n_threads : int

    Returns
    -------
    ndarray, (n_genes,)
    """
    n_genes = len(counts) if isinstance(counts, np.ndarray) else len(counts[2]) - 1
    if n_genes == 0:
        return np.zeros(0)
    phi = per_gene(DISPERSION if dispersion is None else dispersion, n_genes)
    missing = np.isnan(phi)
    if missing.any():
        phi = np.where(missing, DISPERSION if missing.all() else phi[~missing].mean(), phi)
    call = GlmCall(counts, np.ascontiguousarray(offset, dtype=np.float64), phi, sample_weights(weights, n_genes), 1)
    call = with_prior(call, prior_count)
    cell = np.zeros(call.offset.shape[-1], dtype=np.int32)
    found = _kernels.glm_one_way(
        call.counts, call.offset, cell, call.dispersion, None, call.weights, call.prior, ONE_WAY_TOLERANCE,
        ONE_WAY_ITERATIONS, False, n_threads=n_threads,
    )  # fmt: skip
    return np.asarray((found["beta"][:, 0] + LOG_PER_MILLION) / LN2)
