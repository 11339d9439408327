"""The DESeq2 method: negative binomial GLM with shrunken dispersions, Wald or likelihood-ratio test.

Love, Huber and Anders 2014 (Genome Biology 15:550). `DESeq2.fit` reads like its Methods section; the array functions are
in `foldwise.stats`, the loops over genes in the kernels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from foldwise.engine.base import Arrays, Engine
from foldwise.errors import UsageError
from foldwise.method import Method
from foldwise.model.contrast import Contrast, samples_in_contrast
from foldwise.model.design import Design
from foldwise.model.dispersion import Dispersions
from foldwise.model.experiment import CountMatrix, CSRCounts, Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats import cooks as cooks_policy
from foldwise.stats import dispersion_prior
from foldwise.stats.ash import shrink_ash
from foldwise.stats.apeglm import shrink_apeglm
from foldwise.stats.deseq2_stages import (
    cooks_stage,
    estimable_with_weights,
    genewise_stage,
    has_linear_mean,
    mean_inverse_size,
    normal_scores_mean,
    posterior_stage,
)
from foldwise.stats.design_algebra import design_cells
from foldwise.stats.dispersion_search import MeanModel
from foldwise.stats.dispersion_trend import MeanTrend, ParametricTrend, Trend, fit_trend
from foldwise.stats.independent_filtering import filtered_padj
from foldwise.stats.lrt import lrt_statistics
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.nb_glm import LN2, MIN_MU, fit_coefficients
from foldwise.stats.rows import dense_rows
from foldwise.stats.shrink_normal import coefficient_weights, prior_variances, ridge_fit
from foldwise.stats.vst import vst_local, vst_mean, vst_parametric
from foldwise.stats.wald import wald_statistics


@dataclass(frozen=True)
class DESeq2(Method):
    """Settings of the method; see `foldwise.model.spec.MethodSettings`."""

    id: ClassVar[str] = "deseq2"
    needs_integers: ClassVar[bool] = True
    needs_size_factors: ClassVar[bool] = True

    engine: str = "parity"
    profile: str = "deseq2-1.38"
    kind: str = "wald"
    trend: str = "parametric"
    shrinkage: str = "none"
    alternative: str = "greaterAbs"
    use_t: bool = False
    cooks: bool = True
    replace_outliers: bool = True
    min_replicates: int = 7
    filtering: bool = True
    fdr: float = 0.05
    lfc: float = 0.0
    reduced: Design | None = None

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> DESeq2:
        """Make the method from the settings of an analysis."""
        method, correction = spec.method, spec.correction
        return cls(
            method.engine, method.profile, method.test, method.trend, method.shrink, method.alternative, method.use_t,
            method.cooks, method.replace_outliers, method.min_replicates_for_replace, method.independent_filtering,
            correction.fdr, correction.lfc, reduced,
        )  # fmt: skip

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Fit all genes: dispersions, coefficients, Cook's distances, replacement of outlier counts."""
        assert size_factors is not None  # needs_size_factors
        if self.kind == "lrt" and self.reduced is None:
            raise UsageError("E-USAGE-002", "The likelihood-ratio test has no reduced model.", "Give --reduced.")
        run = _Run(self, experiment, design, size_factors, engine)
        first = run.first_pass()
        return run.finish(run.replace_outliers(first) if self.replace_outliers else first)

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """Test one contrast: Wald (or the likelihood ratio), Cook's mask, independent filtering, Benjamini-Hochberg."""
        lfc, se = contrast_estimates(fit, contrast)
        df = fit.residual_df if self.use_t else None
        if self.kind == "lrt":
            statistic, pvalue = fit.extra["lrt_statistic"], fit.extra["lrt_pvalue"]
        else:
            statistic, pvalue = wald_statistics(lfc, se, self.lfc, self.alternative, self.profile, df)

        # Genes without a read in the samples compared, and genes that replacement left without a count
        nothing = _all_zero_in(fit, contrast)
        lfc = np.where(nothing, 0.0, lfc)
        if self.kind == "wald":
            statistic, pvalue = np.where(nothing, 0.0, statistic), np.where(nothing, 1.0, pvalue)

        # Cook's mask
        cutoff = cooks_policy.cooks_cutoff(fit.design.matrix.shape[1], fit.design.matrix.shape[0])
        masked = np.zeros(len(pvalue), dtype=bool)
        if self.cooks and fit.max_cooks is not None:
            n_larger = fit.extra["cooks_n_larger"] if _is_two_groups(fit.design) else None
            masked = cooks_policy.outlier_mask(fit.max_cooks, cutoff, n_larger)
        pvalue = np.where(masked, np.nan, pvalue)
        emptied = fit.extra["emptied"]
        if emptied.any():
            lfc, se = np.where(emptied, 0.0, lfc), np.where(emptied, 0.0, se)
            statistic, pvalue = np.where(emptied, 0.0, statistic), np.where(emptied, 1.0, pvalue)

        facts: dict[str, Any] = {"cooks_cutoff": cutoff}
        if self.filtering:
            adjusted = filtered_padj(fit.base_mean, pvalue, self.fdr, self.profile)
            padj = adjusted.padj
            facts |= {
                "filter_threshold": adjusted.threshold,
                "filter_theta": adjusted.theta,
                "filter_theta_curve": adjusted.theta_curve,
                "filter_n_rejected": adjusted.n_rejected,
                "filter_smooth": adjusted.smooth,
            }
        else:
            padj = benjamini_hochberg(pvalue)
        status = fit.status.copy()
        tested = ~np.isin(status, (Status.ALL_ZERO, Status.NOT_ESTIMABLE))
        status[tested & np.isnan(padj)] = Status.LOW_COUNT
        status[tested & masked] = Status.COUNT_OUTLIER
        return Test(contrast, lfc, se, statistic, pvalue, padj, status, facts=facts)

    def shrink(self, experiment: Experiment, fit: Fit, test: Test, engine: Engine) -> Test:
        """Add ``log2_fold_change_shrunk`` (and ``s_value``) by apeglm, ashr or the normal prior."""
        if self.shrinkage == "none":
            return test
        if self.shrinkage == "ashr":
            shrunk = shrink_ash(test.log2_fold_change, test.log2_fold_change_se, threshold=self.lfc)
            columns = {"log2_fold_change_shrunk": shrunk.lfc, "s_value": shrunk.s_value}
            facts = {"shrunk_se": shrunk.se, "shrinkage_prior": shrunk.prior}
        else:
            columns, facts = self._shrink_coefficient(experiment, fit, test, engine)
        missing = np.isnan(test.log2_fold_change)
        columns = {name: np.where(missing, np.nan, values) for name, values in columns.items()}
        return replace(test, columns={**test.columns, **columns}, facts={**test.facts, **facts})

    def _shrink_coefficient(
        self, experiment: Experiment, fit: Fit, test: Test, engine: Engine
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        contrast = test.contrast
        if contrast.coefficient is None or (contrast.coefficient == 0 and fit.design.has_intercept):
            raise UsageError(
                "E-USAGE-002",
                f"--shrink {self.shrinkage} shrinks one coefficient, and {contrast.label!r} is none of this design.",
                "Set the reference level so that the comparison is a coefficient, or use --shrink ashr.",
            )
        k = contrast.coefficient
        factors, weights = _factors(fit.size_factors), _relative_weights(experiment)
        counts = dense_counts(experiment.counts)
        assert fit.dispersions is not None
        alpha = np.where(fit.extra["emptied"], np.nan, fit.dispersions.final)
        if self.shrinkage == "apeglm":
            shrunk = shrink_apeglm(
                counts, factors, fit.design.matrix, alpha, k, contrast.sign * test.log2_fold_change,
                test.log2_fold_change_se, weights=weights, beta=np.nan_to_num(fit.coefficients),
                threshold=self.lfc, engine=self.engine, n_threads=engine.n_threads,
            )  # fmt: skip
            columns = {"log2_fold_change_shrunk": contrast.sign * shrunk.lfc, "s_value": shrunk.s_value}
            return columns, {"shrunk_se": shrunk.se, "shrinkage_prior": shrunk.prior}
        if any(len(term.variables) > 1 for term in fit.design.terms):
            raise UsageError(
                "E-USAGE-002",
                "The normal prior is not defined for designs with interactions.",
                "Use --shrink apeglm or ashr.",
            )
        rows = np.isfinite(fit.coefficients[:, k])
        of_mean = coefficient_weights(fit.base_mean[rows], fit.dispersions.trend[rows])
        intercept = 0 if fit.design.has_intercept else None
        variances = prior_variances(fit.coefficients[rows] / LN2, of_mean, intercept)
        ridge = ridge_fit(
            counts, factors, fit.design.matrix, alpha, variances, weights=weights, n_threads=engine.n_threads
        )
        columns = {"log2_fold_change_shrunk": contrast.sign * ridge.beta[:, k] / LN2}
        return columns, {"shrunk_se": ridge.se_log2[:, k], "shrinkage_prior": {"variances": variances}}

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Variance-stabilized counts (n_genes, n_samples) under the trend of the fit."""
        factors = _factors(fit.size_factors)
        normalized = dense_counts(experiment.counts) / factors
        trend: Trend | None = fit.extra["trend"]
        if isinstance(trend, ParametricTrend):
            return vst_parametric(normalized, trend.asymptotic, trend.extra_poisson)
        if isinstance(trend, MeanTrend):
            return vst_mean(normalized, trend.mean)
        if trend is None:  # gene-wise dispersions: the constant that their median is
            assert fit.dispersions is not None
            return vst_mean(normalized, float(np.nanmedian(fit.dispersions.final)))
        inverse = float(np.mean(1.0 / normal_scores_mean(factors)))
        return vst_local(normalized, trend.predict, inverse)


def contrast_estimates(fit: Fit, contrast: Contrast) -> tuple[np.ndarray, np.ndarray]:
    """Log2 fold change and standard error (n_genes,) of a contrast: c'b and the root of c'Cc."""
    c = contrast.vector
    used = np.flatnonzero(c)
    estimate = np.zeros(fit.coefficients.shape[0])
    variance = np.zeros_like(estimate)
    for a in used:
        estimate = estimate + c[a] * fit.coefficients[:, a]
        for b in used:
            high, low = max(a, b), min(a, b)
            variance = variance + c[a] * c[b] * fit.covariance[:, high * (high + 1) // 2 + low]
    return estimate / LN2, np.sqrt(np.maximum(variance, 0.0)) / LN2


def dense_counts(counts: CountMatrix) -> np.ndarray:
    """Return counts as a dense matrix."""
    return counts.to_dense() if isinstance(counts, CSRCounts) else counts


def _factors(size_factors: SizeFactors | None) -> np.ndarray:
    assert size_factors is not None
    return size_factors.values if size_factors.matrix is None else size_factors.matrix


def _relative_weights(experiment: Experiment) -> np.ndarray | None:
    """Weights divided by the largest of each gene."""
    if experiment.weights is None:
        return None
    return np.ascontiguousarray(experiment.weights / experiment.weights.max(axis=1, keepdims=True))


def _is_two_groups(design: Design) -> bool:
    """Tell whether the design is one factor with two levels, given as a formula."""
    return (
        design.formula is not None
        and len(design.terms) == 1
        and len(design.terms[0].variables) == 1
        and not design.numeric
        and len(design.factors) == 1
        and len(design.factors[0].levels) == 2
    )


def _all_zero_in(fit: Fit, contrast: Contrast) -> np.ndarray:
    """Genes with counts, none of them in the samples that the contrast compares."""
    samples = samples_in_contrast(fit.design, contrast)
    if samples is None:
        return np.zeros(len(fit.status), dtype=bool)
    cells = np.unique(fit.extra["cells"][samples])
    zero: np.ndarray = np.all(fit.extra["cell_zero"][:, cells], axis=1)
    return zero & (fit.status != Status.ALL_ZERO)


class _Run:
    """One fit in the making: the inputs of all stages, bound once. Its methods return new dictionaries of arrays."""

    def __init__(
        self, method: DESeq2, experiment: Experiment, design: Design, size_factors: SizeFactors, engine: Engine
    ) -> None:
        self.method, self.experiment, self.design, self.engine = method, experiment, design, engine
        self.size_factors = size_factors
        self.factors = _factors(size_factors)
        self.matrix = np.ascontiguousarray(design.matrix, dtype=np.float64)
        self.cells, self.cell_sizes = design_cells(self.matrix)
        self.weights = _relative_weights(experiment)
        self.linear = has_linear_mean(self.matrix, len(self.cell_sizes), self.weights)
        self.inverse_size = mean_inverse_size(self.factors)
        self.cell_zero = self._cell_zero()
        self.has_counts = ~self.cell_zero.all(axis=1)
        self.estimable = self.has_counts.copy()
        if self.weights is not None:
            self.estimable &= estimable_with_weights(self.weights, self.matrix)

    def _cell_zero(self) -> np.ndarray:
        """(n_genes, n_cells): no sample of the cell has a read of the gene."""
        cells, n_cells = self.cells, len(self.cell_sizes)

        def zero(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            dense = counts if isinstance(counts, np.ndarray) else dense_rows(counts)
            positive = dense > 0
            return {"zero": np.stack([~positive[:, cells == k].any(axis=1) for k in range(n_cells)], axis=1)}

        return self.engine.map_genes(zero, self.experiment.counts, self.factors)["zero"]

    def _of(self, rows: np.ndarray, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        return arrays if self.weights is None else {**arrays, "weights": self.weights[rows]}

    def genewise(self, counts: CountMatrix, rows: np.ndarray, factor_rows: np.ndarray) -> dict[str, np.ndarray]:
        """Gene-wise dispersions of some genes; ``factor_rows`` number their factors and weights."""

        def stage(block: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            return genewise_stage(
                block, factors, self.matrix, linear=self.linear, inverse_size=self.inverse_size,
                weights=arrays.get("weights"), engine=self.method.engine, n_threads=n_threads,
            )  # fmt: skip

        return self.engine.map_genes(
            stage, counts, self._rows_of_factors(factor_rows, rows, counts), self._of(factor_rows), rows=rows,
            stage="dispersions",
        )  # fmt: skip

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
                block, factors, self.matrix, mean, fit["beta"], alpha, self.cells, weights=weights, n_threads=n_threads
            )
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
            trend = fit_trend(base_mean[rows], genewise["dispersion"], self.method.trend)
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
        first = {**first, "replaced": replaced, "max_cooks": self._max_cooks_after(first, replaceable)}
        if not len(local):
            return first
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
            mean = MeanModel("linear" if linear else "log", arrays["mean"], MIN_MU if self.method.kind == "lrt" else 0.0)
            found = cooks_stage(
                block, factors, self.matrix, mean, arrays["beta"], arrays["alpha"], self.cells,
                weights=arrays.get("weights"), counted=left.astype(np.uint8), n_threads=n_threads,
            )  # fmt: skip
            return {"max": np.maximum(found["max"], 0.0)}

        final, rows = first["final"], first["rows"]
        mean = first["genewise"]["mean_values"] if self.method.kind == "lrt" else final["beta"]
        arrays = self._of(rows, mean=mean, beta=final["beta"], alpha=final["dispersion"])
        return self.engine.map_genes(stage, self.experiment.counts, self.factors, arrays, rows=rows)["max"]

    def _refit(self, first: dict[str, Any], local: np.ndarray, counts: np.ndarray) -> dict[str, Any]:
        """Refit the genes numbered ``local`` of the first pass with their new counts."""
        rows = first["rows"][local]
        empty = ~np.any(counts > 0, axis=1)
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
            weighted = self.experiment.weights[factor_rows] * (new_counts / self.factors)
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
        if self.method.kind == "lrt":
            assert self.method.reduced is not None
            df = p - self.method.reduced.matrix.shape[1]
            statistic, pvalue = lrt_statistics(final["log_likelihood"], final["reduced_log_likelihood"], df)
            extra |= {"lrt_statistic": spread(statistic), "lrt_pvalue": spread(pvalue), "lrt_df": df}
        n_samples = self.matrix.shape[0]
        return Fit(
            "deseq2", self.design, self.size_factors, done["base_mean"], done["base_variance"], coefficients, covariance,
            status, log_likelihood, spread(final["iterations"], 0), spread(final["converged"], False),
            spread(final["used_optim"], False), dispersions, self._residual_df(n_samples - p),
            spread(done["max_cooks"]), done["replaced"], done["refit_rows"], done["refit_counts"], extra,
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
