"""Bounds on false discoveries of sets chosen after looking at the data (Blanchard, Neuvial and Roquain 2020)."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats


def simes_statistic(p: Floats, m: int | None = None) -> float:
    """Smallest ``m p_(k) / k`` over the ordered p-values; infinity where there are none.

    Parameters
    ----------
    p : ndarray, (n,)
        Without missing values.
    m : int, optional
        Genes tested in all; default ``n``.
    """
    n = len(p)
    if n == 0:
        return float("inf")
    return float(np.min((n if m is None else m) * np.sort(p) / np.arange(1, n + 1)))


def calibrated_scale(statistics: Floats, level: float) -> float:
    """The lambda of the Simes template: the ``floor(level n)``-th smallest statistic, 0 where that is none.

    Parameters
    ----------
    statistics : ndarray, (n,)
        `simes_statistic` of the observed labels and of each scramble.
    level : float
        Probability that the bound is violated.
    """
    # Rounding must not lose a rank: .05 x 20 is 1
    index = int(np.floor(level * len(statistics) + 1e-9))
    return float(np.sort(statistics)[index - 1]) if index >= 1 else 0.0


def false_bound(p: Floats, scale: float, m: int) -> int:
    """At most so many genes of a set are false.

    ``min over k = 1 .. |S| of #{i in S: p_i > scale k / m} + k - 1``, at most ``|S|``.

    Parameters
    ----------
    p : ndarray, (n_set,)
        P-values of the set.
    scale : float
        `calibrated_scale`.
    m : int
        Genes tested in all.
    """
    n = len(p)
    if n == 0 or scale <= 0:
        return n
    # The first k whose cut reaches the gene; cuts beyond the size of the set do not matter
    first = np.minimum(np.maximum(np.ceil(m * p / scale), 1.0), n + 1.0).astype(np.int64)
    reached = np.cumsum(np.bincount(first, minlength=n + 2)[1 : n + 1])
    return int(min(n, np.min(n - reached + np.arange(n))))
