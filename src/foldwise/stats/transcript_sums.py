"""Counts, lengths and abundance of genes from those of their transcripts.

Soneson, Love and Robinson 2015 (F1000Research 4:1521). The length of a gene in a sample is the mean effective length of
its transcripts, weighted by how much of each was expressed there; so it changes where isoform usage changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.elementary import exp, log


@dataclass(frozen=True, eq=False)
class GeneSums:
    """What transcripts add up to.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
        Estimated reads, not rounded.
    lengths : ndarray, (n_genes, n_samples)
        Average effective length, in bases.
    abundance : ndarray, (n_genes, n_samples)
        Transcripts per million.
    """

    counts: Floats
    lengths: Floats
    abundance: Floats


def sum_transcripts(
    gene: Integers, n_genes: int, reads: Floats, effective_lengths: Floats, tpm: Floats
) -> GeneSums:  # fmt: skip
    """Sum transcripts to genes.

    Parameters
    ----------
    gene : ndarray, (n_transcripts,)
        Number of the gene of each transcript, 0 to ``n_genes - 1``; every gene has one at least.
    n_genes : int
    reads, effective_lengths, tpm : ndarray, (n_transcripts, n_samples)

    Returns
    -------
    GeneSums
        Where nothing of a gene is expressed in a sample its length is the geometric mean of those of the other samples;
        where it is expressed in none, the mean of its transcripts' mean effective lengths.
    """
    order = np.argsort(gene, kind="stable")
    starts = np.searchsorted(gene[order], np.arange(n_genes))

    def summed(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values[order], starts, axis=0))

    abundance = summed(tpm)
    expressed = abundance > 0
    lengths = summed(tpm * effective_lengths) / np.where(expressed, abundance, 1.0)
    means = np.add.reduce(effective_lengths.T, axis=0) / effective_lengths.shape[1]
    unexpressed = summed(means[:, None])[:, 0] / np.bincount(gene, minlength=n_genes)
    return GeneSums(summed(reads), filled_lengths(lengths, expressed, unexpressed), abundance)


def filled_lengths(lengths: Floats, known: np.ndarray, otherwise: Floats) -> Floats:
    """Fill unknown lengths by the geometric mean of the gene's known ones.

    Parameters
    ----------
    lengths : ndarray, (n_genes, n_samples)
    known : ndarray of bool, (n_genes, n_samples)
    otherwise : ndarray, (n_genes,)
        Length of genes of which none is known.
    """
    if known.all():
        return lengths
    logs = np.where(known, log(np.where(known, lengths, 1.0)), 0.0)
    n_known = known.sum(axis=1)
    means = exp(np.add.reduce(logs.T, axis=0) / np.maximum(n_known, 1))
    return np.where(known, lengths, np.where(n_known > 0, means, otherwise)[:, None])
