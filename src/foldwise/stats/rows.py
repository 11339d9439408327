"""Rows of count matrices in the form that kernels take: a dense array, or the tuple of a CSR matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.stats.arrays import Floats


def dense_rows(counts: Any) -> Floats:
    """Return counts of a block as float64 (n_genes, n_samples)."""
    if isinstance(counts, np.ndarray):
        return counts.astype(np.float64)
    data, indices, indptr, n_samples = counts
    dense = np.zeros((len(indptr) - 1, n_samples))
    dense[np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)), indices] = data
    return dense


def take_rows(counts: Any, rows: np.ndarray) -> Any:
    """Return some rows of a dense matrix or CSR tuple."""
    if isinstance(counts, np.ndarray):
        return np.ascontiguousarray(counts[rows])
    data, indices, indptr, n_samples = counts
    lengths = np.diff(indptr)[rows]
    new_indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    pick = np.repeat(indptr[:-1][rows] - new_indptr[:-1], lengths) + np.arange(new_indptr[-1])
    return np.ascontiguousarray(data[pick]), np.ascontiguousarray(indices[pick]), new_indptr, n_samples


def row_factors(factors: Floats, rows: np.ndarray) -> Floats:
    """Return the factors of some rows; factors per sample serve all."""
    return np.ascontiguousarray(factors[rows]) if factors.ndim == 2 else factors
