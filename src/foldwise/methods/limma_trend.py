"""limma-trend: linear models on log counts per million whose prior variance follows the mean (Law et al. 2014)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from foldwise import _kernels
from foldwise.engine.base import Arrays, Engine
from foldwise.engine.library_sizes import depths
from foldwise.engine.linear_fit import Moderation, make_linear_fit, moderated_test
from foldwise.method import Method
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.cpm import scaled_prior
from foldwise.stats.least_squares import lm_fit

# Mean prior count per sample that keeps the logs of small counts together.
PRIOR_COUNT = 3.0


@dataclass(frozen=True)
class LimmaTrend(Method):
    """Settings: the prior count of the logs, and the moderation of variances."""

    id: ClassVar[str] = "limma-trend"
    needs_integers: ClassVar[bool] = False
    needs_size_factors: ClassVar[bool] = True

    prior_count: float = PRIOR_COUNT
    moderation: Moderation = field(default_factory=lambda: Moderation(trend=True))

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> LimmaTrend:
        """Make the method from the settings of an analysis."""
        del reduced
        moderation = replace(Moderation.from_settings(spec.method, spec.correction), trend=True)
        return cls(float(getattr(spec.method, "prior_count", PRIOR_COUNT)), moderation)

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Fit all genes by ordinary least squares on the log2 scale.

        Raises
        ------
        DesignError, UsageError
            E-DESIGN-002 without residual degrees of freedom; E-USAGE-002 for offsets by gene or observation weights.
        """
        sizes = depths(experiment, size_factors, engine, self.id)
        values = self._values(experiment, sizes, engine)
        linear = lm_fit(values, design.matrix, n_threads=engine.n_threads)
        return make_linear_fit(
            self.id, experiment, design, size_factors, engine, linear, self.moderation,
            {"prior_count": self.prior_count},
        )  # fmt: skip

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """Moderated t test of one contrast."""
        return moderated_test(fit, contrast, self.moderation)

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Log2 counts per million (n_genes, n_samples)."""
        return self._values(experiment, fit.extra["library_sizes"], engine)

    def _values(self, experiment: Experiment, sizes: np.ndarray, engine: Engine) -> np.ndarray:
        prior = scaled_prior(sizes, self.prior_count)

        def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            return {"values": _kernels.log_cpm(counts, prior, sizes + 2.0 * prior, n_threads=n_threads)}

        return engine.map_genes(stage, experiment.counts, np.ones(len(sizes)), stage="log counts")["values"]
