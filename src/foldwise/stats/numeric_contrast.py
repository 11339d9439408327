"""Estimate and standard error of a weighted sum of coefficients (DESeq2 specification, section 13.3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import LN2

# Variance of the wide normal prior on log2 coefficients that stands for no prior.
WIDE_VARIANCE_LOG2 = 1e6


def numeric_contrast(
    counts: Any,
    factors: Floats,
    design: Floats,
    alpha: Floats,
    beta: Floats,
    contrast: Floats,
    *,
    prior_variance: Floats | None = None,
    weights: Floats | None = None,
    min_mu: float = 0.5,
    n_threads: int = 1,
) -> tuple[Floats, Floats]:
    """Log2 fold change and standard error of ``contrast``.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
        Those of the fit: replaced counts where outliers were replaced.
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
    design : ndarray, (n_samples, p)
    alpha : ndarray, (n_genes,)
        Final dispersions; NaN where there is none.
    beta : ndarray, (n_genes, p)
        Coefficients, natural log; NaN where there is none.
    contrast : ndarray, (p,)
    prior_variance : ndarray (p,), optional
        Of the log2 coefficients; 1e6 without prior.
    weights : ndarray (n_genes, n_samples), optional
    min_mu : float
        Floor of the mean in the weights.

    Returns
    -------
    tuple of ndarray
        Estimate and standard error (n_genes,), log2. The covariance is that of the ridge fit,
        ``(G + R)^-1 G (G + R)^-1``, computed anew at ``beta``.
    """
    variance = np.full(design.shape[1], WIDE_VARIANCE_LOG2) if prior_variance is None else prior_variance
    usable = np.isfinite(alpha) & (alpha > 0) & np.all(np.isfinite(beta), axis=1)
    result = _kernels.nb_contrast(
        counts,
        factors,
        design,
        np.where(usable[:, None], beta, 0.0),
        np.where(usable, alpha, 1.0),
        np.asarray(contrast, dtype=np.float64),
        1.0 / (LN2**2 * variance),
        weights,
        min_mu=min_mu,
        n_threads=n_threads,
    )
    return tuple(np.where(usable, result[name] / LN2, np.nan) for name in ("estimate", "se"))  # type: ignore[return-value]
