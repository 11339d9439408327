"""One fit of the DESeq2 method: all genes, then the genes with replaced outlier counts, then the whole as a `Fit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from foldwise import _kernels
from foldwise.engine.base import Arrays, Engine
from foldwise.methods.deseq2.estimates import factors_of, relative_weights
from foldwise.model.design import Design
from foldwise.model.dispersion import Dispersions
from foldwise.model.experiment import CountMatrix, CSRCounts, Experiment, dense_counts
from foldwise.model.fit import Fit, Status
from foldwise.model.normalization import SizeFactors
from foldwise.stats import cooks as cooks_policy
from foldwise.stats import dispersion_prior
from foldwise.stats.deseq2_stages import (
    cooks_stage,
    estimable_with_weights,
    genewise_stage,
    has_linear_mean,
    mean_inverse_size,
    posterior_stage,
)
from foldwise.stats.design_algebra import design_cells
from foldwise.stats.dispersion_search import MeanModel
from foldwise.stats.dispersion_trend import Trend, fit_trend
from foldwise.stats.lrt import lrt_statistics
from foldwise.stats.nb_glm import MIN_MU, fit_coefficients
from foldwise.stats.rows import dense_rows, take_rows

if TYPE_CHECKING:
    from foldwise.methods.deseq2.method import DESeq2


class FitRun:
    """One fit in the making: the inputs of all stages, bound once. Its methods return new dictionaries of arrays."""

    def __init__(
        self, method: DESeq2, experiment: Experiment, design: Design, size_factors: SizeFactors, engine: Engine
    ) -> None:
        self.method, self.experiment, self.design, self.engine = method, experiment, design, engine
        self.size_factors = size_factors
        self.factors = factors_of(size_factors)
        self.matrix = np.ascontiguousarray(design.matrix, dtype=np.float64)
        self.cells, self.cell_sizes = design_cells(self.matrix)
        self.weights = relative_weights(experiment)
        self.linear = has_linear_mean(self.matrix, len(self.cell_sizes), self.weights)
        self.cell_zero = self._cell_zero()
        self.has_counts = ~self.cell_zero.all(axis=1)
        self.estimable = self.has_counts.copy()
        if self.weights is not None:
            self.estimable &= estimable_with_weights(self.weights, self.matrix)
            self.estimable &= np.any((dense_counts(experiment.counts) > 0) & (self.weights > 0), axis=1)

    def _cell_zero(self) -> np.ndarray:
        """(n_genes, n_cells): no sample of the cell has a read of the gene."""
        cells, n_cells = self.cells, len(self.cell_sizes)
        smallest = int(self.cell_sizes.min())

        def zero(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            summary = _kernels.row_summaries(counts, np.ones(len(cells)), n_threads=n_threads)
            found = np.zeros((len(summary["n_zero"]), n_cells), dtype=bool)
            found[summary["n_positive"] == 0] = True
            # Only a gene with as many zeros as the smallest cell has samples can have an empty cell
            rows = np.flatnonzero((summary["n_zero"] >= smallest) & (summary["n_positive"] > 0))
            positive = dense_rows(take_rows(counts, rows)) > 0
            found[rows] = np.stack([~positive[:, cells == k].any(axis=1) for k in range(n_cells)], axis=1)
            return {"zero": found}

        return self.engine.map_genes(zero, self.experiment.counts, self.factors)["zero"]

    def _of(self, rows: np.ndarray, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        return arrays if self.weights is None else {**arrays, "weights": self.weights[rows]}

    def genewise(self, counts: CountMatrix, rows: np.ndarray, factor_rows: np.ndarray) -> dict[str, np.ndarray]:
        """Gene-wise dispersions of some genes; ``factor_rows`` number their factors and weights."""
        # With factors per gene R averages over the genes at hand
        inverse_size = mean_inverse_size(self.factors if self.factors.ndim == 1 else self.factors[factor_rows])

        def stage(block: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            return genewise_stage(
                block, factors, self.matrix, linear=self.linear, inverse_size=inverse_size,
                weights=arrays.get("weights"), weighted_mean=arrays.get("weighted_mean"),
                weighted_variance=arrays.get("weighted_variance"), engine=self.method.engine, n_threads=n_threads,
            )  # fmt: skip

        arrays = self._of(factor_rows)
        if self.experiment.weights is not None:
            mean, variance = self._weighted_means(counts, rows, factor_rows)
            arrays = {**arrays, "weighted_mean": mean, "weighted_variance": variance}
        return self.engine.map_genes(
            stage, counts, self._rows_of_factors(factor_rows, rows, counts), arrays, rows=rows, stage="dispersions"
        )

    def _weighted_means(
        self, counts: CountMatrix, rows: np.ndarray, factor_rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of weight x normalized count, raw weights, of some genes."""
        weights = np.asarray(self.experiment.weights)[factor_rows]
        factors = self.factors if self.factors.ndim == 1 else self.factors[factor_rows]
        weighted = weights * (dense_counts(counts)[rows] / factors)
        return weighted.mean(axis=1), weighted.var(axis=1, ddof=1)

    def _rows_of_factors(self, factor_rows: np.ndarray, rows: np.ndarray, counts: CountMatrix) -> np.ndarray:
        """Factors whose rows are numbered like those of ``counts``."""
        if self.factors.ndim == 1 or counts.shape[0] == self.factors.shape[0]:
            return self.factors
        del rows
        return np.ascontiguousarray(self.factors[factor_rows])

    def final(
        self, counts: CountMatrix, rows: np.ndarray, factor_rows: np.ndarray, genewise: dict[str, np.ndarray],
        trend: np.ndarray, prior_variance: float, residual_variance: float,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """Posterior dispersions, coefficients and Cook's distances of some genes."""
        outlier = dispersion_prior.dispersion_outliers(genewise["dispersion"], trend, residual_variance)
        method, reduced = self.method, self.method.reduced

        def stage(block: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            weights = arrays.get("weights")
            if method.trend == "none":
                found = {
                    "posterior": arrays["genewise"],
                    "posterior_iterations": np.zeros(len(arrays["genewise"]), dtype=np.int32),
                    "posterior_r_form": np.zeros(len(arrays["genewise"]), dtype=bool),
                    "dispersion": arrays["genewise"],
                }
            else:
                found = posterior_stage(
                    block, factors, self.matrix, arrays["mean_values"], arrays["genewise"], arrays["trend"],
                    arrays["outlier"], linear=self.linear, prior_variance=prior_variance, weights=weights,
                    engine=method.engine, n_threads=n_threads,
                )  # fmt: skip
            alpha = found["dispersion"]
            fit = fit_coefficients(
                block, factors, self.matrix, alpha, weights=weights, engine=method.engine, n_threads=n_threads
            )
            # With the likelihood-ratio test R takes Cook's distances at the mean of the dispersion stage
            mean = MeanModel("log", fit["beta"], 0.0)
            if method.kind == "lrt":
                mean = MeanModel("linear" if self.linear else "log", arrays["mean_values"], MIN_MU)
            distances = cooks_stage(
                block, factors, self.matrix, mean, fit["beta"], alpha, self.cells, fit["used_optim"], weights=weights,
                engine=method.engine, n_threads=n_threads,
            )  # fmt: skip
            if method.kind == "lrt" and reduced is not None:
                smaller = fit_coefficients(
                    block, factors, np.ascontiguousarray(reduced.matrix), alpha, weights=weights,
                    engine=method.engine, n_threads=n_threads,
                )  # fmt: skip
                fit["reduced_log_likelihood"] = smaller["log_likelihood"]
            return {**found, **fit, **{f"cooks_{name}": values for name, values in distances.items()}}

        arrays = self._of(
            factor_rows, mean_values=genewise["mean_values"], genewise=genewise["dispersion"], trend=trend,
            outlier=outlier,
        )  # fmt: skip
        found = self.engine.map_genes(
            stage, counts, self._rows_of_factors(factor_rows, rows, counts), arrays, rows=rows, stage="coefficients"
        )
        return {**found, "outlier": outlier, "trend": trend}

    def first_pass(self) -> dict[str, Any]:
        """All genes with counts: gene-wise dispersions, trend and prior, posterior dispersions, coefficients."""
        rows = np.flatnonzero(self.estimable)
        counts = self.experiment.counts
        genewise = self.genewise(counts, rows, rows)
        base_mean, base_variance = self.base_means(genewise, rows)
        trend: Trend | None = None
        prior_variance, residual_variance = float("nan"), float("nan")
        trend_values = np.full(len(rows), np.nan)
        if self.method.trend != "none":
            unit = mean_inverse_size(self.factors) if self.method.engine == "exact" else 1.0
            trend = fit_trend(base_mean[rows], genewise["dispersion"], self.method.trend, unit)
            trend_values = trend.predict(base_mean[rows])
            residuals = dispersion_prior.log_residuals(genewise["dispersion"], trend_values)
            residual_variance = dispersion_prior.log_residual_variance(residuals)
            df = self.matrix.shape[0] - self.matrix.shape[1]
            prior_variance = dispersion_prior.prior_variance(residuals, df)
        found = self.final(counts, rows, rows, genewise, trend_values, prior_variance, residual_variance)
        return {
            "rows": rows, "genewise": genewise, "final": found, "trend": trend, "prior_variance": prior_variance,
            "residual_variance": residual_variance, "base_mean": base_mean, "base_variance": base_variance,
            "replaced": None, "emptied": np.zeros(counts.shape[0], dtype=bool), "max_cooks": found["cooks_max"],
            "refit_rows": None, "refit_counts": None,
        }  # fmt: skip

    def base_means(self, genewise: dict[str, np.ndarray], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Base mean and variance of all genes; with weights those of weight x normalized count, raw weights."""
        n_genes = self.experiment.counts.shape[0]
        mean, variance = np.zeros(n_genes), np.zeros(n_genes)
        if self.experiment.weights is not None:
            weighted = self.experiment.weights * (dense_counts(self.experiment.counts) / self.factors)
            return weighted.mean(axis=1), weighted.var(axis=1, ddof=1)
        mean[rows], variance[rows] = genewise["base_mean"], genewise["base_variance"]
        return mean, variance

    def replace_outliers(self, first: dict[str, Any]) -> dict[str, Any]:
        """Replace counts with too large a Cook's distance and refit their genes; trend and prior stay."""
        replaceable = cooks_policy.samples_in_cells_of(self.cells, self.method.min_replicates)
        n, p = self.matrix.shape
        if not replaceable.any() or n <= p:
            return first
        cutoff = cooks_policy.cooks_cutoff(p, n)
        local = np.flatnonzero(first["final"]["cooks_max_all"] > cutoff)
        replaced = np.zeros(self.experiment.counts.shape[0], dtype=bool)
        replaced[first["rows"][local]] = True
        if not len(local):
            return {**first, "replaced": replaced}
        first = {**first, "replaced": replaced, "max_cooks": self._max_cooks_after(first, replaceable)}
        rows = first["rows"][local]
        counts = _rows_as_float(self.experiment.counts, rows)
        distances = self._cooks_matrix(first, local, counts)
        factors = self.factors if self.factors.ndim == 1 else self.factors[rows]
        new = cooks_policy.replacement_values(counts, factors)
        counts = np.where((distances > cutoff) & replaceable, new, counts)
        return self._refit(first, local, counts)

    def _cooks_matrix(self, first: dict[str, Any], local: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Cook's distances (n_rows, n_samples) of some genes of the first pass."""
        mean = MeanModel("log", first["final"]["beta"], 0.0)
        if self.method.kind == "lrt":
            mean = MeanModel("linear" if self.linear else "log", first["genewise"]["mean_values"], MIN_MU)
        rows = first["rows"][local]
        factors = self.factors if self.factors.ndim == 1 else np.ascontiguousarray(self.factors[rows])
        return cooks_stage(
            counts, factors, self.matrix, mean.rows(local), np.ascontiguousarray(first["final"]["beta"][local]),
            np.ascontiguousarray(first["final"]["dispersion"][local]), self.cells,
            first["final"]["used_optim"][local], engine=self.method.engine,
            weights=None if self.weights is None else np.ascontiguousarray(self.weights[rows]), matrix=True,
            n_threads=self.engine.n_threads,
        )["cooks"]  # fmt: skip

    def _max_cooks_after(self, first: dict[str, Any], replaceable: np.ndarray) -> np.ndarray:
        """Largest distance over samples that could not be replaced; replaced ones count as 0; NaN if there are none."""
        in_three = cooks_policy.samples_in_cells_of(self.cells, cooks_policy.MIN_CELL_FOR_MASK)
        if replaceable.all():
            return np.full(len(first["rows"]), np.nan)
        left = in_three & ~replaceable
        if not left.any():
            return np.zeros(len(first["rows"]))

        def stage(block: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            linear = self.method.kind == "lrt" and self.linear
            floor = MIN_MU if self.method.kind == "lrt" else 0.0
            mean = MeanModel("linear" if linear else "log", arrays["mean"], floor)
            found = cooks_stage(
                block, factors, self.matrix, mean, arrays["beta"], arrays["alpha"], self.cells,
                arrays["used_optim"], engine=self.method.engine, weights=arrays.get("weights"),
                counted=left.astype(np.uint8), n_threads=n_threads,
            )  # fmt: skip
            return {"max": np.maximum(found["max"], 0.0)}

        final, rows = first["final"], first["rows"]
        mean = first["genewise"]["mean_values"] if self.method.kind == "lrt" else final["beta"]
        used = {"beta": final["beta"], "alpha": final["dispersion"], "used_optim": final["used_optim"]}
        arrays = self._of(rows, mean=mean, **used)
        return self.engine.map_genes(stage, self.experiment.counts, self.factors, arrays, rows=rows)["max"]

    def _refit(self, first: dict[str, Any], local: np.ndarray, counts: np.ndarray) -> dict[str, Any]:
        """Refit the genes numbered ``local`` of the first pass with their new counts."""
        rows = first["rows"][local]
        empty = ~np.any((counts > 0) & (self.weights is None or self.weights[rows] > 0), axis=1)
        emptied = np.zeros(self.experiment.counts.shape[0], dtype=bool)
        emptied[rows[empty]] = True
        base_mean, base_variance = first["base_mean"].copy(), first["base_variance"].copy()
        base_mean[emptied] = base_variance[emptied] = 0.0
        result = {**first, "emptied": emptied, "refit_rows": rows, "refit_counts": counts}
        kept = local[~empty]
        if not len(kept):
            return {**result, "base_mean": base_mean, "base_variance": base_variance}
        new_counts = np.ascontiguousarray(counts[~empty])
        if new_counts.max() < 2**31:
            new_counts = new_counts.astype(np.int32)
        number, factor_rows = np.arange(len(kept)), first["rows"][kept]
        genewise = self.genewise(new_counts, number, factor_rows)
        base_mean[factor_rows], base_variance[factor_rows] = genewise["base_mean"], genewise["base_variance"]
        if self.experiment.weights is not None:
            factors = self.factors if self.factors.ndim == 1 else self.factors[factor_rows]
            weighted = self.experiment.weights[factor_rows] * (new_counts / factors)
            base_mean[factor_rows], base_variance[factor_rows] = weighted.mean(axis=1), weighted.var(axis=1, ddof=1)
        trend: Trend | None = first["trend"]
        trend_values = np.full(len(kept), np.nan) if trend is None else trend.predict(base_mean[factor_rows])
        found = self.final(
            new_counts, number, factor_rows, genewise, trend_values, first["prior_variance"], first["residual_variance"]
        )
        cooks_of_first = {name: values for name, values in first["final"].items() if name.startswith("cooks_")}
        return {
            **result,
            "base_mean": base_mean,
            "base_variance": base_variance,
            "genewise": _overwrite(first["genewise"], kept, genewise),
            "final": {**_overwrite(first["final"], kept, found), **cooks_of_first},
        }

    def finish(self, done: dict[str, Any]) -> Fit:
        """Spread the fitted genes over all genes."""
        n_genes, p = self.experiment.counts.shape[0], self.matrix.shape[1]
        rows, final, genewise = done["rows"], done["final"], done["genewise"]
        emptied = done["emptied"]

        def spread(values: np.ndarray, missing: Any = np.nan) -> np.ndarray:
            full = np.full((n_genes, *values.shape[1:]), missing, dtype=np.result_type(values, type(missing)))
            full[rows] = values
            return full

        status = np.full(n_genes, Status.OK, dtype=np.int8)
        status[rows[~final["converged"]]] = Status.NOT_CONVERGED
        status[~self.estimable] = Status.NOT_ESTIMABLE
        status[~self.has_counts] = Status.ALL_ZERO
        coefficients, covariance = spread(final["beta"]), spread(final["covariance"])
        coefficients[emptied], covariance[emptied] = np.nan, np.nan
        log_likelihood = spread(final["log_likelihood"])
        log_likelihood[emptied] = np.nan
        trend: Trend | None = done["trend"]
        dispersions = Dispersions(
            spread(genewise["dispersion"]), spread(final["trend"]), spread(final["posterior"]),
            spread(final["dispersion"]), spread(final["outlier"], False), spread(genewise["iterations"], 0),
            spread(final["posterior_iterations"], 0), "none" if trend is None else trend.kind,
            {} if trend is None else trend.coefficients, done["prior_variance"], done["residual_variance"],
            int(genewise["r_form"].sum() + final["posterior_r_form"].sum()),
        )  # fmt: skip
        extra: dict[str, Any] = {
            "trend": trend, "trend_asked": self.method.trend, "cells": self.cells, "cell_zero": self.cell_zero,
            "emptied": emptied, "cooks_n_larger": spread(final["cooks_n_larger"], 0),
            "dispersion_start": spread(genewise["start"]), "dispersion_grid": spread(genewise["grid"], False),
        }  # fmt: skip
        if self.method.kind == "lrt" and self.method.reduced is not None:
            df = p - self.method.reduced.matrix.shape[1]
            full, smaller = final["log_likelihood"], final["reduced_log_likelihood"]
            if self.method.engine == "exact":  # the larger model holds the smaller one, so its maximum is no less
                full = np.maximum(full, smaller)
            statistic, pvalue = lrt_statistics(full, smaller, df)
            extra |= {"lrt_statistic": spread(statistic), "lrt_pvalue": spread(pvalue), "lrt_df": df}
        n_samples = self.matrix.shape[0]
        return Fit(
            "deseq2", self.design, self.size_factors, done["base_mean"], done["base_variance"],
            coefficients, covariance, status, log_likelihood, spread(final["iterations"], 0),
            spread(final["converged"], False), spread(final["used_optim"], False), dispersions,
            self._residual_df(n_samples - p), spread(done["max_cooks"]), done["replaced"], done["refit_rows"],
            done["refit_counts"], extra,
        )  # fmt: skip

    def _residual_df(self, df: int) -> Any:
        """Samples minus coefficients; with weights their sum takes the place of the samples."""
        if self.weights is None:
            return float(df)
        return self.weights.sum(axis=1) - self.matrix.shape[1]


def _rows_as_float(counts: CountMatrix, rows: np.ndarray) -> np.ndarray:
    dense = counts.to_dense()[rows] if isinstance(counts, CSRCounts) else counts[rows]
    return np.ascontiguousarray(dense, dtype=np.float64)


def _overwrite(whole: dict[str, np.ndarray], rows: np.ndarray, part: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return ``whole`` with the rows of ``part`` in place."""
    result = {}
    for name, values in whole.items():
        result[name] = values.copy()
        if name in part:
            result[name][rows] = part[name]
    return result
