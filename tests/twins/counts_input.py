"""Dense view of the two forms in which the kernels take counts."""

from __future__ import annotations

from typing import Any

import numpy as np


def dense(counts: Any) -> np.ndarray:
    """Return counts as (n_genes, n_samples) float64; CSR input is (data, indices, indptr, n_samples)."""
    if isinstance(counts, np.ndarray):
        return counts.astype(np.float64)
    data, indices, indptr, n_samples = counts
    matrix = np.zeros((len(indptr) - 1, n_samples))
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    matrix[rows, indices] = data
    return matrix
