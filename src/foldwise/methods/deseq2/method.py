"""Settings of the DESeq2 method, its tests and its shrunken fold changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

import numpy as np

from foldwise.engine.base import Engine
from foldwise.errors import UsageError
from foldwise.method import Method
from foldwise.methods.deseq2.estimates import (
    all_zero_in,
    contrast_estimates,
    factors_of,
    is_two_groups,
    relative_weights,
)
from foldwise.methods.deseq2.fitting import FitRun
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.dispersion import Dispersions
from foldwise.model.experiment import Experiment, dense_counts
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats import cooks as cooks_policy
from foldwise.stats.apeglm import shrink_apeglm
from foldwise.stats.ash import shrink_ash
from foldwise.stats.deseq2_stages import normal_scores_mean
from foldwise.stats.dispersion_trend import MeanTrend, ParametricTrend, Trend
from foldwise.stats.independent_filtering import filtered_padj
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.nb_glm import LN2
from foldwise.stats.shrink_normal import coefficient_weights, prior_variances, ridge_fit
from foldwise.stats.vst import vst_local, vst_mean, vst_parametric
from foldwise.stats.wald import wald_statistics


@dataclass(frozen=True)
class DESeq2(Method):
    """Settings of the method; see `foldwise.model.spec.MethodSettings`."""

    id: ClassVar[str] = "deseq2"
    needs_integers: ClassVar[bool] = True
    needs_size_factors: ClassVar[bool] = True
    has_engines: ClassVar[bool] = True

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
            method.engine, method.profile or cls.profile, method.test, method.trend, method.shrink, method.alternative,
            method.use_t, method.cooks, method.replace_outliers, method.min_replicates_for_replace,
            method.independent_filtering is not False, correction.fdr, correction.lfc, reduced,
        )  # fmt: skip

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Fit all genes: dispersions, coefficients, Cook's distances, replacement of outlier counts."""
        if self.kind == "lrt" and self.reduced is None:
            raise UsageError("E-USAGE-002", "The likelihood-ratio test has no reduced model.", "Give --reduced.")
        factors_of(size_factors)  # refuses a fit without
        run = FitRun(self, experiment, design, cast(SizeFactors, size_factors), engine)
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
        nothing = all_zero_in(fit, contrast)
        lfc = np.where(nothing, 0.0, lfc)
        if self.kind == "wald":
            statistic, pvalue = np.where(nothing, 0.0, statistic), np.where(nothing, 1.0, pvalue)

        # Cook's mask
        cutoff = cooks_policy.cooks_cutoff(fit.design.matrix.shape[1], fit.design.matrix.shape[0])
        masked = np.zeros(len(pvalue), dtype=bool)
        if self.cooks and fit.max_cooks is not None:
            n_larger = fit.extra["cooks_n_larger"] if is_two_groups(fit.design) else None
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
        status[tested & np.isnan(padj) & ~np.isnan(pvalue)] = Status.LOW_COUNT
        if df is not None:  # weights may leave less than one degree of freedom
            status[tested & np.broadcast_to(np.asarray(df) <= 0, status.shape)] = Status.NOT_ESTIMABLE
        status[tested & masked] = Status.COUNT_OUTLIER
        return Test(contrast, lfc, se, statistic, pvalue, padj, status, facts=facts)

    def shrink(self, experiment: Experiment, fit: Fit, test: Test, engine: Engine) -> Test:
        """Add ``log2_fold_change_shrunk`` (and ``s_value``) by apeglm, ashr or the normal prior."""
        if self.shrinkage == "none":
            return test
        if self.shrinkage == "ashr":
            shrunk = shrink_ash(test.log2_fold_change, np.asarray(test.log2_fold_change_se), threshold=self.lfc)
            columns = {"log2_fold_change_shrunk": shrunk.lfc, "s_value": shrunk.s_value}
            facts = {"shrunk_se": shrunk.se, "shrinkage_prior": shrunk.prior}
        else:
            columns, facts = self._shrink_coefficient(experiment, fit, test, engine)
        missing = np.isnan(test.log2_fold_change)
        columns = {name: np.where(missing, np.nan, values) for name, values in columns.items()}
        nothing = all_zero_in(fit, test.contrast) | fit.extra["emptied"]  # their change is 0 by rule
        columns["log2_fold_change_shrunk"] = np.where(nothing, 0.0, columns["log2_fold_change_shrunk"])
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
        factors, weights = factors_of(fit.size_factors), relative_weights(experiment)
        counts = dense_counts(experiment.counts)
        dispersions = cast(Dispersions, fit.dispersions)
        alpha = np.where(fit.extra["emptied"], np.nan, dispersions.final)
        if self.shrinkage == "apeglm":
            shrunk = shrink_apeglm(
                counts, factors, fit.design.matrix, alpha, k, contrast.sign * test.log2_fold_change,
                np.asarray(test.log2_fold_change_se), weights=weights, beta=np.nan_to_num(fit.coefficients),
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
        expected = dispersions.final if fit.extra["trend"] is None else dispersions.trend
        of_mean = coefficient_weights(fit.base_mean[rows], expected[rows])
        intercept = 0 if fit.design.has_intercept else None
        variances = prior_variances(fit.coefficients[rows] / LN2, of_mean, intercept)
        ridge = ridge_fit(
            counts, factors, fit.design.matrix, alpha, variances, weights=weights, n_threads=engine.n_threads
        )
        columns = {"log2_fold_change_shrunk": contrast.sign * ridge.beta[:, k] / LN2}
        return columns, {"shrunk_se": ridge.se_log2[:, k], "shrinkage_prior": {"variances": variances}}

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Variance-stabilized counts (n_genes, n_samples) under the trend of the fit."""
        factors = factors_of(fit.size_factors)
        normalized = dense_counts(experiment.counts) / factors
        trend: Trend | None = fit.extra["trend"]
        if isinstance(trend, ParametricTrend):
            return vst_parametric(normalized, trend.asymptotic, trend.extra_poisson)
        if isinstance(trend, MeanTrend):
            return vst_mean(normalized, trend.mean)
        if trend is None:  # gene-wise dispersions: the constant that their median is
            return vst_mean(normalized, float(np.nanmedian(cast(Dispersions, fit.dispersions).final)))
        inverse = float(np.mean(1.0 / normal_scores_mean(factors)))
        return vst_local(normalized, trend.predict, inverse)
