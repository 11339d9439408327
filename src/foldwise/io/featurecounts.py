"""Tables of featureCounts: six columns about genes, then one column per BAM file; tallies in a file beside it.

Source: Subread User's Guide, section 6.2.11 (output of featureCounts).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from foldwise.errors import InputError
from foldwise.io.join import join_tables
from foldwise.io.messages import Messages, note
from foldwise.io.table import FEATURE_COUNTS_NAMES, Table
from foldwise.io.table_reader import IsSample, read_text, tabbed, table_of_text
from foldwise.io.wording import listed, percent
from foldwise.model.spec import InputSettings

# Endings of alignment files, taken off one after the other while the names stay unique.
_ENDINGS = (
    re.compile(r"\.(bam|sam|cram)$", re.IGNORECASE),
    re.compile(r"\.(markdup|dedup|rmdup)$|\.?[._]?sorted$|\.sortedByCoord\.out$", re.IGNORECASE),
    re.compile(r"[._]?Aligned$", re.IGNORECASE),
)


def read_featurecounts(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the counts of featureCounts; ``Length`` describes the genes, the tallies of ``.summary`` are ``qc``.

    Samples are called as the BAM files, without folders and endings while that keeps them apart; names of the sheet
    win.

    Raises
    ------
    InputError
        As `table_reader.read_table` and `join.join_tables`.
    """
    table = join_tables([_with_summary(_one(path), path) for path in paths])
    raw = table.column_names
    names = list(raw) if is_sample is not None and all(map(is_sample, raw)) else short_names(raw, is_sample)
    qc = {new: table.qc[old] for old, new in zip(raw, names, strict=True) if old in table.qc}
    return replace(table, column_names=names, qc=qc, messages=(*table.messages, *_said(qc)))


def _one(path: Path) -> Table:
    text = tabbed(read_text(path))
    header = [title.strip('"') for title in text.layout.lines[0].split("\t")]
    if tuple(header[1:6]) != FEATURE_COUNTS_NAMES:
        found = f"{text.source} is no table of featureCounts: its header starts {listed(header, 3)}."
        raise InputError("E-FILE-004", found, "Give it without --format.", where=text.source)
    return table_of_text(text)


def short_names(columns: Sequence[str], is_sample: IsSample = None) -> list[str]:
    """Return BAM file names without folders and endings, each step only while all stay unique.

    Where a sheet is known, the first spelling whose names are all in it wins.
    """
    spellings = [list(columns)]
    for step in (lambda name: PurePosixPath(name.replace("\\", "/")).name, *map(_without, _ENDINGS)):
        shorter = [step(name) or name for name in spellings[-1]]
        if len(set(shorter)) < len(set(columns)):
            break
        spellings.append(shorter)
    if is_sample is not None:
        known = next((names for names in reversed(spellings) if all(map(is_sample, names))), None)
        if known is not None:
            return known
    return spellings[-1]


def _without(ending: re.Pattern[str]):
    def strip(name: str) -> str:
        while (shorter := ending.sub("", name)) != name and shorter:
            name = shorter
        return name

    return strip


def summaries(path: Path) -> list[Path]:
    """Return the file of tallies beside a table, if there is one."""
    beside = path.with_name(path.name.removesuffix(".gz") + ".summary")
    return [beside] if beside.is_file() else []


def _with_summary(table: Table, path: Path) -> Table:
    """Return the table with the tallies of the file ``.summary`` beside it, if there is one for these columns."""
    beside = summaries(path)
    if not beside:
        return table
    tallies = table_of_text(tabbed(read_text(beside[0])), set(table.column_names).__contains__)
    qc = {
        name: dict(zip(tallies.row_names, map(float, tallies.values[:, column]), strict=True))
        for column, name in enumerate(tallies.column_names)
        if name in table.column_names
    }
    return replace(table, qc=qc)


def _said(qc: dict[str, dict[str, float]]) -> Messages:
    """Return the share of reads that fell into genes."""
    shares = [tallies["Assigned"] / sum(tallies.values()) for tallies in qc.values() if tallies.get("Assigned")]
    if not shares:
        return ()
    low, high = percent(min(shares)), percent(max(shares))
    return (note(f"Reads assigned to genes, by the .summary file: {low} to {high} of a sample's reads."),)
