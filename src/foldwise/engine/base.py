"""What an engine is: where work over genes and samples runs. The only two verbs that touch counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from foldwise.model.experiment import CountMatrix

Arrays = Mapping[str, np.ndarray]
# (stage, genes done, genes in all)
Progress = Callable[[str, int, int], None]


# A step over a block of genes: gets the counts of the block (ndarray or CSR tuple), its normalization factors, its
# slices of the per-gene arrays and the number of threads; returns arrays whose first axis is the block's genes.
GeneFunction = Callable[[Any, np.ndarray, Arrays, int], dict[str, np.ndarray]]


class Engine(Protocol):
    """Runs gene functions block by block; results never depend on the blocks."""

    n_threads: int

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
        """Apply ``function`` to blocks of genes and join the results in order."""

    def fold_samples(self, function: Callable[[Any], np.ndarray], counts: CountMatrix) -> np.ndarray:
        """Add up per-sample values of integers over blocks of genes."""


def kernel_counts(counts: CountMatrix) -> Any:
    """Return counts in the form that kernels take: a contiguous array, or the tuple of a CSR matrix."""
    if isinstance(counts, np.ndarray):
        return np.ascontiguousarray(counts)
    return counts.data, counts.indices, counts.indptr, counts.shape[1]
