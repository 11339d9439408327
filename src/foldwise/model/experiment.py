"""The counts of an experiment with its samples and genes: validated once, changed never."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class CSRCounts:
    """Counts of genes x samples in compressed sparse rows.

    Parameters
    ----------
    data : ndarray, (n_nonzero,), int32 or float64
    indices : ndarray, (n_nonzero,), int32
        Column (sample) of each value, ascending within a row.
    indptr : ndarray, (n_genes + 1,), int64
    shape : tuple of int, (n_genes, n_samples)
    """

    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    shape: tuple[int, int]

    def rows(self, start: int, stop: int) -> CSRCounts:
        """Return rows ``start:stop`` without copying the values."""
        first, last = int(self.indptr[start]), int(self.indptr[stop])
        return CSRCounts(
            self.data[first:last],
            self.indices[first:last],
            self.indptr[start : stop + 1] - first,
            (stop - start, self.shape[1]),
        )

    def take(self, rows: np.ndarray) -> CSRCounts:
        """Return the rows of these numbers, ascending, as a copy."""
        lengths = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        values = np.repeat(self.indptr[rows] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return CSRCounts(self.data[values], self.indices[values], indptr, (len(rows), self.shape[1]))

    def to_dense(self) -> np.ndarray:
        """Return the dense (n_genes, n_samples) matrix."""
        dense = np.zeros(self.shape, dtype=self.data.dtype)
        gene = np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))
        dense[gene, self.indices] = self.data
        return dense


CountMatrix = np.ndarray | CSRCounts


def dense_counts(counts: CountMatrix) -> np.ndarray:
    """Return counts (n_genes, n_samples) as a dense matrix; the array itself where it is one."""
    return counts.to_dense() if isinstance(counts, CSRCounts) else counts


@dataclass(frozen=True, eq=False, repr=False)
class Experiment:
    """Counts, samples and genes of one experiment.

    Parameters
    ----------
    counts : ndarray or CSRCounts, (n_genes, n_samples)
        int32 where all are whole and below 2**31, else float64.
    samples : DataFrame
        One row per sample in the order of the columns of ``counts``; index = sample id (text).
    genes : DataFrame
        One row per gene; index = gene id (text); columns = annotation.
    log_offset : ndarray, (n_genes, n_samples), optional
        Natural-log normalization offsets (gene length and depth).
    weights : ndarray, (n_genes, n_samples), optional
        Observation weights, at least 0.
    lengths : ndarray, (n_genes, n_samples), optional
        Average effective transcript lengths, in bases, above 0; counts are then estimates, whole or not.
    abundance : ndarray, (n_genes, n_samples), optional
        Transcripts per million, beside ``lengths``.
    """

    counts: CountMatrix
    samples: pd.DataFrame
    genes: pd.DataFrame
    log_offset: np.ndarray | None = None
    weights: np.ndarray | None = None
    lengths: np.ndarray | None = None
    abundance: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Experiment:
        """Return the experiment of the genes of these row numbers."""
        counts = (
            self.counts.take(rows) if isinstance(self.counts, CSRCounts) else np.ascontiguousarray(self.counts[rows])
        )
        matrices: dict[str, Any] = {
            name: None if values is None else np.ascontiguousarray(values[rows])
            for name, values in self.matrices().items()
        }
        return replace(self, counts=counts, genes=self.genes.iloc[rows], **matrices)

    def take_samples(self, columns: np.ndarray) -> Experiment:
        """Return the experiment of the samples of these column numbers; counts become dense."""
        counts = dense_counts(self.counts)
        matrices: dict[str, Any] = {
            name: None if values is None else np.ascontiguousarray(values[:, columns])
            for name, values in self.matrices().items()
        }
        kept = np.ascontiguousarray(counts[:, columns])
        return replace(self, counts=kept, samples=self.samples.iloc[columns], **matrices)

    def matrices(self) -> dict[str, np.ndarray | None]:
        """Return by name what is given per gene and sample beside the counts."""
        return {name: getattr(self, name) for name in ("log_offset", "weights", "lengths", "abundance")}

    def __repr__(self) -> str:
        values = self.counts.data if isinstance(self.counts, CSRCounts) else self.counts
        kind = "whole numbers" if values.dtype.kind == "i" else "with fractions"
        given = [name.replace("_", " ") for name, values in self.matrices().items() if values is not None]
        lines = [f"Experiment: {self.n_genes:,} genes × {self.n_samples:,} samples, {kind}"]
        for name, frame in (("samples", self.samples), ("genes", self.genes)):
            columns = [str(column) for column in frame.columns[:8]] + (["…"] if len(frame.columns) > 8 else [])
            ids = [str(item) for item in frame.index[:4]] + (["…"] if len(frame) > 4 else [])
            lines.append(f"{name}: {', '.join(ids)}" + (f"; columns: {', '.join(columns)}" if columns else ""))
        return "\n".join([*lines, *([f"with {', '.join(given)}"] if given else [])])

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return int(self.counts.shape[0])

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return int(self.counts.shape[1])
