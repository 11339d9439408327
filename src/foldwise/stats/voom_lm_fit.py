"""voom and linear models that know structural zeros: a group without any count has no variance to learn from.

limma specification, section 10 (edgeR 4's voomLmFit; Lun and Smyth 2017, Stat. Appl. Genet. Mol. Biol. 16:83).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foldwise.stats.array_weights import PRIOR_N, array_weights
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.duplicate_correlation import duplicate_correlation
from foldwise.stats.edger_glm import glm_fit
from foldwise.stats.elementary import log
from foldwise.stats.householder import householder_qr
from foldwise.stats.least_squares import Blocks, LinearFit, lm_fit
from foldwise.stats.rows import dense_rows
from foldwise.stats.voom import (
    SPAN,
    MeanVarianceTrend,
    Voom,
    log_counts,
    lowess_trend,
    mean_variance_points,
    precision_weights,
    trend_through,
)
from foldwise.stats.weighted_lowess import choose_lowess_span, weighted_lowess

# A count or a fitted count below this is zero.
ZERO = 1e-4
# Fewer zeros than this, or than the smallest group has samples, cannot make a fitted count zero that changes anything.
FEWEST_ZEROS = 2.0


@dataclass(frozen=True, eq=False)
class VoomLmFit:
    """Result of `voom_lm_fit`.

    Parameters
    ----------
    fit : LinearFit
        Residual degrees of freedom and standard deviations without structural zeros.
    voom : Voom
        Log counts and final weights (precision, times quality weights where asked for).
    sample_weights : ndarray (n_samples,) or None
    correlation : float or None
        Within blocks; None where there are none, or where it is 0.
    """

    fit: LinearFit
    voom: Voom
    sample_weights: Floats | None
    correlation: float | None


@dataclass(frozen=True, eq=False)
class _Zeros:
    """Rows with structural zeros, and their log counts with these missing."""

    rows: Integers
    values: Floats  # (n_rows, n_samples)


@dataclass(frozen=True, eq=False)
class _Data:
    """What all rounds share."""

    values: Floats
    incomplete: Floats  # values, structural zeros missing
    design: Floats
    sizes: Floats
    zeros: _Zeros
    span: float
    n_threads: int


def voom_lm_fit(
    counts: Any,
    design: Floats,
    library_sizes: Floats,
    *,
    block: Integers | None = None,
    sample_weights: bool = False,
    var_design: Floats | None = None,
    var_group: Integers | None = None,
    span: float = SPAN,
    adaptive_span: bool = False,
    want_covariance: bool = False,
    n_threads: int = 1,
) -> VoomLmFit:
    """Fit linear models to log counts with precision weights.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) of int32 or float64, or CSR tuple
    design : ndarray, (n_samples, p)
        Of full rank.
    library_sizes : ndarray, (n_samples,)
        Effective.
    block : ndarray of int, (n_samples,), optional
        Blocks of correlated samples; the correlation is estimated.
    sample_weights : bool
        Estimate quality weights of the samples; ``var_design`` or ``var_group`` imply it.
    var_design, var_group
        As for `array_weights`.
    span, adaptive_span, n_threads
        As for `voom`.
    want_covariance : bool
        Also the unscaled covariance of each gene's coefficients.
    """
    design = np.ascontiguousarray(design, dtype=np.float64)
    values = log_counts(counts, library_sizes, n_threads)
    zeros = _structural_zeros(counts, values, design, library_sizes, n_threads)
    incomplete = values.copy()
    incomplete[zeros.rows] = zeros.values
    share = choose_lowess_span(len(values)) if adaptive_span else span
    data = _Data(values, incomplete, design, library_sizes, zeros, share, n_threads)
    wanted = sample_weights or var_design is not None or var_group is not None

    fit = _fit(data, None, None)
    has_trend = np.count_nonzero(fit.df_residual > 0) >= 2
    if not has_trend:
        ones = np.ones(values.shape)
        return VoomLmFit(fit, Voom(values, ones, library_sizes, None), None, None)
    trend, weights = _weights(data, fit)
    quality, blocks = None, None
    for again in (False, True):
        if wanted or (block is not None and (blocks is not None or not again)):
            if again:
                fit = _fit(data, quality, blocks)
                trend, weights = _weights(data, fit)
            if wanted:
                quality = array_weights(
                    incomplete, design, weights, var_design=var_design, var_group=var_group, prior_n=PRIOR_N,
                    n_threads=n_threads,
                )  # fmt: skip
                weights = weights * quality
            blocks = _correlate(data, block, weights)
    final = _fit(data, weights, blocks, want_covariance)
    correlation = None if blocks is None else blocks.correlation
    return VoomLmFit(final, Voom(values, weights, library_sizes, trend), quality, correlation)


def _correlate(data: _Data, block: Integers | None, weights: Floats) -> Blocks | None:
    """Blocks with the correlation that the data show; None where it is 0 or unknown."""
    if block is None:
        return None
    found = duplicate_correlation(data.incomplete, data.design, block, weights, data.n_threads).consensus
    return None if np.isnan(found) or found == 0 else Blocks(np.asarray(block), found)


def _fit(
    data: _Data, weights: Floats | None, blocks: Blocks | None, want_covariance: bool = False
) -> LinearFit:  # fmt: skip
    """Fit of all values, with the residual degrees of freedom and deviations of those that are no structural zeros."""
    fit = lm_fit(
        data.values, data.design, weights, blocks=blocks, want_covariance=want_covariance, n_threads=data.n_threads
    )
    rows = data.zeros.rows
    if not len(rows):
        return fit
    own = weights[rows] if weights is not None and weights.ndim == 2 else weights
    part = lm_fit(data.zeros.values, data.design, own, blocks=blocks, n_threads=data.n_threads)
    df, sigma = fit.df_residual.copy(), fit.sigma.copy()
    df[rows], sigma[rows] = part.df_residual, part.sigma
    return replace(fit, df_residual=df, sigma=sigma)


def _weights(data: _Data, fit: LinearFit) -> tuple[MeanVarianceTrend, Floats]:
    """Trend of the deviations and the precision weights that follow from it."""
    x, y = mean_variance_points(fit, data.sizes)
    rows = data.zeros.rows
    if len(rows):
        known = ~np.isnan(data.zeros.values)
        total = np.where(known, data.zeros.values, 0.0).sum(axis=1)
        n_known = known.sum(axis=1)
        x[rows] += np.where(n_known > 0, total / np.maximum(n_known, 1), np.nan) - fit.mean[rows]
    used = fit.df_residual > 0
    x, y, df = x[used], y[used], fit.df_residual[used]
    if len(rows):
        order = np.argsort(x, kind="stable")
        smooth = weighted_lowess(x[order], y[order], df[order], data.span)
        trend = trend_through(x, y, x[order], smooth)
    else:
        trend = lowess_trend(x, y, data.span)
    return trend, precision_weights(fit, data.design, data.sizes, trend, data.n_threads)


def _structural_zeros(counts: Any, values: Floats, design: Floats, sizes: Floats, n_threads: int) -> _Zeros:
    """Cells whose count is 0 and whose mean under a Poisson model is 0 as well."""
    dense = dense_rows(counts)
    q, _ = householder_qr(design)
    smallest_group = 1.0 / np.max(np.sum(q * q, axis=1))
    zero = dense < ZERO
    candidates = np.flatnonzero(zero.sum(axis=1) > max(FEWEST_ZEROS, smallest_group) - ZERO)
    if not len(candidates):
        return _Zeros(candidates, values[:0])
    empty = zero[candidates].all(axis=1)
    structural = zero[candidates]
    fitted_rows = np.flatnonzero(~empty)
    if len(fitted_rows):
        some = np.ascontiguousarray(dense[candidates[fitted_rows]])
        fit = glm_fit(some, design, log(sizes), 0.0, prior_count=0.0, return_fitted=True, n_threads=n_threads)
        structural[fitted_rows] &= np.asarray(fit.fitted) < ZERO
    some_zero = structural.any(axis=1)
    rows = candidates[some_zero]
    return _Zeros(rows, np.where(structural[some_zero], np.nan, values[rows]))
