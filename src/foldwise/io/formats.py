"""Formats of count files: the table of their readers, recognition by content, and one table from one or many files."""

from __future__ import annotations

import importlib
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from foldwise.errors import InputError, UsageError
from foldwise.io.cells import number
from foldwise.io.format_rules import RULES
from foldwise.io.glimpse import glimpse
from foldwise.io.messages import Messages, note
from foldwise.io.sources import below, expanded, subfolders
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample
from foldwise.io.wording import counted, listed, shown_path
from foldwise.model.spec import AnalysisSpec, InputSettings
from foldwise.model.spec_paths import input_paths

# name: its reader, read_<format>(paths, settings, is_sample) -> Table. The names are those of --format.
FORMATS: dict[str, str] = {
    "table": "foldwise.io.plain_table:read_plain",
    "featurecounts": "foldwise.io.featurecounts:read_featurecounts",
    "star": "foldwise.io.star:read_star",
    "htseq": "foldwise.io.htseq:read_htseq",
    "geo": "foldwise.io.geo:read_geo",
    "salmon": "foldwise.io.salmon:read_salmon",
    "kallisto": "foldwise.io.kallisto:read_kallisto",
    "rsem": "foldwise.io.rsem:read_rsem",
    "nf-core": "foldwise.io.nfcore:read_nfcore",
    "10x": "foldwise.io.tenx:read_tenx",
    "h5ad": "foldwise.io.anndata_store:read_h5ad",
    "zarr": "foldwise.io.anndata_store:read_zarr",
    "xlsx": "foldwise.io.plain_table:read_plain",
    "parquet": "foldwise.io.plain_table:read_plain",
}
# Formats that may count transcripts; those say themselves whether they used a map of genes.
TRANSCRIPTS = ("salmon", "kallisto", "rsem")
# Formats of which a folder is one file in it, function(folder) -> Path; and files that are read beside one that is
# named, function(path) -> list of Path.
CHOSEN: dict[str, str] = {"nf-core": "foldwise.io.nfcore:counts_file"}
BESIDE: dict[str, str] = {
    "nf-core": "foldwise.io.nfcore:companions",
    "featurecounts": "foldwise.io.featurecounts:summaries",
    "geo": "foldwise.io.geo:annotation_files",
}
# Formats that are a folder.
FOLDERS = frozenset({"10x", "zarr"})
# What a message calls them.
TITLES: dict[str, str] = {
    "table": "a table of counts",
    "featurecounts": "a featureCounts table",
    "star": "a ReadsPerGene table of STAR",
    "htseq": "an htseq-count table",
    "geo": "a count table of NCBI's GEO",
    "salmon": "a quant.sf of salmon",
    "kallisto": "an abundance file of kallisto",
    "rsem": "a results file of RSEM",
    "nf-core": "a merged table of nf-core/rnaseq",
    "10x": "a feature-barcode matrix of Cell Ranger",
    "h5ad": "an AnnData file",
    "zarr": "an AnnData zarr store",
    "xlsx": "an Excel workbook",
    "parquet": "a Parquet table",
}


@dataclass(frozen=True)
class Format:
    """A format.

    Parameters
    ----------
    name : str
    evidence : str
        What gave it away; empty where it was asked for, or where nothing speaks for another.
    left_out : tuple of str
        Names of the other files of its folder.
    """

    name: str
    evidence: str = ""
    left_out: tuple[str, ...] = ()


def recognize(path: Path, settings: InputSettings) -> Format:
    """Return the format of a file or folder: ``settings.format``, else by its content, else a plain table.

    Raises
    ------
    InputError
        E-FILE-007 for what is neither a folder nor a readable file.
    """
    if settings.format is not None:
        return Format(settings.format)
    seen = glimpse(path)
    for name, rule in RULES:
        evidence = rule(seen)
        if evidence:
            return Format(name, evidence)
    return Format("table")


def read_counts(
    counts: Sequence[str | os.PathLike[str]],
    settings: InputSettings,
    is_sample: IsSample = None,
    files: Mapping[str, str] | None = None,
) -> Table:
    """Return the table of counts of one file, of a folder, or of a file per sample.

    Parameters
    ----------
    counts : sequence of path
        Files, folders and patterns such as ``quants/*.txt``.
    settings : InputSettings
    is_sample : callable or None
        Tells whether a name is a sample of the sheet.
    files : mapping of str to str, optional
        Sample of each file, as the column ``file`` of the sheet says.

    Raises
    ------
    InputError
        E-FILE-* where a file cannot be read, E-FILE-012 where the files are of several formats.
    """
    found, paths = resolved(counts, settings)
    table = _function(FORMATS[found.name])(paths, settings, is_sample)
    if files and len(table.column_names) == len(paths):
        table = _renamed(table, _named(paths, table.column_names, files))
    messages = (*_said(found, paths, table), *table.messages)
    if settings.tx2gene is not None and found.name not in TRANSCRIPTS:
        messages += (note("--tx2gene is not used: the counts are of genes."),)
    return replace(table, format=found.name, messages=messages)


