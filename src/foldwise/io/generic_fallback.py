"""The second reader: tables that the strict kernel does not accept, read cell by cell with Python's csv.

Both readers give the same table wherever both accept a file.
"""

from __future__ import annotations

import array
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import numpy as np

from foldwise.errors import InputError
from foldwise.io.cells import decimal_mark, number, numbers
from foldwise.io.delimited import Record, ragged, records
from foldwise.io.table import BadCell

_KEPT_BAD_CELLS = 10_000


@dataclass
class RawTable:
    """Names, values and text columns straight from the text; columns count from 0 after the row names."""

    header: list[str]
    short_header: bool
    row_names: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    values: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    text: dict[int, list[str]] = field(default_factory=dict)
    bad_cells: list[BadCell] = field(default_factory=list)
    n_bad: Counter[int] = field(default_factory=Counter)


def read_raw(
    text: str,
    delimiter: str,
    source: str,
    first_line: int,
    text_columns: Callable[[list[str], list[str]], Collection[int]],
    is_sample: Callable[[str], bool] | None,
) -> RawTable:
    """Read a table of numbers and text.

    Parameters
    ----------
    text_columns : callable
        Given the column names and the first row, the columns known to hold text.
    is_sample : callable or None
        Tells whether a column name is a sample of the sheet; None where names are not known.
    """

    def rows() -> Iterator[Record]:
        return records(text, delimiter, source, first_line)

    head = list(itertools.islice(rows(), 2))
    if len(head) < 2:
        raise header_only(source)
    comma = delimiter == ";" and _uses_decimal_comma(rows(), source)
    header, short = _header(head, source)
    as_text = set(text_columns(header, head[1][1][1:]))
    while True:
        table = _parse(rows(), RawTable(header, short), as_text, comma, source)
        more = _annotation(table, is_sample) - as_text
        if not more:
            return table
        as_text |= more


def header_only(source: str) -> InputError:
    """Return the error of a file without data rows."""
    return InputError(
        "E-FILE-006", f"{source} has a header and no rows.", "Check that it was written completely.", where=source
    )


def _header(rows: list[Record], source: str) -> tuple[list[str], bool]:
    """Return the column names without the corner, and whether the header lacks the corner (as R writes it)."""
    fields, width = rows[0][1], len(rows[1][1])
    if len(fields) == width - 1:
        return fields, True
    if len(fields) != width or width < 2:
        raise ragged(source, rows[1][0], width, len(fields))
    return fields[1:], False


def _uses_decimal_comma(rows: Iterator[Record], source: str) -> bool:
    mark, cell = decimal_mark(cell for _, fields in rows for cell in fields[1:])
    if mark is None:
        raise InputError(
            "E-FILE-001",
            f"{source}: '{cell[:30]}' can be read with a decimal mark or with a thousands separator.",
            "Write numbers without thousands separators and with a decimal point.",
            where=source,
        )
    return mark == ","


def _parse(rows: Iterator[Record], table: RawTable, as_text: set[int], comma: bool, source: str) -> RawTable:
    table.text = {column: [] for column in sorted(as_text)}
    width = len(table.header) + 1
    kept = [column for column in range(width - 1) if column not in as_text]
    values = array.array("d")
    next(rows)
    for line, fields in rows:
        if len(fields) != width:
            raise ragged(source, line, len(fields), width)
        cells = [fields[column + 1] for column in kept] if as_text else fields[1:]
        if comma:
            cells = [cell.replace(",", ".") for cell in cells]
        for column, words in table.text.items():
            words.append(fields[column + 1])
        row = numbers(cells)
        values.extend(_one_by_one(cells, kept, table) if row is None else row)
        table.row_names.append(fields[0])
        table.lines.append(line)
    table.values = np.frombuffer(values, dtype=np.float64).reshape(len(table.row_names), len(kept)).copy()
    return table


def _one_by_one(cells: list[str], columns: list[int], table: RawTable) -> list[float]:
    """Return the values of a row; note what is no number, with its place in the file."""
    row = []
    for column, cell in zip(columns, cells, strict=True):
        value = number(cell)
        if value is None:
            table.n_bad[column] += 1
            if len(table.bad_cells) < _KEPT_BAD_CELLS:
                table.bad_cells.append(BadCell(len(table.row_names), column, cell))
            value = np.nan
        row.append(value)
    return row


def _annotation(table: RawTable, is_sample: Callable[[str], bool] | None) -> set[int]:
    """Return the columns that describe rows: they hold text and are no sample of the sheet.

    Where the names of the sheet are not among the columns (or not known), a column is text when most of its
    cells are; a few odd cells in a column of numbers are errors.
    """
    named = is_sample is not None and any(is_sample(name) for name in table.header)
    found = set()
    for column, n_bad in table.n_bad.items():
        if is_sample is not None and is_sample(table.header[column]):
            continue
        if named or 2 * n_bad > len(table.row_names):
            found.add(column)
    return found
