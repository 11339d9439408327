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


class TranscriptSummer:
    """Sums transcripts to genes sample by sample, so that one sample's transcripts are held at a time.

    Parameters
    ----------
    gene : ndarray, (n_transcripts,)
        Number of the gene of each transcript, 0 to ``n_genes - 1``; every gene has one at least.
    n_genes : int
    """

    def __init__(self, gene: Integers, n_genes: int) -> None:
        self._order = np.argsort(gene, kind="stable")
        self._starts = np.searchsorted(gene[self._order], np.arange(n_genes))
        self._size = np.bincount(gene, minlength=n_genes)
        self._effective = np.zeros(len(gene))
        self._columns: list[tuple[Floats, Floats, Floats]] = []

    def add(self, reads: Floats, effective_lengths: Floats, tpm: Floats) -> None:
        """Add the next sample, each (n_transcripts,)."""
        self._effective += effective_lengths
        self._columns.append((self._summed(reads), self._summed(tpm * effective_lengths), self._summed(tpm)))

    def sums(self) -> GeneSums:
        """Return counts, lengths and abundance of the genes in all samples.

        Where nothing of a gene is expressed in a sample its length is the geometric mean of those of the other samples;
        where it is expressed in none, the mean of its transcripts' mean effective lengths.
        """
        counts, weighted, abundance = (np.stack(each, axis=1) for each in zip(*self._columns, strict=True))
        expressed = abundance > 0
        lengths = weighted / np.where(expressed, abundance, 1.0)
        unexpressed = self._summed(self._effective / len(self._columns)) / self._size
        return GeneSums(counts, filled_lengths(lengths, expressed, unexpressed), abundance)

    def _summed(self, values: Floats) -> Floats:
        # In the order of the transcripts, whatever their number: a column of a matrix is added row by row
        return np.asarray(np.add.reduceat(values[self._order][:, None], self._starts, axis=0)[:, 0])


def sum_transcripts(gene: Integers, n_genes: int, reads: Floats, effective_lengths: Floats, tpm: Floats) -> GeneSums:
    """Sum transcripts to genes.

    Parameters
    ----------
    gene : ndarray, (n_transcripts,)
    n_genes : int
        See `TranscriptSummer`.
    reads, effective_lengths, tpm : ndarray, (n_transcripts, n_samples)

    Returns
    -------
    GeneSums
    """
    summer = TranscriptSummer(gene, n_genes)
    for sample in zip(reads.T, effective_lengths.T, tpm.T, strict=True):
        summer.add(*sample)
    return summer.sums()


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
