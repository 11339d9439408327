"""NumPy twin of the kernel `nb_start`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.counts_input import dense


def nb_start(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    projection: np.ndarray,
    mean_inverse_size: float,
    n_threads: int = 1,
) -> dict[str, np.ndarray]:
    """Means, variances and rough dispersions (DESeq2 specification, sections 3 and 4.1).

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
        Natural scale.
    design, projection : ndarray, (n_samples, p), (p, n_samples)
        Design and the matrix that turns a response into its least-squares coefficients.
    mean_inverse_size : float
        Mean over samples of 1 / size factor.

    Returns
    -------
    dict
        ``mean`` and ``variance`` (divisor n - 1) of the normalized counts, ``rough`` and ``moments`` dispersion, each
        (n_genes,), and ``linear_coefficients`` of the normalized counts (n_genes, p).
    """
    n, p = design.shape
    q = dense(counts) / factors
    mean = q.mean(axis=1)
    variance = ((q - mean[:, None]) ** 2).sum(axis=1) / (n - 1)
    linear = q @ projection.T
    mu = np.maximum(linear @ design.T, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "mean": mean,
            "variance": variance,
            "rough": np.maximum(0.0, (((q - mu) ** 2 - mu) / mu**2).sum(axis=1) / (n - p)),
            "moments": (variance - mean_inverse_size * mean) / mean**2,
            "linear_coefficients": linear,
        }
