"""The rank-sum test of two groups (Wilcoxon 1945, Biometrics Bulletin 1:80; Mann and Whitney 1947).

The rules are those of ``scipy.stats.mannwhitneyu`` (two-sided, ``method="auto"``), applied gene by gene: the exact
distribution where a group has at most 8 samples and no values are equal, else the normal approximation with the
variance corrected for ties and a continuity correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats, Integers
from foldwise.stats.tails import normal_two_sided

# With more samples than this in both groups the normal approximation is used for all genes.
EXACT_UP_TO = 8
CONTINUITY = 0.5


@dataclass(frozen=True, eq=False)
class RankSumTest:
    """Tests of all genes, (n_genes,) each.

    Parameters
    ----------
    u : ndarray
        Pairs in which the target has the larger value, ties counted half.
    z : ndarray
        ``u`` less its expectation, over its standard deviation; 0 where all values are equal.
    pvalue : ndarray
        Two-sided.
    exact : ndarray of bool
        Genes with the exact distribution.
    """

    u: Floats
    z: Floats
    pvalue: Floats
    exact: Booleans


def rank_sum_rows(
    values: Any, groups: Integers, factors: Floats | None = None, n_threads: int = 1
) -> tuple[Floats, Floats]:
    """Sums of mid-ranks and tie terms of each gene.

    Parameters
    ----------
    values : ndarray (n_genes, n_samples) or CSR tuple
    groups : ndarray of int, (n_samples,)
        From 0 without a gap; -1 for samples left out.
    factors : ndarray (n_samples,), optional
        The values are divided by them.

    Returns
    -------
    tuple of ndarray
        Sums of ranks (n_genes, n_groups), and the sum of t^3 - t over ties of t values (n_genes,).
    """
    found = _kernels.rank_sum_rows(values, np.ascontiguousarray(groups, dtype=np.int32), factors, n_threads)
    return found["rank_sum"], found["tie_term"]


def rank_sum_test(rank_sum: Floats, tie_term: Floats, n_target: int, n_reference: int) -> RankSumTest:
    """Test of equal distributions in every gene.

    Parameters
    ----------
    rank_sum, tie_term : ndarray, (n_genes,)
        Sum of the mid-ranks of the target among both groups; sum of t^3 - t over ties.
    n_target, n_reference : int
        Samples of each group.
    """
    n, pairs = n_target + n_reference, float(n_target * n_reference)
    u = rank_sum - n_target * (n_target + 1) / 2
    largest = np.maximum(u, pairs - u)
    spread = np.sqrt(pairs / 12 * ((n + 1) - tie_term / (n * (n - 1))))
    varies = spread > 0
    z = np.zeros(len(u))
    np.divide(u - pairs / 2, spread, out=z, where=varies)
    exact = tie_term == 0
    if min(n_target, n_reference) > EXACT_UP_TO:
        exact = np.zeros(len(u), dtype=bool)
    p = np.ones(len(u))
    usual = varies & ~exact & (largest > pairs / 2 + CONTINUITY)
    if usual.any():
        p[usual] = normal_two_sided((largest[usual] - pairs / 2 - CONTINUITY) / spread[usual])
    if exact.any():
        tail = exact_upper_tail(min(n_target, n_reference), max(n_target, n_reference))
        p[exact] = np.minimum(1.0, 2.0 * tail[largest[exact].astype(np.int64)])
    return RankSumTest(u, z, p, exact)


@lru_cache(maxsize=32)
def exact_upper_tail(n_small: int, n_large: int) -> Floats:
    """P(U >= u) for u = 0 .. n_small n_large without ties.

    The number of arrangements with U = u is the coefficient of q^u in the Gaussian binomial coefficient, made in whole
    numbers from prod_i (1 - q^(n_large + i)) / (1 - q^i), i = 1 .. n_small.
    """
    top = n_small * n_large
    counts = [1] + [0] * top
    for i in range(1, n_small + 1):
        for u in range(top, n_large + i - 1, -1):
            counts[u] -= counts[u - n_large - i]
        for u in range(i, top + 1):
            counts[u] += counts[u - i]
    total, tail, above = sum(counts), np.empty(top + 1), 0
    for u in range(top, -1, -1):
        above += counts[u]
        tail[u] = above / total
    tail.flags.writeable = False
    return tail
