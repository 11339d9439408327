"""Excel workbooks: the only file that imports xlsxwriter (and python-calamine, for reading)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foldwise.errors import InputError, UsageError

MAX_ROWS = 1_048_576
_MAX_TEXT = 32_767  # characters of a cell


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet.

    Parameters
    ----------
    name : str
        At most 31 characters, unique in its workbook.
    header : tuple of str
    columns : tuple of list
        Text, float or None (empty) cells.
    formats : tuple of str
        Number format of each column; empty for text.
    widths : tuple of float
        In characters.
    is_table : bool
        Whether the header is frozen and filtered.
    """

    name: str
    header: tuple[str, ...]
    columns: tuple[list[Any], ...]
    formats: tuple[str, ...]
    widths: tuple[float, ...]
    is_table: bool = True


def require_writer() -> Any:
    """Return the module that writes workbooks.

    Raises
    ------
    UsageError
        E-EXTRA-001 without it.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise UsageError("E-EXTRA-001", "Excel output needs xlsxwriter.", "pip install 'foldwise[excel]'") from error
    return xlsxwriter


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook; the same sheets give the same bytes.

    Text is written as text, whatever it looks like: ``SEPT1``, ``1-2`` and ``=cmd|...`` stay what they are.

    Parameters
    ----------
    sheets : sequence of Sheet

    Raises
    ------
    UsageError
        E-EXTRA-001 without xlsxwriter; E-USAGE-002 where a sheet has more rows than Excel takes.
    """
    import datetime
    import io

    writer = require_writer()
    file = io.BytesIO()
    book = writer.Workbook(file, {"constant_memory": True})
    epoch = datetime.datetime(2000, 1, 1)  # fixed, so that bytes depend on the content only
    book.set_properties({"created": epoch, "author": "foldwise"})
    bold = book.add_format({"bold": True, "bottom": 1})
    for sheet in sheets:
        _write(book, sheet, bold)
    book.close()
    return file.getvalue()


def _write(book: Any, sheet: Sheet, bold: Any) -> None:
    n_rows = len(sheet.columns[0]) if sheet.columns else 0
    if n_rows + 1 > MAX_ROWS:
        found = f"{n_rows:,} rows do not fit: a sheet of Excel has {MAX_ROWS:,}."
        raise UsageError("E-USAGE-002", found, "Use the tsv files, or leave --excel out.")
    page = book.add_worksheet(sheet.name)
    looks = [book.add_format({"num_format": words}) if words else None for words in sheet.formats]
    for column, (width, look) in enumerate(zip(sheet.widths, looks, strict=True)):
        page.set_column(column, column, width, look)
    if sheet.is_table:
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, max(n_rows, 1), len(sheet.header) - 1)
    for column, words in enumerate(sheet.header):
        page.write_string(0, column, words, bold)
    for row, values in enumerate(zip(*sheet.columns, strict=True), start=1):
        for column, value in enumerate(values):
            if value is None:
                continue
            if type(value) is float:
                page.write_number(row, column, value, looks[column])
            else:
                page.write_string(row, column, value[:_MAX_TEXT], looks[column])


def _open(path: Path, source: str) -> Any:
    """Open a workbook for reading."""
    try:
        import python_calamine
    except ImportError as error:
        raise UsageError(
            "E-EXTRA-001", "Reading Excel files needs python-calamine.", "pip install 'foldwise[excel]'"
        ) from error
    try:
        return python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise damaged(source) from error


def damaged(source: str) -> InputError:
    """Return E-FILE-004 for a workbook that cannot be read."""
    found = f"{source} is a damaged or protected workbook."
    return InputError("E-FILE-004", found, "Save the sheet as CSV or TSV.", where=source)


def visible_sheets(path: Path, source: str) -> list[str]:
    """Return the names of the sheets of cells that are not hidden, in order.

    Raises
    ------
    UsageError
        E-EXTRA-001 without python-calamine.
    InputError
        E-FILE-004 for a damaged workbook.
    """
    found = _open(path, source).sheets_metadata
    return [sheet.name for sheet in found if str(sheet.visible).endswith("Visible") and "WorkSheet" in str(sheet.typ)]


def workbook_rows(path: Path, sheet: str, source: str) -> tuple[list[list[Any]], int]:
    """Return the rows of a sheet (text, float, bool, date or empty text) and how many ranges are merged.

    Raises
    ------
    InputError
        E-FILE-004 for a damaged sheet.
    """
    import python_calamine

    try:
        found = _open(path, source).get_sheet_by_name(sheet)
        return found.to_python(skip_empty_area=False), len(found.merged_cell_ranges or ())
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise damaged(source) from error
