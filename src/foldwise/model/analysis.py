"""Everything one run produced: what the pipeline returns, io writes and the report shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from foldwise.model.certificate import Certificate
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit
from foldwise.model.flags import Flags
from foldwise.model.learned import Learned
from foldwise.model.normalization import SizeFactors
from foldwise.model.results import ResultTable
from foldwise.model.spec import AnalysisSpec


@dataclass(frozen=True)
class Message:
    """A finding for the user: ``level`` is ok, note, warning; ``id`` empty for plain notes."""

    level: str
    id: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class Analysis:
    """One finished analysis.

    Parameters
    ----------
    spec : AnalysisSpec
    experiment : Experiment
    design : Design
    size_factors : SizeFactors
    fit : Fit
    results : tuple of ResultTable
        One per contrast, in the order asked for.
    vst : ndarray, (n_genes, n_samples) or None
        Variance-stabilized (or log) values used for PCA and written to ``counts/vst.tsv.gz``.
    batch_corrected : ndarray, (n_genes, n_samples) or None
        The same without the effects of the batches of ``spec.output.remove_batch``: for pictures, never for tests.
    messages : tuple of Message
    provenance : dict
        Versions, input digests, stage times, peak memory (see `foldwise.provenance`).
    certificate : Certificate or None
        Of the classical numbers; None where it was not asked for.
    learned : Learned or None
        None where nothing was learned.
    flags : Flags or None
        Checks of the samples; None where they were not made.
    """

    spec: AnalysisSpec
    experiment: Experiment
    design: Design
    size_factors: SizeFactors
    fit: Fit
    results: tuple[ResultTable, ...]
    vst: np.ndarray | None
    messages: tuple[Message, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)
    batch_corrected: np.ndarray | None = None
    certificate: Certificate | None = None
    learned: Learned | None = None
    flags: Flags | None = None

    @property
    def shown(self) -> np.ndarray | None:
        """Values of pictures: without batch effects where that was asked for."""
        return self.vst if self.batch_corrected is None else self.batch_corrected

    @property
    def shown_without(self) -> str:
        """What the values of pictures lack, as a sentence for captions; empty where they lack nothing."""
        if self.batch_corrected is None:
            return ""
        return f" Effects of {', '.join(self.spec.output.remove_batch)} are taken out, here and not in the tests."

    def __repr__(self) -> str:
        lines = [
            f"Analysis: {self.spec.method.name}, {self.design.formula or 'given matrix'}, "
            f"{self.experiment.n_genes:,} genes × {self.experiment.n_samples:,} samples"
        ]
        for result in self.results[:12]:
            called = f"{result.n_up:,} up, {result.n_down:,} down of {result.n_tested:,} tested"
            lines.append(f"{result.contrast.id}: {called} at FDR {100 * result.fdr:g} %")
        return "\n".join([*lines, *([f"… {len(self.results) - 12} more"] if len(self.results) > 12 else [])])
