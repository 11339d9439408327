"""Quasi-likelihood on negative binomial deviances, adjusted for the bias of small counts.

Chen, Chen, Lun, Baldoni and Smyth 2025 (Nucleic Acids Research 53:gkaf018); edgeR specification, sections 12 and 13.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.deviance_moments import deviance_weights, moment_table
from foldwise.stats.elementary import exp, log
from foldwise.stats.f_tails import f_upper_tail
from foldwise.stats.householder import householder_qr
from foldwise.stats.lowess import lowess
from foldwise.stats.quantile import quantile7

# Adjusted degrees of freedom below these: no variance; no place in the average quasi-dispersion.
MIN_DF, MIN_DF_OF_AVERAGE = 1e-4, 1e-8
# The average quasi-dispersion is this quantile of the lowess curve (of this span) of fourth roots.
AVERAGE_QUANTILE, AVERAGE_SPAN = 0.9, 0.5
# Share of most abundant genes that set the dispersion: from all of few genes down to 2 % of very many.
LEAST_PROPORTION, FULL_INFORMATION = 0.02, 20.0
TREND_PROPORTION = 0.1


def top_proportion(n_genes: int, residual_df: float) -> float:
    """Share of the most abundant genes whose counts set the dispersion (section 12.1)."""
    relative = FULL_INFORMATION / (n_genes * np.sqrt(residual_df))
    root = float(exp(log(np.array([relative])) / 3.0)[0])
    return min(LEAST_PROPORTION + (1.0 - LEAST_PROPORTION) * root, 1.0)


def most_abundant(abundance: Floats, proportion: float) -> Integers:
    """Numbers of the ``proportion`` most abundant genes; of equals the first come first."""
    n = int(np.ceil(proportion * len(abundance)))
    return np.argsort(-abundance, kind="stable")[:n]


def trended_average(trended: Floats, abundance: Floats) -> float:
    """Mean trended dispersion of the most abundant tenth of the genes (section 12.1)."""
    return float(np.mean(trended[most_abundant(abundance, TREND_PROPORTION)]))


def adjusted_deviance(
    counts: Any, mu: Floats, design: Floats, dispersion: Floats, scale: float = 1.0, *, weights: Floats | None = None,
    n_threads: int = 1,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Deviances and residual degrees of freedom adjusted for small counts (section 12.3).

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    mu : ndarray, (n_genes, n_samples)
        Fitted means, 0 where all counts of a cell are.
    design : ndarray, (n_samples, p)
        Of full column rank.
    dispersion : ndarray, (n_genes,)
        Negative binomial dispersion.
    scale : float
        Average quasi-dispersion.
    weights : ndarray (n_genes, n_samples), optional
    n_threads : int

    Returns
    -------
    tuple of ndarray, (n_genes,)
        Adjusted deviance and degrees of freedom.
    """
    if len(dispersion) == 0 or np.min(dispersion) != np.max(dispersion):
        relative = (mu if weights is None else mu * weights) / scale
        alpha, kappa = deviance_weights(relative, np.broadcast_to(dispersion[:, None], mu.shape), n_threads)
        return adjusted_deviance_given(
            counts, mu, design, dispersion, scale, alpha, kappa, weights=weights, n_threads=n_threads
        )
    relative = mu if weights is None else mu * weights
    largest = float(np.max(relative, initial=0.0)) / scale
    least = float(np.min(relative, initial=np.inf, where=relative > 0)) / scale
    table = moment_table(float(dispersion[0]), min(least, largest), largest, n_threads)
    found: tuple[Floats, Floats] = _kernels.nb_quasi(
        counts, mu, _leverage_design(design), dispersion, scale, weights, table.coefficients, table.origin,
        table.per_unit, table.first_panel, n_threads=n_threads,
    )  # fmt: skip
    return found


def adjusted_deviance_given(
    counts: Any, mu: Floats, design: Floats, dispersion: Floats, scale: float, alpha: Floats, kappa: Floats, *,
    weights: Floats | None = None, n_threads: int = 1,
) -> tuple[Floats, Floats]:  # fmt: skip
    """The same with given weights alpha and kappa, (n_genes, n_samples) each."""
    found: tuple[Floats, Floats] = _kernels.nb_quasi(
        counts, mu, _leverage_design(design), dispersion, scale, weights, None, 0.0, 1.0, 0, alpha, kappa,
        n_threads=n_threads,
    )  # fmt: skip
    return found


def quasi_variance(deviance: Floats, df: Floats) -> Floats:
    """Deviance per degree of freedom, 0 where there are (nearly) none."""
    return np.where(df < MIN_DF, 0.0, deviance / np.where(df < MIN_DF, 1.0, df))


def average_quasi_dispersion(variance: Floats, df: Floats, abundance: Floats) -> float:
    """Quasi-dispersion of the more variable genes of common abundance, at least 1 (section 12.2).

    Parameters
    ----------
    variance, df, abundance : ndarray, (n_genes,)
        Quasi-variances, adjusted degrees of freedom, average log counts per million.
    """
    used = df > MIN_DF_OF_AVERAGE
    if not np.any(used):
        return 1.0
    order = np.argsort(abundance[used], kind="stable")
    roots = np.sqrt(np.sqrt(np.maximum(variance[used][order], 0.0)))
    curve = lowess(np.ascontiguousarray(abundance[used][order]), roots, f=AVERAGE_SPAN)
    root = max(float(quantile7(curve, AVERAGE_QUANTILE)), 1.0)
    return root * root * root * root


def ql_f_test(
    deviance_drop: Floats, n_tested: int, variance: Floats, df: Floats, df_prior: Floats, pooled_df: float
) -> tuple[Floats, Floats, Floats]:
    """Quasi-likelihood F test (section 13.3).

    Parameters
    ----------
    deviance_drop : ndarray, (n_genes,)
        Deviance of the null fit less that of the full one.
    n_tested : int
        Coefficients that the null hypothesis sets to 0.
    variance, df, df_prior : ndarray, (n_genes,)
        Moderated quasi-dispersions, adjusted residual degrees of freedom and prior degrees of freedom.
    pooled_df : float
        Residual degrees of freedom of all genes together, the most that a gene can have.

    Returns
    -------
    tuple of ndarray, (n_genes,)
        F, p-value, total degrees of freedom.
    """
    total = np.minimum(df + df_prior, pooled_df)
    f = deviance_drop / n_tested / variance
    return f, f_upper_tail(f, float(n_tested), total), total


def _leverage_design(design: Floats) -> Floats:
    """The design where it only tells cells apart, else orthonormal columns with the same leverages."""
    if len(np.unique(design, axis=0)) == design.shape[1]:
        return np.ascontiguousarray(design, dtype=np.float64)
    return np.ascontiguousarray(householder_qr(design)[0])
