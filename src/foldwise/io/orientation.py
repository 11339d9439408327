"""Which axis of a table holds the samples: decided by names alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.errors import InputError
from foldwise.io.groups import Groups
from foldwise.io.matching import lookalikes
from foldwise.io.messages import Messages, warning
from foldwise.io.table import ANNOTATION_NAMES, GENE_CORNERS, SAMPLE_CORNERS, BadCell, Table
from foldwise.io.wording import counted, listed, shown


@dataclass(frozen=True, eq=False)
class GeneTable:
    """A table with genes on axis 0.

    Parameters
    ----------
    source : str
    genes, samples : list of str
    values : ndarray, (n_genes, n_samples)
    annotation : dict of str to list of str
        Text that describes genes.
    gene_lines, sample_lines : ndarray, optional
        Lines of the file; one of them at most.
    bad_cells : tuple of BadCell
        ``row`` = gene, ``column`` = sample.
    messages : tuple of Message
    lengths : ndarray, (n_genes, n_samples), optional
        Effective gene length in each sample.
    abundance : ndarray, (n_genes, n_samples), optional
        Transcripts per million.
    format : str
        Of the file; see `foldwise.io.formats.FORMATS`.
    """

    source: str
    genes: list[str]
    samples: list[str]
    values: np.ndarray
    annotation: dict[str, list[str]]
    gene_lines: np.ndarray | None = None
    sample_lines: np.ndarray | None = None
    bad_cells: tuple[BadCell, ...] = ()
    messages: Messages = ()
    lengths: np.ndarray | None = None
    abundance: np.ndarray | None = None
    format: str = "table"

    def place(self, gene: int, sample: int) -> str:
        """Return the address of a cell: file and line, gene and sample."""
        line = self._line(gene, sample)
        where = self.source if line is None else f"{self.source}:{line}"
        return f"{where}, gene {shown(self.genes[gene])}, sample {shown(self.samples[sample])}"

    def _line(self, gene: int, sample: int) -> int | None:
        if self.gene_lines is not None:
            return int(self.gene_lines[gene])
        return None if self.sample_lines is None else int(self.sample_lines[sample])


def orient(table: Table, names: Sequence[str] | Groups | None) -> GeneTable:
    """Turn a table so that genes are on axis 0.

    Parameters
    ----------
    table : Table
    names : sequence of str, Groups or None
        The samples of the sheet or of ``--groups``; None where there is neither.

    Raises
    ------
    InputError
        E-SHEET-001 where the names do not decide.
    """
    (in_columns, n_wanted), (in_rows, _) = _found(names, table.column_names), _found(names, table.row_names)
    axis = _decide(in_columns, in_rows, n_wanted, table, names)
    if axis == "columns":
        return GeneTable(
            table.source,
            table.row_names,
            table.column_names,
            table.values,
            table.annotation,
            gene_lines=table.lines,
            bad_cells=table.bad_cells,
            messages=table.messages,
            lengths=table.lengths,
            abundance=table.abundance,
            format=table.format,
        )
    return _transposed(table)


def _found(names: Sequence[str] | Groups | None, axis: Sequence[str]) -> tuple[int, int]:
    """Return how many of the wanted names an axis holds, and how many are wanted."""
    if names is None:
        return 0, 0
    if isinstance(names, Groups):
        return names.n_found(axis)
    return len(set(names).intersection(axis)), len(names)


def _decide(in_columns: int, in_rows: int, n_wanted: int, table: Table, names: Sequence[str] | Groups | None) -> str:
    if in_columns and not in_rows:
        return "columns"
    if in_rows and not in_columns:
        return "rows"
    if in_columns and in_rows and (in_columns == n_wanted) != (in_rows == n_wanted):
        return "columns" if in_columns == n_wanted else "rows"
    if not in_columns and not in_rows:
        axis = _evidence(table, names)
        if axis:
            return axis
    raise _undecidable(in_columns, in_rows, table, names)


def _evidence(table: Table, names: Sequence[str] | Groups | None) -> str:
    """Return the axis that titles or lookalike names point to, so that a better error can follow; or nothing."""
    if table.corner.lower() in GENE_CORNERS or any(name.lower() in ANNOTATION_NAMES for name in table.annotation):
        return "columns"
    if table.corner.lower() in SAMPLE_CORNERS:
        return "rows"
    if names is None or isinstance(names, Groups):
        return ""
    alike_columns, alike_rows = len(lookalikes(names, table.column_names)), len(lookalikes(names, table.row_names))
    if alike_columns == alike_rows:
        return ""
    return "columns" if alike_columns > alike_rows else "rows"


def _undecidable(in_columns: int, in_rows: int, table: Table, names: Sequence[str] | Groups | None) -> InputError:
    columns, rows = listed(table.column_names, 3), listed(table.row_names, 3)
    data = {"columns": table.column_names[:100], "rows": table.row_names[:100]}
    if names is None:
        found = f"{table.source} has columns {columns} and rows {rows}: which are samples cannot be told without names."
        return InputError("E-SHEET-001", found, 'Give a sample sheet, or --groups "ctrl=C1,C2; drug=D1,D2".', data=data)
    if isinstance(names, Groups):
        wanted = "the names of --groups " + listed([p for _, group in names.members for p in group], 3)
    else:
        wanted = f"the sheet's samples {listed(names, 3)}"
    how = "match both axes" if in_columns and in_rows else "match neither axis"
    found = f"In {table.source}, {wanted} {how}: columns {columns}; rows {rows}."
    fix = "Sample names must be those of the columns, or of the rows, and not of both."
    return InputError("E-SHEET-001", found, fix, data=data)


def _transposed(table: Table) -> GeneTable:
    said: Messages = (
        warning(
            "W-SHEET-001",
            f"{table.source} has samples in rows and genes in columns; it was turned.",
            f"Its {counted(len(table.row_names), 'row name')} are the sheet's samples.",
        ),
    )
    return GeneTable(
        table.source,
        table.column_names,
        table.row_names,
        np.ascontiguousarray(table.values.T),
        {},
        sample_lines=table.lines,
        bad_cells=tuple(BadCell(cell.column, cell.row, cell.text) for cell in table.bad_cells),
        messages=(*table.messages, *said),
        lengths=None if table.lengths is None else np.ascontiguousarray(table.lengths.T),
        abundance=None if table.abundance is None else np.ascontiguousarray(table.abundance.T),
        format=table.format,
    )
