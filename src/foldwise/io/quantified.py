"""What salmon, kallisto and RSEM have in common: one file per sample, estimated reads, effective lengths, abundance."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from foldwise.errors import InputError, UsageError
from foldwise.io.messages import Messages, note
from foldwise.io.sources import sample_names
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample, read_table
from foldwise.io.tx2gene import GeneMap, gene_map, numbered
from foldwise.io.wording import counted, listed, shown, shown_path
from foldwise.model.spec import InputSettings
from foldwise.stats.transcript_sums import GeneSums, TranscriptSummer

# Names that all samples share: the folder says which sample it is.
_SHARED_NAMES = re.compile(r"(quant\.sf|quant\.genes\.sf|abundance\.(tsv|h5))(\.gz)?", re.IGNORECASE)
_ENDINGS = re.compile(r"([._-]?quant\.sf|[._-]?abundance\.(tsv|h5)|\.(genes|isoforms)\.results)(\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Quantified:
    """One sample of a quantifier.

    Parameters
    ----------
    ids : list of str
        Transcripts (or genes).
    reads, effective_lengths, tpm : ndarray, (n_ids,)
    genes : list of str, optional
        Gene of each transcript, where the file says it.
    """

    ids: list[str]
    reads: np.ndarray
    effective_lengths: np.ndarray
    tpm: np.ndarray
    genes: list[str] | None = None


@dataclass(frozen=True)
class Columns:
    """Titles of a quantifier's columns."""

    id: str
    reads: str
    effective_length: str
    tpm: str
    gene: str = ""
    others: tuple[str, ...] = ()


def names_of_samples(paths: Sequence[Path], is_sample: IsSample) -> list[str]:
    """Return the sample of each file: its folder where all files have one name, else the name without its ending."""

    def place(path: Path) -> Path:
        path = path.absolute()
        return path.parent if _SHARED_NAMES.fullmatch(path.name) else path.with_name(_ENDINGS.sub("", path.name))

    return sample_names([place(path) for path in paths], is_sample)


def read_columns(path: Path, columns: Columns) -> Quantified:
    """Return one sample from a table with these columns.

    Raises
    ------
    InputError
        E-FILE-* where it cannot be read, E-FILE-004 where columns are missing, E-COUNT-004, 006 and 008 for values that
        are no numbers of reads, E-NAME-001 for an id that repeats.
    """
    numbers = {columns.reads, columns.effective_length, columns.tpm, *columns.others}
    table = read_table(path, numbers.__contains__)
    titles = {table.corner, *table.column_names, *table.annotation}
    wanted = (columns.id, columns.reads, columns.effective_length, columns.tpm, columns.gene)
    missing = [title for title in wanted if title and title not in titles]
    if missing or table.corner != columns.id:
        found = f"{table.source} has no column {listed(missing or [columns.id])}; it has {listed(sorted(titles), 8)}."
        raise InputError("E-FILE-004", found, "Give the file as the program wrote it.", where=table.source)
    _require_numbers(table)
    values = {title: table.values[:, i].astype(np.float64) for i, title in enumerate(table.column_names)}
    ids = table.row_names
    if len(set(ids)) < len(ids):
        twice = sorted({name for name in ids if ids.count(name) > 1}) if len(ids) < 1000 else _repeated(ids)
        found = f"{table.source} holds ids more than once: {listed(twice)}."
        raise InputError("E-NAME-001", found, "Give the file as the program wrote it.", where=table.source)
    genes = table.annotation[columns.gene] if columns.gene else None
    return Quantified(ids, values[columns.reads], values[columns.effective_length], values[columns.tpm], genes)


