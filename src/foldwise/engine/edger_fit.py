"""The fit that edgeR's methods of known dispersions share: generalized linear models of all genes as a `Fit`."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.engine.base import Arrays, Engine, kernel_counts
from foldwise.engine.set_model import SetModel, require_one_comparison, tested_rows
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.dispersion import Dispersions
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status
from foldwise.model.normalization import SizeFactors
from foldwise.stats.edger_glm import glm_fit
from foldwise.stats.estimate_disp import EdgerDispersions
from foldwise.stats.gene_effects import gene_effects
from foldwise.stats.nb_scores import null_scores
from foldwise.stats.rows import dense_rows, take_rows

# Stands for a dispersion of 0 in normal deviates: Poisson counts, to nine digits.
LEAST_DISPERSION = 1e-10


def fit_known_dispersions(
    method: str, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine,
    found: EdgerDispersions, *, offset: np.ndarray, sizes: np.ndarray, prior_count: float,
) -> Fit:  # fmt: skip
    """Fit all genes with their tagwise dispersions.

    Parameters
    ----------
    method : str
        Id of the method.
    found : EdgerDispersions
    offset : ndarray, (n_samples,) or (n_genes, n_samples)
        Natural log of effective library sizes.
    sizes : ndarray, (n_samples,)
        Effective library sizes.
    prior_count : float
        Of the coefficients.

    Returns
    -------
    Fit
        Without covariances: edgeR has no standard errors. ``extra`` has ``unshrunk``, ``deviance``, ``dispersion``,
        ``mean_log2_cpm``, ``prior_df``, ``offset``, ``library_sizes``, ``experiment`` and ``engine``.
    """
    matrix, relative = np.ascontiguousarray(design.matrix, dtype=np.float64), sizes / sizes.mean()

    def stage(counts: Any, offsets: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        fit = glm_fit(
            counts, matrix, offsets, arrays["dispersion"], weights=arrays.get("weights"), prior_count=prior_count,
            n_threads=n_threads,
        )  # fmt: skip
        scaled = dense_rows(counts) / relative
        return {
            "mean": scaled.mean(axis=1),
            "variance": scaled.var(axis=1, ddof=1),
            "coefficients": fit.coefficients,
            "unshrunk": fit.unshrunk,
            "deviance": fit.deviance,
            "iterations": fit.iterations,
            "converged": fit.converged,
            "all_zero": ~(scaled > 0).any(axis=1),
        }

    arrays = weighted_arrays(experiment, found.tagwise)
    values = engine.map_genes(stage, experiment.counts, offset, arrays, stage="coefficients")
    n_genes, p = values["coefficients"].shape
    status = np.full(n_genes, Status.OK, dtype=np.int8)
    status[~values["converged"]] = Status.NOT_CONVERGED
    status[values["all_zero"]] = Status.ALL_ZERO
    nothing = np.zeros(n_genes, dtype=np.int32)
    dispersions = Dispersions(
        np.full(n_genes, np.nan), found.trended, found.tagwise, found.tagwise, np.zeros(n_genes, dtype=bool), nothing,
        nothing, "edger", {"common": found.common, "span": found.span},
    )  # fmt: skip
    return Fit(
        method, design, size_factors, values["mean"], values["variance"], values["coefficients"],
        np.full((n_genes, p * (p + 1) // 2), np.nan), status, -0.5 * values["deviance"], values["iterations"],
        values["converged"], np.zeros(n_genes, dtype=bool), dispersions=dispersions,
        residual_df=float(matrix.shape[0] - p),
        extra={
            "unshrunk": values["unshrunk"], "deviance": values["deviance"], "dispersion": found.tagwise,
            "mean_log2_cpm": found.mean_log2_cpm, "prior_df": found.prior_df, "offset": offset,
            "library_sizes": sizes, "experiment": experiment, "engine": engine,
        },
    )  # fmt: skip


def score_model(
    experiment: Experiment, fit: Fit, contrast: Contrast, dispersion: np.ndarray, engine: Engine,
    scale: np.ndarray | None = None,
) -> SetModel:  # fmt: skip
    """Effects of normal deviates of the counts (edgeR specification, section 15).

    Parameters
    ----------
    dispersion : ndarray, (n_genes,)
    scale : ndarray, (n_genes,), optional
        What counts are divided by.

    Raises
    ------
    UsageError
        E-USAGE-002 for several coefficients at once and for observation weights.
    """
    require_one_comparison(contrast, weighted=experiment.weights is not None)
    rows = tested_rows(fit)
    counts = dense_rows(take_rows(kernel_counts(experiment.counts), rows)).astype(np.float64)
    if scale is not None:
        counts = np.ascontiguousarray(counts / scale[rows, None])
    offset, design = fit.extra["offset"], np.asarray(fit.design.matrix, dtype=np.float64)
    values = null_scores(
        counts, design, contrast.vector, fit.extra["library_sizes"], np.maximum(dispersion[rows], LEAST_DISPERSION),
        engine.n_threads, offset=None if offset.ndim == 1 else np.ascontiguousarray(offset[rows]),
    )  # fmt: skip
    effects = gene_effects(values, design, contrast.vector, n_threads=engine.n_threads)
    return SetModel(effects, rows, unit_variance=True)


def weighted_arrays(experiment: Experiment, dispersion: np.ndarray) -> dict[str, np.ndarray]:
    """Dispersions, and weights where there are any, as arrays by gene of the engine."""
    weights = {} if experiment.weights is None else {"weights": experiment.weights}
    return {"dispersion": dispersion, **weights}
