"""Coefficients of negative binomial GLMs with log link: constants, shortcut and fallback around the IRLS kernel.

Love, Huber and Anders 2014 (Genome Biology 15:550), Methods; stop rules as R's DESeq2 shows them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.householder import householder_qr, projection, upper_inverse
from foldwise.stats.nb_optim import nb_optim_fallback
from foldwise.stats.rows import dense_rows, row_factors, take_rows

LN2 = 0.693147180559945309417
RIDGE = 1e-6  # variance 1e6 of a log2 coefficient: only so wide that it never moves an estimate
MIN_MU = 0.5
TOLERANCE = 1e-8
EXACT_TOLERANCE = 1e-14
SETTLED_TOLERANCE = 1e-10
BETA_LIMIT = 30.0
MAX_ITERATIONS = 100


def natural_ridge(n_coefficients: int, ridge: Floats | float = RIDGE) -> Floats:
    """Return the ridge (n_coefficients,) of natural-log coefficients from that of log2 coefficients."""
    return np.full(n_coefficients, 1.0) * ridge / (LN2 * LN2)


def fit_coefficients(
    counts: Any, factors: Floats, design: Floats, alpha: Floats, *, ridge: Floats | float = RIDGE,
    weights: Floats | None = None, engine: str = "parity", n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Fit all genes of a block.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
        Normalization factors, natural scale.
    design : ndarray, (n_samples, n_coefficients)
    alpha : ndarray, (n_genes,)
        Dispersions.
    ridge : ndarray (n_coefficients,) or float
        Inverse prior variance of log2 coefficients.
    weights : ndarray, (n_genes, n_samples), optional
    engine : str
        ``parity`` or ``exact``: converged, and with a scalar ridge the same in every coding of the design.

    Returns
    -------
    dict
        ``beta`` (natural log), ``covariance`` (packed), ``log_likelihood``, ``iterations``, ``converged``,
        ``used_optim``.
    """
    if engine == "exact" and design.shape[1] > 1 and np.ndim(ridge) == 0:
        return _fit_in_orthogonal_columns(counts, factors, design, alpha, ridge, weights, n_threads)
    return _fit(counts, factors, design, alpha, ridge, weights, engine, n_threads)


