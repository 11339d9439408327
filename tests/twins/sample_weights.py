"""NumPy twins of the kernels `array_weights` and `block_correlation`."""

from __future__ import annotations

import numpy as np


def array_weights(
    values: np.ndarray,
    design: np.ndarray,
    weights: np.ndarray | None,
    factors: np.ndarray,
    prior_n: float,
    tolerance: float = 1e-7,
) -> np.ndarray:
    """Coefficients (k,) of the log variance factors (n_samples, k), one gene after the other."""
    gamma = np.zeros(factors.shape[1])
    information = prior_n * factors.T @ factors
    z = np.column_stack([np.ones(len(factors)), factors])
    for i, row in enumerate(values):
        own = np.ones(len(row)) if weights is None else weights[i]
        use = ~np.isnan(row) & (own > 0)
        w = np.where(use, own * np.exp(-factors @ gamma), 0.0)
        root = np.sqrt(w[use])
        q = np.linalg.qr(design[use] * root[:, None])[0]
        y = row[use] * root
        rest = y - q @ (q.T @ y)
        df = use.sum() - design.shape[1]
        if use.sum() <= 2 or df < 2 or rest @ rest / df < 1e-15:
            continue
        d, h = np.zeros(len(row)), np.zeros(len(row))
        d[use], h[use] = rest**2, 1 - (q * q).sum(axis=1)
        full = z.T @ (h[:, None] * z)
        information = information + full[1:, 1:] - np.outer(full[1:, 0], full[0, 1:]) / full[0, 0]
        gamma = gamma + np.linalg.solve(information, factors.T @ (d / (rest @ rest / df) - h))
    return gamma


def block_correlation(
    values: np.ndarray,
    design: np.ndarray,
    weights: np.ndarray | None,
    block: np.ndarray,
    tolerance: float = 1e-7,
    n_threads: int = 1,
) -> np.ndarray:
    """Correlation within blocks of each gene (n_genes,); NaN where not determined."""
    return np.array([_one(row, design, None if weights is None else weights[i] if weights.ndim == 2 else weights, block)
                     for i, row in enumerate(values)])  # fmt: skip


def _one(y: np.ndarray, x: np.ndarray, weights: np.ndarray | None, block: np.ndarray) -> float:
    w = np.ones(len(y)) if weights is None else weights
    use = ~np.isnan(y) & (w > 0)
    y, x, w, block = y[use], x[use], w[use], block[use]
    n_blocks = len(np.unique(block))
    if len(y) <= x.shape[1] + 2 or n_blocks <= 1 or n_blocks >= len(y) - 1:
        return np.nan
    root = np.sqrt(w)
    q = np.linalg.qr(x * root[:, None], mode="complete")[0][:, x.shape[1] :]
    z = (block[:, None] == np.unique(block)[None, :]).astype(float)
    u, s, _ = np.linalg.svd(q.T @ z)
    d = np.zeros(q.shape[1])
    d[: len(s)] = s[: len(d)] ** 2
    v = (u.T @ (q.T @ (y * root))) ** 2
    a, b = np.linalg.lstsq(np.column_stack([np.ones(len(d)), d]), v, rcond=None)[0]
    if (a + b * d < 0).any():
        a, b = v.mean(), 0.0
    a, b = _gamma(v, d, a, b)
    return b / (a + b)


def _deviance(v: np.ndarray, mu: np.ndarray) -> float:
    return np.inf if (mu < 0).any() else 2 * np.sum((v - mu) / mu - np.log(v / mu))


def _gamma(v: np.ndarray, d: np.ndarray, a: float, b: float) -> tuple[float, float]:
    """Levenberg's steps of limma's specification, section 9."""
    x = np.column_stack([np.ones(len(d)), d])
    beta, damping = np.array([a, b]), 0.0
    deviance = _deviance(v, x @ beta)
    for iteration in range(1, 22):
        mu = x @ beta
        variance = np.maximum(mu**2, (mu**2).max() / 1000)
        information, score = x.T @ (x / variance[:, None]), x.T @ ((v - mu) / variance)
        if iteration == 1:
            damping = np.diag(information).mean() / 2
        first = True
        while True:
            step = np.linalg.solve(information + damping * np.eye(2), score)
            new = _deviance(v, x @ (beta + step))
            if new <= deviance or new / (x @ (beta + step)).max() < 1e-15:
                break
            if damping / np.diag(information).max() > 1e15:
                return beta[0], beta[1]
            damping, first = 2 * damping, False
        beta, deviance = beta + step, new
        if first:
            damping /= 10
        if score @ step < 1e-6 or deviance / (x @ beta).max() < 1e-15:
            break
    return beta[0], beta[1]
