"""voom with quality weights of samples (Liu et al. 2015, Nucleic Acids Research 43:e97); limma specification, 8.4."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from foldwise.stats.array_weights import array_weights
from foldwise.stats.arrays import Floats
from foldwise.stats.least_squares import Blocks
from foldwise.stats.voom import SPAN, Voom, voom


def voom_with_quality_weights(
    counts: Any,
    design: Floats,
    library_sizes: Floats,
    *,
    blocks: Blocks | None = None,
    span: float = SPAN,
    n_threads: int = 1,
) -> tuple[Voom, Floats]:
    """Find voom's weights and quality weights of the samples, each once more with the other's help.

    Parameters
    ----------
    counts, design, library_sizes, blocks, span, n_threads
        As for `voom`.

    Returns
    -------
    tuple
        Voom whose weights are products of both kinds, and the quality weights (n_samples,).
    """
    first = voom(counts, design, library_sizes, blocks=blocks, span=span, n_threads=n_threads)
    rough = array_weights(first.values, design, first.weights, method="gene-by-gene")
    second = voom(
        counts, design, library_sizes, weights=rough, blocks=blocks, span=span, values=first.values,
        n_threads=n_threads,
    )  # fmt: skip
    final = array_weights(second.values, design, second.weights, method="gene-by-gene")
    return replace(second, weights=second.weights * final), final
