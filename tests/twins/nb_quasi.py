"""NumPy twins of the kernels `nb_deviance_moments`, `nb_quasi`, `local_lines` and `f_log_density`."""

from __future__ import annotations

from math import lgamma
from typing import Any

import numpy as np

from tests.twins.counts_input import dense

COUNT_GUARD = 1e-8
DEPENDENT_COLUMN = 1e-6


def nb_deviance_moments(mean: np.ndarray, dispersion: np.ndarray, n_threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the unit deviance of negative binomial counts by plain summation.

    Parameters
    ----------
    mean, dispersion : ndarray, (n,)
        Means positive (the twin is meant for means below about 1e4), dispersions not negative.

    Returns
    -------
    tuple of ndarray, (n,)
    """
    pairs = [_moments(m, phi) for m, phi in zip(mean.tolist(), dispersion.tolist(), strict=True)]
    return np.array([e for e, _ in pairs]), np.array([v for _, v in pairs])


def _moments(m: float, phi: float) -> tuple[float, float]:
    top = int(m + 60 * np.sqrt(m + phi * m * m) + 60 * (1 + phi * m))
    y = np.arange(top + 1.0)
    steps = np.log(m) - np.log1p(phi * m) + np.log1p(phi * y[:-1]) - np.log(y[1:])
    log_p = np.concatenate([[0.0], np.cumsum(steps)])
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(y > 0, y * np.log1p((y - m) / (m * (1 + phi * y))), 0.0)
    second = np.log1p(phi * (y - m) / (1 + phi * m)) / phi if phi > 0 else y - m
    d = 2 * (first - second)
    mean = float(np.sum(p * d))
    return mean, float(np.sum(p * (d - mean) ** 2))


def nb_quasi(
    counts: Any,
    mu: np.ndarray,
    design: np.ndarray,
    dispersion: np.ndarray,
    scale: float,
    weights: np.ndarray | None,
    table: np.ndarray | None,
    origin: float,
    per_unit: float,
    first_panel: int,
    alpha: np.ndarray | None = None,
    kappa: np.ndarray | None = None,
    n_threads: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Adjusted deviance and degrees of freedom of each gene (edgeR specification, section 12.3).

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    mu : ndarray, (n_genes, n_samples)
        0 where a whole cell has no counts.
    design : ndarray, (n_samples, p)
    dispersion : ndarray, (n_genes,)
    scale : float
        Average quasi-dispersion.
    weights : ndarray (n_genes, n_samples) or None
    table, origin, per_unit, first_panel : ndarray (n_panels, order, 2), float, float, int
        Polynomials of alpha and kappa in ln mean on panels counted from ``origin``; or None with
    alpha, kappa : ndarray, (n_genes, n_samples)

    Returns
    -------
    tuple of ndarray, (n_genes,)
    """
    y = dense(counts)
    w = np.ones(y.shape) if weights is None else weights
    q = dispersion[:, None] * w / scale
    working = mu / (1 + mu * q)
    rest = 1 - np.stack([_leverage(design, row) for row in working])
    if table is not None:
        alpha, kappa = _from_table(mu * w / scale, table, origin, per_unit, first_panel)
    used = rest >= 1e-4
    d = np.where(used, _unit_deviance(y, mu, q), 0.0)
    return np.sum(d * alpha * w, axis=1), np.sum(np.where(used, rest, 0.0) * kappa, axis=1)


def _leverage(design: np.ndarray, working: np.ndarray) -> np.ndarray:
    rows = np.sqrt(working)[:, None] * design
    basis = np.zeros((len(rows), 0))
    for column in rows.T:
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)
        length = np.linalg.norm(left)
        if length > DEPENDENT_COLUMN * np.linalg.norm(column) and length > 0:
            basis = np.column_stack([basis, left / length])
    return np.sum(basis**2, axis=1)


