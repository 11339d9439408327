"""The wrong way to adjust for hidden factors: principal components of the residuals of the design, as covariates.

They are at right angles to the tested factor, so they take variance away and none of the factor's share in the
estimate: every p-value becomes too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from foldwise.certify.procedure import Outcome, Procedure, classical
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design, append_columns
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec


def residual_components(spec: AnalysisSpec, k: int) -> Procedure:
    """Return the analysis with ``k`` components of the residuals of its design (with whatever factor is tested)."""
    inner = classical(spec)

    def run(
        experiment: Experiment, design: Design, contrasts: Sequence[Contrast], seed: np.random.SeedSequence
    ) -> tuple[Outcome, ...]:
        counts = np.asarray(experiment.counts, dtype=np.float64)
        values = np.log2((counts + 0.5) / (counts.sum(axis=0) + 1.0) * 1e6)[counts.mean(axis=1) > 5]
        q = np.linalg.qr(design.matrix)[0]
        residuals = values - (values @ q) @ q.T
        _, vectors = np.linalg.eigh(residuals.T @ residuals)
        longer = append_columns(design, vectors[:, ::-1][:, :k], [f"component{i}" for i in range(k)])
        padded = [replace(each, vector=np.r_[each.vector, np.zeros(k)]) for each in contrasts]
        return inner(experiment, longer, padded, seed)

    return run
