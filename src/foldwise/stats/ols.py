"""Ordinary least squares of each gene on a design, with t tests of coefficients or contrasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.householder import householder_qr, upper_inverse
from foldwise.stats.tails import f_upper, t_two_sided_quick

# A residual sum of squares below this part of n times the sum of squares is rounding of a perfect fit.
EXACT_FIT = 1e-28
# A contrast whose part independent of the others is below this share of its variance depends on them.
DEPENDENT = 1e-12


@dataclass(frozen=True, eq=False)
class LeastSquaresFit:
    """Least-squares fit of all genes.

    Parameters
    ----------
    coefficients : ndarray, (n_genes, p)
    residual_variance : ndarray, (n_genes,)
        Residual sum of squares / residual degrees of freedom; 0 where the fit is exact.
    unscaled_covariance : ndarray, (p, p)
        (X'X)^-1.
    residual_df : int
        Samples minus coefficients.
    """

    coefficients: Floats
    residual_variance: Floats
    unscaled_covariance: Floats
    residual_df: int

    @property
    def exact(self) -> Booleans:
        """Genes without residual variance (constant within all groups), for which no test exists."""
        return np.asarray(self.residual_variance == 0)


def ols_fit(response: Floats, design: Floats, n_threads: int = 1) -> LeastSquaresFit:
    """Fit every gene.

    Parameters
    ----------
    response : ndarray, (n_genes, n_samples)
    design : ndarray, (n_samples, p)
        Full rank, more rows than columns.

    Returns
    -------
    LeastSquaresFit
        A gene's numbers depend on its own row only.
    """
    n, p = design.shape
    q, r = householder_qr(design)
    inverse = upper_inverse(r)
    columns = np.ascontiguousarray(q.T)
    found = _kernels.project_rows(np.ascontiguousarray(response, dtype=np.float64), columns, n_threads)
    projected, rss = np.ascontiguousarray(found["projected"].T), found["residual"]
    coefficients = np.empty((len(rss), p))
    for k in range(p):
        coefficients[:, k] = _weighted_sum(projected[k:], inverse[k, k:])
    residual_variance = np.where(rss <= EXACT_FIT * n * found["size"], 0.0, rss) / (n - p)
    covariance = np.array([[np.sum(inverse[i] * inverse[j]) for j in range(p)] for i in range(p)])
    return LeastSquaresFit(coefficients, residual_variance, covariance, n - p)


def ols_test(fit: LeastSquaresFit, contrast: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Test a weighted sum of coefficients against 0 in every gene.

    Parameters
    ----------
    fit : LeastSquaresFit
    contrast : ndarray, (p,)

    Returns
    -------
    tuple of ndarray
        Estimate, standard error, t and two-sided p, (n_genes,) each; t and p are NaN where the fit is exact.
    """
    estimate = _weighted_sum(fit.coefficients.T, contrast)
    scale = np.sum(contrast[:, None] * fit.unscaled_covariance * contrast[None, :])
    se = np.sqrt(fit.residual_variance * scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimate / se
    if fit.exact.any():
        t = np.where(fit.exact, np.nan, t)
    return estimate, se, t, t_two_sided_quick(t, float(fit.residual_df))


def ols_f_test(fit: LeastSquaresFit, contrasts: Floats) -> tuple[Floats, Floats, int]:
    """Test several weighted sums of coefficients at once in every gene.

    Parameters
    ----------
    fit : LeastSquaresFit
    contrasts : ndarray, (k, p)

    Returns
    -------
    tuple
        F and p (n_genes,), NaN where the fit is exact, and the numerator degrees of freedom: the rank of the contrasts.
    """
    # The sums made independent, one after the other: F is the mean of their squared t statistics
    total = np.zeros(len(fit.residual_variance))
    rows: list[Floats] = []
    for contrast in contrasts:
        left = contrast.astype(np.float64)
        for other in rows:
            left = left - other * (_form(fit, left, other) / _form(fit, other, other))
        if _form(fit, left, left) <= DEPENDENT * _form(fit, contrast, contrast):
            continue
        rows.append(left)
        estimate = _weighted_sum(fit.coefficients.T, left)
        total = total + estimate * estimate / _form(fit, left, left)
    f = np.full(len(total), np.nan)
    np.divide(total, len(rows) * fit.residual_variance, out=f, where=~fit.exact)
    return f, f_upper(f, float(len(rows)), float(fit.residual_df)), len(rows)


def _form(fit: LeastSquaresFit, a: Floats, b: Floats) -> float:
    """Covariance of two weighted sums of coefficients, per unit of residual variance."""
    return float(np.sum(a[:, None] * fit.unscaled_covariance * b[None, :]))


def _weighted_sum(rows: Floats, weights: Floats) -> Floats:
    """Sum of ``weight * row`` over rows in order; rows (k, n), weights (k,), of which some may be 0."""
    used = np.flatnonzero(weights).tolist()
    if not used:
        return np.zeros(rows.shape[1])
    total = np.asarray(rows[used[0]] * weights[used[0]])
    for k in used[1:]:
        total += rows[k] * weights[k]
    return total
