"""Which genes have counts enough to be worth testing (edgeR specification, section 1).

Chen, Lun and Smyth 2016 (F1000Research 5:1438): a gene must reach some counts per million in as many samples as the
smallest group has.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.cpm import PER_MILLION, cpm
from foldwise.stats.design_algebra import householder_qr, rank
from foldwise.stats.rows import dense_rows, take_rows

MIN_COUNT = 10.0
MIN_TOTAL_COUNT = 15.0
LARGE_GROUP = 10.0
MIN_PROPORTION = 0.7
TOLERANCE = 1e-14
BLOCK_VALUES = 4_000_000


def filter_by_expr(
    counts: Any, library_sizes: Floats | None = None, *, design: Floats | None = None, group: np.ndarray | None = None,
    min_count: float = MIN_COUNT, min_total_count: float = MIN_TOTAL_COUNT, large_n: float = LARGE_GROUP,
    min_prop: float = MIN_PROPORTION,
) -> Booleans:  # fmt: skip
    """Tell which genes to keep.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    library_sizes : ndarray, (n_samples,), optional
        Default: column sums.
    design : ndarray, (n_samples, n_coefficients), optional
        The smallest group follows from its leverages. Not used where ``group`` is given.
    group : ndarray, (n_samples,), optional
        Labels. Where neither is given, all samples are one group.
    min_count : float
        Count that a gene must reach in a library of median size.
    min_total_count : float
        Least sum over all samples.
    large_n, min_prop : float
        Of the samples beyond ``large_n`` in the smallest group only this proportion must have the counts.

    Returns
    -------
    ndarray of bool, (n_genes,)
    """
    n_genes, n_samples = counts.shape if isinstance(counts, np.ndarray) else (len(counts[2]) - 1, counts[3])
    blocks = _blocks(n_genes, n_samples)
    if library_sizes is None:
        library_sizes = np.zeros(n_samples)
        for rows in blocks:
            library_sizes = library_sizes + dense_rows(take_rows(counts, rows)).sum(axis=0)
    needed = smallest_group(n_samples, design, group)
    if needed > large_n:
        needed = large_n + (needed - large_n) * min_prop
    cutoff = min_count / float(np.median(library_sizes)) * PER_MILLION
    keep = np.zeros(n_genes, dtype=bool)
    for rows in blocks:
        dense = dense_rows(take_rows(counts, rows))
        enough = (cpm(dense, library_sizes) >= cutoff).sum(axis=1) >= needed - TOLERANCE
        keep[rows] = enough & (dense.sum(axis=1) >= min_total_count - TOLERANCE)
    return keep


def smallest_group(n_samples: int, design: Floats | None, group: np.ndarray | None) -> float:
    """Size of the smallest group: counted, or the inverse of the largest leverage of the design with an intercept."""
    if group is not None:
        return float(np.unique(np.asarray(group), return_counts=True)[1].min())
    if design is None:
        return float(n_samples)
    whole = np.column_stack([np.ones(n_samples), design])
    n_independent, pivot = rank(whole)
    q, _ = householder_qr(np.ascontiguousarray(whole[:, pivot[:n_independent]]))
    return float(1.0 / np.max(np.sum(q * q, axis=1)))


def _blocks(n_genes: int, n_samples: int) -> list[np.ndarray]:
    """Row numbers in blocks that keep the dense copy small."""
    step = max(BLOCK_VALUES // max(n_samples, 1), 1)
    return [np.arange(start, min(start + step, n_genes)) for start in range(0, n_genes, step)]
