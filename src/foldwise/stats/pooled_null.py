"""P-values by rank among those of null runs, pooled over genes of like expression."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats

# Groups of genes of like mean.
N_BINS = 20


def expression_bins(mean: Floats, n_bins: int = N_BINS) -> np.ndarray:
    """Number of the quantile of the mean of each gene, (n_genes,)."""
    rank = np.argsort(np.argsort(mean, kind="stable"), kind="stable")
    return np.asarray((n_bins * rank) // max(len(mean), 1))


def pooled_pvalues(pvalue: Floats, null: Floats, bins: np.ndarray) -> Floats:
    """The larger of a p-value and its rank among null p-values of the same bin.

    ``max(p_i, (1 + #{null p <= p_i in the bin of i}) / (1 + n in the bin))``

    Parameters
    ----------
    pvalue : ndarray, (n_genes,)
        NaN where missing.
    null : ndarray, (n_runs, n_genes)
        Of runs in which nothing can be found; NaN where missing.
    bins : ndarray of int, (n_genes,)
    """
    found = np.full(len(pvalue), np.nan)
    for number in np.unique(bins):
        members = bins == number
        of = members & np.isfinite(pvalue)
        pool = null[:, members]
        pool = np.sort(pool[np.isfinite(pool)])
        smaller = np.searchsorted(pool, pvalue[of], side="right")
        found[of] = np.maximum(pvalue[of], (1.0 + smaller) / (1.0 + len(pool)))
    return found
