"""Gene lengths per sample: from the counts' own files, or from a table of their own; checked here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foldwise.errors import InputError, UsageError
from foldwise.io.messages import Messages, note, warning
from foldwise.io.orientation import GeneTable, orient
from foldwise.io.table import ESTIMATES, Table
from foldwise.io.table_reader import read_table
from foldwise.io.wording import counted, listed, shown
from foldwise.model.spec import InputSettings


def with_lengths(table: GeneTable, settings: InputSettings) -> tuple[GeneTable, Messages]:
    """Return the table with the lengths that are to be used, or without any.

    Parameters
    ----------
    table : GeneTable
        Samples as they are analyzed.
    settings : InputSettings
        ``lengths``: ``auto`` takes those beside the counts, ``none`` leaves them aside, else a file.

    Raises
    ------
    InputError
        E-NORM-003 for lengths that are missing or not positive, E-NORM-004 where genes or samples have none.
    """
    if settings.lengths == "none":
        if table.lengths is None and table.format not in ESTIMATES:
            return table, ()
        text = "Gene lengths are not used (--lengths none): right where reads do not depend on length (3'-tag data)."
        return replace(table, lengths=None, abundance=None), (note(text),)
    if settings.lengths != "auto":
        lengths = _from_file(settings.lengths, table)
        messages: Messages = (note(f"Gene lengths per sample from {_name(settings.lengths)}."),)
        return _checked(replace(table, lengths=lengths), messages)
    return (table, ()) if table.lengths is None else _checked(table, ())


def _name(path: str) -> str:
    from pathlib import PurePath

    from foldwise.io.wording import shown_path

    return PurePath(shown_path(path)).name


def _from_file(path: str, table: GeneTable) -> np.ndarray:
    """Return lengths (n_genes, n_samples) from a table with a column per sample."""
    read: Table = read_table(path, set(table.samples).__contains__)
    if not set(table.samples) & {*read.column_names, *read.row_names}:
        raise InputError(
            "E-NORM-004",
            f"{read.source} names none of the samples; its columns are {listed(read.column_names)}.",
            "Give one length per gene and sample, in columns named like the samples: one length for all samples would "
            "change no comparison.",
            where=read.source,
        )
    other = orient(read, table.samples)
    genes, samples = ({name: i for i, name in enumerate(names)} for names in (other.genes, other.samples))
    for what, names, known in (("genes", table.genes, genes), ("samples", table.samples, samples)):
        missing = [name for name in names if name not in known]
        if missing:
            raise InputError(
                "E-NORM-004",
                f"{read.source} has no lengths of {len(missing):,} of {len(names):,} {what}: {listed(missing)}.",
                "Give a length for every gene and sample of the counts.",
                where=read.source,
            )
    if other.bad_cells:
        cell = other.bad_cells[0]
        raise _bad(f"{other.place(cell.row, cell.column)}: {shown(cell.text)} is no length.", read.source)
    values = np.asarray(other.values, dtype=np.float64)
    return np.ascontiguousarray(values[[genes[g] for g in table.genes]][:, [samples[s] for s in table.samples]])


def _checked(table: GeneTable, messages: Messages) -> tuple[GeneTable, Messages]:
    """Refuse lengths that are none; RSEM's effective lengths of 0 become 1."""
    lengths = np.asarray(table.lengths, dtype=np.float64)
    zero = lengths == 0
    if zero.any() and "rsem" in (table.format, *table.source.lower().split(".")):
        n = int(zero.any(axis=1).sum())
        messages += (
            warning(
                "W-NORM-001",
                f"RSEM gives an effective length of 0 to {counted(n, 'gene')}; it is taken as 1.",
                "Transcripts shorter than the fragments; they have no reads, or few.",
                genes=n,
            ),
        )
        lengths = np.where(zero, 1.0, lengths)
    bad = ~(np.isfinite(lengths) & (lengths > 0))
    if bad.any():
        gene, sample = (int(i) for i in np.argwhere(bad)[0])
        n = int(bad.any(axis=1).sum())
        genes = [table.genes[i] for i in np.flatnonzero(bad.any(axis=1))[:1000]]
        raise _bad(
            f"Lengths of {counted(n, 'gene')} are missing or not positive (first: gene {shown(table.genes[gene])}, "
            f"sample {shown(table.samples[sample])}: {lengths[gene, sample]:g}).",
            table.source,
            genes,
        )
    return replace(table, lengths=lengths), messages


def _bad(found: str, source: str, genes: list[str] | None = None) -> InputError:
    fix = "Correct them, or say --lengths none where lengths do not matter (3'-tag data)."
    return InputError("E-NORM-003", found, fix, where=source, data={"genes": genes or []})


def require_unique(choice: str, repeated: bool) -> None:
    """Raise E-USAGE-002 where genes are to be summed whose lengths cannot be."""
    if repeated and choice == "sum":
        found = "--duplicates sum cannot add up genes that have lengths."
        raise UsageError("E-USAGE-002", found, "Use --duplicates first or suffix, or --lengths none.")
