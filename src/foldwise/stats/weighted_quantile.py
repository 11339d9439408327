"""Quantile of weighted values, and the normal variance that it implies."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats

NORMAL_QUANTILE_975 = 1.959963984540054
UPPER = 0.05


def weighted_quantile(values: Floats, weights: Floats, probability: float) -> float:
    """Quantile with weights that count as repetitions, scaled to sum to the number of values.

    Harrell, "wtd.quantile" of Hmisc, type "quantile" with normalized weights.

    Parameters
    ----------
    values, weights : ndarray, (n,)
        Not empty, finite; weights not negative.
    probability : float
        Between 0 and 1.
    """
    scaled = weights * (len(values) / np.sum(weights))
    distinct, group = np.unique(values, return_inverse=True)
    cumulative = np.cumsum(np.bincount(group, weights=scaled, minlength=len(distinct)))
    total = float(np.sum(scaled))
    position = 1 + (total - 1) * probability
    low = max(np.floor(position), 1.0)
    high = min(low + 1, total)
    part = position % 1
    below, above = (distinct[min(int(np.searchsorted(cumulative, at)), len(distinct) - 1)] for at in (low, high))
    return float((1 - part) * below + part * above)


def upper_quantile_variance(values: Floats, weights: Floats) -> float:
    """Variance of the centered normal distribution whose upper tail of ``|x|`` matches that of the weighted values.

    ``values`` and ``weights`` are (n,). The tail holds 5 %.
    """
    sd = weighted_quantile(np.abs(values), weights, 1 - UPPER) / NORMAL_QUANTILE_975
    return sd**2
