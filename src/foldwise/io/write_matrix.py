"""Counts with names and annotation as csv, tsv, parquet, h5ad or xlsx: one writer per ending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foldwise.errors import UsageError
from foldwise.io.cell_sums import dense
from foldwise.io.excel import Sheet, workbook_bytes
from foldwise.io.table import ANNOTATION_NAMES
from foldwise.io.wording import shown_path
from foldwise.io.write_text import gzipped, replacing, table_bytes

ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet", ".h5ad", ".xlsx")


@dataclass(frozen=True, eq=False)
class Matrix:
    """What is written.

    Parameters
    ----------
    values : ndarray or sparse matrix, (n_genes, n_columns)
    genes : DataFrame
        Index = gene id; annotation.
    columns : DataFrame
        Index = sample or cell; what is known of them.
    lengths : ndarray, (n_genes, n_columns), optional
    """

    values: Any
    genes: pd.DataFrame
    columns: pd.DataFrame
    lengths: np.ndarray | None = None


def ending(path: Path) -> str:
    """Return the ending that decides the format.

    Raises
    ------
    UsageError
        E-USAGE-002 where it is none of `ENDINGS`.
    """
    found = max((end for end in ENDINGS if path.name.lower().endswith(end)), key=len, default="")
    if not found:
        fix = f"Possible: {', '.join(ENDINGS)}."
        raise UsageError("E-USAGE-002", f"The ending of {shown_path(path)} says no format to write.", fix)
    return found


def write_matrix(path: Path, matrix: Matrix) -> list[str]:
    """Write a matrix; return what the format could not keep, in words.

    Raises
    ------
    UsageError
        E-EXTRA-001 without the package of the format.
    OutputError
        E-IO-001.
    """
    end = ending(path)
    with replacing(path) as temporary:
        return _WRITERS[end.removesuffix(".gz")](temporary, matrix, end)


def _text(path: Path, matrix: Matrix, end: str) -> list[str]:
    kept, lost = _kept(matrix)
    titles = ["gene_id", *kept.columns, *matrix.columns.index]
    columns = [list(kept.index), *(_texts(kept[name]) for name in kept.columns), _dense(matrix)]
    data = table_bytes([str(title) for title in titles], columns)
    if ".csv" in end:
        data = _commas(data)
    path.write_bytes(gzipped(data, 6) if end.endswith(".gz") else data)
    return lost


def _commas(data: bytes) -> bytes:
    """Return tab-separated text with commas, fields quoted where they need it."""
    import csv
    import io

    rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter="\t")
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8")


def _parquet(path: Path, matrix: Matrix, end: str) -> list[str]:
    from foldwise.io.parquet import write_parquet

    kept, lost = _kept(matrix)
    counts = pd.DataFrame(_dense(matrix), index=kept.index, columns=list(matrix.columns.index))
    write_parquet(pd.concat([kept, counts], axis=1), path)
    return lost


def _xlsx(path: Path, matrix: Matrix, end: str) -> list[str]:
    kept, lost = _kept(matrix)
    titles = ["gene_id", *map(str, kept.columns), *map(str, matrix.columns.index)]
    values = _dense(matrix).astype(float)
    columns = [list(map(str, kept.index)), *(_texts(kept[name]) for name in kept.columns), *values.T.tolist()]
    n_text = 1 + len(kept.columns)
    sheet = Sheet("counts", tuple(titles), tuple(columns), ("",) * len(titles),
                  (18.0,) * n_text + (11.0,) * (len(titles) - n_text))  # fmt: skip
    path.write_bytes(workbook_bytes([sheet]))
    return lost


def _h5ad(path: Path, matrix: Matrix, end: str) -> list[str]:
    from foldwise.io import anndata_bridge

    anndata_bridge.write_matrix(path, matrix.values, matrix.columns, matrix.genes, matrix.lengths)
    return []


def _kept(matrix: Matrix) -> tuple[pd.DataFrame, list[str]]:
    """Return the annotation that a table can hold beside counts, and what is lost: numbers would be read as samples."""
    numeric = [
        name for name in matrix.genes.columns
        if pd.api.types.is_numeric_dtype(matrix.genes[name].dtype) and str(name).lower() not in ANNOTATION_NAMES
    ]  # fmt: skip
    lost = [f"columns of numbers about genes ({', '.join(map(str, numeric))})"] if numeric else []
    if len(matrix.columns.columns):
        lost.append(f"columns about samples ({', '.join(map(str, matrix.columns.columns))})")
    if matrix.lengths is not None:
        lost.append("gene lengths per sample")
    return matrix.genes.drop(columns=numeric), lost


def _dense(matrix: Matrix) -> np.ndarray:
    return np.ascontiguousarray(dense(matrix.values, "the matrix"))


def _texts(column: pd.Series) -> list[str]:
    return ["" if cell is None or cell != cell else str(cell) for cell in column]


_WRITERS: dict[str, Callable[[Path, Matrix, str], list[str]]] = {
    ".csv": _text,
    ".tsv": _text,
    ".txt": _text,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
    ".h5ad": _h5ad,
}
