"""The stages of the DESeq2 method on a block of genes: mean model, dispersions, coefficients, Cook's distances.

Love, Huber and Anders 2014 (Genome Biology 15:550), Methods. Every stage is a pure function of its block; what needs
all genes (size factors, trend, prior, filtering) stands elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.dispersion_search import (
    MeanModel,
    genewise_dispersions,
    posterior_dispersions,
    start_dispersions,
)
from foldwise.stats.elementary import exp, log
from foldwise.stats.householder import projection
from foldwise.stats.nb_glm import MIN_MU, fit_coefficients, is_intercept_only, natural_ridge, stopped_leverages
from foldwise.stats.rows import row_factors, take_rows

# Samples below this weight do not count towards the rank of a gene's design
WEIGHT_IN_DESIGN = 1e-2


def mean_inverse_size(factors: Floats) -> float:
    """Mean of 1 / size factor; with factors per gene, of 1 / their column means."""
    return float(np.mean(1.0 / (factors if factors.ndim == 1 else factors.mean(axis=0))))


def has_linear_mean(design: Floats, n_cells: int, weights: Floats | None) -> bool:
    """Tell whether group means are the fit: as many distinct design rows as coefficients, and no weights."""
    return weights is None and n_cells == design.shape[1]


def genewise_stage(
    counts: Any, factors: Floats, design: Floats, *, linear: bool, inverse_size: float,
    weights: Floats | None = None, weighted_mean: Floats | None = None, weighted_variance: Floats | None = None,
    engine: str = "parity", n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Base mean and variance, mean model and gene-wise dispersion of genes with counts.

    With observation weights ``weighted_mean`` and ``weighted_variance`` (n_genes,) are those of weight x normalized
    count: R's moment estimate of the start takes them.

    Returns
    -------
    dict
        ``base_mean``, ``base_variance`` (n_genes,), ``mean_values`` (n_genes, n_coefficients), ``dispersion``,
        ``iterations``, ``grid``, ``r_form``.
    """
    started = _kernels.nb_start(counts, factors, design, projection(design), inverse_size, n_threads)
    rough = started
    if engine == "exact":
        # R's rough estimates take a normalized count for a read; in units of reads they do not depend on the scale of
        # the size factors
        rough = _kernels.nb_start(counts, factors * inverse_size, design, projection(design), 1.0, n_threads)
    moments = rough["moments"]
    if weighted_mean is not None and weighted_variance is not None:
        # A gene whose reads all have weight 0 has no moments
        moments = np.full(len(weighted_mean), np.inf)
        excess = weighted_variance - inverse_size * weighted_mean
        np.divide(excess, weighted_mean * weighted_mean, out=moments, where=weighted_mean > 0)
    start = start_dispersions(rough["rough"], moments, design.shape[0])
    if linear:
        mean = MeanModel("linear", started["linear_coefficients"], MIN_MU)
    else:
        fit = fit_coefficients(counts, factors, design, start, weights=weights, engine=engine, n_threads=n_threads)
        mean = MeanModel("log", fit["beta"], MIN_MU)
    found = genewise_dispersions(
        counts, factors, design, mean, start, weights=weights, engine=engine, n_threads=n_threads
    )
    return {
        "base_mean": started["mean"],
        "base_variance": started["variance"],
        "mean_values": mean.values,
        "start": start,
        **found,
    }


def posterior_stage(
    counts: Any, factors: Floats, design: Floats, mean_values: Floats, genewise: Floats, trend: Floats,
    outlier: Booleans, *, linear: bool, prior_variance: float, weights: Floats | None = None, engine: str = "parity",
    n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Posterior dispersion, and the value used in the test: outliers above the trend keep their own."""
    mean = MeanModel("linear" if linear else "log", mean_values, MIN_MU)
    found = posterior_dispersions(
        counts, factors, design, mean, genewise, trend, prior_variance,
        weights=weights, engine=engine, n_threads=n_threads,
    )  # fmt: skip
    return {
        "posterior": found["dispersion"],
        "posterior_iterations": found["iterations"],
        "posterior_r_form": found["r_form"],
        "dispersion": np.where(outlier, genewise, found["dispersion"]),
    }


def cooks_stage(
    counts: Any, factors: Floats, design: Floats, mean: MeanModel, beta: Floats, alpha: Floats, cells: np.ndarray,
    used_optim: Booleans, *, weights: Floats | None = None, counted: np.ndarray | None = None, matrix: bool = False,
    engine: str = "parity", n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Cook's distances: ``max`` over samples in cells of three, ``max_all``, ``argmax``, ``n_larger``, ``cooks``.

    The leverages of genes that the optimizer refitted are those where least squares had stopped: R keeps them. The
    exact engine takes them at the fit.
    """
    # The closed form of design ~1 has neither ridge nor floor
    closed = is_intercept_only(design)
    ridge = np.zeros(1) if closed else natural_ridge(design.shape[1])
    floor = 0.0 if closed else MIN_MU

    def distances(rows: np.ndarray | None, hat: Floats | None) -> dict[str, np.ndarray]:
        pick = slice(None) if rows is None else rows
        found: dict[str, np.ndarray] = _kernels.nb_cooks(
            counts if rows is None else take_rows(counts, rows),
            factors if rows is None else row_factors(factors, rows), design,
            mean.values if rows is None else mean.rows(rows).values, mean.link, np.ascontiguousarray(beta[pick]),
            np.ascontiguousarray(alpha[pick]), ridge,
            None if weights is None else np.ascontiguousarray(weights[pick]), mean.floor, floor,
            cells.astype(np.int32), counted, hat, return_cooks=matrix, n_threads=n_threads,
        )  # fmt: skip
        return found

    whole = distances(None, None)
    rows = np.flatnonzero(used_optim)
    if rows.size and engine == "parity":
        hat = stopped_leverages(
            take_rows(counts, rows), row_factors(factors, rows), design, np.ascontiguousarray(alpha[rows]),
            weights=None if weights is None else np.ascontiguousarray(weights[rows]), n_threads=n_threads,
        )  # fmt: skip
        for name, values in distances(rows, hat).items():
            whole[name][rows] = values
    return whole


def estimable_with_weights(weights: Floats, design: Floats) -> Booleans:
    """Genes (n_genes,) whose weighted samples determine the coefficients; ``weights`` (n_genes, n_samples)."""
    from foldwise.stats.design_algebra import rank

    def full_rank(kept: Booleans, drop_empty: bool) -> bool:
        part = design[kept]
        if drop_empty:
            part = part[:, np.any(part != 0, axis=0)]
        return len(part) > 0 and rank(part)[0] == part.shape[1]

    verdict = np.ones(len(weights), dtype=bool)
    for cut, drop_empty in ((0.0, False), (WEIGHT_IN_DESIGN, True)):
        patterns, which = np.unique(weights > cut, axis=0, return_inverse=True)
        verdict &= np.array([full_rank(pattern, drop_empty) for pattern in patterns])[which.ravel()]
    return verdict


def normal_scores_mean(factors: Floats) -> Floats:
    """Size factor of each sample: itself, or the geometric mean of a column of factors per gene."""
    return factors if factors.ndim == 1 else exp(log(factors).mean(axis=0))
