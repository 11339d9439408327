"""Student's and Welch's t tests of a weighted sum of group means (for two groups the textbook tests).

Student 1908 (Biometrika 6:1), pooled variance of the groups compared; Welch 1947 (Biometrika 34:28), with the degrees
of freedom of Satterthwaite 1946 (Biometrics Bulletin 2:110).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.group_moments import GroupMoments
from foldwise.stats.ols import EXACT_FIT
from foldwise.stats.tails import t_two_sided_quick


@dataclass(frozen=True, eq=False)
class TTest:
    """Tests of all genes, (n_genes,) each.

    Parameters
    ----------
    estimate, se : ndarray
        Weighted sum of group means and its standard error.
    statistic, df, pvalue : ndarray
        t, degrees of freedom and two-sided p; NaN where no group compared varies.
    """

    estimate: Floats
    se: Floats
    statistic: Floats
    df: Floats
    pvalue: Floats


def t_test(moments: GroupMoments, weights: Floats, equal_var: bool = False) -> TTest:
    """Test ``sum(weights * group means) = 0`` in every gene.

    Parameters
    ----------
    moments : GroupMoments
    weights : ndarray, (n_groups,)
        1 for the target, -1 for the reference, 0 for groups that take no part.
    equal_var : bool
        One variance for all groups compared (Student; some group has two samples) or one for each (Welch; all have).
    """
    used = np.flatnonzero(weights).tolist()
    w, n = weights[used].tolist(), moments.sizes[used].astype(np.float64).tolist()
    mean = [np.ascontiguousarray(moments.mean[:, k]) for k in used]
    squares = [np.ascontiguousarray(moments.squares[:, k]) for k in used]
    estimate = _sum(each * wk for each, wk in zip(mean, w, strict=True))
    total = _sum(squares)
    # The variation left by rounding of a gene that is constant in each group is none
    size = _sum(nk * each * each for each, nk in zip(mean, n, strict=True)) + total
    exact = total <= (EXACT_FIT * sum(n)) * size
    if equal_var:
        degrees = sum(nk - 1 for nk in n)
        variance = total * (sum(wk * wk / nk for wk, nk in zip(w, n, strict=True)) / degrees)
        df = np.full(len(total), degrees)
    else:
        parts = [each * (wk * wk / (nk * (nk - 1))) for each, wk, nk in zip(squares, w, n, strict=True)]
        variance = _sum(parts)
        with np.errstate(divide="ignore", invalid="ignore"):
            df = variance * variance / _sum(part * part * (1 / (nk - 1)) for part, nk in zip(parts, n, strict=True))
    se = np.sqrt(variance)
    if exact.any():
        se, df = np.where(exact, 0.0, se), np.where(exact, np.nan, df)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / se
    if exact.any():
        statistic = np.where(exact, np.nan, statistic)
    return TTest(estimate, se, statistic, df, t_two_sided_quick(statistic, df))


def _sum(columns: Iterable[Floats]) -> Floats:
    """Sum of vectors, one after the other."""
    return reduce(np.add, columns)
