"""NumPy twin of the kernel `nb_optim`: the same maximum by scipy, which stops elsewhere in flat regions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize, special

from tests.twins.counts_input import dense


def log_likelihood(counts: np.ndarray, mu: np.ndarray, alpha: float, weights: np.ndarray) -> float:
    """Log-likelihood of one gene with means ``mu`` (n_samples,)."""
    r = 1 / alpha
    constant = special.gammaln(counts + r) - special.gammaln(r) - special.gammaln(counts + 1)
    return float(np.sum(weights * (constant + special.xlogy(counts, mu / (mu + r)) - r * np.log1p(alpha * mu))))


def nb_optim(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    alpha: np.ndarray,
    start_log2: np.ndarray,
    ridge_log2: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    min_mu: float,
    bound: float,
    max_iterations: int,
    n_threads: int = 1,
) -> dict[str, np.ndarray]:
    """Maximum of likelihood and normal priors with all ``|beta| <= bound`` (DESeq2 specification, section 8.6).

    Returns
    -------
    dict
        ``beta_log2`` (n_genes, p), ``converged``, ``log_likelihood`` at the floored mean, ``covariance`` packed.
    """
    values = dense(counts)
    n_genes, p = start_log2.shape
    factors = np.broadcast_to(factors, values.shape)
    weights = np.ones(values.shape) if weights is None else weights
    beta, covariance = np.empty((n_genes, p)), np.empty((n_genes, p * (p + 1) // 2))
    converged, likelihood = np.empty(n_genes, dtype=np.uint8), np.empty(n_genes)
    for g in range(n_genes):

        def objective(x: np.ndarray, g: int = g) -> float:
            mu = factors[g] * 2.0 ** (design @ x)
            prior = np.sum(0.5 * np.log(ridge_log2 / (2 * np.pi)) - 0.5 * ridge_log2 * x**2)
            value = log_likelihood(values[g], mu, alpha[g], weights[g]) + prior
            return -value if np.isfinite(value) else 1e300

        options = {"maxiter": 100 * max_iterations, "ftol": 1e-15, "gtol": 1e-9}
        box = [(-bound, bound)] * p
        found = optimize.minimize(objective, start_log2[g], method="L-BFGS-B", bounds=box, options=options)
        beta[g], converged[g] = found.x, found.success or found.status == 2
        mu = np.maximum(factors[g] * 2.0 ** (design @ beta[g]), min_mu)
        likelihood[g] = log_likelihood(values[g], mu, alpha[g], weights[g])
        gram = design.T @ ((weights[g] * mu / (1 + alpha[g] * mu))[:, None] * design)
        inverse = np.linalg.inv(gram + np.diag(ridge_log2 / np.log(2) ** 2))
        covariance[g] = (inverse @ gram @ inverse)[np.tril_indices(p)]
    return {"beta_log2": beta, "converged": converged, "log_likelihood": likelihood, "covariance": covariance}
