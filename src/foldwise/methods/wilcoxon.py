"""The rank-sum test of two groups on counts scaled by depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from foldwise.engine.base import Engine, kernel_counts
from foldwise.engine.group_fit import fit_groups, pair_of_groups, transformed_log2
from foldwise.errors import DesignError
from foldwise.method import Method
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.rank_sum import rank_sum_rows, rank_sum_test
from foldwise.stats.t_test import t_test
from foldwise.stats.transforms import log2_per_unit


@dataclass(frozen=True)
class Wilcoxon(Method):
    """Settings: the transform of the counts.

    Ranks do not change under a strictly increasing transform: they are those of counts / depth (of the raw counts for
    ``log1p-raw``), whatever the transform. The log2 fold change is the difference of the group means of transformed
    values, with Welch's standard error; the statistic is the standardized rank sum, without continuity correction.
    """

    id: ClassVar[str] = "wilcoxon"
    needs_integers: ClassVar[bool] = False
    needs_size_factors: ClassVar[bool] = True

    transform: str = "log1p"

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> Wilcoxon:
        """Make the method from the settings of an analysis."""
        del reduced
        return cls(spec.method.transform or "log1p")

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Means and variances of the groups; the ranks are made for each comparison.

        Raises
        ------
        DesignError, UsageError
            E-DESIGN-002 where no group has replicates; E-USAGE-002 where the design is more than groups.
        """
        return fit_groups(experiment, design, size_factors, engine, method=self.id, transform=self.transform)

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """Rank-sum test of the two groups that the contrast compares.

        Raises
        ------
        DesignError
            E-CONTRAST-002 where it compares other than two groups; E-DESIGN-002 where one has a single sample.
        """
        groups = fit.extra["groups"]
        weights = groups.weights(contrast.vector)
        target, reference = _two_groups(contrast, weights, groups.sizes)
        ranked = np.full(len(groups.codes), -1)
        ranked[groups.codes == reference], ranked[groups.codes == target] = 0, 1
        sizes = fit.extra["library_sizes"]
        factors = None if self.transform == "log1p-raw" else sizes / sizes.mean()
        counts = kernel_counts(fit.extra["counts"])
        rank_sum, tie_term = rank_sum_rows(counts, ranked, factors, fit.extra["n_threads"])
        n_target, n_reference = int(groups.sizes[target]), int(groups.sizes[reference])
        found = rank_sum_test(np.ascontiguousarray(rank_sum[:, 1]), tie_term, n_target, n_reference)
        means = t_test(fit.extra["moments"], weights)
        unit = log2_per_unit(self.transform)
        missing = fit.status == Status.ALL_ZERO
        lfc, se, z, p = (
            np.where(missing, np.nan, each) for each in (means.estimate * unit, means.se * unit, found.z, found.pvalue)
        )
        facts = {
            "transform": self.transform,
            "n_exact": int(np.sum(found.exact & ~missing)),
            "u": found.u,
            "df": means.df,
        }
        return Test(contrast, lfc, se, z, p, None, fit.status.copy(), facts=facts)

    def log2_coefficients(self, fit: Fit) -> np.ndarray:
        """Coefficients of the group means, log2; they are no comparisons of two groups and so have no test."""
        missing = fit.status == Status.ALL_ZERO
        return np.where(missing[:, None], np.nan, fit.coefficients * log2_per_unit(self.transform))

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Return the transformed counts, in log2 units."""
        return transformed_log2(experiment, fit.extra["library_sizes"], engine, self.transform)


def _two_groups(contrast: Contrast, weights: np.ndarray, sizes: np.ndarray) -> tuple[int, int]:
    """Numbers of the target and the reference group."""
    target, reference = pair_of_groups(contrast, weights, "the rank-sum test", "a method with coefficients such as ols")
    used = [target, reference]
    if sizes[used].min() < 2:
        raise DesignError(
            "E-DESIGN-002",
            f"{contrast.label}: a group compared has one sample only.",
            "Add replicates: with one sample against many no rank is surprising.",
            data={"samples": [int(size) for size in sizes[used]]},
        )
    return target, reference
