"""Competitive gene set tests that know correlation between genes: whether a set changed more than the others.

Wu and Smyth 2012 (Nucleic Acids Research 40:e133); limma specification, sections 14.2 and 14.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Booleans, Floats, Integers
from foldwise.stats.gene_effects import GeneEffects, normal_score_hill
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.squeeze_var import squeeze_var
from foldwise.stats.tails import t_upper

# Correlation between the genes of a set that is taken where none is estimated.
PRESET_CORRELATION = 0.01
# Residuals of genes without variance are not blown up.
LEAST_VARIANCE = 1e-8


@dataclass(frozen=True, eq=False)
class CameraResult:
    """Tests of gene sets, one value per set.

    Parameters
    ----------
    n_genes : ndarray of int, (n_sets,)
    correlation : ndarray, (n_sets,)
        Between the genes of the set, preset or estimated.
    up : ndarray of bool, (n_sets,)
    pvalue, padj : ndarray, (n_sets,)
    """

    n_genes: Integers
    correlation: Floats
    up: Booleans
    pvalue: Floats
    padj: Floats


def camera(
    effects: GeneEffects,
    sets: Sequence[Integers],
    *,
    correlation: float | None = PRESET_CORRELATION,
    use_ranks: bool = False,
    trend: bool = False,
    allow_negative: bool = False,
) -> CameraResult:
    """Test sets of genes.

    Parameters
    ----------
    effects : GeneEffects
    sets : sequence of ndarray of int
        Gene numbers of each set.
    correlation : float or None
        Between the genes of a set; None to estimate it from the residuals of each set.
    use_ranks : bool
        Compare ranks in place of means.
    trend : bool
        The prior variance follows the mean.
    allow_negative : bool
        Let a negative correlation make p-values smaller.
    """
    n, df = len(effects.tested), effects.df
    variances = effects.variances
    squeezed = squeeze_var(variances, float(df), effects.mean if trend else None)
    t = effects.tested / np.sqrt(squeezed.posterior)
    statistic = t if use_ranks else normal_score_hill(t, np.minimum(df + squeezed.df_prior, float(n) * df))
    if correlation is not None:
        rho = np.full(len(sets), correlation)
        df_test = math.inf if use_ranks else float(n - 2)
        return _test(statistic, sets, rho, df_test, use_ranks)
    unit = effects.residual / np.sqrt(np.maximum(variances, LEAST_VARIANCE))[:, None]
    inflation = np.array([_inflation(unit[genes]) for genes in sets])
    size = np.array([len(genes) for genes in sets])
    rho = np.where(size > 1, (inflation - 1.0) / np.maximum(size - 1, 1), 0.0)
    return _test(statistic, sets, rho, float(min(df, n - 2)), use_ranks, allow_negative)


def camera_preranked(
    statistic: Floats,
    sets: Sequence[Integers],
    *,
    correlation: float = PRESET_CORRELATION,
    use_ranks: bool = False,
) -> CameraResult:
    """Test sets of genes by a statistic of each gene (n_genes,), such as its moderated t."""
    n = len(statistic)
    rho = np.full(len(sets), correlation)
    return _test(statistic, sets, rho, math.inf if use_ranks else float(n - 2), use_ranks)


def rank_sum_with_correlation(ranks: Floats, genes: Integers, rho: float, df: float) -> tuple[float, float]:
    """Rank sum test of a set whose genes are correlated.

    Parameters
    ----------
    ranks : ndarray, (n_genes,)
        Mid-ranks from 1.
    genes : ndarray of int
        The set.
    rho : float
        Correlation between its genes.
    df : float
        Degrees of freedom of the test.

    Returns
    -------
    tuple of float
        P-values for smaller and for larger ranks in the set.
    """
    n, n1 = len(ranks), len(genes)
    n2 = n - n1
    u = n1 * n2 + n1 * (n1 + 1) / 2 - float(np.sum(ranks[genes]))
    mean = n1 * n2 / 2
    if rho == 0 or n1 == 1:
        variance = mean * (n + 1) / 6
    else:
        variance = (
            math.asin(1.0) * n1 * n2 + math.asin(0.5) * n1 * n2 * (n2 - 1)
            + math.asin(rho / 2) * n1 * (n1 - 1) * n2 * (n2 - 1) + math.asin((rho + 1) / 2) * n1 * (n1 - 1) * n2
        ) / (2 * math.pi)  # fmt: skip
    ties = np.unique(ranks, return_counts=True)[1].astype(np.float64)
    variance *= 1.0 - float(np.sum(ties * (ties + 1) * (ties - 1))) / (n * (n + 1.0) * (n - 1.0))
    sd = math.sqrt(variance)
    tails = t_upper(np.array([(u - 0.5 - mean) / sd, -(u + 0.5 - mean) / sd]), df)
    return float(tails[0]), float(tails[1])


def mid_ranks(values: Floats) -> Floats:
    """Ranks from 1, ties averaged."""
    _, code, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - 0.5 * (count - 1))[code])


def _inflation(unit: Floats) -> float:
    """Variance of the mean of a set in units of that of independent genes."""
    mean = np.mean(unit, axis=0)
    return float(len(unit) * np.mean(mean * mean)) if len(unit) > 1 else 1.0


def _test(
    statistic: Floats, sets: Sequence[Integers], rho: Floats, df: float, use_ranks: bool, allow_negative: bool = False
) -> CameraResult:
    n = len(statistic)
    mean, variance = float(np.mean(statistic)), float(np.var(statistic, ddof=1))
    ranks = mid_ranks(statistic) if use_ranks else statistic
    down, up = np.empty(len(sets)), np.empty(len(sets))
    for i, (genes, r) in enumerate(zip(sets, rho.tolist(), strict=True)):
        if use_ranks:
            down[i], up[i] = rank_sum_with_correlation(ranks, genes, r if allow_negative else max(r, 0.0), df)
            continue
        m = len(genes)
        rest = n - m
        inflation = 1.0 + (m - 1) * r
        if not allow_negative:
            inflation = max(1.0, inflation)
        delta = n / rest * (float(np.mean(statistic[genes])) - mean)
        pooled = ((n - 1) * variance - delta * delta * m * rest / n) / (n - 2)
        t = delta / math.sqrt(pooled * (inflation / m + 1.0 / rest))
        up[i], down[i] = t_upper(np.array([t, -t]), df)
    p = np.minimum(2.0 * np.minimum(down, up), 1.0)
    sizes = np.array([len(genes) for genes in sets], dtype=np.int64)
    return CameraResult(sizes, rho, down >= up, p, benjamini_hochberg(p))
