"""Residuals of linear models that a single sample cannot pull along, for all genes at once.

Huber's estimate by pseudo-values (Huber 1981, Robust Statistics, section 7.8): residuals beyond 1.5 robust standard
deviations of the gene are cut there, the model is fitted again, and so on.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.robust_distance import MAD_TO_SD

HUBER = 1.5
STEPS = 5
LEAST_SCALE = 0.05  # in the unit of the values (log2): small groups can leave half of the residuals at zero


def robust_residuals(values: Floats, hat: Floats, n_coefficients: int) -> Floats:
    """Residuals (n_genes, n_samples) of Huber's fit of each gene.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
    hat : ndarray, (n_samples, n_samples)
        Projection onto the design.
    n_coefficients : int
        Rank of the design.
    """
    n = len(hat)
    widen = MAD_TO_SD * np.sqrt(n / max(n - n_coefficients, 1))
    fitted = _project(values, hat)
    for _ in range(STEPS):
        left = values - fitted
        limit = HUBER * (widen * np.median(np.abs(left), axis=1) + LEAST_SCALE)[:, None]
        fitted = _project(fitted + np.clip(left, -limit, limit), hat)
    return np.asarray(values - fitted)


def _project(values: Floats, hat: Floats) -> Floats:
    """Product of (n_genes, n) and (n, n) in a fixed order."""
    return np.asarray(np.einsum("gi,ij->gj", values, hat, optimize=False))
