"""Cox-Reid adjusted profile likelihood of dispersions (edgeR specification, section 5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.edger_glm import (
    DAMPED_ITERATIONS,
    DAMPED_TOLERANCE,
    ONE_WAY_ITERATIONS,
    ONE_WAY_TOLERANCE,
    sample_weights,
    unit_coefficients,
)
from foldwise.stats.elementary import log, log_gamma
from foldwise.stats.one_way import find_one_way
from foldwise.stats.rows import dense_rows


def profile_grid(
    counts: Any, X: Floats, offset: Floats, grid: Floats, *, weights: Floats | None = None, n_threads: int = 1
) -> tuple[Floats, Floats]:
    """Adjusted profile log likelihood of every gene at every grid point, without the terms free of the dispersion.

    The coefficients are fitted anew at each point, starting from those of the point before.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    X : ndarray, (n_samples, p)
    offset : ndarray, (n_samples,) or (n_genes, n_samples)
        Natural log.
    grid : ndarray, (n_grid,)
        Dispersions.
    weights : ndarray (n_samples,) or (n_genes, n_samples), optional

    Returns
    -------
    tuple of ndarray
        Values (n_genes, n_grid), and what part of the constant terms the coefficients hold (n_genes,).
    """
    n_genes = len(counts) if isinstance(counts, np.ndarray) else len(counts[2]) - 1
    design = np.ascontiguousarray(X, dtype=np.float64)
    one_way = find_one_way(design)
    tolerance, limit = (
        (DAMPED_TOLERANCE, DAMPED_ITERATIONS) if one_way is None else (ONE_WAY_TOLERANCE, ONE_WAY_ITERATIONS)
    )
    found = _kernels.glm_profile_refit(
        counts, np.ascontiguousarray(offset, dtype=np.float64), design if one_way is None else one_way.rows,
        None if one_way is None else one_way.cell, np.ascontiguousarray(grid, dtype=np.float64),
        unit_coefficients(design), 0.0 if one_way is None else one_way.log_det(),
        sample_weights(weights, n_genes), tolerance, limit, n_threads=n_threads,
    )  # fmt: skip
    return found["value"], found["constant"]


def adjusted_profile_likelihood(
    counts: Any, X: Floats, offset: Floats, dispersion: float, *, weights: Floats | None = None, n_threads: int = 1
) -> Floats:
    """Adjusted profile log likelihood (n_genes,) at one dispersion, all terms included."""
    value, constant = profile_grid(counts, X, offset, np.array([dispersion]), weights=weights, n_threads=n_threads)
    dense = dense_rows(counts)
    w = np.ones(dense.shape) if weights is None else np.broadcast_to(weights, dense.shape)
    y = dense * w
    return np.asarray(value[:, 0] + constant + np.sum(y * (offset + log(w)) - y - log_gamma(y + 1.0), axis=1))
