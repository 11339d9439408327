"""edgeR's exact test: two groups of samples, dispersions by conditional likelihood, no design matrix.

Robinson and Smyth 2008 (Biostatistics 9:321); edgeR specification, sections 9 (classic form) and 13.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from foldwise.engine.base import Arrays, Engine, kernel_counts
from foldwise.engine.group_fit import require_groups
from foldwise.engine.library_sizes import effective_sizes
from foldwise.engine.log_values import log_cpm_of_plots
from foldwise.errors import DesignError, UsageError
from foldwise.method import Method
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.dispersion import Dispersions
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.classic_disp import classic_disp
from foldwise.stats.edger_glm import PRIOR_COUNT, glm_fit
from foldwise.stats.elementary import log
from foldwise.stats.exact_test import exact_test
from foldwise.stats.rows import dense_rows


@dataclass(frozen=True)
class EdgeRExact(Method):
    """Settings of edgeR's exact test.

    Parameters
    ----------
    robust : bool
        Genes with outlying deviances are shrunk less towards the trend.
    legacy : bool
        The prior as edgeR 3 finds it.
    prior_df : float or None
        Weight of the trend; estimated where None.
    span : float or None
        Share of the genes in each window of the trend; by their number where None.
    prior_count : float
        Reads added before fold changes are taken.
    """

    id: ClassVar[str] = "edger-exact"
    needs_integers: ClassVar[bool] = False
    needs_size_factors: ClassVar[bool] = True

    robust: bool = False
    legacy: bool = False
    prior_df: float | None = None
    span: float | None = None
    prior_count: float = PRIOR_COUNT

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> EdgeRExact:
        """Make the method from the settings of an analysis.

        Raises
        ------
        UsageError
            E-USAGE-002 for a threshold: the exact test has none.
        """
        del reduced
        if spec.correction.lfc > 0:
            raise UsageError(
                "E-USAGE-002", "The exact test has no fold-change threshold.", "Use edger-ql or edger-lrt with --lfc."
            )
        method = spec.method
        return cls(
            method.robust, (method.profile or "").startswith("edger-3"), method.prior_df, method.span,
            PRIOR_COUNT if method.prior_count is None else float(method.prior_count),
        )  # fmt: skip

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Estimate dispersions and the means of the groups.

        Raises
        ------
        DesignError, UsageError
            E-DESIGN-002 where no group has replicates; E-USAGE-002 where the design is more than groups, or the
            experiment has offsets by gene or observation weights.
        """
        groups = require_groups(design, self.id)
        if groups.sizes.max() < 2:
            raise DesignError(
                "E-DESIGN-002", "Every group has one sample, so nothing can be tested.", "Add replicates."
            )
        by_gene = size_factors is not None and size_factors.matrix is not None
        if by_gene or experiment.weights is not None:
            raise UsageError(
                "E-USAGE-002",
                "Method edger-exact cannot use normalization offsets by gene or observation weights.",
                "Leave them out, or choose edger-ql or edger-lrt.",
            )
        sizes = effective_sizes(experiment, size_factors, engine)
        found = classic_disp(
            kernel_counts(experiment.counts), groups.codes, sizes, robust=self.robust,
            prior_df=self.prior_df, span=self.span, legacy=True if self.legacy else None, n_threads=engine.n_threads,
        )  # fmt: skip
        matrix, relative = np.ascontiguousarray(design.matrix, dtype=np.float64), sizes / sizes.mean()

        def stage(counts: Any, offsets: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            fit = glm_fit(counts, matrix, offsets, arrays["dispersion"], n_threads=n_threads)
            scaled = dense_rows(counts) / relative
            return {
                "mean": scaled.mean(axis=1),
                "variance": scaled.var(axis=1, ddof=1),
                "coefficients": fit.coefficients,
                "deviance": fit.deviance,
                "iterations": fit.iterations,
                "converged": fit.converged,
                "all_zero": ~(scaled > 0).any(axis=1),
            }

        values = engine.map_genes(stage, experiment.counts, log(sizes), {"dispersion": found.tagwise}, stage="groups")
        n_genes, p = values["coefficients"].shape
        status = np.where(values["all_zero"], Status.ALL_ZERO, Status.OK).astype(np.int8)
        nothing = np.zeros(n_genes, dtype=np.int32)
        dispersions = Dispersions(
            np.full(n_genes, np.nan), found.trended, found.tagwise, found.tagwise, np.zeros(n_genes, dtype=bool),
            nothing, nothing, "edger", {"common": found.common, "span": found.span},
        )  # fmt: skip
        return Fit(
            self.id, design, size_factors, values["mean"], values["variance"], values["coefficients"],
            np.full((n_genes, p * (p + 1) // 2), np.nan), status, -0.5 * values["deviance"], values["iterations"],
            values["converged"], np.zeros(n_genes, dtype=bool), dispersions=dispersions,
            residual_df=float(matrix.shape[0] - p),
            extra={
                "groups": groups, "dispersion": found.tagwise, "mean_log2_cpm": found.mean_log2_cpm,
                "prior_df": found.prior_df, "library_sizes": sizes, "experiment": experiment, "engine": engine,
            },
        )  # fmt: skip

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """Exact test of one group against another.

        Raises
        ------
        UsageError
            E-USAGE-002 for a contrast of more than two groups.
        """
        first, second = _two_groups(fit, contrast)
        codes, sizes = fit.extra["groups"].codes, fit.extra["library_sizes"]
        compared = (codes == first) | (codes == second)
        in_second = np.ascontiguousarray(codes[compared] == second)

        def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            found = exact_test(
                dense_rows(counts)[:, compared], in_second, sizes[compared], arrays["dispersion"],
                prior_count=self.prior_count, n_threads=n_threads,
            )  # fmt: skip
            return {"lfc": found.log2_fold_change, "pvalue": found.pvalue}

        experiment, engine = fit.extra["experiment"], fit.extra["engine"]
        arrays = {"dispersion": fit.extra["dispersion"]}
        found = engine.map_genes(stage, experiment.counts, np.ones(len(codes)), arrays, stage="exact test")
        missing = fit.status == Status.ALL_ZERO
        lfc, p = (np.where(missing, np.nan, found[name]) for name in ("lfc", "pvalue"))
        none = np.full(len(lfc), np.nan)  # the test has neither a standard error nor a statistic
        columns = {"mean_log2_cpm": fit.extra["mean_log2_cpm"]}
        return Test(contrast, lfc, none, none.copy(), p, None, fit.status.copy(), columns, {})

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Return log2 counts per million."""
        return log_cpm_of_plots(experiment, fit.extra["library_sizes"], engine)


def _two_groups(fit: Fit, contrast: Contrast) -> tuple[int, int]:
    """Numbers of the reference group and of the group compared with it."""
    weights = fit.extra["groups"].weights(contrast.vector)
    first, second = np.flatnonzero(weights < 0), np.flatnonzero(weights > 0)
    if len(first) != 1 or len(second) != 1 or not np.isclose(weights[second[0]], 1.0):
        raise UsageError(
            "E-USAGE-002",
            f"The exact test compares two groups; {contrast.label!r} is another contrast.",
            "Name two levels, or use edger-ql or edger-lrt.",
        )
    return int(first[0]), int(second[0])
