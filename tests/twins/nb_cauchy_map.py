"""NumPy twin of the kernel `nb_cauchy_map`, mode 1: the global posterior mode and the exact curvature there."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize

from tests.twins.counts_input import dense


def nb_cauchy_map(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    alpha: np.ndarray,
    coef: int,
    prior_scale: float,
    no_shrink_scale: float,
    weights: np.ndarray | None = None,
    start: np.ndarray | None = None,
    mode: int = 1,
    n_threads: int = 1,
) -> dict[str, np.ndarray]:
    """Posterior mode with a Cauchy prior on one coefficient (Zhu, Ibrahim and Love 2019).

    The shrunken coefficient is held on a grid, the others are free: the profile finds the global mode.

    Returns
    -------
    dict
        ``map`` (n_genes, p), ``sd`` (n_genes,), ``converged``, ``status``; natural log.
    """
    values = dense(counts)
    n_genes, p = len(values), design.shape[1]
    log_factors = np.log(np.broadcast_to(factors, values.shape))
    weights = np.ones(values.shape) if weights is None else weights
    shrunken = np.arange(p) == coef
    beta, sd = np.empty((n_genes, p)), np.empty(n_genes)
    for g in range(n_genes):
        r = 1 / alpha[g]

        def objective(b: np.ndarray, g: int = g, r: float = r) -> float:
            eta = design @ b
            likelihood = values[g] * eta - (values[g] + r) * np.log(r + np.exp(eta + log_factors[g]))
            prior = np.where(shrunken, np.log1p(b**2 / prior_scale**2), b**2 / (2 * no_shrink_scale**2))
            return float(np.sum(prior) - np.sum(weights[g] * likelihood))

        def gradient(b: np.ndarray, g: int = g, r: float = r) -> np.ndarray:
            mu = np.exp(design @ b + log_factors[g])
            prior = np.where(shrunken, 2 * b / (prior_scale**2 + b**2), b / no_shrink_scale**2)
            return prior - design.T @ (weights[g] * (values[g] - (values[g] + r) * mu / (r + mu)))

        def hessian(b: np.ndarray, g: int = g, r: float = r) -> np.ndarray:
            mu = np.exp(design @ b + log_factors[g])
            w = weights[g] * (values[g] + r) * mu * r / (r + mu) ** 2
            cauchy = 2 * (prior_scale**2 - b**2) / (prior_scale**2 + b**2) ** 2
            return design.T @ (w[:, None] * design) + np.diag(np.where(shrunken, cauchy, 1 / no_shrink_scale**2))

        candidates = []
        for fixed in np.linspace(-6, 6, 9):
            first = np.where(shrunken, fixed, 0.0)
            first[0] = np.log(np.mean(values[g] / np.exp(log_factors[g]))) - fixed * np.mean(design[:, coef])
            found = optimize.minimize(objective, first, jac=gradient, method="BFGS", options={"gtol": 1e-6})
            b = found.x
            for _ in range(3):
                b = b - np.linalg.solve(hessian(b), gradient(b))
            candidates.append((objective(b), *b))
        beta[g] = min(candidates)[1:]
        variance = np.linalg.inv(hessian(beta[g]))[coef, coef]
        sd[g] = np.sqrt(variance) if variance > 0 else np.nan
    status = np.where(np.isnan(sd), 2, 0).astype(np.int8)
    return {"map": beta, "sd": sd, "converged": np.ones(n_genes, dtype=np.uint8), "status": status}
