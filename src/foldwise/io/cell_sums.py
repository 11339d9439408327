"""Single cells summed to samples, as a sheet with a row per cell says; cells are never samples themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from foldwise.errors import InputError, ResourceError
from foldwise.io.messages import note
from foldwise.io.table import Table
from foldwise.io.wording import counted, listed

# Bulk and pseudobulk matrices are far below this; more samples are cells, which are summed first.
MAX_DENSE_BYTES = 8 << 30


def samples_of(table: Table, cells: Mapping[str, str], intersect: bool) -> Table:
    """Return a table whose columns are samples.

    Parameters
    ----------
    table : Table
        Columns may be cells, values sparse.
    cells : mapping of str to str
        Sample of each cell; empty where the sheet names samples.
    intersect : bool
        Whether cells of the sheet that the table lacks are left out.

    Raises
    ------
    InputError
        E-CELL-001 where columns are cells and the sheet does not say whose; E-SHEET-002 for unknown cells.
    ResourceError
        E-MEM-001 where the dense table would not fit.
    """
    if cells:
        return _summed(table, cells, intersect)
    if table.cells:
        n = counted(len(table.column_names), "cell")
        raise InputError(
            "E-CELL-001",
            f"{table.source} holds {n}; cells of a donor are no replicates of each other.",
            "Give a sheet with a row per cell and the columns barcode and sample (cells are summed), or one 10x folder "
            "per sample, or sum them in Python with fw.pp.pseudobulk.",
            where=table.source,
            data={"cells": len(table.column_names)},
        )
    return replace(table, values=dense(table.values, table.source))


def _summed(table: Table, cells: Mapping[str, str], intersect: bool) -> Table:
    from scipy import sparse  # bulk counts do without

    place = {name: column for column, name in enumerate(table.column_names)}
    unknown = [cell for cell in cells if cell not in place]
    if unknown and not (intersect and len(unknown) < len(cells)):
        found = f"{table.source} lacks {counted(len(unknown), 'cell')} of the sheet: {listed(unknown)}."
        raise InputError("E-SHEET-002", found, "Write barcodes as there; --intersect leaves such cells out.")
    known = {cell: sample for cell, sample in cells.items() if cell in place}
    samples = list(dict.fromkeys(known.values()))
    number = {sample: i for i, sample in enumerate(samples)}
    rows = np.array([place[cell] for cell in known])
    columns = np.array([number[sample] for sample in known.values()])
    membership = sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=(len(place), len(samples))
    )
    values = table.values.astype(np.int64 if table.values.dtype.kind in "iub" else np.float64)
    total = sparse.csr_matrix(values) @ membership
    left = len(place) - len(known)
    rest = f"; {counted(left, 'cell is', 'cells are')} not in the sheet" if left else ""
    said = note(f"{counted(len(known), 'cell')} summed to {counted(len(samples), 'sample')} by the sheet{rest}.")
    return replace(
        table,
        column_names=samples,
        values=dense(total, table.source),
        cells=False,
        samples=None,
        messages=(*table.messages, said),
    )


def dense(values: Any, source: str) -> np.ndarray:
    """Return an array or a sparse matrix as an array.

    Raises
    ------
    ResourceError
        E-MEM-001 where it would not fit.
    """
    if not hasattr(values, "toarray"):
        return np.asarray(values)
    require_room(values.shape, source)
    return np.asarray(values.toarray())


def require_room(shape: tuple[int, ...], source: str) -> None:
    """Raise E-MEM-001 where a dense matrix of doubles of this shape would not fit."""
    size = int(shape[0]) * int(shape[1]) * 8
    if size > MAX_DENSE_BYTES:
        raise ResourceError(
            "E-MEM-001",
            f"{source} would take {size / 2**30:,.0f} GiB as a dense matrix.",
            "Sum cells to one profile per donor and cell type first (pseudobulk).",
        )
