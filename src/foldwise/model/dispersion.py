"""Negative binomial dispersions of all genes, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Dispersions:
    """Dispersions of all genes; NaN for genes without counts.

    Parameters
    ----------
    genewise, trend, posterior, final : ndarray, (n_genes,)
        Gene-wise estimate, fitted trend, maximum a posteriori value, value used in the test.
    outlier : ndarray of bool, (n_genes,)
        Genes whose gene-wise estimate lies too far above the trend to be shrunken.
    genewise_iterations, posterior_iterations : ndarray of int, (n_genes,)
    trend_kind : str
        ``parametric``, ``local``, ``mean`` or ``given``.
    trend_coefficients : dict of str to float
        ``asymptotic`` and ``extra_poisson`` (parametric), ``mean`` (mean).
    prior_variance, log_residual_variance : float
        Prior variance of the log dispersion; robust variance of the log residuals of the trend.
    n_r_form : int
        Genes whose line search was repeated in R's own rounding.
    """

    genewise: np.ndarray
    trend: np.ndarray
    posterior: np.ndarray
    final: np.ndarray
    outlier: np.ndarray
    genewise_iterations: np.ndarray
    posterior_iterations: np.ndarray
    trend_kind: str
    trend_coefficients: dict[str, float] = field(default_factory=dict)
    prior_variance: float = float("nan")
    log_residual_variance: float = float("nan")
    n_r_form: int = 0
