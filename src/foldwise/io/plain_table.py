"""Plain tables of counts: one table with a column per sample, or a list of files with some columns each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from foldwise.io.cells import number
from foldwise.io.join import join_tables
from foldwise.io.sources import sample_names
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample, Text, read_table, read_text, table_of_text, with_header
from foldwise.model.spec import InputSettings


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
        return read_table(paths[0], is_sample, settings.sheet)
    names = sample_names(paths, is_sample)
    return join_tables([_one(path, name, is_sample, settings.sheet) for path, name in zip(paths, names, strict=True)])


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
