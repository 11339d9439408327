"""NumPy twin of the kernel `glm_profile_refit`: plain log gamma functions and determinants."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from tests.twins.glm_fits import EMPTY, _one_group, _whole, damped

LARGE_COUNT = 65536.0


def glm_profile_refit(
    counts: Any, offset: np.ndarray, design: np.ndarray, cell: np.ndarray | None, grid: np.ndarray, unit: np.ndarray,
    log_det: float, weights: np.ndarray | None, tolerance: float, max_iterations: int, n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Adjusted profile log likelihood over a grid (edgeR specification, section 5).

    ``value`` leaves out ``constant`` and the sum over samples of w y (offset + ln w) - w y - ln Gamma(w y + 1).
    """
    y, o, w = _whole(counts, offset, weights, None)
    rows = design if cell is None else design[cell]
    value, constant = np.empty((len(y), len(grid))), np.empty(len(y))
    for g in range(len(y)):
        beta = None
        for i, phi in enumerate(grid):
            if cell is None:
                beta = damped(y[g], o[g], w[g], rows, phi, unit, beta, tolerance, max_iterations)[0]
                mu = np.zeros(y.shape[1]) if np.isnan(beta).any() else np.exp(o[g] + rows @ beta)
            else:
                beta = _cells(y[g], o[g], w[g], cell, phi, beta, tolerance, max_iterations)
                mu = np.exp(np.maximum(o[g] + beta[cell], -708))
            if i == 0:
                reference = np.zeros(rows.shape[1]) if np.isnan(beta).any() else beta
                large = y[g].max() > LARGE_COUNT
                sums = rows.T @ (w[g] * y[g]) if cell is None else np.bincount(cell, w[g] * y[g])
                constant[g] = reference @ sums
                if large:
                    constant[g] = np.sum(w[g] * (special.xlogy(y[g], y[g]) - y[g] * o[g]))
            value[g, i] = adjusted(y[g], mu, w[g], rows, phi) - constant[g] - np.sum(
                w[g] * y[g] * (o[g] + np.log(w[g])) - w[g] * y[g] - special.gammaln(w[g] * y[g] + 1)
            )  # fmt: skip
    return {"value": value, "constant": constant}


def _cells(y, o, w, cell, phi, start, tolerance, max_iterations):  # type: ignore[no-untyped-def]
    beta = np.empty(cell.max() + 1)
    for k in range(len(beta)):
        inside = cell == k
        known = None if start is None or start[k] == EMPTY else start[k]
        beta[k] = _one_group(y[inside], o[inside], w[inside], phi, known, tolerance, max_iterations, False)[0]
    return beta


def adjusted(y: np.ndarray, mu: np.ndarray, w: np.ndarray, x: np.ndarray, phi: float) -> float:
    """Log likelihood minus half the log determinant of the information."""
    counted = mu > 0
    u, y, d = (mu * w)[counted], (y * w)[counted], (phi / w)[counted]
    if phi > 0:
        r = 1 / d
        terms = special.xlogy(y, u) - (y + r) * np.log(u + r) + r * np.log(r)
        terms = terms + special.gammaln(y + r) - special.gammaln(y + 1) - special.gammaln(r)
    else:
        terms = special.xlogy(y, u) - u - special.gammaln(y + 1)
    gram = x[counted].T @ ((u / (1 + d * u))[:, None] * x[counted])
    return float(np.sum(terms) - 0.5 * np.linalg.slogdet(gram)[1])
