"""NumPy twin of the kernel `row_summaries`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.counts_input import dense


def row_summaries(
    counts: Any, factors: np.ndarray, weights: np.ndarray | None = None, n_threads: int = 1
) -> dict[str, np.ndarray]:
    """Summaries of each gene.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
        Size or normalization factors, natural scale.
    weights : ndarray (n_genes, n_samples), optional
        Multiply the normalized counts in mean and variance.

    Returns
    -------
    dict
        ``mean`` and ``variance`` (divisor n - 1) of the normalized counts, ``sum_log`` of the positive counts,
        ``n_zero``, ``n_positive``, ``max`` of the counts, each (n_genes,).
    """
    k = dense(counts)
    q = k / factors
    if weights is not None:
        q = weights * q
    positive = k > 0
    n = k.shape[1]
    mean = q.mean(axis=1) if n else np.full(len(k), np.nan)
    return {
        "mean": mean,
        "variance": ((q - mean[:, None]) ** 2).sum(axis=1) / (n - 1) if n > 1 else np.full(len(k), np.nan),
        "sum_log": np.log(np.where(positive, k, 1.0)).sum(axis=1),
        "n_zero": (k == 0).sum(axis=1),
        "n_positive": positive.sum(axis=1),
        "max": k.max(axis=1),
    }
