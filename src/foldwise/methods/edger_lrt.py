"""edgeR's likelihood ratio test: negative binomial GLMs with common, trended and tagwise dispersions.

McCarthy, Chen and Smyth 2012 (Nucleic Acids Research 40:4288); edgeR specification, sections 9 and 13.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from foldwise.engine.base import Arrays, Engine, kernel_counts
from foldwise.engine.edger_fit import fit_known_dispersions, score_model, weighted_arrays
from foldwise.engine.glm_offsets import glm_offsets
from foldwise.engine.log_values import log_cpm_of_plots
from foldwise.engine.set_model import SetModel
from foldwise.errors import UsageError
from foldwise.method import Method
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.edger_glm import PRIOR_COUNT, glm_fit
from foldwise.stats.edger_lrt import log2_fold_change
from foldwise.stats.edger_treat import treat_pvalues, treat_roots
from foldwise.stats.estimate_disp import estimate_disp
from foldwise.stats.null_design import null_design
from foldwise.stats.tails import chi2_upper

TRENDS = {"parametric": "locfit", "local": "locfit", "mean": "none"}


@dataclass(frozen=True)
class EdgeRLRT(Method):
    """Settings of edgeR's likelihood ratio test.

    Parameters
    ----------
    trend : str
        ``locfit``, ``locfit-mixed``, ``loess``, ``moving-average`` or ``none``.
    robust : bool
        Genes with outlying deviances are shrunk less towards the trend.
    prior_df : float or None
        Weight of the trend; estimated where None.
    legacy : bool
        The prior as edgeR 3 finds it.
    lfc_threshold : float
        Log2 fold changes up to this size are part of the null hypothesis.
    threshold_null : str
        ``interval`` or ``worst-case``: where in the interval the null hypothesis is taken to be.
    span : float or None
        Share of the genes in each window of the trend; by their number where None.
    prior_count : float
        Reads added before fold changes are taken.
    """

    id: ClassVar[str] = "edger-lrt"
    needs_integers: ClassVar[bool] = False
    needs_size_factors: ClassVar[bool] = True

    trend: str = "locfit"
    robust: bool = False
    prior_df: float | None = None
    legacy: bool = False
    lfc_threshold: float = 0.0
    threshold_null: str = "interval"
    span: float | None = None
    prior_count: float = PRIOR_COUNT

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> EdgeRLRT:
        """Make the method from the settings of an analysis."""
        del reduced
        method = spec.method
        return cls(
            trend=TRENDS.get(method.trend, method.trend),
            robust=method.robust,
            prior_df=method.prior_df,
            legacy=(method.profile or "").startswith("edger-3"),
            lfc_threshold=float(spec.correction.lfc),
            threshold_null=method.threshold_null,
            span=method.span,
            prior_count=PRIOR_COUNT if method.prior_count is None else float(method.prior_count),
        )

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Estimate dispersions and fit all genes.

        Raises
        ------
        UsageError
            E-USAGE-002 for weights of 0.
        """
        matrix = np.ascontiguousarray(design.matrix, dtype=np.float64)
        if experiment.weights is not None and not np.all(experiment.weights > 0):
            raise UsageError("E-USAGE-002", "Method edger-lrt needs positive weights.", "Leave out those samples.")
        sizes, offset = glm_offsets(experiment, size_factors, engine)
        found = estimate_disp(
            kernel_counts(experiment.counts), matrix, sizes, offset=offset, weights=experiment.weights,
            trend=self.trend, robust=self.robust, prior_df=self.prior_df, span=self.span,
            legacy=True if self.legacy else None, n_threads=engine.n_threads,
        )  # fmt: skip
        return fit_known_dispersions(
            self.id, experiment, design, size_factors, engine, found, offset=offset, sizes=sizes,
            prior_count=self.prior_count,
        )  # fmt: skip

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """Likelihood ratio test of a contrast, or test against the threshold."""
        matrix = contrast.matrix
        tested = contrast.vector if matrix is None else matrix
        lfc = log2_fold_change(fit.coefficients, np.atleast_2d(tested)[0])
        facts: dict[str, Any]
        if self.lfc_threshold > 0 and matrix is None:
            statistic, p = self._treat(fit, contrast.vector)
            facts = {"lfc_threshold": self.lfc_threshold, "null": self.threshold_null}
        else:
            null, df = null_design(np.asarray(fit.design.matrix, dtype=np.float64), tested)
            statistic = _deviances(fit, null) - fit.extra["deviance"]
            p = chi2_upper(statistic, df)
            facts = {"df": df}
        missing = fit.status == Status.ALL_ZERO
        lfc, statistic, p = (np.where(missing, np.nan, each) for each in (lfc, statistic, p))
        columns = {"mean_log2_cpm": fit.extra["mean_log2_cpm"]}
        return Test(contrast, lfc, None, statistic, p, None, fit.status.copy(), columns, facts)

    def set_model(self, experiment: Experiment, fit: Fit, contrast: Contrast, engine: Engine) -> SetModel:
        """Normal deviates of the counts at tagwise dispersions, rotated."""
        return score_model(experiment, fit, contrast, fit.extra["dispersion"], engine)

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Return log2 counts per million."""
        return log_cpm_of_plots(experiment, fit.extra["library_sizes"], engine, fit.size_factors)

    def _treat(self, fit: Fit, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed root against the nearer border (0 inside the interval), and p-value."""
        design = np.asarray(fit.design.matrix, dtype=np.float64)
        lfc = self.lfc_threshold

        def stage(counts: Any, offsets: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            roots = treat_roots(
                counts, design, offsets, arrays["dispersion"], vector, lfc, weights=arrays.get("weights"),
                n_threads=n_threads,
            )  # fmt: skip
            p = treat_pvalues(roots.lower, roots.upper, self.threshold_null)
            beyond = np.abs(roots.unshrunk_log2_fold_change) > lfc
            sign = np.sign(roots.unshrunk_log2_fold_change)
            return {"root": np.where(beyond, -sign * roots.lower, 0.0), "pvalue": p}

        experiment, engine = fit.extra["experiment"], fit.extra["engine"]
        arrays = weighted_arrays(experiment, fit.extra["dispersion"])
        found = engine.map_genes(stage, experiment.counts, fit.extra["offset"], arrays, stage="threshold test")
        return found["root"], found["pvalue"]


def _deviances(fit: Fit, design: np.ndarray) -> np.ndarray:
    """Deviances (n_genes,) of a null model at the dispersions of the fit."""

    def stage(counts: Any, offsets: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        found = glm_fit(
            counts, design, offsets, arrays["dispersion"], weights=arrays.get("weights"), prior_count=0.0,
            n_threads=n_threads,
        )  # fmt: skip
        return {"deviance": found.deviance}

    experiment, engine = fit.extra["experiment"], fit.extra["engine"]
    arrays = weighted_arrays(experiment, fit.extra["dispersion"])
    return np.asarray(
        engine.map_genes(stage, experiment.counts, fit.extra["offset"], arrays, stage="null fit")["deviance"]
    )
