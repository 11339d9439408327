"""NumPy twin of the kernel `nb_cooks`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.counts_input import dense

MIN_ROBUST_DISPERSION = 0.04
# Largest cell size, part trimmed from each end, and constant that makes the trimmed variance consistent.
TRIMS = ((3, 1 / 3, 2.04), (23, 1 / 4, 1.86), (np.inf, 1 / 8, 1.51))


def nb_cooks(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    mean: np.ndarray,
    link: str,
    beta: np.ndarray,
    alpha: np.ndarray,
    ridge: np.ndarray,
    weights: np.ndarray | None,
    mean_floor: float,
    min_mu: float,
    cells: np.ndarray,
    return_cooks: bool = False,
    n_threads: int = 1,
) -> dict[str, np.ndarray]:
    """Cook's distances with a robust dispersion (DESeq2 specification, section 11; Cook 1977).

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
    design : ndarray, (n_samples, p)
    mean, link : ndarray, str
        Mean of the residuals: coefficients (n_genes, p) with link ``log`` or ``linear``, or with ``matrix`` the mean
        itself (n_genes, n_samples); raised to ``mean_floor``.
    beta, alpha, ridge : ndarray, (n_genes, p), (n_genes,), (p,)
        Coefficients (natural log), dispersions and ridge of the fit that the leverage belongs to.
    weights : ndarray (n_genes, n_samples) or None
    min_mu : float
        Floor of the mean in the leverage.
    cells : ndarray of int, (n_samples,)
        Design cell of each sample.

    Returns
    -------
    dict
        ``max`` over samples in cells of at least three (NaN where there are none), ``argmax`` over all samples,
        ``n_larger`` counts above that of the argmax, and with ``return_cooks`` all distances in ``cooks``.
    """
    k = dense(counts)
    p = design.shape[1]
    f = np.broadcast_to(factors, k.shape)
    mu = np.maximum({"log": _exponential, "linear": _linear, "matrix": _given}[link](mean, design, f), mean_floor)
    hat = _leverage(f, design, beta, alpha, ridge, weights, min_mu)
    q = k / f
    center = q.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        robust = np.fmax((_robust_variance(q, cells) - center) / center**2, MIN_ROBUST_DISPERSION)[:, None]
        cooks = (k - mu) ** 2 / (mu + robust * mu**2) / p * hat / (1 - hat) ** 2
    in_three = np.bincount(cells)[cells] >= 3
    argmax = cooks.argmax(axis=1)
    result = {
        "max": cooks[:, in_three].max(axis=1) if in_three.any() else np.full(len(k), np.nan),
        "argmax": argmax,
        "n_larger": (k > k[np.arange(len(k)), argmax][:, None]).sum(axis=1),
    }
    return {**result, "cooks": cooks} if return_cooks else result


def _exponential(beta: np.ndarray, design: np.ndarray, factors: np.ndarray) -> np.ndarray:
    return factors * np.exp(beta @ design.T)


def _linear(beta: np.ndarray, design: np.ndarray, factors: np.ndarray) -> np.ndarray:
    return (beta @ design.T) * factors


def _given(mu: np.ndarray, design: np.ndarray, factors: np.ndarray) -> np.ndarray:
    return mu


def _leverage(
    factors: np.ndarray,
    design: np.ndarray,
    beta: np.ndarray,
    alpha: np.ndarray,
    ridge: np.ndarray,
    weights: np.ndarray | None,
    min_mu: float,
) -> np.ndarray:
    mu = np.maximum(_exponential(beta, design, factors), min_mu)
    w = mu / (1 + alpha[:, None] * mu)
    if weights is not None:
        w = w * weights
    gram = np.einsum("gj,ja,jb->gab", w, design, design) + np.diag(ridge)
    return w * np.einsum("ja,gab,jb->gj", design, np.linalg.inv(gram), design)


def trimmed_mean(values: np.ndarray, trim: float) -> np.ndarray:
    """Mean of each row without the floor(n * trim) lowest and highest values."""
    n = values.shape[1]
    cut = int(np.floor(n * trim))
    return np.sort(values, axis=1)[:, cut : n - cut].mean(axis=1)


def _robust_variance(q: np.ndarray, cells: np.ndarray) -> np.ndarray:
    large = [c for c, size in enumerate(np.bincount(cells)) if size >= 3]
    if not large:
        return _trimmed_variance(q, 1 / 8, 1.51)
    variances = []
    for cell in large:
        values = q[:, cells == cell]
        trim, scale = next((trim, scale) for limit, trim, scale in TRIMS if values.shape[1] <= limit)
        variances.append(_trimmed_variance(values, trim, scale))
    return np.max(variances, axis=0)


def _trimmed_variance(values: np.ndarray, trim: float, scale: float) -> np.ndarray:
    center = trimmed_mean(values, trim)
    return scale * trimmed_mean((values - center[:, None]) ** 2, trim)
