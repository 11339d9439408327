"""Plain tables of counts: one table with a column per sample, or a list of files with some columns each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from foldwise.errors import InputError
from foldwise.io.cells import number
from foldwise.io.join import join_tables
from foldwise.io.sources import sample_names
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample, Text, read_table, read_text, table_of_text, with_header
from foldwise.io.wording import listed
from foldwise.model.spec import InputSettings

_DIGITS = re.compile(r"\d+")


def read_plain(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the table of one file, or of several side by side.

    In a list, a file with one column of numbers is one sample; where its header does not name a sample of the sheet,
    the sample is called as the file.

    Raises
    ------
    InputError
        As `table_reader.read_table` and `join.join_tables`.
    """
    if len(paths) == 1:
        table = read_table(paths[0], is_sample, settings.sheet)
        _require_header(table, is_sample)
        return table
    names = sample_names(paths, is_sample)
    return join_tables([_one(path, name, is_sample, settings.sheet) for path, name in zip(paths, names, strict=True)])


def _require_header(table: Table, is_sample: IsSample) -> None:
    """Raise E-NAME-004 where the first line is a gene with its counts; samples may be called by numbers."""
    names, first = table.column_names, table.corner
    if not first or not names or (is_sample is not None and any(map(is_sample, [*names, *table.row_names]))):
        return
    like_an_id = _DIGITS.sub("", first) == _DIGITS.sub("", table.row_names[0]) if table.row_names else False
    if like_an_id and all(number(name) is not None for name in names):
        raise InputError(
            "E-NAME-004",
            f"{table.source} has no header: its first line holds numbers ({listed(names, 3)}).",
            "Add a line with the names of the samples (htseq-count writes it with --with-header).",
            where=table.source,
        )


def _one(path: Path, name: str, is_sample: IsSample, sheet: str | None) -> Table:
    table = table_of_text(headed(read_text(path, sheet), ("gene_id", name)), is_sample)
    own = table.column_names
    if len(own) == 1 and not (is_sample is not None and is_sample(own[0])):
        return replace(table, column_names=[name])
    return table


def headed(text: Text, names: Sequence[str]) -> Text:
    """Return the text of one sample with a header; a first line whose second field is a number is none."""
    delimiter = text.layout.delimiter
    fields = text.layout.lines[0].split(delimiter) if delimiter else []
    if len(fields) == len(names) and number(fields[-1].strip().strip('"')) is not None:
        return with_header(text, names)
    return text
