"""Prior degrees of freedom of variances that stand out, shared by both robust fits (Phipson et al. 2016, section 4)."""

from __future__ import annotations

import math

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import LN2
from foldwise.stats.f_tails import log_f_tails

LOG_HALF = -LN2


def upper_ranks(f: Floats) -> Floats:
    """Expected upper tail probability of each value by its rank, (n - rank + 1/2) / n, ties averaged; (n,)."""
    n = len(f)
    _, inverse, counts = np.unique(f, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - 0.5 * (counts - 1))[inverse]
    return np.asarray((n - ranks + 0.5) / n)


def outlier_df(log_tail: float, f: float, df1: float, df2: float) -> float:
    """Prior df at which the most outlying variance would be a median one, by two secant steps from ``df2``."""
    if math.isinf(log_tail):
        return 0.0
    least = LOG_HALF / log_tail * df2
    log_upper = float(log_f_tails(np.array([f]), df1, least)[1][0])
    return least * (LOG_HALF / log_upper)


def monotone_df(df: Floats, tail: Floats) -> Floats:
    """Prior df (n,) that do not decrease from the smallest upper ``tail`` (or its log) to the largest."""
    order = np.argsort(tail, kind="stable")
    ordered = df[order]
    means = np.cumsum(ordered) / np.arange(1, len(df) + 1)
    lowest = int(np.argmin(means))
    ordered[: lowest + 1] = means[lowest]
    result = np.empty_like(df)
    result[order] = np.maximum.accumulate(ordered)
    return result
