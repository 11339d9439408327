"""NumPy twin of the kernel `nb_irls`: ridge least squares by QR of the stacked matrix, plain scipy likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from tests.twins.counts_input import dense

CONVERGED, NOT_CONVERGED, NOT_A_NUMBER = 0, 1, 2


def nb_irls(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    alpha: np.ndarray,
    start: np.ndarray | None,
    projection: np.ndarray | None,
    ridge: np.ndarray,
    weights: np.ndarray | None,
    min_mu: float,
    tolerance: float,
    beta_limit: float,
    max_iterations: int,
    return_mu: bool = False,
    return_hat: bool = False,
    n_threads: int = 1,
) -> dict[str, np.ndarray]:
    """Coefficients (natural log) of each gene (DESeq2 specification, sections 8.2 to 8.5).

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
    design, alpha, ridge : ndarray, (n_samples, p), (n_genes,), (p,)
    start : ndarray (n_genes, p) or None
        Where None: ``projection`` (p, n_samples) times ln(counts / factors + 0.1).
    weights : ndarray (n_genes, n_samples) or None
    min_mu, tolerance, beta_limit, max_iterations : float
        Floor of the mean; relative change of the deviance that ends the loop; largest coefficient; longest loop.

    Returns
    -------
    dict
        ``beta``, packed ``covariance``, ``log_likelihood`` at the mean without floor, ``deviance`` of the loop,
        ``iterations``, ``status`` (0 converged, 1 not, 2 not a number), and ``mu`` and ``hat`` where asked for.
    """
    y = dense(counts)
    scale = np.broadcast_to(factors, y.shape)
    w = np.ones(y.shape) if weights is None else weights
    if start is None and projection is not None:
        start = np.log(y / scale + 0.1) @ projection.T
    assert start is not None
    limits = (min_mu, tolerance, beta_limit, max_iterations)
    rows = [_gene(y[i], scale[i], design, alpha[i], start[i], ridge, w[i], limits) for i in range(len(y))]
    names = ("beta", "covariance", "log_likelihood", "deviance", "iterations", "status", "mu", "hat")
    wanted = [n for n in names if n not in ("mu", "hat") or {"mu": return_mu, "hat": return_hat}[n]]
    return {name: np.array([row[names.index(name)] for row in rows]) for name in wanted}


def log_likelihood(y: np.ndarray, mu: np.ndarray, alpha: float, weights: np.ndarray) -> float:
    """Weighted negative binomial log likelihood of one gene, size 1/alpha."""
    r = 1.0 / alpha
    constant = special.gammaln(y + r) - special.gammaln(r) - special.gammaln(y + 1)
    return float(np.sum(weights * (constant + special.xlogy(y, alpha * mu) - (y + r) * np.log1p(alpha * mu))))


def _gene(
    y: np.ndarray, factors: np.ndarray, x: np.ndarray, alpha: float, beta: np.ndarray, ridge: np.ndarray,
    weights: np.ndarray, limits: tuple[float, float, float, int],
) -> tuple[Any, ...]:  # fmt: skip
    min_mu, tolerance, beta_limit, max_iterations = limits
    p = x.shape[1]
    mu = np.maximum(factors * np.exp(x @ beta), min_mu)
    deviance = old = 0.0
    iterations = 0
    while iterations < max_iterations:
        iterations += 1
        w = weights * mu / (1 + alpha * mu)
        z = np.log(mu / factors) + (y - mu) / mu
        stacked = np.vstack([np.sqrt(w)[:, None] * x, np.diag(np.sqrt(ridge))])
        q, r = np.linalg.qr(stacked)
        beta = np.linalg.solve(r, q.T @ np.concatenate([np.sqrt(w) * z, np.zeros(p)]))
        if not np.all(np.abs(beta) <= beta_limit):
            iterations = max_iterations
            break
        mu = np.maximum(factors * np.exp(x @ beta), min_mu)
        deviance = -2 * log_likelihood(y, mu, alpha, weights)
        if np.isnan(deviance):
            iterations = max_iterations
            break
        if iterations > 1 and abs(deviance - old) / (abs(deviance) + 0.1) < tolerance:
            break
        old = deviance
    w = weights * mu / (1 + alpha * mu)
    gram = x.T @ (w[:, None] * x)
    inverse = np.linalg.inv(gram + np.diag(ridge))
    covariance = inverse @ gram @ inverse
    status = CONVERGED if iterations < max_iterations else NOT_CONVERGED
    if np.isnan(beta).any() or not np.all(np.diag(covariance) > 0):
        status = NOT_A_NUMBER
    free = factors * np.exp(x @ beta)
    hat = w * np.einsum("ja,ab,jb->j", x, inverse, x)
    likelihood = log_likelihood(y, free, alpha, weights)
    return beta, covariance[np.tril_indices(p)], likelihood, deviance, iterations, status, free, hat
