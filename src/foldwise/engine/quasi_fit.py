"""Fits of quasi-likelihood models to all genes, block by block (edgeR specification, section 12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.engine.base import Arrays, Engine
from foldwise.model.experiment import Experiment
from foldwise.stats import quasi_likelihood as ql
from foldwise.stats.ave_log_cpm import ave_log_cpm
from foldwise.stats.edger_glm import glm_fit, shrunken_coefficients
from foldwise.stats.elementary import LN2, log
from foldwise.stats.null_design import contrast_first
from foldwise.stats.zero_patterns import find_zero_patterns, residual_df


@dataclass(frozen=True, eq=False)
class QuasiModel:
    """Counts and what every fit of a run shares."""

    experiment: Experiment
    design: np.ndarray  # (n_samples, p)
    sizes: np.ndarray  # (n_samples,) effective library sizes
    offset: np.ndarray  # (n_samples,) or (n_genes, n_samples), natural log
    engine: Engine

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """Observation weights as a per-gene array of the engine, if there are any."""
        return {} if self.experiment.weights is None else {"weights": self.experiment.weights}


def abundance_of(model: QuasiModel) -> np.ndarray:
    """Average log2 counts per million (n_genes,) at edgeR's first dispersion."""
    log_sizes = model.offset if model.offset.ndim == 1 else log(model.sizes)

    def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        return {"a": ave_log_cpm(counts, factors, weights=arrays.get("weights"), n_threads=n_threads)}

    return model.engine.map_genes(stage, model.experiment.counts, log_sizes, model.weights, stage="abundance")["a"]


def fit_adjusted(
    model: QuasiModel, dispersion: np.ndarray, scale: float | None, phi: float | None, *, with_means: bool,
    prior_count: float,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Fit all genes; adjusted deviances and df at dispersion ``phi`` and ``scale``, else df by exact zeros."""
    relative = model.sizes / model.sizes.mean()

    def stage(counts: Any, offsets: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        weights = arrays.get("weights")
        fit = glm_fit(
            counts, model.design, offsets, arrays["dispersion"], weights=weights, prior_count=prior_count,
            return_fitted=True, n_threads=n_threads,
        )  # fmt: skip
        assert fit.fitted is not None  # noqa: S101
        found = {"coefficients": fit.coefficients, "unshrunk": fit.unshrunk, "deviance": fit.deviance,
                 "iterations": fit.iterations, "converged": fit.converged}  # fmt: skip
        if scale is not None and phi is not None:
            found["deviance_adjusted"], found["df"] = ql.adjusted_deviance(
                counts, fit.fitted, model.design, np.full(len(fit.deviance), phi), scale, weights=weights,
                n_threads=n_threads,
            )  # fmt: skip
        else:
            patterns = find_zero_patterns(counts, model.design, offsets, fit.unshrunk, n_threads)
            found["df"] = residual_df(patterns, len(fit.deviance))
            found["least_mean"] = fit.fitted.min(axis=1)
        if with_means:
            found["mu"] = fit.fitted
        summaries = _kernels.row_summaries(counts, relative)
        return found | {"mean": summaries["mean"], "variance": summaries["variance"]}

    arrays = {"dispersion": dispersion, **model.weights}
    return model.engine.map_genes(stage, model.experiment.counts, model.offset, arrays, stage="fit")


def shrink(model: QuasiModel, dispersion: np.ndarray, prior_count: float) -> np.ndarray:
    """Coefficients (n_genes, p) of counts with a prior count, natural log."""

    def stage(counts: Any, offsets: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        coefficients = shrunken_coefficients(
            counts, model.design, offsets, arrays["dispersion"], weights=arrays.get("weights"),
            prior_count=prior_count, n_threads=n_threads,
        )  # fmt: skip
        return {"coefficients": coefficients}

    arrays = {"dispersion": dispersion, **model.weights}
    return model.engine.map_genes(stage, model.experiment.counts, model.offset, arrays, stage="fit")["coefficients"]


def adjust_again(model: QuasiModel, mu: np.ndarray, phi: float, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Adjusted deviances and df (n_genes,) of the means ``mu`` at another average quasi-dispersion."""

    def stage(counts: Any, offsets: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        means = arrays["mu"]
        deviance, df = ql.adjusted_deviance(
            counts, means, model.design, np.full(len(means), phi), scale, weights=arrays.get("weights"),
            n_threads=n_threads,
        )  # fmt: skip
        return {"deviance": deviance, "df": df}

    arrays = {"mu": mu, **model.weights}
    found = model.engine.map_genes(stage, model.experiment.counts, model.offset, arrays, stage="quasi-dispersion")
    return found["deviance"], found["df"]


def deviances(
    model: QuasiModel, design: np.ndarray, offset: np.ndarray, dispersion: np.ndarray, rows: np.ndarray | None = None,
    start: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Deviances (n_genes,) of one more design."""
    return refit(model, design, offset, dispersion, rows, start)["deviance"]


def refit(
    model: QuasiModel, design: np.ndarray, offset: np.ndarray, dispersion: np.ndarray, rows: np.ndarray | None = None,
    start: np.ndarray | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Fit one more design to all or some genes; ``dispersion`` and ``start`` are those of the chosen rows."""

    def stage(counts: Any, offsets: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        found = glm_fit(
            counts, design, offsets, arrays["dispersion"], weights=arrays.get("weights"), prior_count=0.0,
            start=arrays.get("start"), n_threads=n_threads,
        )  # fmt: skip
        return {"deviance": found.deviance, "unshrunk": found.unshrunk}

    weights = {name: w if rows is None else w[rows] for name, w in model.weights.items()}
    arrays = {"dispersion": dispersion, **weights, **({} if start is None else {"start": start})}
    return model.engine.map_genes(stage, model.experiment.counts, offset, arrays, rows=rows, stage="null fit")


def border_roots(
    model: QuasiModel, weights: np.ndarray, lfc: float, dispersion: np.ndarray, rows: np.ndarray | None = None
) -> list[np.ndarray]:
    """Roots of the deviance differences with the fold change held at either border of the interval."""
    column, null = contrast_first(model.design, weights)
    full = np.ascontiguousarray(np.column_stack([column, null]))
    roots = []
    for sign in (1.0, -1.0):
        offset = model.offset + sign * lfc * LN2 * column
        drop = deviances(model, null, offset, dispersion, rows) - deviances(model, full, offset, dispersion, rows)
        roots.append(np.sqrt(np.maximum(drop, 0.0)))
    return roots
