"""Counts whose outliers are drawn in, whatever group they are in."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats

# Yang and others (2024, doi 10.1186/s13059-024-03230-w) recommend the 93rd to 97th percentile.
PERCENTILE = 0.95


def winsorize(counts: np.ndarray, factors: Floats, percentile: float = PERCENTILE) -> np.ndarray:
    """Draw the largest normalized counts of each gene in to a percentile of the gene.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
        Size factors.
    percentile : float
        Between 0 and 1, interpolated linearly between order statistics.

    Returns
    -------
    ndarray, (n_genes, n_samples)
        On the scale of the counts, of their type; whole numbers where they are.
    """
    n = counts.shape[1]
    normalized = np.sort(counts / factors, axis=1)
    place = percentile * (n - 1)
    low = int(np.floor(place))
    high = min(low + 1, n - 1)
    limit = normalized[:, low] + (place - low) * (normalized[:, high] - normalized[:, low])
    drawn = np.minimum(counts, limit[:, None] * factors)
    return np.ascontiguousarray(np.rint(drawn) if counts.dtype.kind in "iu" else drawn, dtype=counts.dtype)
