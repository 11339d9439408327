"""Student's and Welch's t tests of a weighted sum of group means (for two groups the textbook tests).

Student 1908 (Biometrika 6:1), pooled variance of the groups compared; Welch 1947 (Biometrika 34:28), with the degrees
of freedom of Satterthwaite 1946 (Biometrics Bulletin 2:110).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.group_moments import GroupMoments
from foldwise.stats.ols import EXACT_FIT
from foldwise.stats.tails import t_two_sided


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
    used = np.flatnonzero(weights)
    w, n = weights[used], moments.sizes[used].astype(np.float64)
    mean, squares = moments.mean[:, used], moments.squares[:, used]
    estimate = _ordered_sum(mean * w)
    total = _ordered_sum(squares)
    # The variation left by rounding of a gene that is constant in each group is none
    size = total + _ordered_sum(n * mean * mean)
    exact = total <= EXACT_FIT * np.sum(n) * size
    if equal_var:
        df = np.full(len(total), np.sum(n - 1))
        variance = total / np.sum(n - 1) * np.sum(w * w / n)
    else:
        parts = w * w * squares / (n * (n - 1))
        variance = _ordered_sum(parts)
        df = np.full(len(total), np.nan)
        np.divide(variance * variance, _ordered_sum(parts * parts / (n - 1)), out=df, where=~exact)
    se = np.where(exact, 0.0, np.sqrt(variance))
    statistic = np.full(len(se), np.nan)
    np.divide(estimate, se, out=statistic, where=~exact)
    return TTest(estimate, se, statistic, np.where(exact, np.nan, df), t_two_sided(statistic, df))


def _ordered_sum(columns: Floats) -> Floats:
    """Sum of each row (n, k), column after column."""
    total = columns[:, 0].copy()
    for k in range(1, columns.shape[1]):
        total += columns[:, k]
    return total
