"""limma-trend: linear models on log counts per million whose prior variance follows the mean (Law et al. 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from foldwise import _kernels
from foldwise.engine.base import Arrays, Engine
from foldwise.engine.library_sizes import depths
from foldwise.engine.linear_fit import Moderation, block_numbers, joint_statistics, make_linear_fit, moderated_test
from foldwise.engine.set_model import SetModel, require_one_comparison, tested_rows
from foldwise.method import Method
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.array_weights import array_weights
from foldwise.stats.cpm import scaled_prior
from foldwise.stats.decide_tests import Joint
from foldwise.stats.duplicate_correlation import duplicate_correlation
from foldwise.stats.gene_effects import gene_effects
from foldwise.stats.least_squares import Blocks, lm_fit

# Mean prior count per sample that keeps the logs of small counts together.
PRIOR_COUNT = 3.0


@dataclass(frozen=True)
class LimmaTrend(Method):
    """Settings.

    Parameters
    ----------
    prior_count : float
        Mean prior count per sample of the logs.
    sample_weights : bool
        Estimate a quality weight for each sample.
    block : str or None
        Column of the sample sheet whose equal values are correlated samples.
    moderation : Moderation
    """

    id: ClassVar[str] = "limma-trend"
    needs_integers: ClassVar[bool] = False
    needs_size_factors: ClassVar[bool] = True

    prior_count: float = PRIOR_COUNT
    sample_weights: bool = False
    block: str | None = None
    moderation: Moderation = field(default_factory=lambda: Moderation(trend=True))

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> LimmaTrend:
        """Make the method from the settings of an analysis."""
        del reduced
        moderation = replace(Moderation.from_settings(spec.method, spec.correction), trend=True)
        prior = PRIOR_COUNT if spec.method.prior_count is None else float(spec.method.prior_count)
        return cls(prior, spec.method.sample_weights, spec.method.block or None, moderation)

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Fit all genes by least squares on the log2 scale.

        Raises
        ------
        DesignError, UsageError
            E-DESIGN-002 without residual degrees of freedom; E-USAGE-002 for offsets by gene, observation weights or an
            unknown block column.
        """
        sizes = depths(experiment, size_factors, engine, self.id)
        values = self._values(experiment, sizes, engine)
        x, threads = np.ascontiguousarray(design.matrix, dtype=np.float64), engine.n_threads
        weights = array_weights(values, x, n_threads=threads) if self.sample_weights else None
        blocks = None
        if self.block is not None:
            numbers = block_numbers(experiment, self.block)
            rho = duplicate_correlation(values, x, numbers, weights, threads).consensus
            blocks = None if np.isnan(rho) or rho == 0 else Blocks(numbers, rho)
        linear = lm_fit(values, x, weights, blocks=blocks, n_threads=threads)
        extra = {
            "prior_count": self.prior_count, "sample_weights": weights,
            "block_correlation": None if blocks is None else blocks.correlation,
        }  # fmt: skip
        return make_linear_fit(self.id, experiment, design, size_factors, engine, linear, self.moderation, extra)

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """Moderated t test of one contrast."""
        return moderated_test(fit, contrast, self.moderation)

    def set_model(self, experiment: Experiment, fit: Fit, contrast: Contrast, engine: Engine) -> SetModel:
        """Log counts, rotated; the prior variance follows their mean."""
        require_one_comparison(contrast, self.block)
        rows, x = tested_rows(fit), np.ascontiguousarray(fit.design.matrix, dtype=np.float64)
        values = np.ascontiguousarray(self._values(experiment, fit.extra["library_sizes"], engine)[rows])
        effects = gene_effects(values, x, contrast.vector, fit.extra["sample_weights"], engine.n_threads)
        return SetModel(effects, rows, trend=True, robust=self.moderation.robust)

    def joint_statistics(self, fit: Fit, contrasts: Sequence[Contrast]) -> Joint:
        """Moderated t of several contrasts and their F test."""
        return joint_statistics(fit, contrasts, self.moderation)

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Log2 counts per million (n_genes, n_samples)."""
        return self._values(experiment, fit.extra["library_sizes"], engine)

    def _values(self, experiment: Experiment, sizes: np.ndarray, engine: Engine) -> np.ndarray:
        prior = scaled_prior(sizes, self.prior_count)

        def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            return {"values": _kernels.log_cpm(counts, prior, sizes + 2.0 * prior, n_threads=n_threads)}

        return engine.map_genes(stage, experiment.counts, np.ones(len(sizes)), stage="log counts")["values"]
