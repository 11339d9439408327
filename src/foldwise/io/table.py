"""A table of counts as it stands in a file or frame, before anyone knows which axis holds the samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from foldwise.io.messages import Messages

# Columns that describe genes and are never samples (any case), and those of featureCounts that are left out.
ANNOTATION_NAMES = frozenset({"gene_name", "symbol", "gene_biotype", "description", "length", "entrez_id"})
FEATURE_COUNTS_NAMES = ("Chr", "Start", "End", "Strand", "Length")
# First header fields that say what the rows are.
GENE_CORNERS = frozenset(
    {"gene", "gene_id", "geneid", "gene_name", "genes", "feature", "feature_id", "ensembl", "ensembl_id", "symbol"}
)
# Formats whose counts are estimates, with fractions.
ESTIMATES = frozenset({"salmon", "kallisto", "rsem", "nf-core"})
SAMPLE_CORNERS = frozenset({"sample", "sample_id", "samples", "sampleid"})


@dataclass(frozen=True)
class BadCell:
    """A cell that should hold a number and does not."""

    row: int
    column: int
    text: str


@dataclass(frozen=True, eq=False)
class Table:
    """Names, values and text columns of a table.

    Parameters
    ----------
    source : str
        File name (or "the data frame") for messages.
    row_names, column_names : list of str
    values : ndarray, (n_rows, n_columns)
        int32 or float64 (or any number type from a frame); NaN = missing. Of cells also a sparse matrix.
    annotation : dict of str to list of str
        Text columns, one entry per row.
    corner : str
        Title of the column of row names.
    lines : ndarray, (n_rows,), optional
        Line of the file on which each row starts.
    bad_cells : tuple of BadCell
        Cells that are neither a number nor missing; their value is NaN.
    messages : tuple of Message
    lengths : ndarray, (n_rows, n_columns), float64, optional
        Effective gene length in each sample.
    abundance : ndarray, (n_rows, n_columns), float64, optional
        Transcripts per million.
    qc : dict of str to dict of str to float
        Per sample, what its counting program tallied (reads unmapped, ambiguous, ...).
    samples : DataFrame, optional
        The sample sheet that the file brings along, indexed by sample.
    cells : bool
        Whether columns are single cells; ``values`` may then be sparse.
    format : str
        Key of `foldwise.io.formats.FORMATS`.
    """

    source: str
    row_names: list[str]
    column_names: list[str]
    values: Any
    annotation: dict[str, list[str]] = field(default_factory=dict)
    corner: str = ""
    lines: np.ndarray | None = None
    bad_cells: tuple[BadCell, ...] = ()
    messages: Messages = ()
    lengths: np.ndarray | None = None
    abundance: np.ndarray | None = None
    qc: dict[str, dict[str, float]] = field(default_factory=dict)
    samples: pd.DataFrame | None = None
    cells: bool = False
    format: str = "table"
