"""From coefficients to contrasts: estimates and unscaled standard errors of weighted sums of coefficients.

limma specification, section 2 (Smyth 2004, section 3).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foldwise.errors import DesignError
from foldwise.stats.arrays import Floats
from foldwise.stats.least_squares import LinearFit, unpack

# Correlations below this are those of orthogonal coefficients.
ORTHOGONAL = 1e-14
# Stands for the standard error of a coefficient that a gene does not determine; sums with it are missing.
UNKNOWN, KNOWN_BELOW = 1e30, 1e20


def contrasts_fit(fit: LinearFit, contrasts: Floats) -> LinearFit:
    """Fit of contrasts in place of coefficients.

    Parameters
    ----------
    fit : LinearFit
    contrasts : ndarray, (p, k)
        One column per contrast.

    Returns
    -------
    LinearFit
        With k coefficients. Where genes have weights of their own and ``fit.covariance`` was not asked for, their
        correlations are taken from the design without weights: an approximation, the one limma makes. With
        ``fit.covariance`` standard errors are exact.

    Raises
    ------
    DesignError
        E-CONTRAST-002 for a contrast of a coefficient that the design does not determine.
    """
    contrasts = np.asarray(contrasts, dtype=np.float64)
    estimable = ~np.isnan(np.diag(fit.unscaled_covariance))
    if np.any(contrasts[~estimable] != 0):
        raise DesignError(
            "E-CONTRAST-002",
            "the contrast uses a coefficient that the design does not determine.",
            "Choose a contrast of the other coefficients, or a smaller design.",
        )
    used = np.flatnonzero(estimable & np.any(contrasts != 0, axis=1))
    c = contrasts[used]
    beta, stdev = fit.coefficients[:, used], fit.stdev_unscaled[:, used]
    unknown = np.isnan(beta)
    beta, stdev = np.where(unknown, 0.0, beta), np.where(unknown, UNKNOWN, stdev)
    common = fit.unscaled_covariance[np.ix_(used, used)]
    if fit.covariance is None or fit.shared:
        new_stdev = _combined_stdev(stdev, common, c)
    else:
        new_stdev = _exact_stdev(fit.covariance, fit.coefficients.shape[1], used, unknown, c)
    missing = new_stdev > KNOWN_BELOW
    estimate = np.where(missing, np.nan, _times(beta, c))
    between = np.array([[np.sum(a[:, None] * common * b[None, :]) for b in c.T] for a in c.T])
    return replace(
        fit, coefficients=estimate, stdev_unscaled=np.where(missing, np.nan, new_stdev), unscaled_covariance=between,
        covariance=None,
    )  # fmt: skip


def _combined_stdev(stdev: Floats, covariance: Floats, c: Floats) -> Floats:
    """Root of c' D R D c with D the standard errors of a gene and R the common correlations; (n_genes, k)."""
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / (scale[:, None] * scale[None, :])
    if len(c) == 1 or np.all(np.abs(correlation[np.tril_indices(len(c), -1)]) < ORTHOGONAL):
        return np.sqrt(_times(stdev * stdev, c * c))
    lower = _cholesky(correlation)
    result = np.empty((len(stdev), c.shape[1]))
    for k in range(c.shape[1]):
        rows = [_times(stdev * c[:, k], lower[:, m : m + 1])[:, 0] for m in range(len(c))]
        result[:, k] = np.sqrt(sum(row * row for row in rows))
    return result


def _exact_stdev(packed: Floats, p: int, used: np.ndarray, unknown: Floats, c: Floats) -> Floats:
    """Root of c' V c with V the covariance of the gene itself; (n_genes, k)."""
    v = unpack(packed, p)[:, used][:, :, used]
    v = np.where(np.isnan(v), 0.0, v)
    variance = np.empty((len(v), c.shape[1]))
    for k in range(c.shape[1]):
        total = np.zeros(len(v))
        for a in range(len(c)):
            for b in range(len(c)):
                total += c[a, k] * c[b, k] * v[:, a, b]
        lost = np.any(unknown & (c[:, k] != 0), axis=1)
        variance[:, k] = np.where(lost, UNKNOWN * UNKNOWN, total)
    return np.sqrt(np.maximum(variance, 0.0))


def _cholesky(matrix: Floats) -> Floats:
    """Lower triangular factor of a positive definite matrix."""
    p = len(matrix)
    lower = np.zeros((p, p))
    for a in range(p):
        for b in range(a + 1):
            rest = matrix[a, b] - np.sum(lower[a, :b] * lower[b, :b])
            lower[a, b] = np.sqrt(rest) if a == b else rest / lower[b, b]
    return lower


def _times(rows: Floats, columns: Floats) -> Floats:
    """Matrix product (n, p) (p, k) as sums in a fixed order."""
    total = np.zeros((len(rows), columns.shape[1]))
    for j in range(columns.shape[0]):
        total += rows[:, j : j + 1] * columns[j]
    return total
