"""Spread of the gene-wise dispersions around the trend, and the variance of the prior on the log scale.

Love, Huber and Anders 2014 (Genome Biology 15:550), "Empirical prior estimate". With at most three residual degrees
of freedom the observed residuals are matched to simulated densities (see ``data/README.md``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.elementary import log, trigamma
from foldwise.stats.quantile import mad_variance

MIN_DISPERSION = 1e-8
RESIDUAL_FLOOR = 100 * MIN_DISPERSION
MIN_PRIOR_VARIANCE = 0.25
# Genes this many robust standard deviations above the trend keep their own dispersion.
OUTLIER_SD = 2.0
# Up to here the chi-squared approximation of the sampling variance is too poor.
MATCHING_MAX_DF = 3
HISTOGRAM_END = 10.0
N_BINS = 40
BIN_WIDTH = 2 * HISTOGRAM_END / N_BINS
# Bins are closed at the right with a little slack, as R's hist() places them.
BREAK_SLACK = 5e-8
MAX_VARIANCE = 8.0


def log_residuals(genewise: Floats, trend: Floats) -> Floats:
    """Natural log of gene-wise dispersion over trend, of the genes above 1e-6; both (n_genes,)."""
    use = genewise >= RESIDUAL_FLOOR
    return log(genewise[use]) - log(trend[use])


def log_residual_variance(residuals: Floats) -> float:
    """Robust variance of the log residuals (n,): (1.4826 median absolute deviation) squared."""
    return mad_variance(residuals)


def prior_variance(residuals: Floats, residual_df: int) -> float:
    """Variance of the normal prior on log dispersion, at least 0.25.

    Parameters
    ----------
    residuals : ndarray, (n,)
        From `log_residuals`.
    residual_df : int
        Samples minus coefficients, at least 1.
    """
    if residual_df <= MATCHING_MAX_DF:
        return max(_matched_variance(residuals, residual_df), MIN_PRIOR_VARIANCE)
    sampling = float(trigamma(np.array([residual_df / 2]))[0])
    return max(log_residual_variance(residuals) - sampling, MIN_PRIOR_VARIANCE)


def dispersion_outliers(genewise: Floats, trend: Floats, residual_variance: float) -> Booleans:
    """Genes whose log dispersion lies more than two robust standard deviations above the trend; (n_genes,)."""
    return np.asarray(log(genewise) > log(trend) + OUTLIER_SD * np.sqrt(residual_variance))


def _matched_variance(residuals: Floats, residual_df: int) -> float:
    """Candidate variance whose simulated density is nearest to the residuals (Kullback-Leibler, smoothed)."""
    kept = residuals[(residuals > -HISTOGRAM_END) & (residuals < HISTOGRAM_END)]
    counts, first, weights = _constants()
    observed = _histogram(kept) / (len(kept) * BIN_WIDTH)
    drawn = counts[residual_df - 1].astype(np.float64)
    reference = drawn / (drawn.sum(axis=1) * BIN_WIDTH)[:, None]
    distance = _divergence(observed, reference)
    window = first.astype(np.intp)[:, None] + np.arange(weights.shape[1])
    smooth = np.sum(weights * distance[window], axis=1)
    return MAX_VARIANCE * int(np.argmin(smooth)) / (len(smooth) - 1)


def _divergence(observed: Floats, reference: Floats) -> Floats:
    """Kullback-Leibler distance of ``observed`` (bins,) to each row of ``reference`` (candidates, bins).

    Both densities are raised by the smallest positive value among them, because of empty bins.
    """
    positive = np.where(reference > 0, reference, np.inf).min(axis=1)
    least = np.minimum(positive, observed[observed > 0].min())[:, None]
    return np.asarray(np.sum(observed * (log(observed + least) - log(reference + least)), axis=1))


def _histogram(values: Floats) -> Floats:
    """Counts in 40 bins of width 0.5 from -10 to 10, right-closed."""
    breaks = -HISTOGRAM_END + BIN_WIDTH * np.arange(N_BINS + 1)
    breaks[1:] += BREAK_SLACK
    breaks[0] -= BREAK_SLACK
    bins = np.searchsorted(breaks, values, side="left") - 1
    return np.bincount(bins, minlength=N_BINS).astype(np.float64)


@cache
def _constants() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with np.load(Path(__file__).parent / "data" / "dispersion_prior.npz", allow_pickle=False) as tables:
        return tables["histogram_counts"], tables["smoother_first"], tables["smoother_weights"]
