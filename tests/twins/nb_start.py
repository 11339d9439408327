"""NumPy twin of the kernel `nb_start`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.counts_input import dense


def nb_start(
    counts: Any,
    factors: np.ndarray,
    Q: np.ndarray,
    R_inverse: np.ndarray,
    X: np.ndarray,
    n_threads: int = 1,
) -> dict[str, np.ndarray]:
    """Start values of dispersion and coefficients (DESeq2 specification, sections 4.1 and 8.2).

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
    Q, R_inverse, X : ndarray, (n_samples, p), (p, p), (n_samples, p)
        Design, its orthogonal factor and the inverse of its triangular factor.

    Returns
    -------
    dict
        ``rough`` and ``moments`` dispersion (n_genes,); ``linear_coefficients`` of the normalized counts and
        ``beta_start`` of ln(q + 0.1) (n_genes, p), natural log.
    """
    k = dense(counts)
    n, p = X.shape
    q = k / factors
    linear = q @ Q @ R_inverse.T
    mu = np.maximum(linear @ X.T, 1.0)
    rough = np.maximum(0.0, (((q - mu) ** 2 - mu) / mu**2).sum(axis=1) / (n - p))
    mean = q.mean(axis=1)
    variance = q.var(axis=1, ddof=1)
    xi = np.mean(1.0 / (factors if factors.ndim == 1 else factors.mean(axis=0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        moments = (variance - xi * mean) / mean**2
    return {
        "rough": rough,
        "moments": moments,
        "linear_coefficients": linear,
        "beta_start": np.log(q + 0.1) @ Q @ R_inverse.T,
    }
