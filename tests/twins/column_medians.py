"""NumPy twin of the kernel `column_medians`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.counts_input import dense


def column_medians(
    counts: Any, log_geomeans: np.ndarray, control: np.ndarray | None = None, n_threads: int = 1
) -> np.ndarray:
    """Median ratio of each sample to the reference sample.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    log_geomeans : ndarray, (n_genes,)
        Natural log of the reference; rows that are not finite are left out.
    control : ndarray of bool (n_genes,) or of row numbers, optional
        Rows to use; None uses all.

    Returns
    -------
    ndarray, (n_samples,)
        exp(median of ln K - g over rows with finite g and K > 0); NaN for a sample without such a row.
    """
    k = dense(counts)
    use = np.isfinite(log_geomeans)
    if control is not None:
        chosen = np.zeros(len(k), dtype=bool)
        chosen[control] = True
        use &= chosen
    k, g = k[use], log_geomeans[use]
    medians = np.full(k.shape[1], np.nan)
    for j in range(k.shape[1]):
        positive = k[:, j] > 0
        if positive.any():
            medians[j] = np.exp(np.median(np.log(k[positive, j]) - g[positive]))
    return medians
