"""Reads of each sample, for methods that scale by depth."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.engine.base import Engine
from foldwise.errors import UsageError
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors


def library_sizes(experiment: Experiment, engine: Engine) -> np.ndarray:
    """Column sums (n_samples,): whole counts are added as integers, fractions in the order of the genes."""
    counts = experiment.counts
    if isinstance(counts, np.ndarray) and counts.dtype.kind == "f" and not np.all(counts == np.floor(counts)):
        return np.asarray(np.add.reduce(counts, axis=0))

    def add(block: Any) -> np.ndarray:
        dense = block if isinstance(block, np.ndarray) else block.to_dense()
        return np.asarray(dense.sum(axis=0, dtype=np.float64 if dense.dtype.kind == "f" else np.int64))

    return engine.fold_samples(add, counts).astype(np.float64)


def depths(experiment: Experiment, size_factors: SizeFactors | None, engine: Engine, method: str) -> np.ndarray:
    """Depth of each sample (n_samples,), in reads: its size factor times the mean library size, or its library size.

    Raises
    ------
    UsageError
        E-USAGE-002 for what a method on transformed counts cannot use: offsets by gene, observation weights.
    """
    by_gene = experiment.log_offset is not None or (size_factors is not None and size_factors.matrix is not None)
    given = "normalization offsets by gene" if by_gene else "observation weights"
    if by_gene or experiment.weights is not None:
        raise UsageError(
            "E-USAGE-002",
            f"Method {method} works on counts scaled by depth and cannot use {given}.",
            "Leave them out, or choose a method that models them (deseq2, edger-ql, edger-lrt).",
        )
    return effective_sizes(experiment, size_factors, engine)


def effective_sizes(experiment: Experiment, size_factors: SizeFactors | None, engine: Engine) -> np.ndarray:
    """Effective library sizes (n_samples,): library sizes times their factors.

    Size factors that do not come from library sizes are scaled to the same mean.
    """
    if size_factors is not None and size_factors.library_sizes is not None and size_factors.norm_factors is not None:
        return np.asarray(size_factors.library_sizes * size_factors.norm_factors, dtype=np.float64)
    sizes = library_sizes(experiment, engine)
    if size_factors is None:
        return sizes
    return np.asarray(size_factors.values * (sizes.mean() / size_factors.values.mean()))


def depth_factors(sizes: np.ndarray, size_factors: SizeFactors | None) -> SizeFactors:
    """What counts are divided by for base means: the size factors, or depths (n_samples,) over their mean."""
    return size_factors or SizeFactors(sizes / sizes.mean(), kind="library size")
