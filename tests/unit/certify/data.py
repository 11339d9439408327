"""Small simulated experiments and their analyses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from foldwise import pipeline
from foldwise.engine.threads import ThreadEngine
from foldwise.model.analysis import Analysis
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options


def simulated(n: int, n_genes: int = 400, changed: int = 0, seed: int = 1, dispersion: float = 0.1) -> Experiment:
    """Return negative binomial counts of two groups of n, the first genes up threefold in the second group."""
    rng = np.random.default_rng(seed)
    mean = rng.gamma(1.0, 300.0, n_genes)[:, None] * rng.lognormal(0, 0.2, 2 * n)[None, :] + 5
    mean[:changed, n:] *= 3
    counts = rng.negative_binomial(1 / dispersion, 1 / (1 + dispersion * mean)).astype(np.int32)
    samples = pd.DataFrame({"group": ["a"] * n + ["b"] * n}, index=[f"s{j}" for j in range(2 * n)])
    return Experiment(counts, samples, pd.DataFrame(index=[f"g{i}" for i in range(n_genes)]))


def analyzed(
    experiment: Experiment, method: str = "limma-trend", design: str = "~ group", **options: object
) -> Analysis:
    """Return the analysis of a simulated experiment."""
    spec = with_options(AnalysisSpec(), {"design": design, "method": method, **options})
    return pipeline.run(spec, experiment, engine=ThreadEngine(1))
