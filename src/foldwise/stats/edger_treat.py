"""Tests against a minimum fold change for negative binomial models (edgeR specification, section 13.4).

McCarthy and Smyth 2009 (Bioinformatics 25:765); the interval form averages over fold changes below the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.edger_glm import PRIOR_COUNT, glm_fit
from foldwise.stats.edger_lrt import log2_fold_change
from foldwise.stats.elementary import LN2, exp
from foldwise.stats.null_design import contrast_first
from foldwise.stats.tails import normal_upper

DEFAULT_LFC = 0.26303440583379383  # log2 1.2
# Where the mean of the normal distribution function over [-c, 0] is a quarter, as edgeR rounds it.
TURNING_POINT = 1.470402
INV_SQRT_2PI = 0.3989422804014327


@dataclass(frozen=True, eq=False)
class SignedRoots:
    """Signed roots of the likelihood ratios against both ends of the interval of small fold changes; (n_genes,).

    ``lower`` is that of the nearer end, negative where the fold change lies beyond it; ``upper`` that of the other.
    """

    lower: Floats
    upper: Floats
    log2_fold_change: Floats
    unshrunk_log2_fold_change: Floats


def treat_lrt(
    counts: Any, X: Floats, offset: Floats, dispersion: Floats | float, contrast: Floats, lfc: float = DEFAULT_LFC, *,
    null: str = "interval", weights: Floats | None = None, prior_count: float = PRIOR_COUNT, n_threads: int = 1,
) -> tuple[Floats, SignedRoots]:  # fmt: skip
    """p-values (n_genes,) of fold changes beyond ``lfc``, by likelihood ratios, and the roots behind them.

    Parameters as for `treat_roots`; ``null`` is ``interval`` or ``worst-case``.
    """
    roots = treat_roots(
        counts, X, offset, dispersion, contrast, lfc, weights=weights, prior_count=prior_count, n_threads=n_threads
    )
    return treat_pvalues(roots.lower, roots.upper, null), roots


def treat_roots(
    counts: Any, X: Floats, offset: Floats, dispersion: Floats | float, contrast: Floats, lfc: float, *,
    weights: Floats | None = None, prior_count: float = PRIOR_COUNT, n_threads: int = 1,
) -> SignedRoots:  # fmt: skip
    """Fit the model with the contrast fixed at both ends of the interval.

    Parameters
    ----------
    counts, X, offset, dispersion, weights, prior_count
        As for `glm_fit`.
    contrast : ndarray, (p,)
    lfc : float
        Threshold, log2, positive.

    Returns
    -------
    SignedRoots
    """
    vector = np.asarray(contrast, dtype=np.float64)
    column, reduced = contrast_first(np.asarray(X, dtype=np.float64), vector)
    design = np.ascontiguousarray(np.column_stack([column, reduced]))
    common = {"weights": weights, "n_threads": n_threads}
    fit = glm_fit(counts, np.asarray(X, dtype=np.float64), offset, dispersion, prior_count=prior_count, **common)  # type: ignore[arg-type]
    roots = []
    for sign in (1.0, -1.0):
        moved = offset + sign * lfc * LN2 * column
        full = glm_fit(counts, design, moved, dispersion, prior_count=0.0, **common)  # type: ignore[arg-type]
        null = glm_fit(counts, reduced, moved, dispersion, prior_count=0.0, **common)  # type: ignore[arg-type]
        roots.append(np.sqrt(np.maximum(null.deviance - full.deviance, 0.0)))
    lower, upper = np.minimum(*roots), np.maximum(*roots)
    unshrunk = log2_fold_change(fit.unshrunk, vector)
    lower = np.where(np.abs(unshrunk) > lfc, -lower, lower)
    return SignedRoots(lower, upper, log2_fold_change(fit.coefficients, vector), unshrunk)


def treat_pvalues(lower: Floats, upper: Floats, null: str = "interval") -> Floats:
    """p-values of signed roots on the normal scale.

    Parameters
    ----------
    lower, upper : ndarray, (n_genes,)
        As in `SignedRoots`, normal deviates.
    null : str
        ``interval``: fold changes are spread over the interval; ``worst-case``: they sit at the nearer end.

    Raises
    ------
    ValueError
        For another ``null``.
    """
    if null == "worst-case":
        return np.asarray(normal_upper(upper) + normal_upper(-lower))
    if null != "interval":
        raise ValueError(f"treat_pvalues: {null!r} is neither interval nor worst-case")
    c = TURNING_POINT
    wide = mean_normal_cdf(-upper, c - upper) + mean_normal_cdf(lower - c, lower)
    return np.where(upper + lower > c, wide, 2.0 * mean_normal_cdf(-upper, lower))


def mean_normal_cdf(a: Floats, b: Floats) -> Floats:
    """Mean of the standard normal distribution function over [a, b]."""
    width = b - a
    total = _integral(b) - _integral(a)
    return np.where(width == 0, normal_upper(-b), total / np.where(width == 0, 1.0, width))


def _integral(x: Floats) -> Floats:
    """x Phi(x) + phi(x), the integral of the distribution function up to x."""
    density = INV_SQRT_2PI * np.where(np.abs(x) > 37.0, 0.0, exp(-0.5 * np.minimum(x * x, 1400.0)))
    return np.asarray(x * normal_upper(-x) + density)
