"""Folds of genes for cross-fitting: genes that move together stand in the same fold, and nothing is left to chance.

Neighbors on a chromosome are co-regulated and share reads; without positions, genes whose residuals follow the same
directions are taken for neighbors. Random folds would put copies of a gene's own noise among those it is judged by.
"""

from __future__ import annotations

import re

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.householder import full_q
from foldwise.stats.symmetric_eigen import symmetric_eigen

N_FOLDS = 5
# Directions of residuals that clusters are made from, how often clusters are halved, and strata of expression.
N_DIRECTIONS = 5
N_HALVINGS = 6
N_STRATA = 10
# Residual degrees of freedom that are looked at, spread over the samples: clusters need no more, and folds are made
# anew in every null run.
MOST_DF = 16


def folds_by_position(chromosome: np.ndarray, position: np.ndarray | None = None, n_folds: int = N_FOLDS) -> Integers:
    """Return folds of neighboring genes, (n,), from 0.

    Parameters
    ----------
    chromosome : ndarray of text, (n,)
    position : ndarray, (n,), optional
        Start on the chromosome; NaN where unknown. With it the genome is cut into stretches of equally many genes;
        without it whole chromosomes are put together to folds of nearly equal size.
    n_folds : int
    """
    names, code, size = np.unique(chromosome.astype(str), return_inverse=True, return_counts=True)
    code = code.reshape(-1)
    if position is None:
        return packed(size, n_folds)[code]
    order = {name: rank for rank, name in enumerate(sorted(names.tolist(), key=_natural))}
    rank = np.array([order[name] for name in names.tolist()])[code]
    place = np.lexsort((np.nan_to_num(position, nan=-1.0), rank))
    folds = np.empty(len(place), dtype=np.int64)
    folds[place] = np.arange(len(place)) * n_folds // max(len(place), 1)
    return folds


def packed(sizes: np.ndarray, n_folds: int = N_FOLDS) -> Integers:
    """Return the fold of each block, (n_blocks,): the largest block first, each into the smallest fold so far."""
    folds, filled = np.zeros(len(sizes), dtype=np.int64), np.zeros(n_folds)
    for block in np.argsort(-np.asarray(sizes), kind="stable").tolist():
        folds[block] = int(np.argmin(filled))
        filled[folds[block]] += sizes[block]
    return folds


def folds_by_residuals(values: Floats, design: Floats, n_folds: int = N_FOLDS) -> Integers:
    """Return folds of genes whose residuals go together, (n,), from 0.

    Parameters
    ----------
    values : ndarray, (n, n_samples)
        Expression on a log scale.
    design : ndarray, (n_samples, p)
    n_folds : int

    Notes
    -----
    The residuals of a gene are scaled to length 1 and described by their first directions over all genes (loadings);
    a gene and its mirror image count as the same. Clusters come from halving along one direction after the other, and
    neighboring clusters are put together to folds of nearly equal size. That is done among genes of similar expression,
    so that all folds have the same range of it: weights have the mean 1 in every fold, and a fold of silent genes would
    be given as much as one of loud ones. Cuts are values, so that genes of equal counts stay together.
    """
    loadings = residual_loadings(values, design)
    level = np.mean(values, axis=1)
    edges = np.sort(level)[np.arange(1, N_STRATA) * len(level) // N_STRATA]
    stratum = np.searchsorted(edges, level, side="right")
    folds = np.zeros(len(values), dtype=np.int64)
    for number in range(N_STRATA):
        blocks = [np.flatnonzero(stratum == number)]
        for depth in range(N_HALVINGS if loadings.shape[1] else 0):
            along = loadings[:, depth % loadings.shape[1]]
            blocks = [half for block in blocks for half in _halves(block, along)]
        sizes = np.array([len(block) for block in blocks])
        middle = np.cumsum(sizes) - sizes / 2
        for block, place in zip(blocks, (middle * n_folds / max(int(sizes.sum()), 1)).tolist(), strict=True):
            folds[block] = min(int(place), n_folds - 1)
    return folds


def residual_loadings(values: Floats, design: Floats, n_directions: int = N_DIRECTIONS) -> Floats:
    """Return what the first directions of the residuals have of each gene, (n, k); the first entry is not negative."""
    free = full_q(np.ascontiguousarray(design))[:, design.shape[1] :]
    if free.shape[1] > MOST_DF:
        free = free[:, np.linspace(0, free.shape[1] - 1, MOST_DF).astype(np.int64)]
    df = free.shape[1]
    if df < 1:
        return np.zeros((len(values), 0))
    residuals = np.stack([_weighted_sum(values, direction) for direction in free.T], axis=0)
    length = np.sqrt(np.sum(residuals * residuals, axis=0))
    scaled = residuals / np.where(length > 0, length, 1.0)
    gram = np.array([[np.sum(a * b) for b in scaled] for a in scaled])
    _, directions = symmetric_eigen(gram)
    kept = directions[:, : min(n_directions, df)]
    loadings = np.stack([_weighted_sum(scaled.T, direction) for direction in kept.T], axis=1)
    return np.asarray(loadings * np.where(loadings[:, :1] < 0, -1.0, 1.0))


def _weighted_sum(columns: Floats, weights: Floats) -> Floats:
    """Sum of columns (n, k) times weights (k,), in their order."""
    total = np.zeros(len(columns))
    for column, weight in zip(columns.T, weights.tolist(), strict=True):
        total += weight * column
    return total


def _halves(block: Integers, along: Floats) -> list[Integers]:
    """Genes of a block below and from its median value on; the first may be empty where values are equal."""
    if not len(block):
        return [block, block]
    inside = along[block]
    low = inside < np.sort(inside)[len(inside) // 2]
    return [block[low], block[~low]]


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """Key that sorts ``chr2`` before ``chr10``."""
    return tuple((0, int(part)) if part.isdigit() else (1, part.lower()) for part in re.split(r"(\d+)", name) if part)
