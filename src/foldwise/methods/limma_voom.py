"""limma-voom: linear models on log counts with precision weights (Law et al. 2014), sample weights and blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from foldwise.engine.base import Arrays, Engine, kernel_counts
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
from foldwise.stats.decide_tests import Joint
from foldwise.stats.duplicate_correlation import duplicate_correlation
from foldwise.stats.gene_effects import gene_effects
from foldwise.stats.least_squares import Blocks, LinearFit, lm_fit
from foldwise.stats.voom import SPAN, Voom, log_counts, voom
from foldwise.stats.voom_lm_fit import voom_lm_fit
from foldwise.stats.voom_quality import voom_with_quality_weights

# Voom and correlation are each found once more with the other's help.
CORRELATION_ROUNDS = 2


@dataclass(frozen=True)
class LimmaVoom(Method):
    """Settings.

    Parameters
    ----------
    sample_weights : bool
        Estimate a quality weight for each sample.
    block : str or None
        Column of the sample sheet whose equal values are correlated samples.
    structural_zeros : bool
        Groups without a count have no residual degrees of freedom (edgeR's voomLmFit).
    span : float
        Part of the genes in each window of the mean-variance trend.
    adaptive_span : bool
        Choose the span by the number of genes.
    moderation : Moderation
    """

    id: ClassVar[str] = "limma-voom"
    needs_integers: ClassVar[bool] = False
    needs_size_factors: ClassVar[bool] = True

    sample_weights: bool = False
    block: str | None = None
    structural_zeros: bool = False
    span: float = SPAN
    adaptive_span: bool = False
    moderation: Moderation = field(default_factory=Moderation)

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> LimmaVoom:
        """Make the method from the settings of an analysis."""
        del reduced
        method = spec.method
        return cls(
            sample_weights=method.sample_weights, block=method.block or None, structural_zeros=method.structural_zeros,
            span=SPAN if method.span is None else float(method.span), adaptive_span=method.adaptive_span,
            moderation=Moderation.from_settings(method, spec.correction),
        )  # fmt: skip

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Find the weights and fit all genes.

        Raises
        ------
        DesignError, UsageError
            E-DESIGN-002 without residual degrees of freedom; E-USAGE-002 for offsets by gene, observation weights or an
            unknown block column.
        """
        sizes = depths(experiment, size_factors, engine, self.id)
        v, linear, extra = self._weighted(experiment, design, sizes, engine)
        return make_linear_fit(
            self.id, experiment, design, size_factors, engine, linear, self.moderation, {"voom_trend": v.trend, **extra}
        )

    def set_model(self, experiment: Experiment, fit: Fit, contrast: Contrast, engine: Engine) -> SetModel:
        """Log counts with their precision weights (found again: a fit does not keep them), rotated."""
        require_one_comparison(contrast, self.block)
        v, _, _ = self._weighted(experiment, fit.design, fit.extra["library_sizes"], engine)
        rows, x = tested_rows(fit), np.ascontiguousarray(fit.design.matrix, dtype=np.float64)
        values, weights = (np.ascontiguousarray(each[rows]) for each in (v.values, v.weights))
        effects = gene_effects(values, x, contrast.vector, weights, engine.n_threads)
        return SetModel(effects, rows, trend=self.moderation.trend, robust=self.moderation.robust)

    def _weighted(
        self, experiment: Experiment, design: Design, sizes: np.ndarray, engine: Engine
    ) -> tuple[Voom, LinearFit, dict[str, Any]]:
        """Log counts with their weights, the fit, and what else was found."""
        counts, x = kernel_counts(experiment.counts), np.ascontiguousarray(design.matrix, dtype=np.float64)
        block = None if self.block is None else block_numbers(experiment, self.block)
        if self.structural_zeros:
            found = voom_lm_fit(
                counts, x, sizes, block=block, sample_weights=self.sample_weights, span=self.span,
                adaptive_span=self.adaptive_span, want_covariance=self.moderation.exact_contrasts,
                n_threads=engine.n_threads,
            )  # fmt: skip
            extra = {"sample_weights": found.sample_weights, "block_correlation": found.correlation}
            return found.voom, found.fit, extra
        return self._fit(counts, x, sizes, block, engine.n_threads)

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """Moderated t test of one contrast."""
        return moderated_test(fit, contrast, self.moderation)

    def joint_statistics(self, fit: Fit, contrasts: Sequence[Contrast]) -> Joint:
        """Moderated t of several contrasts and their F test."""
        return joint_statistics(fit, contrasts, self.moderation)

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Log2 counts per million (n_genes, n_samples)."""
        sizes = fit.extra["library_sizes"]

        def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            return {"values": log_counts(counts, sizes, n_threads)}

        return engine.map_genes(stage, experiment.counts, np.ones(len(sizes)), stage="log counts")["values"]

    def _fit(
        self, counts: Any, x: np.ndarray, sizes: np.ndarray, block: np.ndarray | None, n_threads: int
    ) -> tuple[Voom, LinearFit, dict[str, Any]]:
        """Voom, with blocks in two rounds, and the weighted fit."""
        blocks: Blocks | None = None
        v, quality = self._voom(counts, x, sizes, None, n_threads)
        if block is not None:
            for again in range(CORRELATION_ROUNDS):
                if again:
                    v, quality = self._voom(counts, x, sizes, blocks, n_threads)
                rho = duplicate_correlation(v.values, x, block, v.weights, n_threads).consensus
                blocks = None if np.isnan(rho) or rho == 0 else Blocks(block, rho)
        linear = lm_fit(
            v.values, x, v.weights, blocks=blocks, want_covariance=self.moderation.exact_contrasts, n_threads=n_threads
        )
        extra = {"sample_weights": quality, "block_correlation": None if blocks is None else blocks.correlation}
        return v, linear, extra

    def _voom(
        self, counts: Any, x: np.ndarray, sizes: np.ndarray, blocks: Blocks | None, n_threads: int
    ) -> tuple[Voom, np.ndarray | None]:
        if self.sample_weights:
            return voom_with_quality_weights(counts, x, sizes, blocks=blocks, span=self.span, n_threads=n_threads)
        found = voom(
            counts, x, sizes, blocks=blocks, span=self.span, adaptive_span=self.adaptive_span, n_threads=n_threads
        )
        return found, None