def _fit_in_orthogonal_columns(
    counts: Any, factors: Floats, design: Floats, alpha: Floats, ridge: Floats | float, weights: Floats | None,
    n_threads: int,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Fit on orthogonal columns of mean square one, and return to the coefficients asked for.

    Covariates of any unit converge alike, and the ridge is one on the linear predictor, whatever the coding.
    """
    q, r = householder_qr(design)
    scale = np.sqrt(float(len(design)))
    fit = _fit(counts, factors, np.ascontiguousarray(q * scale), alpha, ridge, weights, "exact", n_threads)
    back = upper_inverse(r) * scale
    p = len(back)
    beta = np.stack([np.sum(fit["beta"] * row, axis=1) for row in back], axis=1)
    # Packed lower triangles: C of the orthogonal columns, and back C back'
    pairs = [(i, j) for i in range(p) for j in range(i + 1)]
    inner = np.stack([np.outer(back[i], back[j]) for i, j in pairs])
    inner = inner + np.swapaxes(inner, 1, 2)
    factor = np.stack([inner[:, k, m] * (0.5 if k == m else 1.0) for k, m in pairs], axis=1)
    covariance = np.stack([np.sum(fit["covariance"] * row, axis=1) for row in factor], axis=1)
    return {**fit, "beta": beta, "covariance": covariance}


def _fit(
    counts: Any, factors: Floats, design: Floats, alpha: Floats, ridge: Floats | float, weights: Floats | None,
    engine: str, n_threads: int,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Fit on the columns as they are; see `fit_coefficients`."""
    if is_intercept_only(design) and np.ndim(ridge) == 0 and ridge <= RIDGE:
        return _intercept_only(counts, factors, alpha, weights, n_threads)
    penalty = natural_ridge(design.shape[1], ridge)

    def iterate(rows: np.ndarray | None, tolerance: float) -> dict[str, np.ndarray]:
        pick = slice(None) if rows is None else rows
        found: dict[str, np.ndarray] = _kernels.nb_irls(
            counts if rows is None else take_rows(counts, rows),
            factors if rows is None else row_factors(factors, rows), design, np.ascontiguousarray(alpha[pick]), None,
            projection(design), penalty, None if weights is None else np.ascontiguousarray(weights[pick]), MIN_MU,
            tolerance, BETA_LIMIT, MAX_ITERATIONS, n_threads=n_threads,
        )  # fmt: skip
        return found

    fit = iterate(None, EXACT_TOLERANCE if engine == "exact" else TOLERANCE)
    failed = np.flatnonzero(fit["status"] != 0)
    if engine == "exact" and failed.size:
        # A deviance that still changes in its last digits stands at the optimum
        failed = failed[iterate(failed, SETTLED_TOLERANCE)["status"] != 0]
    used_optim = np.zeros(len(alpha), dtype=bool)
    used_optim[failed] = True
    result = {
        "beta": fit["beta"],
        "covariance": fit["covariance"],
        "log_likelihood": fit["log_likelihood"],
        "iterations": fit["iterations"],
        "converged": ~used_optim,
        "used_optim": used_optim,
    }
    if failed.size:
        refitted = nb_optim_fallback(
            take_rows(counts, failed) if isinstance(counts, np.ndarray) else dense_rows(take_rows(counts, failed)),
            row_factors(factors, failed), design, np.ascontiguousarray(alpha[failed]),
            np.ascontiguousarray(fit["beta"][failed]), penalty,
            weights=None if weights is None else np.ascontiguousarray(weights[failed]), min_mu=MIN_MU,
            n_threads=n_threads,
        )  # fmt: skip
        result["beta"][failed] = refitted.beta
        result["covariance"][failed] = refitted.covariance
        result["log_likelihood"][failed] = refitted.log_likelihood
        result["converged"][failed] = refitted.converged
    return result


def is_intercept_only(design: Floats) -> bool:
    """Tell whether a design (n_samples, n_coefficients) is a single column of ones."""
    return bool(design.shape[1] == 1 and np.all(design == 1.0))


def stopped_leverages(
    counts: Any, factors: Floats, design: Floats, alpha: Floats, *, weights: Floats | None = None, n_threads: int = 1
) -> Floats:
    """Leverages (n_genes, n_samples) where the least-squares iterations of some genes stop, converged or not."""
    fit = _kernels.nb_irls(
        counts, factors, design, alpha, None, projection(design), natural_ridge(design.shape[1]), weights, MIN_MU,
        TOLERANCE, BETA_LIMIT, MAX_ITERATIONS, return_hat=True, n_threads=n_threads,
    )  # fmt: skip
    hat: Floats = fit["hat"]
    return hat


def _intercept_only(
    counts: Any, factors: Floats, alpha: Floats, weights: Floats | None, n_threads: int
) -> dict[str, np.ndarray]:
    """Design ~1: the coefficient is the log of the mean normalized count."""
    dense = dense_rows(counts)
    scaled = dense / factors
    if weights is None:
        mean = _kernels.row_summaries(counts, factors, n_threads=n_threads)["mean"]
    else:
        mean = np.sum(weights * scaled, axis=1) / np.sum(weights, axis=1)
    mu = factors * mean[:, None]
    weight = 1.0 / (1.0 / mu + alpha[:, None])
    if weights is not None:
        weight = weight * weights
    n_genes = len(alpha)
    likelihood = log_density(dense, mu, alpha)
    return {
        "beta": _kernels.elementwise("log", mean)[:, None],
        "covariance": (1.0 / weight.sum(axis=1))[:, None],
        "log_likelihood": np.sum(likelihood if weights is None else likelihood * weights, axis=1),
        "iterations": np.ones(n_genes, dtype=np.int32),
        "converged": np.ones(n_genes, dtype=bool),
        "used_optim": np.zeros(n_genes, dtype=bool),
    }


def log_density(counts: Floats, mu: Floats, alpha: Floats) -> Floats:
    """Log density of the negative binomial, (n_genes, n_samples); ``alpha`` (n_genes,).

    The rising factorial ln[Gamma(K + 1/alpha) / (Gamma(1/alpha) alpha^-K)] is a sum of ln(1 + alpha k) up to k = K - 1
    for small counts and a Stirling difference beyond, so small dispersions lose no digits.
    """
    size = np.broadcast_to((1.0 / alpha)[:, None], counts.shape)
    k = np.ascontiguousarray(counts, dtype=np.float64)
    rising = _log_rising(k, np.ascontiguousarray(size))
    factorial = _kernels.elementwise("lgamma", k + 1.0)
    scaled = np.ascontiguousarray(mu * alpha[:, None])
    log_mean = _kernels.elementwise("log", np.where(mu > 0, mu, 1.0))
    return np.asarray(rising - factorial + k * log_mean - (k + size) * _kernels.elementwise("log1p", scaled))


def _log_rising(k: Floats, size: Floats) -> Floats:
    """ln[Gamma(k + r) / (Gamma(r) r^k)] for whole k >= 0 and r > 0."""
    small = np.minimum(k, 8.0)
    total = np.zeros_like(k)
    for step in range(1, 8):
        total += np.where(small > step, _kernels.elementwise("log1p", step / size), 0.0)
    more = np.maximum(k - 8.0, 0.0)
    base = size + 8.0
    log_ratio = _kernels.elementwise("log1p", np.ascontiguousarray(more / base))
    shift = _kernels.elementwise("log1p", np.ascontiguousarray(8.0 / size))
    beyond = (base + more - 0.5) * log_ratio + more * shift - more + _stirling(base + more) - _stirling(base)
    return total + np.where(more > 0, beyond, 0.0)


def _stirling(z: Floats) -> Floats:
    """Correction of Stirling's formula for z >= 8."""
    s = 1.0 / (z * z)
    tail = 1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s / 156)))
    return (1 / 12 - s * (1 / 360 - s * tail)) / z
