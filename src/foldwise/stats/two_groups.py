"""Two groups on a line: a mixture of two normal distributions of one spread.

Expectation-maximization (Dempster, Laird and Rubin 1977), started from the split of least within-group variance, so
that the result needs no random start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import exp

MAX_STEPS, TOLERANCE = 200, 1e-9


@dataclass(frozen=True)
class TwoGroups:
    """A mixture of two normal distributions: centers, common standard deviation, share of the upper one."""

    low: float
    high: float
    sd: float
    share_high: float

    @property
    def gap(self) -> float:
        """Distance of the centers."""
        return self.high - self.low


def two_groups(values: Floats, least_sd: float) -> TwoGroups:
    """Fit the mixture.

    Parameters
    ----------
    values : ndarray, (n,)
        At least one, all finite.
    least_sd : float
        Lower limit of the standard deviation, in the unit of the values; above 0.

    Returns
    -------
    TwoGroups
        Both centers are the mean where the values do not differ.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    low, high, share = _best_split(ordered)
    sd = max(float(np.sqrt(np.mean(np.minimum(np.abs(ordered - low), np.abs(ordered - high)) ** 2))), least_sd)
    if high == low:
        return TwoGroups(low, high, sd, 0.0)
    for _ in range(MAX_STEPS):
        weight = _membership(ordered, low, high, sd, share)
        total = float(weight.sum())
        if not 0.0 < total < len(ordered):
            break
        last = (low, high)
        high = float(np.sum(weight * ordered)) / total
        low = float(np.sum((1.0 - weight) * ordered)) / (len(ordered) - total)
        spread = weight * (ordered - high) ** 2 + (1.0 - weight) * (ordered - low) ** 2
        sd, share = max(float(np.sqrt(np.mean(spread))), least_sd), total / len(ordered)
        if max(abs(low - last[0]), abs(high - last[1])) < TOLERANCE:
            break
    return TwoGroups(low, high, sd, share)


def _best_split(ordered: Floats) -> tuple[float, float, float]:
    """Means of the two parts, and share of the upper one, of the split with the least sum of squares within."""
    n = len(ordered)
    if n < 2 or ordered[0] == ordered[-1]:
        return float(ordered.mean()), float(ordered.mean()), 0.0
    count = np.arange(1, n)
    below = np.cumsum(ordered)[:-1]
    above = ordered.sum() - below
    between = below**2 / count + above**2 / (n - count)
    k = int(np.argmax(between))
    return float(below[k] / count[k]), float(above[k] / (n - count[k])), float((n - count[k]) / n)


def _membership(values: Floats, low: float, high: float, sd: float, share: float) -> Floats:
    """Probability of each value to belong to the upper group."""
    odds = (high - low) * (values - 0.5 * (high + low)) / sd**2
    return np.asarray(share / (share + (1.0 - share) * exp(np.clip(-odds, -600.0, 600.0))))
