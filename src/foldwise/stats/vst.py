"""Variance stabilizing transformation of normalized counts to a log2-like scale, for each kind of trend.

Anders and Huber 2010 (Genome Biology 11:R106), section on variance-stabilizing transformations; closed forms for the
parametric and the constant trend, numerical integration for the local one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.cubic_spline import CubicSpline, fmm_spline
from foldwise.stats.elementary import LN2, asinh, log, log2, sinh
from foldwise.stats.quantile import quantile7

N_GRID = 1000
# Quantiles of the gene means at which the transformation agrees with log2.
ANCHORS = (0.95, 0.999)
SUBSET_SIZE = 1000
SUBSET_MIN_MEAN = 5.0


def vst_parametric(q: Floats, asymptotic: float, extra_poisson: float) -> Floats:
    """Transformation for dispersion = asymptotic + extra_poisson / mean.

    Parameters
    ----------
    q : ndarray, any shape
        Normalized counts.
    """
    a0, a1 = asymptotic, extra_poisson
    root = np.sqrt(a0 * q * (1 + a1 + a0 * q))
    return log2((1 + a1 + 2 * a0 * q + 2 * root) / (4 * a0))


def vst_mean(q: Floats, dispersion: float) -> Floats:
    """Transformation for one dispersion at all means; ``q`` normalized counts of any shape."""
    log_dispersion = float(log(np.array([dispersion]))[0])
    log_4 = 2 * LN2
    return (2 * asinh(np.sqrt(dispersion * q)) - log_dispersion - log_4) / LN2


def vst_local(
    q: Floats, trend: Callable[[Floats], Floats], inverse_size: float, row_means: Floats | None = None
) -> Floats:
    """Transformation for any trend, by integration of 1 / sd.

    Parameters
    ----------
    q : ndarray, (n_genes, n_samples)
        Normalized counts.
    trend : callable
        Dispersion at each mean.
    inverse_size : float
        Mean of 1 / size factor (with factors per gene, of exp(column mean of their logs)).
    row_means : ndarray, (n_genes,), optional
        Means of all genes where ``q`` holds only some of them.
    """
    spline = _integral(float(q.max()), trend, inverse_size)
    means = q.mean(axis=1) if row_means is None else row_means
    anchors = quantile7(means, np.array(ANCHORS))
    if not anchors[0] > 0:
        anchors = quantile7(means[means > 0], np.array(ANCHORS))
    if not anchors[0] < anchors[1]:
        # All genes of one mean: touch log2 there, where h' = 1 / sd
        mean = anchors[1:]
        at, log2_at = spline.evaluate(asinh(mean)), log2(mean)
        slope = np.sqrt(trend(mean) * mean * mean + inverse_size * mean)[0] / (mean[0] * LN2)
        return np.asarray(slope * spline.evaluate(asinh(q)) + (log2_at[0] - slope * at[0]))
    at, log2_at = spline.evaluate(asinh(anchors)), log2(anchors)
    slope = (log2_at[1] - log2_at[0]) / (at[1] - at[0])
    return np.asarray(slope * spline.evaluate(asinh(q)) + (log2_at[0] - slope * at[0]))


def vst_subset(base_means: Floats, n: int = SUBSET_SIZE) -> Integers | None:
    """Genes on which the fast version fits its trend: ``n`` of them spread over the means above 5.

    Returns
    -------
    ndarray of int or None
        Gene numbers (n,), None when fewer genes have such a mean.
    """
    high = np.flatnonzero(base_means > SUBSET_MIN_MEAN)
    if len(high) < n:
        return None
    order = high[np.argsort(base_means[high], kind="stable")]
    positions = 1 + np.arange(n) * ((len(high) - 1) / (n - 1))
    return np.asarray(order[np.rint(positions).astype(np.intp) - 1])


def _integral(largest: float, trend: Callable[[Floats], Floats], inverse_size: float) -> CubicSpline:
    """Integral of 1 / sd as a spline over asinh(mean)."""
    end = float(asinh(np.array([largest]))[0])
    grid = sinh(np.arange(1.0, N_GRID) * (end / (N_GRID - 1)))
    density = 1.0 / np.sqrt(trend(grid) * (grid * grid) + inverse_size * grid)
    steps = np.diff(grid) * (density[1:] + density[:-1]) / 2
    return fmm_spline(asinh((grid[1:] + grid[:-1]) / 2), np.cumsum(steps))
