"""Policy around Cook's distances: cutoff, replaceable samples, replacement counts and the large-count exception.

Cook 1977; Love, Huber and Anders 2014 (Genome Biology 15:550), "Handling outlier counts". The distances themselves
come from the kernel ``nb_cooks``.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Booleans, Floats, Integers
from foldwise.stats.quantile import trimmed_mean
from foldwise.stats.tails import f_quantile

CUTOFF_UPPER_TAIL = 0.01
# Samples in smaller cells cannot be told from their own group.
MIN_CELL_FOR_MASK = 3
REPLACEMENT_TRIM = 0.2
# A gene keeps its p-value when this many samples exceed the count in question (two-group designs).
LARGE_COUNTS_TO_KEEP = 3


def cooks_cutoff(p: int, m: int) -> float:
    """Distance above which a sample counts as an outlier: 99 % point of F(p, m - p).

    Parameters
    ----------
    p, m : int
        Coefficients and samples. NaN without residual degrees of freedom.
    """
    if m <= p:
        return float("nan")
    return f_quantile(CUTOFF_UPPER_TAIL, float(p), float(m - p))


def samples_in_cells_of(cells: Integers, at_least: int) -> Booleans:
    """Samples (n_samples,) whose design cell holds at least so many samples; ``cells`` as from `design_cells`."""
    return np.asarray(np.bincount(cells)[cells] >= at_least)


def max_cooks(cooks: Floats, usable: Booleans) -> Floats:
    """Largest distance of each gene over the usable samples; NaN where there are none.

    Parameters
    ----------
    cooks : ndarray, (n_genes, n_samples)
    usable : ndarray of bool, (n_samples,)
    """
    if not usable.any():
        return np.full(len(cooks), np.nan)
    return np.asarray(cooks[:, usable].max(axis=1))


def replacement_values(counts: Floats | Integers, factors: Floats) -> Integers:
    """Counts that outliers are replaced by: the gene's trimmed mean at each sample's depth, fraction cut off.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
        Size or normalization factors.

    Returns
    -------
    ndarray of int64, (n_genes, n_samples)
    """
    center = trimmed_mean(counts / factors, REPLACEMENT_TRIM)
    return np.trunc(center[:, None] * factors).astype(np.int64)


def outlier_mask(max_distance: Floats, cutoff: float, n_larger: Integers | None = None) -> Booleans:
    """Genes whose p-value is withheld because one count decides it.

    Parameters
    ----------
    max_distance : ndarray, (n_genes,)
        From `max_cooks`, over samples in cells of at least three.
    cutoff : float
        From `cooks_cutoff`; NaN masks nothing.
    n_larger : ndarray, (n_genes,), optional
        Samples whose count exceeds that of the sample with the largest distance; given for designs of one factor
        with two levels only. From three on the p-value is kept: a count that others exceed is no outlier.
    """
    with np.errstate(invalid="ignore"):
        masked = max_distance > cutoff
    if n_larger is not None:
        masked = masked & (n_larger < LARGE_COUNTS_TO_KEEP)
    return np.asarray(masked)
