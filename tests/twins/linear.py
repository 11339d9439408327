"""NumPy twins of the kernels of linear models."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg, special

from tests.twins.counts_input import dense


def least_squares(
    values: np.ndarray,
    design: np.ndarray,
    weights: np.ndarray | None = None,
    block: np.ndarray | None = None,
    correlation: float = 0.0,
    tolerance: float = 1e-7,
    want_covariance: bool = False,
    want_leverage: bool = False,
    n_threads: int = 1,
) -> dict[str, np.ndarray]:
    """Weighted least squares of each gene; values (G, N), NaN where missing, design (N, p).

    Weights (N,) or (G, N); NaN or <= 0 leaves the value out. ``block`` (N,) samples of equal number are correlated.
    """
    n_genes, n = values.shape
    p = design.shape[1]
    out: dict[str, np.ndarray] = {
        "coefficients": np.full((n_genes, p), np.nan),
        "stdev_unscaled": np.full((n_genes, p), np.nan),
        "sigma": np.full(n_genes, np.nan),
        "df_residual": np.zeros(n_genes),
        "mean": np.array([row[~np.isnan(row)].mean() if (~np.isnan(row)).any() else np.nan for row in values]),
        "covariance": np.full((n_genes, p * (p + 1) // 2), np.nan),
        "leverage": np.zeros((n_genes, n)),
    }
    w = np.ones(values.shape) if weights is None else np.broadcast_to(weights, values.shape)
    same = np.eye(n) if block is None else np.where(block[:, None] == block[None, :], correlation, 0.0)
    same = np.where(np.eye(n, dtype=bool), 1.0, same)
    for i in range(n_genes):
        use = (w[i] > 0) & ~np.isnan(values[i])
        root = np.sqrt(w[i][use])
        lower = np.linalg.cholesky(same[np.ix_(use, use)])
        x = linalg.solve_triangular(lower, design[use] * root[:, None], lower=True)
        y = linalg.solve_triangular(lower, values[i][use] * root, lower=True)
        kept = _independent(x, tolerance)
        q, r = np.linalg.qr(x[:, kept])
        inverse = np.linalg.inv(r)
        rest = y - q @ (q.T @ y)
        df = len(y) - len(kept)
        out["coefficients"][i, kept] = inverse @ (q.T @ y)
        full = np.full((p, p), np.nan)
        full[np.ix_(kept, kept)] = inverse @ inverse.T
        out["stdev_unscaled"][i] = np.sqrt(np.diag(full))
        out["covariance"][i] = [full[a, b] for a in range(p) for b in range(a + 1)]
        out["leverage"][i, use] = (q * q).sum(axis=1)
        out["df_residual"][i] = df
        if df > 0:
            out["sigma"][i] = np.sqrt(rest @ rest / df)
    return out


def _independent(x: np.ndarray, tolerance: float) -> list[int]:
    kept: list[int] = []
    for k in range(x.shape[1]):
        left = x[:, k]
        if kept:
            q = np.linalg.qr(x[:, kept])[0]
            left = left - q @ (q.T @ left)
        length = np.sqrt(x[:, k] @ x[:, k])
        rest = np.sqrt(left @ left)
        if rest > 0 and rest >= tolerance * length:
            kept.append(k)
    return kept


def log_cpm(counts: Any, prior: np.ndarray, sizes: np.ndarray, n_threads: int = 1) -> np.ndarray:
    """log2((count + prior) / size * 1e6); prior and sizes (N,)."""
    return np.log2((dense(counts) + prior) / sizes * 1e6)


def voom_weights(
    coefficients: np.ndarray,
    design: np.ndarray,
    offset: np.ndarray,
    knot_x: np.ndarray,
    knot_y: np.ndarray,
    n_threads: int = 1,
) -> np.ndarray:
    """1 / f^4 with f interpolated between the knots at coefficients . design + offset; (G, N)."""
    return 1.0 / np.interp(coefficients @ design.T + offset, knot_x, knot_y) ** 4


def linear_effects(
    values: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None, n_threads: int = 1
) -> np.ndarray:
    """Effects of each gene, (G, N - p + 1): of the last coefficient, with its sign, then the residual ones."""
    w = np.ones(values.shape) if weights is None else np.broadcast_to(weights, values.shape)
    out = []
    for y, own in zip(values, w, strict=True):
        root = np.sqrt(own)
        q, r = np.linalg.qr(design * root[:, None], mode="complete")
        effects = (q.T @ (y * root))[design.shape[1] - 1 :]
        effects[0] *= np.sign(r[design.shape[1] - 1, -1])
        out.append(effects)
    return np.array(out)


def student_tail(t: np.ndarray, df: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two-sided tail of t, and its log; (n,)."""
    return _beta_tail(t * t / df, df / 2, np.full(len(df), 0.5))


def f_tail(f: np.ndarray, df1: np.ndarray, df2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upper tail of F, and its log; (n,)."""
    return _beta_tail(df1 * np.maximum(f, 0.0) / df2, df2 / 2, df1 / 2)


def _beta_tail(ratio: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """I_x(a, b) and its log at x = 1 / (1 + ratio), from the side that is not near 1."""
    near, far = special.betainc(b, a, ratio / (1 + ratio)), special.betainc(a, b, 1 / (1 + ratio))
    with np.errstate(divide="ignore"):
        return np.where(far > 0.5, 1 - near, far), np.where(far > 0.5, np.log1p(-near), np.log(far))
