"""An analysis with learned weights in its correction, learned anew for whatever labels it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from foldwise.certify.procedure import Outcome, Procedure
from foldwise.learn.weight_gate import LEAST_GAIN, LEAST_GENES, gain
from foldwise.learn.weighting import GeneFacts, Weighting, weigh
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Status
from foldwise.pipeline import INDEPENDENT_FILTERING_PROFILE
from foldwise.stats.independent_filtering import filtered_padj


@dataclass(frozen=True, eq=False)
class Weighed:
    """One contrast with learned weights, beside the list without them.

    Parameters
    ----------
    outcome : Outcome
        With weights, and p-values adjusted by them.
    weighting : Weighting
    n_called : int
        Genes called with weights.
    n_plain : int
        Genes called without: by the analysis itself or after independent filtering by the mean, whatever is more.
    """

    outcome: Outcome
    weighting: Weighting
    n_called: int
    n_plain: int

    @property
    def gain(self) -> float:
        """Share of further calls."""
        return gain(self.n_called, self.n_plain)

    @property
    def worthwhile(self) -> bool:
        """Whether large p-values are flat and enough is gained."""
        enough = self.gain >= LEAST_GAIN and self.n_called >= self.n_plain + LEAST_GENES
        return self.weighting.flatness.flat and enough


def weighed(outcome: Outcome, experiment: Experiment, design: Design, facts: GeneFacts, fdr: float) -> Weighed:
    """Weight the p-values of one contrast: all that the method gives, before independent filtering."""
    found = weigh(outcome.pvalue, outcome.base_mean, experiment.counts, design.matrix, facts)
    n_plain = max(int(outcome.called(fdr).sum()), _filtered(outcome, fdr))
    status = np.where((outcome.status == Status.LOW_COUNT) & np.isfinite(outcome.pvalue), Status.OK, outcome.status)
    made = replace(
        outcome, padj=found.learned.padj, weight=found.learned.weight, status=status.astype(outcome.status.dtype)
    )
    return Weighed(made, found, int(made.called(fdr).sum()), n_plain)


def with_weights(inner: Procedure, facts: GeneFacts, fdr: float, delivered: np.ndarray | None = None) -> Procedure:
    """Return an analysis whose lists are weighted wherever that is worthwhile.

    Parameters
    ----------
    inner : Procedure
        What gives the p-values.
    facts : GeneFacts
    fdr : float
    delivered : ndarray, (n_genes,), optional
        The weights of the list that is judged. Null runs, in which there is nothing to learn, call genes by weights of
        their own, and their p-values are counted divided by these: a list that leans on genes of many reads is judged
        by how p-values of such genes behave.
    """

    def run(
        experiment: Experiment, design: Design, contrasts: Sequence[Contrast], seed: np.random.SeedSequence
    ) -> tuple[Outcome, ...]:
        made = []
        for outcome in inner(experiment, design, contrasts, seed):
            found = weighed(outcome, experiment, design, facts, fdr)
            kept = found.outcome if found.worthwhile else replace(outcome, status=found.outcome.status)
            made.append(kept if delivered is None else replace(kept, weight=_of_mean_one(delivered, kept.tested)))
        return tuple(made)

    return run


def common_weights(found: Sequence[Weighed]) -> np.ndarray:
    """Return the mean of the weights of several contrasts, (n_genes,); NaN where a gene has none."""
    weights = np.stack([each.outcome.weight for each in found if each.outcome.weight is not None])
    known = np.isfinite(weights)
    total = np.sum(np.where(known, weights, 0.0), axis=0)
    return np.asarray(np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan))


def _filtered(outcome: Outcome, fdr: float) -> int:
    """Genes called after independent filtering by the mean."""
    mean = np.nan_to_num(outcome.base_mean, nan=0.0)
    padj = filtered_padj(mean, outcome.pvalue, fdr, INDEPENDENT_FILTERING_PROFILE).padj
    return int((np.nan_to_num(padj, nan=1.0) < fdr).sum())


def _of_mean_one(weights: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """Weights of the genes tested, with mean 1; genes without one have 1 before."""
    known = np.where(np.isfinite(weights), weights, 1.0)
    mean = float(np.mean(known[tested])) if tested.any() else 1.0
    return np.asarray(known / mean)
