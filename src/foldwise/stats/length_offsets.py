"""What average transcript lengths do to counts: normalization factors per gene, or counts of scaled abundance.

Soneson, Love and Robinson 2015 (F1000Research 4:1521); DESeq2 specification, section 2; edgeR specification,
section 17.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats import size_factors
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.norm_factors import norm_factors

RATIO_RULES = ("ratio", "poscounts")


@dataclass(frozen=True, eq=False)
class LengthFactors:
    """Normalization by lengths and depth.

    Parameters
    ----------
    matrix : ndarray, (n_genes, n_samples)
        Factors with geometric mean 1 in each gene.
    depth : ndarray, (n_samples,)
        Size factors, or effective library sizes divided by their mean.
    """

    matrix: Floats
    depth: Floats


def length_ratios(lengths: Floats) -> Floats:
    """Lengths (n_genes, n_samples) divided by their geometric mean in each gene."""
    return size_factors.center_rows(lengths)


def length_factors(
    counts: Floats | Integers, lengths: Floats, kind: str, control: size_factors.Rows | None = None
) -> LengthFactors:
    """Normalization factors per gene and sample that hold lengths and depth.

    Parameters
    ----------
    counts, lengths : ndarray, (n_genes, n_samples)
    kind : str
        Rule for the depth of ``counts / length_ratios``: ``ratio`` or ``poscounts`` (DESeq2), or a rule that scales
        library sizes (``tmm``, ...; edgeR).
    control : ndarray, optional
        Genes over which the medians of ``ratio`` and ``poscounts`` run.

    Returns
    -------
    LengthFactors
        The offset of a generalized linear model is ``log(matrix)`` plus any constant of the gene.
    """
    ratios = length_ratios(lengths)
    if kind in RATIO_RULES:
        matrix, depth = size_factors.normalization_factors(counts, ratios, kind, control)
        return LengthFactors(matrix, depth)
    scaled = np.ascontiguousarray(counts / ratios, dtype=np.float64)
    sizes = np.add.reduce(scaled, axis=0)
    effective = sizes * norm_factors(scaled, kind, sizes)
    return LengthFactors(size_factors.center_rows(ratios * effective), effective / effective.mean())


def with_depth(lengths: Floats, depth: Floats) -> Floats:
    """Factors (n_genes, n_samples) of lengths and a known depth (n_samples,), with geometric mean 1 in each gene."""
    return size_factors.center_rows(length_ratios(lengths) * depth)


def length_scaled_counts(counts: Floats, lengths: Floats, abundance: Floats | None = None) -> Floats:
    """Abundance on the scale of counts: what counts would be, were a gene as long in all samples as on average.

    Parameters
    ----------
    counts, lengths : ndarray, (n_genes, n_samples)
    abundance : ndarray, (n_genes, n_samples), optional
        Transcripts per million; counts divided by lengths where not given, which is the same up to the digits that a
        quantifier prints.

    Returns
    -------
    ndarray, (n_genes, n_samples)
        ``abundance`` times the gene's mean length, each column scaled to the sum of its counts; for methods that take
        no offset per gene. It needs none: the changes of length are gone.
    """
    relative = counts / lengths if abundance is None else abundance
    means = np.add.reduce(lengths.T, axis=0) / lengths.shape[1]
    scaled = relative * means[:, None]
    return np.asarray(scaled * (np.add.reduce(counts, axis=0) / np.add.reduce(scaled, axis=0)))
