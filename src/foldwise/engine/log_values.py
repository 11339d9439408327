"""Values of plots for methods that model counts: log2 counts per million."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.engine.base import Arrays, Engine
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors
from foldwise.stats.cpm import log_cpm
from foldwise.stats.rows import dense_rows
from foldwise.stats.size_factors import geometric_mean

PRIOR_COUNT = 2.0  # edgeR's for plots


def log_cpm_of_plots(
    experiment: Experiment, sizes: np.ndarray, engine: Engine, factors: SizeFactors | None = None
) -> np.ndarray:
    """Log2 counts per million (n_genes, n_samples).

    Parameters
    ----------
    experiment : Experiment
    sizes : ndarray, (n_samples,)
        Effective library sizes.
    engine : Engine
    factors : SizeFactors, optional
        Where they differ by gene, each gene has library sizes in their proportions (edgeR specification, section 3).
    """
    by_gene = factors is not None and factors.matrix is not None
    scale = geometric_mean(sizes) if by_gene else 1.0

    def stage(counts: Any, relative: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        return {"values": log_cpm(dense_rows(counts), relative * scale, PRIOR_COUNT)}

    relative = factors.matrix if factors is not None and factors.matrix is not None else sizes
    return engine.map_genes(stage, experiment.counts, relative)["values"]