def _from_table(
    mean: np.ndarray, table: np.ndarray, origin: float, per_unit: float, first_panel: int
) -> tuple[np.ndarray, np.ndarray]:
    present = mean >= 1e-32
    place = (np.log(np.where(present, np.minimum(mean, 1e8), 1.0)) - origin) * per_unit - first_panel
    panel = np.clip(place.astype(int), 0, len(table) - 1)
    u = 2 * (place - panel) - 1
    values = sum(table[panel, k] * u[..., None] ** k for k in range(table.shape[1]))
    return np.where(present, values[..., 0], 0.0), np.where(present, values[..., 1], 0.0)


def _unit_deviance(count: np.ndarray, mean: np.ndarray, phi: np.ndarray) -> np.ndarray:
    y, mu = count + COUNT_GUARD, mean + COUNT_GUARD
    poisson = phi < 1e-4
    r = 1 / np.where(poisson, 1.0, phi)
    d = y * np.log(y / mu) + (y + r) * np.log((mu + r) / (y + r))
    difference = y - mu
    d = np.where(poisson, y * np.log(y / mu) - difference - 0.5 * difference**2 * phi * (1 - phi * y), d)
    d = np.where(mu * phi > 1e6, (difference / mu - np.log(y / mu)) * mu / (1 + mu * phi), d)
    return np.maximum(2 * d, 0.0)


def local_lines(
    x: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray,
    at: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    bandwidth: np.ndarray,
    near: float,
    far: float,
    min_bandwidth: float,
    min_spread: float,
    normalize: bool,
    n_threads: int = 1,
) -> np.ndarray:
    """Values at points ``at`` (k,) of weighted lines through the windows ``first``:``last`` of x, y (n,) ascending.

    Parameters
    ----------
    x, y, weights : ndarray, (n,)
    at, first, last : ndarray of int32, (k,)
    bandwidth : ndarray, (k,)
    near, far : float
        The tricube weight is 1 up to near x bandwidth and 0 beyond far x bandwidth.
    min_bandwidth : float
        Narrower windows have a plain mean.
    min_spread, normalize : float, bool
        Windows whose sum of squares of x (of weights that sum to 1 with ``normalize``) is not above it have a mean.
    """
    fit = np.empty(len(at))
    for k, (i, a, b, h) in enumerate(zip(at, first, last, bandwidth, strict=True)):
        dx = x[a:b] - x[i]
        w = weights[a:b].copy()
        if h >= min_bandwidth:
            with np.errstate(divide="ignore", invalid="ignore"):
                core = (1 - (np.abs(dx) / h) ** 3) ** 3
            core = np.where(np.abs(dx) <= near * h, 1.0, core)
            w *= np.where(np.abs(dx) <= far * h, core, 0.0)
        total = w.sum()
        if not total > 0:
            fit[k] = y[i]
            continue
        center, mean = np.sum(w * dx) / total, np.sum(w * y[a:b]) / total
        spread = np.sum(w * (dx - center) ** 2)
        if h < min_bandwidth or not (spread / total if normalize else spread) > min_spread:
            fit[k] = mean
        else:
            fit[k] = mean - center * np.sum(w * (dx - center) * y[a:b]) / spread
    return fit


def f_log_density(x: np.ndarray, half_df: np.ndarray, scale: np.ndarray, q: float, log_gamma_q: float) -> np.ndarray:
    """Log density of scaled F variables on 2 half_df and 2 q degrees of freedom, terms free of q and scale left out.

    Parameters
    ----------
    x, half_df : ndarray, (n,)
    scale : ndarray, (n,) or (1,)
    q, log_gamma_q : float
        Half the denominator's degrees of freedom, and the log gamma function there.
    """
    whole = half_df + q
    log_gamma = np.array([lgamma(v) for v in whole.tolist()])
    return log_gamma - log_gamma_q - whole * np.log1p(half_df * x / (q * scale)) - half_df * np.log(q * scale)
