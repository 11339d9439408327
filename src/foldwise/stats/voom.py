"""Precision weights of log counts from the trend of their variances with the mean (voom).

Law et al. 2014 (Genome Biology 15:R29); limma specification, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.elementary import log2
from foldwise.stats.least_squares import Blocks, LinearFit, lm_fit
from foldwise.stats.lowess import lowess_line
from foldwise.stats.weighted_lowess import choose_lowess_span

# Added to counts and library sizes: keeps logs finite and a count below its library.
COUNT_OFFSET, LIBRARY_OFFSET = 0.5, 1.0
SPAN = 0.5
LOG2_MILLION = 19.931568569324174


@dataclass(frozen=True, eq=False)
class MeanVarianceTrend:
    """Square-root standard deviations over mean log2 counts, as knots of a line; constant beyond its ends.

    Parameters
    ----------
    x, y : ndarray, (n_genes_used,)
        The points: mean log2 count and root of the residual standard deviation.
    knot_x, knot_y : ndarray, (n_knots,)
        The smooth at distinct x, ascending; straight between them.
    """

    x: Floats
    y: Floats
    knot_x: Floats
    knot_y: Floats


@dataclass(frozen=True, eq=False)
class Voom:
    """Log counts per million with their precision weights.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
        log2 counts per million.
    weights : ndarray, (n_genes, n_samples)
    library_sizes : ndarray, (n_samples,)
        Effective.
    trend : MeanVarianceTrend or None
        None where fewer than two genes have residual degrees of freedom; all weights are then 1.
    """

    values: Floats
    weights: Floats
    library_sizes: Floats
    trend: MeanVarianceTrend | None


def log_counts(counts: Any, library_sizes: Floats, n_threads: int = 1) -> Floats:
    """log2((count + 0.5) / (library size + 1) * 1e6), (n_genes, n_samples).

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) of int32 or float64, or CSR tuple
    library_sizes : ndarray, (n_samples,)
        Effective.
    n_threads : int
    """
    prior = np.full(len(library_sizes), COUNT_OFFSET)
    return _kernels.log_cpm(counts, prior, library_sizes + LIBRARY_OFFSET, n_threads=n_threads)


def voom(
    counts: Any,
    design: Floats,
    library_sizes: Floats,
    *,
    weights: Floats | None = None,
    blocks: Blocks | None = None,
    span: float = SPAN,
    adaptive_span: bool = False,
    values: Floats | None = None,
    n_threads: int = 1,
) -> Voom:
    """Find the precision weight of every log count.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) of int32 or float64, or CSR tuple
    design : ndarray, (n_samples, p)
    library_sizes : ndarray, (n_samples,)
        Effective: column sums times normalization factors.
    weights : ndarray, (n_samples,), optional
        Quality weights of the samples, used in the fit that finds the trend.
    blocks : Blocks, optional
        Correlated samples, likewise.
    span : float
        Part of the genes in each window of the trend.
    adaptive_span : bool
        Choose the span by the number of genes.
    values : ndarray, (n_genes, n_samples), optional
        `log_counts`, where they are known.
    n_threads : int
    """
    values = log_counts(counts, library_sizes, n_threads) if values is None else values
    fit = lm_fit(values, design, weights, blocks=blocks, n_threads=n_threads)
    if np.count_nonzero(fit.df_residual > 0) < 2:
        return Voom(values, np.ones(values.shape), library_sizes, None)
    x, y = mean_variance_points(fit, library_sizes)
    used = _has_counts(counts) & np.isfinite(y)
    share = choose_lowess_span(len(values)) if adaptive_span else span
    trend = lowess_trend(x[used], y[used], share)
    return Voom(values, precision_weights(fit, design, library_sizes, trend, n_threads), library_sizes, trend)


def mean_variance_points(fit: LinearFit, library_sizes: Floats) -> tuple[Floats, Floats]:
    """Mean log2 count and root of the residual standard deviation of each gene, (n_genes,) each."""
    shift = np.mean(log2(library_sizes + LIBRARY_OFFSET)) - LOG2_MILLION
    return fit.mean + shift, np.sqrt(fit.sigma)


def lowess_trend(x: Floats, y: Floats, span: float) -> MeanVarianceTrend:
    """Robust smooth of y over x, points in any order."""
    order = np.argsort(x, kind="stable")
    smooth, knots = lowess_line(x[order], y[order], span)
    return trend_through(x, y, x[order][knots], smooth[knots])


def trend_through(x: Floats, y: Floats, sorted_x: Floats, smooth: Floats) -> MeanVarianceTrend:
    """Line through smooth values at ascending x; equal x become one knot at their mean."""
    new = np.concatenate([[True], np.diff(sorted_x) > 0])
    if new.all():
        return MeanVarianceTrend(x, y, np.ascontiguousarray(sorted_x), np.ascontiguousarray(smooth))
    start = np.flatnonzero(new)
    size = np.diff(np.append(start, len(sorted_x)))
    return MeanVarianceTrend(x, y, sorted_x[start], np.add.reduceat(smooth, start) / size)


def precision_weights(
    fit: LinearFit, design: Floats, library_sizes: Floats, trend: MeanVarianceTrend, n_threads: int = 1
) -> Floats:
    """1 / trend^4 at the fitted log2 counts, (n_genes, n_samples)."""
    known = ~np.isnan(np.diag(fit.unscaled_covariance))
    coefficients = np.where(np.isnan(fit.coefficients), 0.0, fit.coefficients)
    offset = log2(library_sizes + LIBRARY_OFFSET) - LOG2_MILLION
    return _kernels.voom_weights(
        np.ascontiguousarray(coefficients[:, known]), np.ascontiguousarray(design[:, known], dtype=np.float64), offset,
        trend.knot_x, trend.knot_y, n_threads=n_threads,
    )  # fmt: skip


def _has_counts(counts: Any) -> Booleans:
    """Genes (n_genes,) with a count above 0."""
    if isinstance(counts, np.ndarray):
        return np.asarray(np.any(counts != 0, axis=1))
    data, _, indptr, _ = counts
    running = np.concatenate([[0], np.cumsum(data != 0)])
    return np.asarray(running[indptr[1:]] > running[indptr[:-1]])
