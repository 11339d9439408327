"""Exact fold changes planted into real counts by binomial thinning: genes without a change are not touched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verification.simulate import CHANGE_SD_LOG2, LEAST_LOG2

DIRECTIONS = ("both", "up")


@dataclass(frozen=True, eq=False)
class Planted:
    """Counts (n_genes, n_samples) after thinning, group of each sample, and log2 fold change of each gene."""

    counts: np.ndarray
    group: np.ndarray
    log2_fold_change: np.ndarray


def drawn_changes(n_genes: int, share: float, direction: str, rng: np.random.Generator) -> np.ndarray:
    """Log2 fold changes of which ``share`` are not 0, by the spread of the simulations; ``up``: all of them up."""
    size = np.maximum(np.abs(rng.normal(0.0, CHANGE_SD_LOG2, n_genes)), LEAST_LOG2)
    sign = np.ones(n_genes) if direction == "up" else rng.choice([-1.0, 1.0], n_genes)
    return np.where(rng.random(n_genes) < share, size * sign, 0.0)


def plant(counts: np.ndarray, group: np.ndarray, log2_fold_change: np.ndarray, rng: np.random.Generator) -> Planted:
    """Thin the reads of the group that has fewer.

    A gene up by b in group 1 keeps each read of group 0 with probability 2^-b; a gene down by b each read of group 1.
    The ratio of the expected counts is then exactly what was planted, and the counts vary as real ones do.
    """
    keep = np.ones(counts.shape)
    keep[:, group == 0] = np.exp2(-np.maximum(log2_fold_change, 0.0))[:, None]
    keep[:, group == 1] = np.exp2(np.minimum(log2_fold_change, 0.0))[:, None]
    return Planted(rng.binomial(counts.astype(np.int64), keep), group, log2_fold_change)
