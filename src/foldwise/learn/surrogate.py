"""What ordinary least squares would call for each number of hidden factors, from one decomposition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.learn.factors import Adjustment, Residuals, adjust, principal_factors, t_statistics
from foldwise.stats.arrays import Booleans, Floats, Integers
from foldwise.stats.elementary import exp, log
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.student import log_t_upper, t_upper_quantile


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Counts of one run for k = 0 .. k_max.

    Parameters
    ----------
    below : ndarray of int, (k_max + 1, n_cuts)
        Genes with a p-value of at most each cut.
    called : ndarray of bool, (k_max + 1, n_genes)
        Genes called at the level; genes of the residuals.
    """

    below: Integers
    called: Booleans


def surrogate(
    found: Residuals, df: int, k_max: int, *, level: float, cuts: Floats, direction: Floats | None = None,
    controls: Booleans | None = None,
) -> Surrogate:  # fmt: skip
    """Test one direction by least squares with 0 to ``k_max`` hidden factors, estimated for this direction.

    Parameters
    ----------
    found : Residuals
        With one tested direction.
    df : int
        Residual degrees of freedom without factors.
    k_max : int
    level : float
        False discovery rate (Benjamini and Hochberg).
    cuts : ndarray, (n_cuts,)
        P-values.
    direction : ndarray, (n_samples,), optional
        Of `foldwise.learn.factors.with_direction`.
    controls : ndarray of bool, (n_genes,), optional
    """
    leading = principal_factors(found, df, k_max, direction)
    below = np.zeros((k_max + 1, len(cuts)), dtype=np.int64)
    called = np.zeros((k_max + 1, len(found.squares)), dtype=np.bool_)
    before: Adjustment | None = None
    for k in range(k_max + 1):
        before = adjust(found, leading, k, controls, None if before is None else before.shares)
        size = np.abs(t_statistics(found, before)[:, 0])
        limits = t_upper_quantile(log(0.5 * cuts), df - k)
        below[k] = [int(np.count_nonzero(size >= limit)) for limit in limits]
        called[k] = _called(size, df - k, level)
    return Surrogate(below, called)


def _called(size: Floats, df: int, level: float) -> Booleans:
    """Genes called by Benjamini and Hochberg; only p-values below the level can be."""
    found = np.zeros(len(size), dtype=np.bool_)
    limit = t_upper_quantile(log(np.array([0.5 * level])), df)[0]
    rows = np.flatnonzero(size >= limit)
    if len(rows):
        p = np.ones(len(size))
        p[rows] = 2.0 * exp(log_t_upper(size[rows], float(df)))
        found[rows] = benjamini_hochberg(p)[rows] < level
    return found
