"""Weights of genes learned from covariates, for the multiple-testing correction; each gene's from other genes.

Cross-fitting keeps a gene's own p-value out of its weight (Ignatiadis and Huber 2021); the share of large p-values
given the covariates tells how many genes do not change (Boca and Leek 2018; Korthauer et al. 2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.ihw import weighted
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.ridge_logistic import probability, ridge_logistic

# A p-value above this speaks for a gene that does not change.
LARGE_P = 0.2
PENALTY = 1 / 0.02
# Estimated shares of changed genes stay between these, weights between those. Of unfiltered genes half may have no
# chance; a smallest weight of 0.1 would give these a twentieth of all that there is to give.
SHARES = (0.005, 0.9)
WEIGHTS = (0.01, 20.0)


@dataclass(frozen=True, eq=False)
class LearnedWeights:
    """Weights of genes and their weighted, adjusted p-values.

    Parameters
    ----------
    weight : ndarray, (n,)
        Mean 1 in every fold; NaN where the p-value is missing.
    padj : ndarray, (n,)
        Benjamini-Hochberg of ``min(p / weight, 1)``; NaN where the p-value is missing.
    changed : ndarray, (n,)
        Estimated share of changed genes among genes of these covariates; NaN where the p-value is missing.
    """

    weight: np.ndarray
    padj: np.ndarray
    changed: np.ndarray


def learn_weights(p: np.ndarray, columns: np.ndarray, folds: np.ndarray) -> LearnedWeights:
    """Learn weights and adjust p-values by them.

    Parameters
    ----------
    p : ndarray, (n,)
        NaN where missing.
    columns : ndarray, (n, k)
        Covariates, as of `foldwise.learn.covariates.columns_of`; without any, all weights are 1.
    folds : ndarray of int, (n,)
        The weights of a fold come from the genes outside it.
    """
    present = np.flatnonzero(np.isfinite(p))
    weight, changed, padj = (np.full(len(p), np.nan) for _ in range(3))
    weight[present], changed[present] = _weights(p[present], columns[present], folds[present])
    padj[present] = benjamini_hochberg(weighted(p[present], weight[present]))
    return LearnedWeights(weight, padj, changed)


def _weights(p: np.ndarray, columns: np.ndarray, folds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    large = (p > LARGE_P).astype(np.float64)
    weight, changed = np.ones(len(p)), np.full(len(p), np.nan)
    numbers = np.unique(folds)
    for fold in numbers.tolist():
        inside = folds == fold
        outside = ~inside if len(numbers) > 1 else inside
        if columns.shape[1] == 0:
            changed[inside] = _share(np.mean(large[outside]))
            continue
        beta = ridge_logistic(columns[outside], large[outside], PENALTY)
        share = _share(probability(columns[inside], beta))
        changed[inside], weight[inside] = share, _odds(share)
    return weight, changed


def _share(large: np.ndarray | np.floating) -> np.ndarray:
    """Share of changed genes from the share of large p-values, of which unchanged genes have 1 - `LARGE_P`."""
    return np.asarray(np.clip(1.0 - large / (1.0 - LARGE_P), *SHARES))


def _odds(share: np.ndarray) -> np.ndarray:
    """Odds of a change as weights with mean 1."""
    odds = share / (1.0 - share)
    clipped = np.clip(odds / np.mean(odds), *WEIGHTS)
    return np.asarray(clipped / np.mean(clipped))
