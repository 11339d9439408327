"""A count table from a text file: sniffed, read by the strict kernel, and by the second reader where it is odd."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np

from foldwise import _kernels
from foldwise.errors import InputError
from foldwise.io.cells import number
from foldwise.io.delimited import records
from foldwise.io.delimiter import WHITESPACE, Layout, sniff
from foldwise.io.excel_reader import is_workbook, sheet_text
from foldwise.io.generic_fallback import RawTable, header_only, read_raw
from foldwise.io.messages import Messages, note
from foldwise.io.parquet import parquet_text
from foldwise.io.raw_bytes import head_bytes, read_bytes
from foldwise.io.table import ANNOTATION_NAMES, FEATURE_COUNTS_NAMES, Table
from foldwise.io.text_encoding import to_utf8
from foldwise.io.wording import listed, shown_path

IsSample = Callable[[str], bool] | None


@dataclass(frozen=True)
class Text:
    """The text of a file as UTF-8, with its layout and what was decided on the way."""

    source: str
    data: bytes
    layout: Layout
    messages: Messages


def read_text(path: str | os.PathLike[str], sheet: str | None = None) -> Text:
    """Return the text of a table file with its layout; of a workbook or Parquet file, its cells as text.

    Parameters
    ----------
    path : path-like
    sheet : str, optional
        Of a workbook with several.

    Raises
    ------
    InputError
        As `raw_bytes.read_bytes`; E-FILE-004 where no delimiter is found, E-FILE-006 where nothing is in it, E-FILE-005
        where a workbook has several sheets.
    """
    source = PurePath(shown_path(path)).name
    head = head_bytes(path, 8)
    if head.startswith(b"PK\x03\x04") and is_workbook(Path(path)):
        return _from_cells(source, *sheet_text(Path(path), sheet))
    if head.startswith(b"PAR1"):
        return _from_cells(source, parquet_text(Path(path)).decode("utf-8"), ())
    data, encoding = to_utf8(read_bytes(path), source)
    layout = sniff(data)
    if not layout.lines:
        raise InputError("E-FILE-006", f"{source} holds no lines.", "Check that it was written completely.")
    messages = () if encoding == "UTF-8" else (note(f"{source} is {encoding} text."),)
    return Text(source, data, layout, messages)


def _from_cells(source: str, text: str, messages: Messages) -> Text:
    data = text.encode()
    layout = sniff(data)
    if not layout.lines:
        raise InputError("E-FILE-006", f"{source} holds no cells.", "Check that the right sheet was given.")
    return Text(source, data, replace(layout, delimiter="\t"), messages)


def tabbed(text: Text) -> Text:
    """Return the text of a format whose fields are separated by tabs, whatever else its lines have in common."""
    return replace(text, layout=replace(text.layout, delimiter="\t"))


def with_header(text: Text, names: Sequence[str]) -> Text:
    """Return a text without header with one put before it; lines keep their numbers."""
    delimiter = text.layout.delimiter or "\t"
    head = delimiter.join(names)
    data = head.encode() + b"\n" + text.data[text.layout.start :]
    lines = (head, *text.layout.lines)
    return replace(text, data=data, layout=Layout(delimiter, 0, text.layout.first_line - 1, lines))


def read_table(path: str | os.PathLike[str], is_sample: IsSample = None, sheet: str | None = None) -> Table:
    """Return the count table of a csv, tsv or txt file, plain or gzip-compressed.

    Parameters
    ----------
    path : path-like
    is_sample : callable or None
        Tells whether a name is a sample of the sheet (``--groups``); helps to tell text columns from bad cells.
    sheet : str, optional
        Of a workbook with several.
    """
    return table_of_text(read_text(path, sheet), is_sample)


def table_of_text(text: Text, is_sample: IsSample = None) -> Table:
    """Return the count table of a text that has been read; see `read_table`."""
    if text.layout.delimiter is None:
        if len(text.layout.lines) < 2:
            raise header_only(text.source)
        raise InputError(
            "E-FILE-004",
            f"{text.source} has one column: no tab, comma, semicolon or blank separates fields.",
            "Give a table with gene ids in the first column and one column of counts per sample.",
            where=text.source,
        )
    table = _strict(text, is_sample) or _lenient(text, is_sample)
    return _without_empty_columns(table)


def _strict(text: Text, is_sample: IsSample) -> Table | None:
    """Read with the kernel; None where it finds anything odd."""
    layout = text.layout
    if layout.delimiter in (None, WHITESPACE) or len(layout.lines) < 2:
        return None
    try:
        head = list(records("\n".join(layout.lines[:2]), layout.delimiter, text.source))
    except InputError:
        return None
    if len(head) < 2 or len(head[1][1]) - len(head[0][1]) not in (0, 1):
        return None
    short = len(head[1][1]) > len(head[0][1])
    header = head[0][1] if short else head[0][1][1:]
    texts = sorted(_text_columns(header, head[1][1][1:], is_sample))
    parsed = _kernels.read_counts(
        text.data, layout.delimiter, layout.start, [column + 1 for column in texts], layout.delimiter != ";"
    )
    if parsed["defect"] is not None or not parsed["ids"]:
        return None
    names = parsed["header"]
    raw = RawTable(names if short else names[1:], short, parsed["ids"])
    raw.values = parsed["counts"]
    raw.text = dict(zip(texts, parsed["text"], strict=True))
    first = layout.first_line + 1
    return _table(text, raw, "" if short else names[0], np.arange(first, first + len(parsed["ids"])))


def _lenient(text: Text, is_sample: IsSample) -> Table:
    layout = text.layout
    raw = read_raw(
        text.data[layout.start :].decode("utf-8"),
        layout.delimiter or WHITESPACE,
        text.source,
        layout.first_line,
        lambda header, row: _text_columns(header, row, is_sample),
        is_sample,
    )
    corner = "" if raw.short_header else _corner(text)
    return _table(text, raw, corner, np.array(raw.lines))


def _corner(text: Text) -> str:
    _, fields = next(records(text.layout.lines[0], text.layout.delimiter or ",", text.source), (1, [""]))
    return fields[0]


def _text_columns(header: list[str], first_row: list[str], is_sample: IsSample) -> Collection[int]:
    """Return the columns known to describe rows, by their name or by the text in the first row."""
    feature_counts = tuple(header[: len(FEATURE_COUNTS_NAMES)]) == FEATURE_COUNTS_NAMES
    found = set(range(len(FEATURE_COUNTS_NAMES))) if feature_counts else set()
    for column, (name, cell) in enumerate(zip(header, first_row, strict=False)):
        if is_sample is not None and is_sample(name):
            continue
        if name.lower() in ANNOTATION_NAMES or (cell and _is_word(cell)):
            found.add(column)
    return found


def _is_word(cell: str) -> bool:
    """Tell whether a cell is plain text: no number, missing value, or number with an odd character."""
    return number(cell) is None and cell[0].isalpha()


def _table(text: Text, raw: RawTable, corner: str, lines: np.ndarray) -> Table:
    kept = [column for column in range(len(raw.header)) if column not in raw.text]
    place = {column: index for index, column in enumerate(kept)}
    annotation, messages = _annotation(text.source, raw)
    return Table(
        source=text.source,
        row_names=raw.row_names,
        column_names=[raw.header[column] for column in kept],
        values=raw.values,
        annotation=annotation,
        corner=corner.lstrip("#"),
        lines=lines,
        bad_cells=tuple(replace(cell, column=place[cell.column]) for cell in raw.bad_cells if cell.column in place),
        messages=text.messages + messages,
    )


def _annotation(source: str, raw: RawTable) -> tuple[dict[str, list[str]], Messages]:
    """Return the text columns by name; the coordinates that featureCounts writes are left out."""
    names = [raw.header[column] for column in raw.text]
    repeated = sorted({name for name in names if raw.header.count(name) > 1})
    if repeated:
        raise InputError(
            "E-NAME-002", f"{source} has several columns named {listed(repeated)}.", "Rename them.", where=source
        )
    annotation = dict(zip(names, raw.text.values(), strict=True))
    if tuple(raw.header[: len(FEATURE_COUNTS_NAMES)]) == FEATURE_COUNTS_NAMES:
        for name in FEATURE_COUNTS_NAMES[:-1]:
            del annotation[name]
        return annotation, (note(f"{source}: Chr, Start, End and Strand are left out."),)
    if not names:
        return annotation, ()
    return annotation, (note(f"{source}: {listed(names)} taken as text that describes the rows, not as samples."),)


def _without_empty_columns(table: Table) -> Table:
    """Drop columns that have neither name nor values, as a trailing delimiter leaves them."""
    unnamed = [index for index, name in enumerate(table.column_names) if not name]
    if not unnamed:
        return table
    filled = [index for index in unnamed if not np.isnan(table.values[:, index]).all()]
    bad = {cell.column for cell in table.bad_cells}
    if filled or bad & set(unnamed):
        first = (filled or sorted(bad & set(unnamed)))[0]
        raise InputError(
            "E-NAME-004",
            f"{table.source}: column {first + 2 + len(table.annotation)} has values and no name.",
            "Give every column a name in the header.",
            where=table.source,
        )
    kept = [index for index, name in enumerate(table.column_names) if name]
    place = {column: index for index, column in enumerate(kept)}
    return replace(
        table,
        column_names=[table.column_names[index] for index in kept],
        values=table.values[:, kept],
        bad_cells=tuple(replace(cell, column=place[cell.column]) for cell in table.bad_cells),
        messages=(*table.messages, note(f"{table.source}: {len(unnamed)} empty columns without a name left out.")),
    )
