"""Self-contained gene set tests by rotation of residuals (roast): whether a set has changed at all.

Wu et al. 2010 (Bioinformatics 26:2176), Langsrud 2005 for the rotations; limma specification, section 14.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Booleans, Floats, Integers
from foldwise.stats.gene_effects import GeneEffects, normal_score_bailey
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.squeeze_var import SqueezedVariances, posterior_variance, squeeze_var

N_ROTATIONS = 1999
# Scores do not tell more degrees of freedom apart.
LARGEST_DF = 10_000.0
# A gene whose score lies beyond counts as changed.
ACTIVE = float(np.sqrt(2.0))
# Rotations at a time: bounds memory, changes no number.
BLOCK = 1000


@dataclass(frozen=True, eq=False)
class RoastResult:
    """Tests of gene sets, one value per set.

    Parameters
    ----------
    n_genes : ndarray of int, (n_sets,)
    up : ndarray of bool, (n_sets,)
    share_up, share_down : ndarray, (n_sets,)
        Genes whose score lies beyond the square root of 2.
    pvalue, padj : ndarray, (n_sets,)
        For a common direction.
    pvalue_mixed, padj_mixed : ndarray, (n_sets,)
        For any directions.
    """

    n_genes: Integers
    up: Booleans
    share_up: Floats
    share_down: Floats
    pvalue: Floats
    padj: Floats
    pvalue_mixed: Floats
    padj_mixed: Floats


def roast(
    effects: GeneEffects,
    sets: Sequence[Integers],
    *,
    seed: int,
    n_rotations: int = N_ROTATIONS,
    trend: bool = False,
    robust: bool = False,
    unit_variance: bool = False,
) -> RoastResult:
    """Test sets of genes by the mean of their scores.

    Parameters
    ----------
    effects : GeneEffects
    sets : sequence of ndarray of int
        Gene numbers of each set.
    seed : int
        All sets meet the same rotations.
    n_rotations : int
        P-values are at least 1 / (n_rotations + 1).
    trend, robust : bool
        Of the prior of the variances.
    unit_variance : bool
        Every variance is 1, as that of normal deviates of counts (edgeR's form).
    """
    if unit_variance:
        ones = np.ones(len(effects.tested))
        squeezed = SqueezedVariances(ones, ones, np.full(len(ones), np.inf))
    else:
        squeezed = squeeze_var(effects.variances, float(effects.df), effects.mean if trend else None, robust=robust)
    rows = np.column_stack([effects.tested, effects.residual])
    df = float(effects.df)
    observed = _scores(effects.tested, effects.variances, squeezed, df)
    rotations = _rotations(rows.shape[1], n_rotations, seed)
    one_sided, mixed = np.empty(len(sets)), np.empty(len(sets))
    mean = np.array([float(np.mean(observed[genes])) for genes in sets])
    for i, genes in enumerate(sets):
        part = SqueezedVariances(squeezed.posterior[genes], squeezed.prior[genes], squeezed.df_prior[genes])
        size = float(np.mean(np.abs(observed[genes])))
        beyond = np.zeros(3)
        for start in range(0, n_rotations, BLOCK):
            beyond += _count(rows[genes], rotations[:, start : start + BLOCK], part, df, mean[i], size)
        one_sided[i] = (min(beyond[0], beyond[1]) + 1.0) / (n_rotations + 1.0)
        mixed[i] = (beyond[2] + 1.0) / (n_rotations + 1.0)
    return RoastResult(
        np.array([len(genes) for genes in sets], dtype=np.int64), mean > 0,
        np.array([float(np.mean(observed[genes] > ACTIVE)) for genes in sets]),
        np.array([float(np.mean(observed[genes] < -ACTIVE)) for genes in sets]),
        np.minimum(one_sided, 1.0), _adjusted(one_sided, n_rotations), mixed, _adjusted(mixed, n_rotations),
    )  # fmt: skip


def _rotations(dimension: int, n: int, seed: int) -> Floats:
    """Random directions (dimension, n)."""
    drawn = np.random.default_rng(np.random.SeedSequence(seed)).standard_normal((n, dimension)).T
    return np.ascontiguousarray(drawn / np.sqrt(np.sum(drawn * drawn, axis=0)))


def _scores(effect: Floats, variances: Floats, squeezed: SqueezedVariances, df: float) -> Floats:
    """Normal scores of moderated t of effects with the residual variances that belong to them, both (n_genes, ...)."""
    shape = (-1,) + (1,) * (effect.ndim - 1)
    prior, df_prior = squeezed.prior.reshape(shape), squeezed.df_prior.reshape(shape)
    posterior = posterior_variance(variances, np.broadcast_to(df, variances.shape), prior, df_prior)
    return normal_score_bailey(effect / np.sqrt(posterior), np.minimum(df + df_prior, LARGEST_DF))


def _count(rows: Floats, rotations: Floats, squeezed: SqueezedVariances, df: float, mean: float, size: float) -> Floats:
    """How many rotations, taken in both directions, lie below and above the mean; and how many above the mean size."""
    rotated = np.zeros((len(rows), rotations.shape[1]))
    for k in range(rows.shape[1]):
        rotated += rows[:, k : k + 1] * rotations[k]
    total = np.sum(rows * rows, axis=1)[:, None]
    z = _scores(rotated, (total - rotated * rotated) / df, squeezed, df)
    means = np.mean(z, axis=0)
    up = np.count_nonzero(means > mean) + np.count_nonzero(-means > mean)
    down = np.count_nonzero(means > -mean) + np.count_nonzero(-means > -mean)
    return np.array([down, up, np.count_nonzero(np.mean(np.abs(z), axis=0) > size)], dtype=np.float64)


def _adjusted(p: Floats, n_rotations: int) -> Floats:
    """Benjamini and Hochberg's adjustment of mid-p-values, never below the p-value."""
    adjusted = benjamini_hochberg(np.clip(p - 0.5 / (n_rotations + 1.0), 0.0, 1.0))
    return np.asarray(np.maximum(adjusted, np.minimum(p, 1.0)))
