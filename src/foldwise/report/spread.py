"""How much genes vary beyond what the groups explain, in the words of each method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.report.words import plural

_CURVE = 128  # points of the trend


@dataclass(frozen=True, eq=False)
class Spread:
    """Estimates of spread against the mean.

    Parameters
    ----------
    mean : ndarray, (n_genes,)
        Mean of normalized counts, or mean log2 counts per million where ``mean_is_log``.
    alone : ndarray, (n_genes,)
        Estimate from each gene alone.
    used : ndarray, (n_genes,) or None
        Estimate used in the test.
    trend : ndarray, (2, k)
        Means and spreads on the fitted trend; empty without one.
    outlier : ndarray of bool, (n_genes,)
        Genes that kept their own estimate.
    mean_is_log : bool
    title, axis, caption : str
    """

    mean: np.ndarray
    alone: np.ndarray
    used: np.ndarray | None
    trend: np.ndarray
    outlier: np.ndarray
    mean_is_log: bool
    title: str
    axis: str
    caption: str

    @property
    def mean_axis(self) -> str:
        """What the horizontal axis says."""
        return "mean log2 CPM" if self.mean_is_log else "mean of normalized counts"


def spread_of(analysis: Analysis) -> Spread | None:
    """Return the spread that the method estimated; None for methods that share none between genes."""
    fit = analysis.fit
    if fit.dispersions is not None:
        return _dispersions(analysis)
    if {"quasi_dispersion", "quasi_dispersion_prior", "deviance_adjusted"} <= fit.extra.keys():
        return _quasi_dispersions(analysis)
    if {"linear_fit", "squeezed"} <= fit.extra.keys():
        return _variances(analysis)
    return None


def _whole(analysis: Analysis, values: Any, fill: Any = np.nan) -> np.ndarray:
    return analysis.fit.spread(np.asarray(values), analysis.experiment.n_genes, fill)


def _means(analysis: Analysis) -> np.ndarray:
    if analysis.results and "base_mean" in analysis.results[0].table:
        return analysis.results[0].table["base_mean"].to_numpy(dtype=float)
    return _whole(analysis, analysis.fit.base_mean)


def _log_means(analysis: Analysis) -> np.ndarray:
    if analysis.results and "mean_log2_cpm" in analysis.results[0].table:
        return analysis.results[0].table["mean_log2_cpm"].to_numpy(dtype=float)
    return _whole(analysis, analysis.fit.extra["mean_log2_cpm"])


def _curve(mean: np.ndarray, trend: np.ndarray) -> np.ndarray:
    good = np.flatnonzero(np.isfinite(trend) & np.isfinite(mean) & (trend > 0))
    order = good[np.argsort(mean[good], kind="stable")]
    if order.size:
        order = order[np.unique(np.linspace(0, order.size - 1, _CURVE).astype(int))]
    return np.vstack([mean[order], trend[order]])


def _dispersions(analysis: Analysis) -> Spread:
    found = analysis.fit.dispersions
    assert found is not None  # noqa: S101 - the caller looked
    log = found.trend_kind == "edger"
    mean = _log_means(analysis) if log else _means(analysis)
    trend = _whole(analysis, found.trend)
    kept = mean if log else np.where(mean > 0, mean, np.nan)
    coefficients, kind = found.trend_coefficients, "smooth" if log else found.trend_kind
    text = f"Gray: each gene alone. Blue: used in the test. Line: {kind} trend"
    if {"asymptotic", "extra_poisson"} <= coefficients.keys():
        text += f", {coefficients['extra_poisson']:.3g} / mean + {coefficients['asymptotic']:.3g}"
    elif "mean" in coefficients:
        text += f", {coefficients['mean']:.3g}"
    text += "."
    if np.isfinite(found.prior_variance):
        text += f" Prior variance {found.prior_variance:.3g} (natural log scale)."
    n_outliers = int(np.count_nonzero(found.outlier))
    if n_outliers:
        text += f" {plural(n_outliers, 'gene')} far above the trend kept their own value (orange)."
    return Spread(
        mean, _whole(analysis, found.genewise), _whole(analysis, found.final), _curve(kept, trend),
        _whole(analysis, found.outlier, False), log, "Dispersion", "dispersion", text,
    )  # fmt: skip


def _quasi_dispersions(analysis: Analysis) -> Spread:
    extra, mean = analysis.fit.extra, _log_means(analysis)
    df = np.asarray(analysis.fit.residual_df, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        alone = np.asarray(extra["deviance_adjusted"], dtype=float) / df
    trend = _whole(analysis, extra["quasi_dispersion_prior"])
    prior = float(np.nanmedian(np.where(np.isfinite(extra["df_prior"]), extra["df_prior"], np.nan)))
    text = "Gray: each gene alone. Blue: used in the test, squeezed towards the line."
    if np.isfinite(prior):
        text += f" Median prior degrees of freedom {prior:.3g}."
    common = extra.get("dispersion")
    if common is not None and np.ndim(common) == 0:
        text += f" Negative binomial dispersion of all genes {float(common):.3g}."
    return Spread(
        mean, _whole(analysis, alone), _whole(analysis, extra["quasi_dispersion"]), _curve(mean, trend),
        np.zeros(mean.size, dtype=bool), True, "Quasi-dispersion", "quasi-dispersion", text,
    )  # fmt: skip


def _variances(analysis: Analysis) -> Spread:
    linear, squeezed = analysis.fit.extra["linear_fit"], analysis.fit.extra["squeezed"]
    mean = _log_means(analysis)
    alone = _whole(analysis, np.asarray(linear.sigma, dtype=float) ** 2)
    n = np.shape(linear.sigma)[0]
    trend = _whole(analysis, np.broadcast_to(np.asarray(squeezed.prior, dtype=float), (n,)).copy())
    weight = np.asarray(squeezed.df_prior, dtype=float)
    finite = weight[np.isfinite(weight)]
    text = "Gray: each gene alone. Blue: used in the test, squeezed towards the line."
    text += f" Prior degrees of freedom {np.median(finite):.3g}." if finite.size else " The prior decides alone."
    return Spread(
        mean, alone, _whole(analysis, np.asarray(squeezed.posterior, dtype=float)), _curve(mean, trend),
        np.zeros(mean.size, dtype=bool), True, "Residual variance", "residual variance", text,
    )  # fmt: skip
