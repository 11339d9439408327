"""Data frames and arrays as count tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from foldwise.errors import InputError
from foldwise.io.cells import number
from foldwise.io.foreign_frames import as_pandas, index_is_default, text_labels
from foldwise.io.table import ANNOTATION_NAMES, BadCell, Table
from foldwise.io.table_reader import IsSample

SOURCE = "the count table"


def table_from_frame(frame: Any, is_sample: IsSample = None, source: str = SOURCE) -> Table:
    """Return a data frame (pandas, polars, arrow, ...) as a table.

    The index holds the row names unless it is the default 0, 1, 2, ...; then the first column does.

    Raises
    ------
    InputError
        E-NAME-004 where rows have no names.
    """
    frame = as_pandas(frame)
    names = text_labels(frame.columns)
    columns = [frame.iloc[:, i] for i in range(len(names))]
    corner = "" if frame.index.name is None else str(frame.index.name)
    if index_is_default(frame.index) and len(frame):
        if not columns or pd.api.types.is_float_dtype(columns[0].dtype):
            raise InputError(
                "E-NAME-004",
                f"{source} is a data frame without row names (its index is 0, 1, 2, ...).",
                "Set gene (or sample) ids as its index, or as text in the first column.",
            )
        corner, rows = names[0], text_labels(columns[0])
        names, columns = names[1:], columns[1:]
    else:
        rows = text_labels(frame.index)
    return _split(names, columns, rows, corner, is_sample, source)


def _split(
    names: list[str], columns: list[Any], rows: list[str], corner: str, is_sample: IsSample, source: str
) -> Table:
    """Sort columns into numbers and text that describes rows."""
    annotation: dict[str, list[str]] = {}
    kept: list[str] = []
    values: list[np.ndarray] = []
    bad: list[BadCell] = []
    for name, column in zip(names, columns, strict=True):
        wanted = is_sample is not None and is_sample(name)
        if name.lower() in ANNOTATION_NAMES and not wanted:
            annotation[name] = text_labels(column)
            continue
        array, odd = _numbers(column, len(kept))
        if odd and not wanted and 2 * len(odd) > len(rows):
            annotation[name] = text_labels(column)
            continue
        kept.append(name)
        values.append(array)
        bad.extend(odd)
    matrix = np.column_stack(values) if values else np.empty((len(rows), 0))
    return Table(source, rows, kept, matrix, annotation, corner, None, tuple(bad))


def _numbers(column: Any, position: int) -> tuple[np.ndarray, list[BadCell]]:
    """Return a column as numbers (NaN = missing), and its cells that are none."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return column.to_numpy(), []
    if pd.api.types.is_numeric_dtype(column.dtype):
        whole = pd.api.types.is_integer_dtype(column.dtype) and not column.isna().any()
        return column.to_numpy(dtype=np.int64 if whole else np.float64, na_value=0 if whole else np.nan), []
    values = np.empty(len(column))
    odd = []
    for row, cell in enumerate(column):
        value = _number(cell)
        values[row] = np.nan if value is None else value
        if value is None:
            odd.append(BadCell(row, position, str(cell)))
    return values, odd


def _number(cell: Any) -> float | None:
    if isinstance(cell, str):
        return number(cell.strip())
    if isinstance(cell, int | float | np.number):
        return number(str(cell))
    return np.nan if cell is None or cell is pd.NA else None


def table_from_array(
    counts: Any, gene_names: Sequence[str] | None, sample_names: Sequence[str] | None, source: str = "the count array"
) -> Table:
    """Return an array of genes x samples (or samples x genes) as a table; the names tell which.

    Raises
    ------
    InputError
        E-SHEET-001 where names are missing or do not fit the shape, E-COUNT-008 where it holds no numbers.
    """
    values = np.asarray(counts)
    if values.ndim != 2 or values.dtype.kind not in "iufb":
        found = f"{source} has {values.ndim} dimensions of type {values.dtype}."
        raise InputError("E-COUNT-008", found, "Give a matrix of numbers.")
    if gene_names is None or sample_names is None:
        found = f"{source} has no gene and sample names; which axis holds samples cannot be told from its shape."
        raise InputError("E-SHEET-001", found, "Give a data frame with both names.")
    genes, samples = text_labels(gene_names), text_labels(sample_names)
    if values.shape == (len(genes), len(samples)):
        return Table(source, genes, samples, values)
    rows, columns = values.shape
    found = f"{source} is {rows} x {columns}, with {len(genes)} gene names and {len(samples)} sample names."
    raise InputError("E-SHEET-001", found, "Give it as genes x samples with a name for each.")
