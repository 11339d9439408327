"""Adjusted p-values. Missing p-values stay missing and are not counted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foldwise.stats.arrays import Floats


def benjamini_hochberg(p: Floats) -> Floats:
    """False discovery rate adjusted p-values (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p : ndarray, (n,)
        P-values; NaN where missing.

    Returns
    -------
    ndarray, (n,)
        From the largest p down the running minimum of ``n / rank * p``, at most 1; NaN where ``p`` is.
    """
    return _step_up(p, 1.0)


def benjamini_yekutieli(p: Floats) -> Floats:
    """False discovery rate under any dependence (Benjamini and Yekutieli 2001); input and output as for BH."""
    n = int(np.count_nonzero(~np.isnan(p)))
    return _step_up(p, float(np.sum(1.0 / np.arange(1, n + 1))))


def holm(p: Floats) -> Floats:
    """Family-wise error adjusted p-values (Holm 1979); input and output as for BH."""

    def adjust(ascending: Floats) -> Floats:
        n = len(ascending)
        return np.minimum(1.0, np.maximum.accumulate(np.arange(n, 0, -1) * ascending))

    return _on_sorted(p, adjust)


def _step_up(p: Floats, factor: float) -> Floats:
    def adjust(ascending: Floats) -> Floats:
        n = len(ascending)
        scaled = (factor * n) / np.arange(1, n + 1) * ascending
        return np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])

    return _on_sorted(p, adjust)


def _on_sorted(p: Floats, adjust: Callable[[Floats], Floats]) -> Floats:
    """Apply ``adjust`` to the non-missing p-values in ascending order and put the results back in place."""
    adjusted = np.full(len(p), np.nan)
    present = np.flatnonzero(~np.isnan(p))
    order = present[np.argsort(p[present])]
    adjusted[order] = adjust(p[order])
    return adjusted