def resolved(counts: Sequence[str | os.PathLike[str]], settings: InputSettings) -> tuple[Format, tuple[Path, ...]]:
    """Return the one format of the counts, and the files (or folders that are one input) to be read.

    Raises
    ------
    InputError
        E-FILE-007 where something does not exist or a folder holds no counts, E-FILE-012 for several formats.
    """
    found: list[tuple[Path, Format]] = []
    for path in expanded(counts):
        own = recognize(path, settings)
        if path.is_dir() and own.name in CHOSEN:
            found.append((_function(CHOSEN[own.name])(path), own))
            continue
        found += _inside(path, settings) if path.is_dir() and not _is_input(path, own) else [(path, own)]
    if not found:
        raise UsageError("E-USAGE-002", "No count table was given.", "Give a file, or a folder with a file per sample.")
    names = dict.fromkeys(item.name for _, item in found)
    if len(names) > 1:
        examples = [f"{next(p.name for p, f in found if f.name == name)} ({name})" for name in names]
        raise InputError(
            "E-FILE-012",
            f"The {len(found)} files are of several formats: {listed(examples)}.",
            "Give files of one format, or name it with --format.",
        )
    return found[0][1], tuple(path for path, _ in found)


def source_files(spec: AnalysisSpec) -> tuple[str, ...]:
    """Return the files that the analysis reads, patterns and folders resolved, in a fixed order."""
    counts = spec.input.counts
    if not counts:
        return input_paths(spec)
    found, paths = resolved(counts, spec.input)
    beside = [item for path in paths for item in _function(BESIDE[found.name])(path)] if found.name in BESIDE else []
    return (*map(str, (*paths, *beside)), *input_paths(spec)[len(counts) :])


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _inside(folder: Path, settings: InputSettings) -> list[tuple[Path, Format]]:
    """Return the count files of a folder and of the folders in it: those of the one format that is not a table."""
    by_content = replace(settings, format=None)
    known = [(path, recognize(path, by_content)) for path in subfolders(folder)]
    known = [item for item in known if item[1].name in FOLDERS]
    known = known or [(path, recognize(path, by_content)) for path in below(folder)]
    formats = Counter(item.name for _, item in known if item.name != "table")
    wanted = settings.format or next(iter(formats), "table")
    chosen = [(path, item) for path, item in known if item.name == wanted]
    if chosen and wanted != "table":
        chosen = [(path, chosen[0][1] if _belongs(path, chosen[0][0]) else item) for path, item in known]
        chosen = [(path, item) for path, item in chosen if item.name == wanted]
    if settings.format is not None and not chosen:
        chosen = [(path, Format(settings.format)) for path, _ in known]
    place = shown_path(folder)
    if settings.format is None and len(formats) > 1:
        words = ", ".join(f"{name} ({counted(number, 'file')})" for name, number in sorted(formats.items()))
        fix = "Choose with --format, or give the files themselves."
        raise InputError("E-FILE-012", f"{place} holds counts of several formats: {words}.", fix, where=place)
    if not chosen or (wanted == "table" and len(chosen) > 1 and settings.format is None):
        names = listed([path.name for path, _ in known], 3) if known else "nothing"
        fix = "Give a file inside it, or several."
        raise InputError("E-FILE-007", f"{place} is a directory, not a file; it holds {names}.", fix, where=place)
    taken = {path for path, _ in chosen}
    others = tuple(path.name for path, _ in known if path not in taken)
    return [(path, replace(item, left_out=others)) for path, item in chosen]


def _is_input(folder: Path, own: Format) -> bool:
    """Tell whether a folder is itself of a format that is a folder, whatever it was said to be."""
    if own.name not in FOLDERS:
        return False
    return not any(recognize(inner, InputSettings()).name == own.name for inner in subfolders(folder))


def _belongs(path: Path, other: Path) -> bool:
    """Tell whether a file is one of a list with another: named alike, as many fields, counts in the last one.

    A damaged file of a run is so read, and refused by name, in place of being left out of its folder in silence.
    """
    if path.is_dir() or path.suffixes[-2:] != other.suffixes[-2:]:
        return False
    ours, theirs = (_second(glimpse(item).lines) for item in (path, other))
    return len(ours) == len(theirs) > 1 and number(ours[-1]) is not None


def _second(lines: Sequence[str]) -> list[str]:
    rows = [line for line in lines if line.strip() and not line.startswith("#")][:2]
    return rows[-1].split("\t") if rows else []


def _named(paths: Sequence[Path], names: Sequence[str], files: Mapping[str, str]) -> list[str]:
    """Return the names of columns, those that the sheet gives to files put in."""
    given = []
    for path, name in zip(paths, names, strict=True):
        fits = {sample for file, sample in files.items() if path.parts[-len(Path(file).parts) :] == Path(file).parts}
        given.append(fits.pop() if len(fits) == 1 else name)
    return given


def _renamed(table: Table, names: list[str]) -> Table:
    qc = {new: table.qc[old] for old, new in zip(table.column_names, names, strict=True) if old in table.qc}
    return replace(table, column_names=names, qc=qc)


def _said(found: Format, paths: Sequence[Path], table: Table) -> Messages:
    """Return the sentence that names the format and what gave it away; a plain table needs none."""
    if found.name == "table":
        return ()
    why = f": {found.evidence}" if found.evidence else ", as --format says"
    name = shown_path(paths[0].name) + (f" and {len(paths) - 1} more are each" if len(paths) > 1 else " is")
    said = (note(f"{name} {TITLES[found.name]}{why}.", format=found.name, qc=table.qc),)
    if not found.left_out:
        return said
    many = counted(len(found.left_out), "file")
    return (*said, note(f"{many} of the folder left out, not being like them: {listed(found.left_out)}."))
