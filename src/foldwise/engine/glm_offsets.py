"""Library sizes and offsets of the generalized linear models of counts (edgeR specification, sections 0 and 17)."""

from __future__ import annotations

import numpy as np

from foldwise.engine.base import Engine
from foldwise.engine.library_sizes import effective_sizes
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors
from foldwise.stats.elementary import log


def glm_offsets(
    experiment: Experiment, size_factors: SizeFactors | None, engine: Engine
) -> tuple[np.ndarray, np.ndarray]:
    """Effective library sizes (n_samples,) and offsets, natural log, (n_samples,) or (n_genes, n_samples).

    Offsets by gene keep their differences between samples; each gene's mean becomes that of the log library sizes.
    """
    by_gene = size_factors is not None and size_factors.matrix is not None and size_factors.library_sizes is None
    sizes = effective_sizes(experiment, None if by_gene else size_factors, engine)
    log_sizes = log(sizes)
    if size_factors is None or size_factors.matrix is None:
        return sizes, log_sizes
    offset = log(np.ascontiguousarray(size_factors.matrix, dtype=np.float64))
    return sizes, offset - offset.mean(axis=1, keepdims=True) + log_sizes.mean()
