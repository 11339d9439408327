"""Correlation of samples within blocks, one for all genes.

Smyth, Michaud and Scott 2005 (Bioinformatics 21:2067); limma specification, section 9.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.design_algebra import RANK_TOLERANCE
from foldwise.stats.elementary import atanh, tanh
from foldwise.stats.least_squares import lm_fit
from foldwise.stats.quantile import trimmed_mean

# Part of the genes left out at each end of their correlations.
TRIM = 0.15
# How near a correlation may come to its bounds.
LOWEST_STEP, HIGHEST = 0.01, 0.99
# Indicators of blocks that leave less than this beside the design are part of it.
IN_DESIGN = 1e-8


@dataclass(frozen=True, eq=False)
class BlockCorrelation:
    """Correlation within blocks.

    Parameters
    ----------
    consensus : float
        Trimmed mean over genes on the atanh scale; 0 where blocks have no effect beside the design; NaN where no gene
        tells.
    atanh : ndarray, (n_genes,)
        Of each gene; NaN where it is not determined.
    """

    consensus: float
    atanh: Floats


def duplicate_correlation(
    values: Floats, design: Floats, blocks: Integers, weights: Floats | None = None, n_threads: int = 1
) -> BlockCorrelation:
    """Estimate the correlation within blocks from all genes.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
        NaN where missing.
    design : ndarray, (n_samples, p)
    blocks : ndarray of int, (n_samples,)
        Block of each sample, from 0.
    weights : ndarray, (n_samples,) or (n_genes, n_samples), optional
    n_threads : int
    """
    numbers = np.unique(blocks, return_inverse=True)[1].astype(np.int64)
    sizes = np.bincount(numbers)
    if sizes.max() <= 1 or _in_design(design, numbers):
        return BlockCorrelation(0.0, np.full(len(values), np.nan))
    rho = _kernels.block_correlation(
        np.ascontiguousarray(values), np.ascontiguousarray(design, dtype=np.float64),
        None if weights is None else np.ascontiguousarray(weights, dtype=np.float64),
        numbers.astype(np.int32), RANK_TOLERANCE, n_threads,
    )  # fmt: skip
    bounded = np.clip(rho, 1.0 / (1.0 - sizes.max()) + LOWEST_STEP, HIGHEST)
    scale = atanh(bounded)
    known = scale[~np.isnan(scale)]
    consensus = float(tanh(np.array([trimmed_mean(known, TRIM)]))[0]) if len(known) else float("nan")
    return BlockCorrelation(consensus, scale)


def _in_design(design: Floats, numbers: Integers) -> bool:
    """Return whether the design spans the indicators of the blocks."""
    indicators = np.eye(int(numbers.max()) + 1)[numbers].T
    fit = lm_fit(indicators, design)
    left = np.where(np.isnan(fit.sigma), 0.0, fit.sigma) * np.sqrt(fit.df_residual)
    return bool(np.all(left < IN_DESIGN))
