"""Linear models of all genes: weighted least squares with missing values and equally correlated blocks.

limma specification, section 1 (Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3:3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.design_algebra import RANK_TOLERANCE

# Below this a weight leaves its value out, where samples are correlated (it divides there).
LEAST_WEIGHT_IN_BLOCKS = 1e-15


@dataclass(frozen=True, eq=False)
class Blocks:
    """Samples that share a random effect, and the correlation within them.

    Parameters
    ----------
    numbers : ndarray of int, (n_samples,)
        Block of each sample, from 0.
    correlation : float
        Between -1 and 1.
    """

    numbers: Integers
    correlation: float

    @property
    def codes(self) -> np.ndarray:
        """Block numbers as the kernels take them."""
        return np.ascontiguousarray(self.numbers, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class LinearFit:
    """Least-squares fit of all genes.

    Parameters
    ----------
    coefficients : ndarray, (n_genes, p)
        NaN where not estimable.
    stdev_unscaled : ndarray, (n_genes, p)
        Standard error of a coefficient divided by sigma.
    unscaled_covariance : ndarray, (p, p)
        (X'WX)^-1 that is common to all genes: with weights per sample or none exactly that of each complete gene, with
        weights per gene that of the design without them, as limma's contrasts use it. NaN for coefficients that the
        design does not determine.
    sigma : ndarray, (n_genes,)
        Residual standard deviation; NaN without residual degrees of freedom.
    df_residual : ndarray, (n_genes,)
    mean : ndarray, (n_genes,)
        Mean of the values that are given.
    shared : bool
        All genes have the covariance ``sigma^2 * unscaled_covariance``.
    covariance : ndarray, (n_genes, p(p+1)/2), or None
        Unscaled covariance of each gene, packed lower triangle by rows, where it was asked for.
    leverage : ndarray, (n_genes, n_samples), or None
        Where it was asked for.
    """

    coefficients: Floats
    stdev_unscaled: Floats
    unscaled_covariance: Floats
    sigma: Floats
    df_residual: Floats
    mean: Floats
    shared: bool
    covariance: Floats | None = None
    leverage: Floats | None = None


def lm_fit(
    values: Floats,
    design: Floats,
    weights: Floats | None = None,
    *,
    blocks: Blocks | None = None,
    want_covariance: bool = False,
    want_leverage: bool = False,
    n_threads: int = 1,
) -> LinearFit:
    """Fit every gene.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
        NaN where missing.
    design : ndarray, (n_samples, p)
        Columns that depend on columns to their left are left out, gene by gene.
    weights : ndarray, (n_samples,) or (n_genes, n_samples), optional
        NaN and values <= 0 leave the value out of the fit, but not out of ``mean``.
    blocks : Blocks, optional
    want_covariance, want_leverage : bool
    n_threads : int

    Returns
    -------
    LinearFit

    Notes
    -----
    Where a gene misses values or has weights of its own, limma takes ``unscaled_covariance`` from the design alone.
    """
    x = np.ascontiguousarray(design, dtype=np.float64)
    w = None if weights is None else np.ascontiguousarray(weights, dtype=np.float64)
    if w is not None and blocks is not None:
        w = np.where(w >= LEAST_WEIGHT_IN_BLOCKS, w, np.nan)
    arguments = {} if blocks is None else {"block": blocks.codes, "correlation": float(blocks.correlation)}
    values = np.ascontiguousarray(values, dtype=np.float64)
    found = _kernels.least_squares(
        values, x, w, tolerance=RANK_TOLERANCE, want_covariance=want_covariance, want_leverage=want_leverage,
        n_threads=n_threads, **arguments,
    )  # fmt: skip
    complete = not np.isnan(values).any()
    shared = complete and (w is None or w.ndim == 1)
    return LinearFit(
        found["coefficients"], found["stdev_unscaled"], design_covariance(x, w if shared else None, blocks),
        found["sigma"], found["df_residual"], found["mean"], shared, found.get("covariance"), found.get("leverage"),
    )  # fmt: skip


def design_covariance(design: Floats, weights: Floats | None = None, blocks: Blocks | None = None) -> Floats:
    """Unscaled covariance (p, p) of the coefficients of a complete gene; NaN where not estimable.

    Parameters
    ----------
    design : ndarray, (n_samples, p)
    weights : ndarray, (n_samples,), optional
    blocks : Blocks, optional
    """
    p = design.shape[1]
    arguments = {} if blocks is None else {"block": blocks.codes, "correlation": float(blocks.correlation)}
    one = _kernels.least_squares(
        np.zeros((1, len(design))), np.ascontiguousarray(design, dtype=np.float64), weights, tolerance=RANK_TOLERANCE,
        want_covariance=True, **arguments,
    )["covariance"][0]  # fmt: skip
    return np.asarray(unpack(one[None, :], p)[0])


def unpack(packed: Floats, p: int) -> Floats:
    """Symmetric matrices (n, p, p) from packed lower triangles (n, p(p+1)/2)."""
    full = np.empty((len(packed), p, p))
    for a in range(p):
        for b in range(a + 1):
            full[:, a, b] = full[:, b, a] = packed[:, a * (a + 1) // 2 + b]
    return full


def residuals(values: Floats, design: Floats, coefficients: Floats) -> Floats:
    """Values minus fitted values (n_genes, n_samples); coefficients that are NaN count as 0."""
    left = np.array(values, dtype=np.float64)
    for k in range(design.shape[1]):
        left -= np.where(np.isnan(coefficients[:, k]), 0.0, coefficients[:, k])[:, None] * design[:, k]
    return left
