"""Negative binomial generalized linear models fitted as edgeR fits them (edgeR specification, section 4).

McCarthy, Chen and Smyth 2012 (Nucleic Acids Research 40:4288): Fisher scoring cell by cell where the design allows it,
else with Levenberg-Marquardt damping.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.cpm import add_prior_count, scaled_prior
from foldwise.stats.elementary import exp, log
from foldwise.stats.householder import least_squares
from foldwise.stats.one_way import OneWay, find_one_way
from foldwise.stats.rows import dense_rows

PRIOR_COUNT = 0.125
ONE_WAY_TOLERANCE = 1e-10
ONE_WAY_ITERATIONS = 50
DAMPED_TOLERANCE = 1e-6
DAMPED_ITERATIONS = 250
EMPTY = -1e8


@dataclass(frozen=True, eq=False)
class GlmFit:
    """Fit of all genes.

    Parameters
    ----------
    coefficients : ndarray, (n_genes, p)
        Natural log, of counts with a prior count; NaN for genes without counts in designs that are not one-way.
    unshrunk : ndarray, (n_genes, p)
        Without prior count; cells without counts stand at -1e8.
    deviance : ndarray, (n_genes,)
        Of the unshrunk fit.
    iterations : ndarray of int32, (n_genes,)
    converged : ndarray of bool, (n_genes,)
    fitted : ndarray (n_genes, n_samples) or None
        Means of the unshrunk fit, where asked for.
    method : str
        ``oneway`` or ``levenberg``.
    """

    coefficients: Floats
    unshrunk: Floats
    deviance: Floats
    iterations: np.ndarray
    converged: Booleans
    fitted: Floats | None
    method: str


def glm_fit(
    counts: Any, X: Floats, offset: Floats, dispersion: Floats | float, *, weights: Floats | None = None,
    prior_count: Floats | float = PRIOR_COUNT, start: Floats | None = None, return_fitted: bool = False,
    n_threads: int = 1,
) -> GlmFit:  # fmt: skip
    """Fit all genes.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
        Whole or not.
    X : ndarray, (n_samples, p)
        Of full column rank; p = 0 fits the offsets alone.
    offset : ndarray, (n_samples,) or (n_genes, n_samples)
        Natural log of the effective library sizes.
    dispersion : float or ndarray (n_genes,)
    weights : ndarray (n_samples,) or (n_genes, n_samples), optional
        Positive.
    prior_count : float or ndarray (n_genes,)
        Of the shrunken coefficients; 0 leaves them unshrunken.
    start : ndarray (n_genes, p), optional
        Coefficients before the first step of the unshrunken fit.
    return_fitted : bool
        Return the means.
    n_threads : int

    Returns
    -------
    GlmFit
    """
    n_genes = len(counts) if isinstance(counts, np.ndarray) else len(counts[2]) - 1
    design = np.ascontiguousarray(X, dtype=np.float64)
    call = GlmCall(
        counts, np.ascontiguousarray(offset, dtype=np.float64), per_gene(dispersion, n_genes),
        sample_weights(weights, n_genes), n_threads,
    )  # fmt: skip
    one_way = find_one_way(design)
    if design.shape[1] == 0:
        return _fit_offsets(call, n_genes, return_fitted)
    plain = _fit_cells(call, one_way, start) if one_way is not None else _fit_damped(call, design, start)
    shrunk = plain.coefficients
    if np.any(np.asarray(prior_count) > 0):
        shrunk = _shrunken(call, design, one_way, prior_count)
    deviance, fitted = plain.deviance, None
    if one_way is not None or return_fitted:
        # Cells stand at their own values here: -1e8 and its complement would lose digits in the coefficients
        x = np.ascontiguousarray(np.eye(len(one_way.rows))[one_way.cell]) if one_way is not None else design
        found = _deviance(call, x, np.where(np.isnan(plain.raw), EMPTY, plain.raw), return_fitted)
        fitted = found.get("fitted")
        if one_way is not None:
            deviance = found["deviance"]
        if fitted is not None:
            fitted[np.isnan(plain.raw).any(axis=1)] = 0.0
    return GlmFit(
        shrunk, plain.coefficients, deviance, plain.iterations, plain.converged, fitted,
        "oneway" if one_way is not None else "levenberg",
    )  # fmt: skip


def shrunken_coefficients(
    counts: Any, X: Floats, offset: Floats, dispersion: Floats | float, *, weights: Floats | None = None,
    prior_count: Floats | float = PRIOR_COUNT, n_threads: int = 1,
) -> Floats:  # fmt: skip
    """The coefficients of `glm_fit` with prior count, (n_genes, p), alone."""
    n_genes = len(counts) if isinstance(counts, np.ndarray) else len(counts[2]) - 1
    design = np.ascontiguousarray(X, dtype=np.float64)
    call = GlmCall(
        counts, np.ascontiguousarray(offset, dtype=np.float64), per_gene(dispersion, n_genes),
        sample_weights(weights, n_genes), n_threads,
    )  # fmt: skip
    return _shrunken(call, design, find_one_way(design), prior_count)


@dataclass(frozen=True, eq=False)
class GlmCall:
    """What every fit of one model shares; ``prior`` (n_samples,) is added to the counts of each gene."""

    counts: Any
    offset: Floats
    dispersion: Floats
    weights: Floats | None
    n_threads: int
    prior: Floats | None = None


@dataclass(frozen=True, eq=False)
class _Plain:
    coefficients: Floats
    raw: Floats  # of the cells in one-way designs
    deviance: Floats
    iterations: np.ndarray
    converged: Booleans


def per_gene(value: Floats | float, n_genes: int) -> Floats:
    """Return a number or vector as one value (n_genes,) for each gene."""
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=np.float64), (n_genes,)))


def sample_weights(weights: Floats | None, n_genes: int) -> Floats | None:
    """Return weights as (n_genes, n_samples), None where all are 1."""
    if weights is None or bool(np.all(weights == 1.0)):
        return None
    return np.ascontiguousarray(np.broadcast_to(weights, (n_genes, np.shape(weights)[-1])), dtype=np.float64)


def with_prior(call: GlmCall, prior_count: Floats | float) -> GlmCall:
    """The same model for counts with a scaled prior count, and the offsets that go with them (section 3)."""
    sizes = exp(call.offset)
    if call.offset.ndim == 1 and np.ndim(prior_count) == 0:
        prior = scaled_prior(sizes, prior_count)
        return GlmCall(call.counts, log(sizes + 2.0 * prior), call.dispersion, call.weights, call.n_threads, prior)
    counts, padded = add_prior_count(dense_rows(call.counts), sizes, prior_count)
    return GlmCall(counts, log(padded), call.dispersion, call.weights, call.n_threads)


def _cells(call: GlmCall, one_way: OneWay, start: Floats | None, poisson_shortcut: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = _kernels.glm_one_way(
        call.counts, call.offset, one_way.cell, call.dispersion, start, call.weights, call.prior, ONE_WAY_TOLERANCE,
        ONE_WAY_ITERATIONS, poisson_shortcut, n_threads=call.n_threads,
    )  # fmt: skip
    return found


def _shrunken(call: GlmCall, design: Floats, one_way: OneWay | None, prior_count: Floats | float) -> Floats:
    """Coefficients of the fit to counts with a prior count."""
    padded = with_prior(call, prior_count)
    if one_way is not None:
        return one_way.to_coefficients(_cells(padded, one_way, None)["beta"])
    return _fit_damped(padded, design, None).coefficients


def _fit_cells(call: GlmCall, one_way: OneWay, start: Floats | None) -> _Plain:
    cells = None if start is None else np.ascontiguousarray(one_way.to_cells(start))
    found = _cells(call, one_way, cells)
    beta = found["beta"]
    return _Plain(
        one_way.to_coefficients(beta), beta, np.zeros(len(beta)), found["iterations"],
        found["iterations"] < ONE_WAY_ITERATIONS,
    )  # fmt: skip


def _fit_damped(call: GlmCall, design: Floats, start: Floats | None) -> _Plain:
    found = _kernels.glm_levenberg(
        call.counts, call.offset, design, call.dispersion, unit_coefficients(design),
        None if start is None else np.ascontiguousarray(start), call.weights, call.prior, DAMPED_TOLERANCE,
        DAMPED_ITERATIONS, n_threads=call.n_threads,
    )  # fmt: skip
    return _Plain(found["beta"], found["beta"], found["deviance"], found["iterations"], found["status"] == 0)


def unit_coefficients(design: Floats) -> Floats:
    """Coefficients (p,) of the least-squares fit of a constant 1: the direction in which all fits start."""
    return _unit_coefficients(design.tobytes(), design.shape)


@lru_cache(maxsize=32)
def _unit_coefficients(content: bytes, shape: tuple[int, int]) -> Floats:
    design = np.frombuffer(content).reshape(shape)
    return least_squares(design, np.ones(len(design)))


def _deviance(call: GlmCall, design: Floats, beta: Floats, return_fitted: bool) -> dict[str, Any]:
    found: dict[str, Any] = _kernels.glm_deviance(
        call.counts, call.offset, design, np.ascontiguousarray(beta), call.dispersion, call.weights, call.prior,
        return_fitted=return_fitted, n_threads=call.n_threads,
    )  # fmt: skip
    return found


def _fit_offsets(call: GlmCall, n_genes: int, return_fitted: bool) -> GlmFit:
    """The model without coefficients: mean = exp(offset)."""
    n_samples = call.offset.shape[-1]
    found = _deviance(call, np.ones((n_samples, 1)), np.zeros((n_genes, 1)), return_fitted)
    nothing = np.zeros((n_genes, 0))
    return GlmFit(
        nothing, nothing, found["deviance"], np.zeros(n_genes, dtype=np.int32), np.ones(n_genes, dtype=bool),
        found.get("fitted"), "levenberg",
    )  # fmt: skip
