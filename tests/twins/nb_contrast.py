"""NumPy twin of the kernel `nb_contrast`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.counts_input import dense


def nb_contrast(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    beta: np.ndarray,
    alpha: np.ndarray,
    contrast: np.ndarray,
    ridge: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    min_mu: float,
    n_threads: int = 1,
) -> dict[str, np.ndarray]:
    """Estimate and standard error of ``contrast`` at given coefficients (DESeq2 specification, sections 8.4 and 13.3).

    Returns
    -------
    dict
        ``estimate`` and ``se`` (n_genes,), natural log.
    """
    n_genes, n_samples = dense(counts).shape
    weights = np.ones((n_genes, n_samples)) if weights is None else weights
    mu = np.maximum(factors * np.exp(beta @ design.T), min_mu)
    se = np.empty(n_genes)
    for gene in range(n_genes):
        w = weights[gene] * mu[gene] / (1 + alpha[gene] * mu[gene])
        gram = design.T @ (w[:, None] * design)
        inverse = np.linalg.inv(gram + np.diag(ridge))
        se[gene] = np.sqrt(max(contrast @ inverse @ gram @ inverse @ contrast, 0.0))
    return {"estimate": beta @ contrast, "se": se}
