"""Values of plots for methods that model counts: log2 counts per million."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.engine.base import Arrays, Engine
from foldwise.model.experiment import Experiment
from foldwise.stats.cpm import log_cpm
from foldwise.stats.rows import dense_rows

PRIOR_COUNT = 2.0  # edgeR's for plots


def log_cpm_of_plots(experiment: Experiment, sizes: np.ndarray, engine: Engine) -> np.ndarray:
    """Log2 counts per million (n_genes, n_samples) with effective library sizes ``sizes`` (n_samples,)."""

    def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        return {"values": log_cpm(dense_rows(counts), sizes, PRIOR_COUNT)}

    return engine.map_genes(stage, experiment.counts, np.ones(experiment.n_samples))["values"]