def _repeated(ids: list[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in ids if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


def _require_numbers(table: Table) -> None:
    """Raise where a value is missing, text or negative."""
    if table.bad_cells:
        cell = table.bad_cells[0]
        place = _place(table, cell.row, cell.column)
        raise InputError("E-COUNT-008", f"{place} holds {shown(cell.text)} instead of a number.", where=place)
    for id, bad, what in (
        ("E-COUNT-004", ~np.isfinite(table.values), "is empty or not finite"),
        ("E-COUNT-006", table.values < 0, "is negative"),
    ):
        if bad.any():
            row, column = (int(i) for i in np.argwhere(bad)[0])
            place = _place(table, row, column)
            more = f" ({counted(int(bad.sum()), 'value')} in all)" if bad.sum() > 1 else ""
            raise InputError(id, f"{place} {what}{more}.", "Run the quantifier again for this sample.", where=place)


def _place(table: Table, row: int, column: int) -> str:
    line = "" if table.lines is None else f":{int(table.lines[row])}"
    return f"{table.source}{line}, {shown(table.row_names[row])}, {table.column_names[column]}"


def gene_table(
    paths: Sequence[Path],
    read: Callable[[Path], Quantified],
    settings: InputSettings,
    is_sample: IsSample,
    program: str,
) -> Table:
    """Return counts, lengths and abundance of the genes of one file per sample.

    Parameters
    ----------
    paths : sequence of Path
    read : callable
        Reads one sample.
    settings : InputSettings
        ``tx2gene`` says which transcripts are of one gene.
    is_sample : callable or None
    program : str
        For messages.

    Raises
    ------
    UsageError
        E-USAGE-002 where transcripts have no genes.
    InputError
        E-FILE-012 where samples have other transcripts, E-ANNOT-001 and others of `tx2gene.gene_map`.
    """
    names = names_of_samples(paths, is_sample)
    first = read(paths[0])
    mapped = _genes_of(first, settings, paths, program)
    summer: TranscriptSummer | _Genes = TranscriptSummer(mapped.gene, len(mapped.genes))
    if first.genes is first.ids:
        summer = _Genes(np.argsort(mapped.gene, kind="stable"), [])
    for number, path in enumerate(paths):
        sample = first if number == 0 else read(path)
        order = _order(first, sample, paths[0], path)
        rows = mapped.kept if order is None else order[mapped.kept]
        summer.add(sample.reads[rows], sample.effective_lengths[rows], sample.tpm[rows])
    source = _called(paths, names)
    return _as_table(source, names, mapped, summer.sums())


@dataclass(frozen=True, eq=False)
class _Genes:
    """Stands in for a `TranscriptSummer` where the files hold genes: only the order changes."""

    order: np.ndarray
    columns: list[tuple[np.ndarray, np.ndarray, np.ndarray]]

    def add(self, reads: np.ndarray, effective_lengths: np.ndarray, tpm: np.ndarray) -> None:
        self.columns.append((reads[self.order], effective_lengths[self.order], tpm[self.order]))

    def sums(self) -> GeneSums:
        return GeneSums(*(np.stack(each, axis=1) for each in zip(*self.columns, strict=True)))


def _as_table(source: str, names: list[str], mapped: GeneMap, sums: GeneSums) -> Table:
    annotation = {} if mapped.gene_names is None else {"gene_name": mapped.gene_names}
    return Table(
        source, mapped.genes, names, sums.counts, annotation, "gene_id", messages=mapped.messages,
        lengths=sums.lengths, abundance=sums.abundance,
    )  # fmt: skip


def _called(paths: Sequence[Path], names: Sequence[str]) -> str:
    """How messages call the files: ``quant.sf of 6 samples``."""
    name = paths[0].name
    if len(paths) == 1:
        return f"{shown_path(paths[0].parent.name)}/{name}" if _SHARED_NAMES.fullmatch(name) else shown_path(name)
    kind = name if _SHARED_NAMES.fullmatch(name) else shown_path(name)
    if _SHARED_NAMES.fullmatch(name) or all(_SHARED_NAMES.fullmatch(path.name) for path in paths):
        return f"{kind} of {counted(len(names), 'sample')}"
    return f"{kind} and {len(paths) - 1} more"


def _genes_of(sample: Quantified, settings: InputSettings, paths: Sequence[Path], program: str) -> GeneMap:
    if sample.genes is sample.ids:
        unused = (note("The counts are of genes: --tx2gene is not used."),) if settings.tx2gene else ()
        return replace(numbered(sample.ids), messages=unused)
    if settings.tx2gene is not None:
        return gene_map(settings.tx2gene, sample.ids)
    if sample.genes is not None:
        mapped = numbered(sample.genes)
        text = f"{counted(len(sample.ids), 'transcript')} summed to {counted(len(mapped.genes), 'gene')}."
        return replace(mapped, messages=(note(text),))
    if settings.gtf is not None:
        return gene_map(settings.gtf, sample.ids)
    beside = _map_beside(paths[0])
    hint = f" There is {shown_path(beside)}." if beside else ""
    raise UsageError(
        "E-USAGE-002",
        f"{program} counts transcripts ({listed(sample.ids[:2])}), and nothing says which gene each is of.",
        f"Give a table of transcript and gene, or the GTF that was quantified, with --tx2gene.{hint}",
        data={"found": None if beside is None else str(beside)},
    )


def _map_beside(path: Path) -> Path | None:
    """Return a table of transcripts and genes in the folders around a file, as pipelines leave them."""
    for folder in list(path.absolute().parents)[:3]:
        found = sorted(item for item in folder.glob("*tx2gene*") if item.is_file())
        if found:
            return found[0]
    return None


def _order(first: Quantified, other: Quantified, path: Path, other_path: Path) -> np.ndarray | None:
    """Return the rows of ``other`` in the order of ``first``; None where they are in that order."""
    if other.ids == first.ids:
        return None
    ours, theirs = set(first.ids), set(other.ids)
    if ours != theirs:
        less, more = sorted(ours - theirs), sorted(theirs - ours)
        one, two = (shown_path(Path(p.parent.name) / p.name) for p in (path, other_path))
        parts = [f"{counted(len(names), 'id')} only in {where} ({listed(names, 3)})"
                 for names, where in ((less, one), (more, two)) if names]  # fmt: skip
        raise InputError(
            "E-FILE-012",
            f"{one} and {two} hold different transcripts: {', '.join(parts)}.",
            "Quantify all samples with the same index.",
            where=two,
        )
    place = {name: row for row, name in enumerate(other.ids)}
    return np.array([place[name] for name in first.ids])


def tallies(path: Path, keys: dict[str, str]) -> dict[str, float]:
    """Return numbers of a JSON file that a quantifier leaves beside its counts; nothing where there is none."""
    try:
        if path.stat().st_size > 1 << 20:
            return {}
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        ours: float(found[theirs])
        for theirs, ours in keys.items()
        if isinstance(found.get(theirs), int | float) and not isinstance(found[theirs], bool)
    }


def with_tallies(table: Table, found: Sequence[dict[str, float]]) -> Table:
    """Return the table with tallies of each of its samples, in order."""
    return replace(table, qc={name: qc for name, qc in zip(table.column_names, found, strict=True) if qc})


def mapping_message(table: Table, key: str) -> Messages:
    """Return how much of each sample's reads was mapped."""
    from foldwise.io.wording import percent

    shares = [qc[key] for qc in table.qc.values() if key in qc]
    if not shares:
        return ()
    return (
        note(f"Reads mapped to transcripts: {percent(min(shares))} to {percent(max(shares))} of a sample's reads."),
    )
