"""Merged tables of nf-core/rnaseq: ``salmon.merged.gene_counts.tsv`` and the tables of lengths and TPM beside it.

Source: https://nf-co.re/rnaseq/output (pseudo-alignment and quantification). ``gene_counts_scaled`` and
``gene_counts_length_scaled`` hold abundance on the scale of counts and need no lengths.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from foldwise.errors import InputError
from foldwise.io.messages import note
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample, read_table
from foldwise.io.wording import listed, shown_path
from foldwise.model.spec import InputSettings

PROGRAMS = ("salmon", "kallisto", "rsem")  # in the order of preference
_NAME = re.compile(
    r"(?P<before>.*?)(?P<program>salmon|kallisto|rsem)\.merged\.gene_(?P<what>counts|counts_scaled|counts_length_scaled|tpm)"
    r"\.tsv(\.gz)?",
    re.IGNORECASE,
)
_TEXT_COLUMNS = ("gene_name", "transcript_id(s)")


def is_merged(name: str) -> bool:
    """Tell whether a file is called like a merged table of genes."""
    return _NAME.fullmatch(name) is not None


def in_folder(names: Sequence[str]) -> list[str]:
    """Return the unscaled counts among the names of a folder (two levels), the preferred first."""
    found = [name for name in names if (m := _NAME.fullmatch(name.rpartition("/")[2])) and m["what"] == "counts"]

    def rank(name: str) -> tuple[int, int, str]:
        match = _NAME.fullmatch(name.rpartition("/")[2])
        return PROGRAMS.index(match["program"].lower()) if match else 9, name.count("/"), name

    return sorted(found, key=rank)


def counts_file(folder: Path) -> Path:
    """Return the table of a folder of nf-core/rnaseq that is read."""
    from foldwise.io.glimpse import glimpse

    return folder / in_folder(glimpse(folder).names)[0]


def companions(path: Path) -> list[Path]:
    """Return the tables of lengths and TPM beside a table of counts that are read with it."""
    match = _NAME.fullmatch(path.name)
    if match is None or match["what"] != "counts":
        return []
    stem = f"{match['before']}{match['program']}.merged.gene_"
    found = []
    for what in ("lengths", "tpm"):
        places = [path.with_name(f"{stem}{what}.tsv{end}") for end in ("", ".gz")]
        found += [place for place in places if place.is_file()][:1]
    return found


def read_nfcore(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the counts of one merged table with lengths and abundance from the tables beside it.

    Raises
    ------
    InputError
        E-COUNT-002 for a table of TPM, E-NORM-003 where lengths are needed and missing, E-FILE-012 where the tables
        hold other genes or samples.
    """
    path = paths[0]
    if len(paths) > 1:
        found = f"{len(paths)} merged tables were given: {listed([p.name for p in paths])}."
        raise InputError("E-FILE-012", found, "Give one; it holds all samples.")
    match = _NAME.fullmatch(path.name)
    what = match["what"].lower() if match else "counts"
    if what == "tpm":
        raise InputError(
            "E-COUNT-002",
            f"{path.name} holds TPM, not counts.",
            f"Give {path.name.replace('gene_tpm', 'gene_counts')}.",
            where=path.name,
        )
    table = _read(path, is_sample)
    if what != "counts":
        text = f"{path.name} holds abundance on the scale of counts: gene lengths are in it, no offset is needed."
        return replace(table, messages=(*table.messages, note(text)))
    if settings.lengths != "auto":  # none, or a file that is read later
        return table
    beside = companions(path)
    lengths = next((item for item in beside if "gene_lengths" in item.name.lower()), None)
    if lengths is None:
        raise no_lengths(path)
    tpm = next((item for item in beside if item is not lengths), None)
    text = f"Gene lengths from {lengths.name}" + (f", abundance from {tpm.name}." if tpm else ".")
    return replace(
        table,
        lengths=_beside(table, lengths, is_sample),
        abundance=None if tpm is None else _beside(table, tpm, is_sample),
        messages=(*table.messages, note(text, lengths_file=lengths.name)),
    )


def no_lengths(path: Path) -> InputError:
    """Return E-NORM-003 for counts whose lengths are not there."""
    lengths = path.name.replace("gene_counts", "gene_lengths")
    scaled = path.name.replace("gene_counts", "gene_counts_length_scaled")
    return InputError(
        "E-NORM-003",
        f"{path.name} holds estimated counts, and the table of gene lengths that belongs to it is not beside it: "
        f"{lengths}.",
        f"Put it there or name it with --lengths FILE; or give {scaled}, which needs none; or say --lengths none where "
        "lengths do not matter (3'-tag data).",
        where=path.name,
    )


def _read(path: Path, is_sample: IsSample) -> Table:
    """Return one table, the columns that describe genes as text."""

    def numeric(name: str) -> bool:
        return name not in _TEXT_COLUMNS if is_sample is None else is_sample(name)

    table = read_table(path, numeric)
    annotation = {name: words for name, words in table.annotation.items() if name != "transcript_id(s)"}
    told = tuple(message for message in table.messages if "describes the rows" not in message.text)
    return replace(table, annotation=annotation, messages=told)


def _beside(table: Table, path: Path, is_sample: IsSample) -> np.ndarray:
    """Return the values of a table beside the counts, rows and columns in their order."""
    other = _read(path, is_sample)
    genes, samples = ({name: i for i, name in enumerate(names)} for names in (other.row_names, other.column_names))
    lost = [name for name in table.row_names if name not in genes]
    lost += [name for name in table.column_names if name not in samples]
    if lost or other.bad_cells:
        what = f"lacks {listed(lost, 3)}" if lost else f"holds the text {other.bad_cells[0].text!r}"
        found = f"{shown_path(path.name)}, which lies beside {table.source}, {what}."
        raise InputError("E-FILE-012", found, "Give tables of one run of the pipeline.", where=path.name)
    rows, columns = [genes[name] for name in table.row_names], [samples[name] for name in table.column_names]
    return np.ascontiguousarray(other.values[rows][:, columns], dtype=np.float64)
