"""Welch's and Student's t tests on transformed counts: two groups, gene by gene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from foldwise.engine.base import Engine
from foldwise.engine.group_fit import fit_groups, transformed_log2
from foldwise.errors import DesignError
from foldwise.method import Method
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.t_test import t_test
from foldwise.stats.transforms import log2_per_unit


@dataclass(frozen=True)
class TTest(Method):
    """Settings: the transform of the counts; one variance for all groups compared (Student) or one each (Welch)."""

    id: ClassVar[str] = "t"
    needs_integers: ClassVar[bool] = False
    needs_size_factors: ClassVar[bool] = True

    transform: str = "log1p"
    equal_var: bool = False

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> TTest:
        """Make the method from the settings of an analysis."""
        del reduced
        return cls(spec.method.transform or "log1p", spec.method.equal_var)

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Means and variances of the groups.

        Raises
        ------
        DesignError, UsageError
            E-DESIGN-002 where no group has replicates; E-USAGE-002 where the design is more than groups.
        """
        return fit_groups(
            experiment, design, size_factors, engine, method=self.id, transform=self.transform, equal_var=self.equal_var
        )

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """t test of the groups that the contrast compares; genes that vary in none of them have none.

        Raises
        ------
        DesignError
            E-DESIGN-002 where a group compared has too few samples for its variance.
        """
        groups = fit.extra["groups"]
        weights = groups.weights(contrast.vector)
        sizes = groups.sizes[weights != 0]
        if (sizes.max() if self.equal_var else sizes.min()) < 2:
            raise DesignError(
                "E-DESIGN-002",
                f"{contrast.label}: a group compared has one sample only, so its variance cannot be estimated.",
                "Add replicates, or use ols, which takes one variance from all groups.",
                data={"samples": [int(size) for size in sizes]},
            )
        found = t_test(fit.extra["moments"], weights, self.equal_var)
        status = fit.status.copy()
        status[(status == Status.OK) & (found.se == 0)] = Status.NOT_ESTIMABLE
        unit = log2_per_unit(self.transform)
        missing = status == Status.ALL_ZERO
        lfc, se = (np.where(missing, np.nan, each * unit) for each in (found.estimate, found.se))
        facts = {"transform": self.transform, "equal_var": self.equal_var, "df": found.df}
        return Test(contrast, lfc, se, found.statistic, found.pvalue, None, status, facts=facts)

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Return the transformed counts, in log2 units."""
        return transformed_log2(experiment, fit.extra["library_sizes"], engine, self.transform)
