"""Independent filtering: leave out genes of low mean before adjusting p-values, at the best of 50 cuts.

Bourgon, Gentleman and Huber 2010 (PNAS 107:9546); the choice of the cut as in DESeq2 (Love, Huber and Anders 2014).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.lowess import lowess
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.quantile import quantile7

N_CUTS = 50
UPPER_QUANTILE = 0.95
LOWESS_SPAN = 1 / 5
# With so few rejections at any cut the curve is noise: nothing is filtered.
MIN_REJECTIONS = 10
# From DESeq2 1.39.7 on, tried in turn when no cut comes near enough to the top of the curve.
FALLBACK_SHARES = (0.9, 0.8)
OLD_PROFILES = ("deseq2-1.38",)


@dataclass(frozen=True, eq=False)
class FilteredAdjustment:
    """Adjusted p-values after filtering, and the curve that chose the cut.

    Parameters
    ----------
    padj : ndarray, (n_genes,)
        NaN where p is missing or the filter statistic lies below the threshold.
    threshold, theta : float
        Cut of the filter statistic and the quantile it stands at.
    theta_curve, n_rejected, smooth : ndarray, (50,)
        Quantiles tried, genes with adjusted p below alpha, and their lowess curve.
    """

    padj: Floats
    threshold: float
    theta: float
    theta_curve: Floats
    n_rejected: Integers
    smooth: Floats


def filtered_padj(
    filter_statistic: Floats,
    p: Floats,
    alpha: float,
    profile: str = "deseq2-1.38",
    adjust: Callable[[Floats], Floats] = benjamini_hochberg,
) -> FilteredAdjustment:
    """Choose the cut with (nearly) the most rejections and adjust the p-values above it.

    Parameters
    ----------
    filter_statistic : ndarray, (n_genes,)
        Mean of normalized counts of all genes, zeros included.
    p : ndarray, (n_genes,)
        NaN where missing.
    alpha : float
        False discovery rate at which rejections are counted.
    profile : str
        ``deseq2-1.38`` or ``deseq2-1.44``: what happens when no cut comes near the top of the curve.
    adjust : callable
        Adjusts p-values (n_genes,), NaN where missing; Benjamini-Hochberg by default.
    """
    ordered = np.sort(filter_statistic)
    lower = np.count_nonzero(filter_statistic == 0) / len(filter_statistic)
    upper = UPPER_QUANTILE if lower < UPPER_QUANTILE else 1.0
    theta = lower + np.arange(N_CUTS) * ((upper - lower) / (N_CUTS - 1))
    theta[-1] = upper
    cuts = quantile7(ordered, theta, is_sorted=True)
    if adjust is benjamini_hochberg:
        n_rejected = _count_rejections(filter_statistic, p, cuts, alpha)
    else:
        kept = [np.where(filter_statistic >= cut, p, np.nan) for cut in cuts]
        n_rejected = np.array([np.count_nonzero(adjust(each) < alpha) for each in kept], dtype=np.int64)
    smooth = lowess(theta, n_rejected.astype(np.float64), LOWESS_SPAN)
    chosen = _choose(n_rejected, smooth, profile)
    padj = adjust(np.where(filter_statistic >= cuts[chosen], p, np.nan))
    return FilteredAdjustment(padj, float(cuts[chosen]), float(theta[chosen]), theta, n_rejected, smooth)


def _count_rejections(filter_statistic: Floats, p: Floats, cuts: Floats, alpha: float) -> Integers:
    """Number of genes with BH-adjusted p below ``alpha`` at each ascending cut; one sort serves all cuts."""
    present = ~np.isnan(p)
    # A gene takes part in the cuts 0 .. level - 1.
    level = np.searchsorted(cuts, filter_statistic[present], side="right")
    n_in = len(level) - np.cumsum(np.bincount(level, minlength=len(cuts) + 1))[: len(cuts)]
    # Adjusted p is at least p, so larger ones are never rejected.
    candidates = p[present]
    small = candidates < alpha
    order = np.argsort(candidates[small])
    candidates, level = candidates[small][order], level[small][order]
    counts = np.zeros(len(cuts), dtype=np.int64)
    for k in range(len(cuts)):
        kept = candidates[level > k]
        below = np.flatnonzero(n_in[k] / np.arange(1, len(kept) + 1) * kept < alpha)
        counts[k] = below[-1] + 1 if len(below) else 0
    return counts


def _choose(n_rejected: Integers, smooth: Floats, profile: str) -> int:
    """First cut whose rejections come within the noise of the curve to its top."""
    if n_rejected.max() <= MIN_REJECTIONS:
        return 0
    some = n_rejected > 0
    residuals = n_rejected[some] - smooth[some]
    noise = np.sqrt(np.mean(residuals * residuals))
    limits = [smooth.max() - noise]
    if profile not in OLD_PROFILES:
        limits += [share * smooth.max() for share in FALLBACK_SHARES]
    for limit in limits:
        above = np.flatnonzero(n_rejected > limit)
        if len(above):
            return int(above[0])
    return 0
