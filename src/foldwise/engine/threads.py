"""The default engine: this process, kernels with threads. Blocks bound memory and give progress; they change no bit."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from foldwise.engine.base import Arrays, GeneFunction, Progress, kernel_counts
from foldwise.model.experiment import CountMatrix, CSRCounts

# Values of a block: 4 million doubles are 32 MB for each array of the size of the counts.
BLOCK_VALUES = 4_000_000


def default_threads() -> int:
    """Processors that this process may use, capped by the quota of its control group."""
    affinity = getattr(os, "sched_getaffinity", None)
    n = len(affinity(0)) if affinity else (os.cpu_count() or 1)
    return max(1, min(n, _quota(n)))


def _quota(default: int) -> int:
    """Whole processors of the cgroup quota (version 2, then 1); ``default`` where there is none."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return default if quota == "max" else max(1, int(int(quota) / int(period)))
    except (OSError, ValueError):
        pass
    try:
        quota_us = int(Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").read_text())
        period_us = int(Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us").read_text())
        return default if quota_us <= 0 else max(1, quota_us // period_us)
    except (OSError, ValueError):
        return default


class ThreadEngine:
    """Blocks of genes one after the other, each by kernels on ``n_threads`` threads.

    Parameters
    ----------
    n_threads : int, optional
        Default: `default_threads`.
    block_genes : int, optional
        Genes of a block; default from the number of samples.
    progress : callable, optional
        Called as ``progress(stage, done, total)`` after each block.
    """

    def __init__(
        self, n_threads: int | None = None, *, block_genes: int | None = None, progress: Progress | None = None
    ) -> None:
        self.n_threads = default_threads() if n_threads is None else n_threads
        self.block_genes = block_genes
        self.progress = progress

    def map_genes(
        self,
        function: GeneFunction,
        counts: CountMatrix,
        factors: np.ndarray,
        arrays: Arrays | None = None,
        *,
        rows: np.ndarray | None = None,
        stage: str = "",
    ) -> dict[str, np.ndarray]:
        """Apply ``function`` to blocks of genes and join the results in order.

        Parameters
        ----------
        function : callable
            See `GeneFunction`.
        counts : CountMatrix, (n_genes, n_samples)
        factors : ndarray, (n_samples,) or (n_genes, n_samples)
        arrays : mapping of str to ndarray, optional
            Per-gene arrays, first axis the chosen genes (all, or those of ``rows``).
        rows : ndarray of int, optional
            Genes to work on; default all.
        stage : str
            Name given to the progress callback.
        """
        arrays = arrays or {}
        total = counts.shape[0] if rows is None else len(rows)
        size = self.block_genes or max(1, BLOCK_VALUES // max(1, counts.shape[1]))
        blocks = []
        for start in range(0, max(total, 1), size):
            stop = min(start + size, total)
            pick = slice(start, stop) if rows is None else rows[start:stop]
            block = {name: np.ascontiguousarray(values[start:stop]) for name, values in arrays.items()}
            block_factors = factors if factors.ndim == 1 else np.ascontiguousarray(factors[pick])
            blocks.append(function(kernel_counts(take_genes(counts, pick)), block_factors, block, self.n_threads))
            if self.progress is not None:
                self.progress(stage, stop, total)
        if len(blocks) == 1:
            return blocks[0]
        return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}

    def fold_samples(self, function: Callable[[Any], np.ndarray], counts: CountMatrix) -> np.ndarray:
        """Add up per-sample values of integers (n_samples,) over blocks of genes.

        Parameters
        ----------
        function : callable
            Maps the counts of a block to whole numbers per sample; sums of whole numbers do not depend on the blocks.
        counts : CountMatrix, (n_genes, n_samples)
        """
        size = self.block_genes or max(1, BLOCK_VALUES // max(1, counts.shape[1]))
        n_genes = counts.shape[0]
        total = np.asarray(function(take_genes(counts, slice(0, min(size, n_genes)))))
        for start in range(size, n_genes, size):
            total = total + function(take_genes(counts, slice(start, min(start + size, n_genes))))
        return total


def take_genes(counts: CountMatrix, pick: slice | np.ndarray) -> CountMatrix:
    """Return some genes: a view for a slice, a copy for row numbers."""
    if isinstance(counts, np.ndarray):
        return counts[pick]
    if isinstance(pick, slice):
        return counts.rows(*pick.indices(counts.shape[0])[:2])
    lengths = np.diff(counts.indptr)[pick]
    indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    values = np.repeat(counts.indptr[:-1][pick] - indptr[:-1], lengths) + np.arange(indptr[-1])
    return CSRCounts(
        np.ascontiguousarray(counts.data[values]),
        np.ascontiguousarray(counts.indices[values]),
        indptr,
        (len(pick), counts.shape[1]),
    )
