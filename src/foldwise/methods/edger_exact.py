"""edgeR's exact test: two groups of samples, dispersions by conditional likelihood, no design matrix.

Robinson and Smyth 2008 (Biostatistics 9:321); edgeR specification, sections 9 (classic form) and 13.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from foldwise.engine.base import Arrays, Engine, kernel_counts
from foldwise.engine.edger_fit import fit_known_dispersions, score_model
from foldwise.engine.group_fit import pair_of_groups, require_groups
from foldwise.engine.library_sizes import effective_sizes
from foldwise.engine.log_values import log_cpm_of_plots
from foldwise.engine.set_model import SetModel
from foldwise.errors import DesignError, UsageError
from foldwise.method import Method
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.classic_disp import classic_disp
from foldwise.stats.edger_glm import PRIOR_COUNT
from foldwise.stats.elementary import LN2, log
from foldwise.stats.exact_test import exact_test
from foldwise.stats.rows import dense_rows

# Methods of the family that take any design and any contrast.
OTHERS = "edger-ql or edger-lrt"


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
        """Make the method from the settings of an analysis."""
        del reduced
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
            E-DESIGN-002 where no group has replicates; E-USAGE-002 for designs other than one factor of groups, offsets
            by gene and observation weights.
        """
        groups = require_groups(design, self.id, OTHERS)
        if groups.sizes.max() < 2:
            raise DesignError(
                "E-DESIGN-002", "Every group has one sample, so nothing can be tested.", "Add replicates."
            )
        by_gene = size_factors is not None and size_factors.matrix is not None
        if by_gene or experiment.weights is not None:
            raise UsageError(
                "E-USAGE-002",
                "Method edger-exact cannot use normalization offsets by gene or observation weights.",
                f"Leave them out, or choose {OTHERS}.",
            )
        sizes = effective_sizes(experiment, size_factors, engine)
        found = classic_disp(
            kernel_counts(experiment.counts), groups.codes, sizes, robust=self.robust, prior_df=self.prior_df,
            span=self.span, legacy=True if self.legacy else None, n_threads=engine.n_threads,
        )  # fmt: skip
        fit = fit_known_dispersions(
            self.id, experiment, design, size_factors, engine, found, offset=log(sizes), sizes=sizes,
            prior_count=self.prior_count,
        )  # fmt: skip
        # The test does not use the coefficients, so it does not hang on their convergence.
        status = np.where(fit.status == Status.NOT_CONVERGED, np.int8(Status.OK), fit.status)
        return replace(fit, status=status, extra={**fit.extra, "groups": groups})

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """Exact test of one group against another; it has neither a statistic nor a standard error.

        Raises
        ------
        DesignError
            E-CONTRAST-002 for a contrast that is no difference of two groups.
        """
        groups = fit.extra["groups"]
        weights = groups.weights(contrast.vector)
        second, first = pair_of_groups(contrast, weights, "the exact test", OTHERS)
        codes, sizes = groups.codes, fit.extra["library_sizes"]
        compared = (codes == first) | (codes == second)
        in_second = np.ascontiguousarray(codes[compared] == second)

        def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            found = exact_test(
                dense_rows(counts)[:, compared], in_second, sizes[compared], arrays["dispersion"],
                prior_count=self.prior_count, n_threads=n_threads,
            )  # fmt: skip
            return {"lfc": found.log2_fold_change * weights[second], "pvalue": found.pvalue}

        experiment, engine = fit.extra["experiment"], fit.extra["engine"]
        arrays = {"dispersion": fit.extra["dispersion"]}
        found = engine.map_genes(stage, experiment.counts, np.ones(len(codes)), arrays, stage="exact test")
        missing = fit.status == Status.ALL_ZERO
        lfc, p = (np.where(missing, np.nan, found[name]) for name in ("lfc", "pvalue"))
        columns = {"mean_log2_cpm": fit.extra["mean_log2_cpm"]}
        return Test(contrast, lfc, None, None, p, None, fit.status.copy(), columns, {})

    def log2_coefficients(self, fit: Fit) -> np.ndarray:
        """Coefficients of the means of the groups, log2; differences of them are near the test's fold changes."""
        missing = fit.status == Status.ALL_ZERO
        return np.where(missing[:, None], np.nan, fit.coefficients / LN2)

    def set_model(self, experiment: Experiment, fit: Fit, contrast: Contrast, engine: Engine) -> SetModel:
        """Normal deviates of the counts at tagwise dispersions, rotated."""
        return score_model(experiment, fit, contrast, fit.extra["dispersion"], engine)

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Return log2 counts per million."""
        return log_cpm_of_plots(experiment, fit.extra["library_sizes"], engine)
