"""Dispersions of groups of samples by conditional likelihood (edgeR specification, section 9, classic form).

Robinson and Smyth 2008 (Biostatistics 9:321): counts are carried to one library size, and the sum of a group holds no
information on the dispersion, so it is conditioned on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.edger_glm import ONE_WAY_ITERATIONS, ONE_WAY_TOLERANCE
from foldwise.stats.elementary import exp, log, log_gamma
from foldwise.stats.estimate_disp import (
    GRID,
    GRID_BASE,
    MIN_ROW_SUM,
    TAILS,
    EdgerDispersions,
    Model,
    dispersions_from_profile,
)
from foldwise.stats.local_minimum import local_minimum
from foldwise.stats.quantile_map import map_quantiles
from foldwise.stats.rows import dense_rows

FIRST_DISPERSION = 0.01
DELTA_RANGE = (1e-4, 100.0 / 101.0)
DELTA_TOLERANCE = 1e-6


def classic_disp(
    counts: Any, group: np.ndarray, library_sizes: Floats, *, trend: str = "locfit", robust: bool = False,
    winsor: tuple[float, float] = TAILS, prior_df: float | None = None, span: float | None = None,
    min_row_sum: float = MIN_ROW_SUM, legacy: bool | None = None, n_threads: int = 1,
) -> EdgerDispersions:  # fmt: skip
    """Estimate all dispersions of a design of groups.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    group : ndarray, (n_samples,)
        Labels; at least one group has two samples.
    library_sizes : ndarray, (n_samples,)
        Effective.
    trend, robust, winsor, prior_df, span, min_row_sum, legacy
        As for `estimate_disp`.

    Returns
    -------
    EdgerDispersions
    """
    dense = dense_rows(counts)
    cell = np.unique(np.asarray(group), return_inverse=True)[1].reshape(-1).astype(np.int32)
    chosen = np.flatnonzero(dense.sum(axis=1) >= min_row_sum)
    if not len(chosen):
        raise ValueError("classic_disp: no gene has counts enough")
    some, sizes = np.ascontiguousarray(dense[chosen]), np.asarray(library_sizes, dtype=np.float64)
    first = equalized_counts(some, cell, sizes, FIRST_DISPERSION, n_threads)

    def loss(delta: float) -> float:
        return -float(np.sum(_conditional(first, cell, 1.0 / delta - 1.0)))

    delta = local_minimum(loss, *DELTA_RANGE, DELTA_TOLERANCE)
    pseudo = equalized_counts(some, cell, sizes, delta / (1.0 - delta), n_threads)
    profile = np.stack([_conditional(pseudo, cell, 1.0 / phi) for phi in (GRID_BASE * 2.0**GRID).tolist()], axis=1)
    n_groups = int(cell.max()) + 1
    design = np.column_stack([np.ones(len(cell)), *[(cell == k).astype(np.float64) for k in range(1, n_groups)]])
    model = Model(np.ascontiguousarray(dense), design, sizes, None, None, n_threads)
    return dispersions_from_profile(
        model, chosen, profile, trend=trend, robust=robust, winsor=winsor, prior_df=prior_df, span=span, legacy=legacy
    )


def equalized_counts(
    counts: Floats, cell: np.ndarray, library_sizes: Floats, dispersion: float, n_threads: int = 1
) -> Floats:
    """Counts (n_genes, n_samples) that samples of the same size might have had; not negative.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    cell : ndarray of int32, (n_samples,)
        Group of each sample.
    library_sizes : ndarray, (n_samples,)
    dispersion : float
    """
    common = float(exp(np.array([log(library_sizes).mean()]))[0])
    found = _kernels.glm_one_way(
        counts, log(library_sizes), cell, np.full(len(counts), dispersion), None, None, None, ONE_WAY_TOLERANCE,
        ONE_WAY_ITERATIONS, True, n_threads=n_threads,
    )  # fmt: skip
    rate = np.where(found["beta"] > -700.0, exp(np.maximum(found["beta"], -700.0)), 0.0)[:, cell]
    return np.maximum(map_quantiles(counts, rate * library_sizes, rate * common, np.array(dispersion)), 0.0)


def _conditional(pseudo: Floats, cell: np.ndarray, r: float) -> Floats:
    """Log likelihood (n_genes,) of counts given the sums of their groups, at size r; terms free of r dropped."""
    total = np.zeros(len(pseudo))
    for k in range(int(cell.max()) + 1):
        y = pseudo[:, cell == k]
        n = y.shape[1]
        if n < 2:
            continue
        sums = y.sum(axis=1)
        constant = log_gamma(np.array([n * r, r]))
        total = total + log_gamma(y + r).sum(axis=1) + constant[0] - log_gamma(sums + n * r) - n * constant[1]
    return total
