"""A whole analysis as a function of the labels: what null runs repeat and a certificate judges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foldwise import pipeline
from foldwise.engine.base import Engine
from foldwise.engine.threads import ThreadEngine
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Status
from foldwise.model.method_facts import filter_rule
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.norm_factors import KINDS as LIBRARY_RULES

# Name of the factor that null runs append; the dot keeps it apart from what users write.
FAKE_NAME = "fake.factor"


@dataclass(frozen=True, eq=False)
class Outcome:
    """One contrast tested: values of all genes of the experiment, (n_genes,), NaN where there are none.

    Parameters
    ----------
    pvalue, padj, statistic, log2_fold_change : ndarray
    base_mean : ndarray
    status : ndarray of int8
        `foldwise.model.fit.Status`.
    weight : ndarray or None
        Learned weights of the correction.
    """

    pvalue: np.ndarray
    padj: np.ndarray
    statistic: np.ndarray
    log2_fold_change: np.ndarray
    base_mean: np.ndarray
    status: np.ndarray
    weight: np.ndarray | None = None

    @property
    def tested(self) -> np.ndarray:
        """Mask of the genes with status ``ok`` and a p-value, (n_genes,)."""
        return np.asarray(np.isfinite(self.pvalue) & (self.status == Status.OK))

    @property
    def weighted_pvalue(self) -> np.ndarray:
        """P-values of the genes tested, divided by their weights where there are any; at most 1."""
        pvalue = self.pvalue[self.tested]
        return np.asarray(pvalue if self.weight is None else np.minimum(pvalue / self.weight[self.tested], 1.0))

    def called(self, fdr: float) -> np.ndarray:
        """Mask of the genes called, (n_genes,)."""
        return np.asarray(np.nan_to_num(self.padj, nan=1.0) < fdr)


# Experiment, design, contrasts and random stream of one run -> one outcome per contrast
Procedure = Callable[[Experiment, Design, Sequence[Contrast], np.random.SeedSequence], tuple[Outcome, ...]]


def classical(spec: AnalysisSpec, size_factors: SizeFactors | None = None) -> Procedure:
    """Return the user's whole analysis: filter, normalize, fit, test, correct.

    Parameters
    ----------
    spec : AnalysisSpec
    size_factors : SizeFactors, optional
        Those of the samples, which hang on no label. Used where all samples are there; else they are estimated.
    """

    def run(
        experiment: Experiment, design: Design, contrasts: Sequence[Contrast], seed: np.random.SeedSequence
    ) -> tuple[Outcome, ...]:
        del seed
        known = size_factors if size_factors is not None and len(size_factors.values) == experiment.n_samples else None
        engine: Engine = ThreadEngine(1)
        reduced = _without_contrast(design, contrasts) if spec.method.test == "lrt" else None
        tested = pipeline.fit_and_test(spec, experiment, design, contrasts, engine, size_factors=known, reduced=reduced)
        return outcomes(tested)

    return run


def reusable_factors(spec: AnalysisSpec, size_factors: SizeFactors) -> SizeFactors | None:
    """Return size factors that no label changes; None where a filter, which hangs on the design, comes before."""
    estimated_after_filter = filter_rule(spec) != "none" and size_factors.kind in LIBRARY_RULES
    return None if estimated_after_filter else size_factors


def outcomes(tested: pipeline.Tested) -> tuple[Outcome, ...]:
    """Return the numbers of contrasts as values of all genes."""
    missing = np.full(len(tested.fit.base_mean), np.nan)

    def whole(values: Any) -> np.ndarray:
        return np.asarray(tested.spread(missing if values is None else np.asarray(values, dtype=np.float64)))

    mean = whole(tested.fit.base_mean)
    return tuple(
        Outcome(
            whole(test.pvalue), whole(test.padj), whole(test.statistic), whole(test.log2_fold_change), mean,
            tested.spread(test.status, int(Status.LOW_COUNT)),
        )
        for test in tested.tests
    )  # fmt: skip


def coefficient_contrast(design: Design, number: int, name: str) -> Contrast:
    """Return the contrast that is one coefficient."""
    vector = np.zeros(design.n_coefficients)
    vector[number] = 1.0
    return Contrast(name, name, f"up = {name} above 0", vector, "coefficient", coefficient=number)


def _without_contrast(design: Design, contrasts: Sequence[Contrast]) -> Design | None:
    """Return the reduced design of a likelihood ratio test of an appended factor; None for the user's own."""
    appended = [each.coefficient for each in contrasts if each.kind == "coefficient" and each.id == FAKE_NAME]
    if not appended:
        return None
    kept = [k for k in range(design.n_coefficients) if k not in appended]
    names = tuple(design.coefficient_names[k] for k in kept)
    return replace(design, matrix=np.ascontiguousarray(design.matrix[:, kept]), coefficient_names=names, parts=())
