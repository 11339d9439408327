"""One dispersion for many genes by Cox-Reid adjusted profile likelihood (edgeR specification, section 10).

McCarthy, Chen and Smyth 2012 (Nucleic Acids Research 40:4288), section "Estimating the common dispersion".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.errors import FitError
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.local_minimum import local_minimum
from foldwise.stats.profile_likelihood import profile_grid
from foldwise.stats.rows import row_factors, take_rows

MIN_ROW_SUM = 5.0
# Half this many genes or more are thinned to about this many, evenly over the abundances.
SUBSET = 10_000
# The search runs over the fourth root of the dispersion, up to a dispersion of 4, to this width; the width is part of
# the answer (1e-7 of it).
LARGEST_ROOT = 4.0**0.25
TOLERANCE = 1e-5


def common_dispersion(
    counts: Any, design: Floats, offset: Floats, abundance: Floats, *, weights: Floats | None = None, n_threads: int = 1
) -> float:
    """Dispersion that maximizes the sum of the genes' adjusted profile likelihoods.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    design : ndarray, (n_samples, p)
    offset : ndarray, (n_samples,) or (n_genes, n_samples)
        Natural log.
    abundance : ndarray, (n_genes,)
        Average log counts per million.
    weights : ndarray (n_samples,) or (n_genes, n_samples), optional
    n_threads : int

    Raises
    ------
    FitError
        E-FIT-001 where no gene has five reads.
    """
    rows = informative_rows(_row_sums(counts), abundance)
    if not len(rows):
        raise too_few_reads(len(abundance))
    some, offsets = take_rows(counts, rows), row_factors(offset, rows)
    chosen_weights = None if weights is None else row_factors(weights, rows)

    def loss(root: float) -> float:
        grid = np.array([root * root * root * root])
        value, constant = profile_grid(some, design, offsets, grid, weights=chosen_weights, n_threads=n_threads)
        return -float(np.sum(value[:, 0] + constant))

    root = local_minimum(loss, 0.0, LARGEST_ROOT, TOLERANCE)
    return root * root * root * root


def too_few_reads(n_genes: int) -> FitError:
    """The error for genes that tell nothing about variance."""
    return FitError(
        "E-FIT-001",
        f"None of the {n_genes} genes has {MIN_ROW_SUM:g} reads or more, so no dispersion can be estimated.",
        "Give more genes, or deeper libraries.",
    )


def informative_rows(row_sums: Floats, abundance: Floats) -> Integers:
    """Numbers of the genes with five counts or more; of very many, every k-th in order of abundance."""
    rows = np.flatnonzero(row_sums >= MIN_ROW_SUM)
    if len(rows) < 2 * SUBSET:
        return rows
    step = len(rows) // SUBSET
    return rows[np.argsort(abundance[rows], kind="stable")[step // 2 :: step]]


def _row_sums(counts: Any) -> Floats:
    if isinstance(counts, np.ndarray):
        return np.asarray(counts.sum(axis=1, dtype=np.float64))
    data, _, indptr, _ = counts
    totals = np.concatenate([[0.0], np.cumsum(data, dtype=np.float64)])
    return np.asarray(totals[indptr[1:]] - totals[indptr[:-1]])
