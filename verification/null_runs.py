"""What proofs of the certificate share: an analysis of counts in memory, and the certificate of any procedure on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from foldwise import pipeline
from foldwise.certify.certificate import certify
from foldwise.certify.null_runs import Settings
from foldwise.certify.procedure import Procedure
from foldwise.certify.seeds import FAKE, stream
from foldwise.engine.threads import ThreadEngine
from foldwise.model.analysis import Analysis
from foldwise.model.certificate import Certificate
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options


def experiment_of(counts: np.ndarray, samples: pd.DataFrame) -> Experiment:
    """Return counts (n_genes, n_samples) as an experiment; genes get numbers."""
    genes = pd.DataFrame(index=[f"g{i:05d}" for i in range(len(counts))])
    return Experiment(np.ascontiguousarray(counts, dtype=np.int32), samples, genes)


def two_groups_of(counts: np.ndarray, group: np.ndarray) -> Experiment:
    """Return counts of groups ``a`` (0) and ``b`` (1)."""
    sheet = pd.DataFrame({"group": np.where(group == 1, "b", "a")}, index=[f"s{j:03d}" for j in range(len(group))])
    return experiment_of(counts, sheet)


def analysis_of(experiment: Experiment, method: str, design: str = "~ group", **options: Any) -> Analysis:
    """Return the analysis of an experiment."""
    spec = with_options(AnalysisSpec(), {"design": design, "method": method, **options})
    return pipeline.run(spec, experiment, engine=ThreadEngine(1))


def certificate_of(
    analysis: Analysis, n: int, seed: int = 1, procedure: Procedure | None = None, *, bounds: bool = False,
) -> Certificate:  # fmt: skip
    """Return the certificate of an analysis, or of another procedure on the same samples."""
    settings = Settings(analysis.spec.correction.fdr, seed)
    if procedure is None:
        return certify(analysis, n, settings, bounds=bounds)
    contrasts = [result.contrast for result in analysis.results]
    outcomes = procedure(analysis.experiment, analysis.design, contrasts, stream(seed, FAKE))
    return certify(analysis, n, settings, procedure=procedure, outcomes=outcomes, what="other", bounds=bounds)


def row(made: Certificate) -> dict[str, Any]:
    """Return what proofs keep of a certificate."""
    found: dict[str, Any] = {
        "verdict": made.verdict, "null_runs": len(made.discoveries), "p_any": made.p_any,
        "mean_false": float(made.discoveries.mean()) if len(made.discoveries) else float("nan"),
        "max_false": int(made.discoveries.max(initial=0)),
    }  # fmt: skip
    if made.curve is not None:
        for cut in (0.05, 0.001):
            at = int(np.searchsorted(made.curve.cuts, cut))
            found[f"ratio_{str(cut)[2:]}"] = float(made.curve.mean[at]) / cut
    return found
