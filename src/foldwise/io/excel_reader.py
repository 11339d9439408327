"""Sheets of Excel workbooks as text: values only, never formulas; python-calamine is asked through `excel`."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from foldwise.errors import InputError
from foldwise.io.excel import damaged, visible_sheets, workbook_rows
from foldwise.io.messages import Messages, warning
from foldwise.io.raw_bytes import MAX_BYTES, MAX_RATIO, RATIO_COUNTS_FROM
from foldwise.io.wording import counted, listed, shown, shown_path

_CHUNK = 1 << 20
# A number that a spreadsheet shows as whole is whole; beyond this it has lost digits.
_EXACT = 2.0**53


def is_workbook(path: Path) -> bool:
    """Tell whether a zip archive is an Excel workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def sheet_text(path: Path, sheet: str | None) -> tuple[str, Messages]:
    """Return one sheet as tab-separated text.

    Parameters
    ----------
    path : Path
    sheet : str or None
        Name of the sheet; None where there is one.

    Raises
    ------
    InputError
        E-FILE-005 where there are several and none is named; E-FILE-004 for a damaged workbook; E-SAFE-002 for one that
        unpacks to far more than a table.
    UsageError
        E-EXTRA-001 without python-calamine.
    """
    name = shown_path(path.name)
    _check_size(path, name)
    names = visible_sheets(path, name)
    chosen = _choose(names, sheet, name)
    rows, merged = workbook_rows(path, chosen, name)
    said = _odd_cells(path, chosen, merged, name)
    return _as_text(rows), said


def _choose(names: Sequence[str], sheet: str | None, source: str) -> str:
    if sheet is not None:
        if sheet not in names:
            fix = f"Sheets: {listed(names)}."
            raise InputError("E-FILE-005", f"{source} has no sheet {shown(sheet)}.", fix, where=source)
        return sheet
    if len(names) == 1:
        return names[0]
    raise InputError(
        "E-FILE-005",
        f"{source} has {counted(len(names), 'sheet')}: {listed(names)}.",
        f"Name the sheet of counts with --sheet, such as --sheet {shown(names[0]) if names else 'NAME'}; a sample "
        "sheet must be alone in its workbook.",
        where=source,
        data={"sheets": list(names)},
    )


def _check_size(path: Path, source: str) -> None:
    """Unpack every part once, counting; stop beyond the caps."""
    packed = path.stat().st_size
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as part:
                    while piece := part.read(_CHUNK):
                        total += len(piece)
                        if total > MAX_BYTES or (total > RATIO_COUNTS_FROM and total > MAX_RATIO * packed):
                            raise InputError(
                                "E-SAFE-002",
                                f"{source} unpacks to more than {total:,} bytes from {packed:,}; reading stopped.",
                                "Check where the file comes from; if it is right, save the sheet as TSV.",
                                where=source,
                            )
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise damaged(source) from error


def _odd_cells(path: Path, sheet: str, merged: int, source: str) -> Messages:
    parts = [counted(merged, "merged range")] if merged else []
    parts += [f"hidden {kind}" for kind in _hidden(path, sheet)]
    if not parts:
        return ()
    found = f"Sheet {shown(sheet)} of {source} has {' and '.join(parts)}; all cells were read."
    return (warning("W-FILE-002", found, "Check that nothing is missing or shifted."),)


def _hidden(path: Path, sheet: str) -> list[str]:
    """Return ``rows`` and ``columns`` where some are hidden: marks in the XML, found without parsing it."""
    try:
        with zipfile.ZipFile(path) as archive:
            book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
            links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
            tags = re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book)
            tag = next((t for t in tags if _attribute(t, "name") == _escaped(sheet)), "")
            link = next((t for t in re.findall(r"<Relationship\b[^>]*>", links)
                         if _attribute(t, "Id") == _attribute(tag, "r:id")), "")  # fmt: skip
            target = _attribute(link, "Target").lstrip("/")
            xml = archive.read(target if target.startswith("xl/") else f"xl/{target}").decode("utf-8", "replace")
    except (KeyError, OSError, ValueError, zipfile.BadZipFile):
        return []
    return [kind for kind, tag in (("rows", "row"), ("columns", "col"))
            if re.search(rf'<{tag}\b[^>]*\bhidden="(1|true)"', xml)]  # fmt: skip


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{re.escape(name)}="([^"]*)"', tag)
    return match[1] if match else ""


def _escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _as_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as tab-separated text without the empty columns at the end."""
    cells = [[_cell(value) for value in row] for row in rows]
    width = max((i + 1 for row in cells for i, cell in enumerate(row) if cell), default=0)
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerows([row[:width] for row in cells])
    return out.getvalue()


def _cell(value: object) -> str:
    """Return a cell as text: whole numbers without a point, dates as ISO dates, so that they are found among ids."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) <= _EXACT else repr(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
