"""NumPy twins of the kernels `glm_one_way`, `glm_levenberg` and `glm_deviance`: gene by gene."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.counts_input import dense

EMPTY = -1e8


def glm_one_way(
    counts: Any, offset: np.ndarray, cell: np.ndarray, dispersion: np.ndarray, start: np.ndarray | None,
    weights: np.ndarray | None, prior: np.ndarray | None, tolerance: float, max_iterations: int,
    poisson_shortcut: bool, n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """One coefficient (natural log) for each cell of samples (edgeR specification, 4.1 and 4.3)."""
    y, o, w = _whole(counts, offset, weights, prior)
    beta = np.empty((len(y), cell.max() + 1))
    iterations = np.zeros(len(y), dtype=np.int32)
    for g in range(len(y)):
        for k in range(beta.shape[1]):
            inside = cell == k
            known = None if start is None else start[g, k]
            shortcut = poisson_shortcut and weights is None and dispersion[g] == 0
            beta[g, k], steps = _one_group(
                y[g, inside], o[g, inside], w[g, inside], dispersion[g], known, tolerance, max_iterations, shortcut
            )
            iterations[g] = max(iterations[g], steps)
    return {"beta": beta, "iterations": iterations}


def _one_group(
    y: np.ndarray, o: np.ndarray, w: np.ndarray, phi: float, start: float | None, tolerance: float, limit: int,
    shortcut: bool,
) -> tuple[float, int]:  # fmt: skip
    if not (y > 1e-10).any():
        return EMPTY, 0
    beta = np.log(np.sum(np.where(y > 1e-10, y / np.exp(o), 0) * w) / np.sum(w)) if start is None else start
    it = 0
    while it < limit:
        it += 1
        mu = np.exp(beta + o)
        step = np.sum((y - mu) / (1 + mu * phi) * w) / np.sum(mu / (1 + mu * phi) * w)
        beta += step
        if abs(step) < tolerance:
            break
    if shortcut:
        beta = np.log(np.sum(y) / np.sum(np.exp(o)))
    return beta, it


def unit_deviance(y: np.ndarray, mu: np.ndarray, phi: float) -> np.ndarray:
    """Unit deviances (edgeR specification, 4.4)."""
    y, mu = y + 1e-8, mu + 1e-8
    if phi < 1e-4:
        r = y - mu
        d = 2 * (y * np.log(y / mu) - r - 0.5 * r * r * phi * (1 - phi * y))
    else:
        with np.errstate(over="ignore"):
            d = 2 * (y * np.log(y / mu) + (y + 1 / phi) * np.log((mu + 1 / phi) / (y + 1 / phi)))
        limit = 2 * ((y - mu) / mu - np.log(y / mu)) * mu / (1 + mu * phi)
        d = np.where(mu * phi > 1e6, limit, d)
    return np.maximum(d, 0)


def glm_deviance(
    counts: Any, offset: np.ndarray, design: np.ndarray, beta: np.ndarray, dispersion: np.ndarray,
    weights: np.ndarray | None, prior: np.ndarray | None, return_fitted: bool = False, n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Deviance of each gene at given coefficients, and means."""
    y, o, w = _whole(counts, offset, weights, prior)
    mu = np.exp(np.maximum(o + beta @ design.T, -708))
    value = np.array([np.sum(w[g] * unit_deviance(y[g], mu[g], dispersion[g])) for g in range(len(y))])
    return {"deviance": value, "fitted": mu} if return_fitted else {"deviance": value}


def glm_levenberg(
    counts: Any, offset: np.ndarray, design: np.ndarray, dispersion: np.ndarray, unit: np.ndarray,
    start: np.ndarray | None, weights: np.ndarray | None, prior: np.ndarray | None, tolerance: float,
    max_iterations: int, n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Damped Fisher scoring (edgeR specification, 4.5)."""
    y, o, w = _whole(counts, offset, weights, prior)
    rows = [
        damped(y[g], o[g], w[g], design, dispersion[g], unit, None if start is None else start[g], tolerance,
               max_iterations)
        for g in range(len(y))
    ]  # fmt: skip
    names = ("beta", "deviance", "iterations", "status")
    return {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}


def damped(
    y: np.ndarray, o: np.ndarray, w: np.ndarray, x: np.ndarray, phi: float, unit: np.ndarray,
    start: np.ndarray | None, tolerance: float, max_iterations: int,
) -> tuple[np.ndarray, float, int, int]:  # fmt: skip
    """Coefficients, deviance, iterations and status of one gene."""
    if y.max() < 1e-10:
        return np.full(x.shape[1], np.nan), 0.0, 0, 0
    size = np.exp(o)
    c = w * size / (1 + phi * size)
    beta = unit * np.log(np.sum(y * c / size) / np.sum(c)) if start is None else start.copy()
    mu = np.exp(o + x @ beta)
    deviance, largest, lam = np.sum(w * unit_deviance(y, mu, phi)), -1.0, 0.0
    for it in range(1, max_iterations + 1):
        gram = x.T @ ((mu / (1 + mu * phi) * w)[:, None] * x)
        score = x.T @ ((y - mu) / (1 + mu * phi) * w)
        largest = max(largest, gram.diagonal().max())
        if it == 1:
            lam = max(1e-6 * largest, 1e-13)
        trial, low, failed = 0, False, False
        while True:
            trial += 1
            while True:
                try:
                    lower = np.linalg.cholesky(gram + lam * np.eye(len(gram)))
                    break
                except np.linalg.LinAlgError:
                    lam = lam * 10 if lam > 0 else 1e-100
            step = np.linalg.solve(lower.T, np.linalg.solve(lower, score))
            next_mu = np.exp(o + x @ (beta + step))
            next_deviance = np.sum(w * unit_deviance(y, next_mu, phi))
            low = bool(next_deviance / y.max() < 1e-13)
            if next_deviance <= deviance or low:
                beta, mu, deviance = beta + step, next_mu, next_deviance
                break
            lam = lam * 2 if lam > 0 else 1e-100
            if lam / largest > 1e13:
                failed = True
                break
        if failed or low or score @ step < tolerance:
            return beta, deviance, it, int(failed)
        if trial == 1:
            lam /= 10
    return beta, deviance, max_iterations, 2


def _whole(
    counts: Any, offset: np.ndarray, weights: np.ndarray | None, prior: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y = dense(counts) + (0 if prior is None else prior)
    return y, np.broadcast_to(offset, y.shape), np.ones(y.shape) if weights is None else weights
