"""Rows of a table that are tallies of a counting program and no genes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foldwise.io.messages import Messages, note, warning
from foldwise.io.table import Table
from foldwise.io.wording import counted

HTSEQ_NAMES = ("no_feature", "ambiguous", "too_low_aQual", "not_aligned", "alignment_not_unique")
STAR_NAMES = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
_CERTAIN = frozenset([f"__{name}" for name in HTSEQ_NAMES] + list(STAR_NAMES))


def without_tallies(table: Table) -> Table:
    """Return a table whose tallies are no rows but ``qc``, with a note of their sums."""
    rows = _tallies(table.row_names)
    if not rows:
        return table
    keep = np.ones(len(table.row_names), dtype=bool)
    keep[rows] = False
    names = [table.row_names[row].lstrip("_") for row in rows]
    qc = {
        sample: {name: float(table.values[row, column]) for name, row in zip(names, rows, strict=True)}
        for column, sample in enumerate(table.column_names)
    }
    sums = ", ".join(f"{name} {np.nansum(table.values[row]):,.0f}" for name, row in zip(names, rows, strict=True))
    text = f"{table.source}: {counted(len(rows), 'row')} of reads outside genes left out ({sums})."
    place = np.cumsum(keep) - 1
    return replace(
        table,
        row_names=[name for name, wanted in zip(table.row_names, keep, strict=True) if wanted],
        values=table.values[keep],
        annotation={k: [w for w, wanted in zip(v, keep, strict=True) if wanted] for k, v in table.annotation.items()},
        lines=None if table.lines is None else table.lines[keep],
        lengths=None if table.lengths is None else table.lengths[keep],
        abundance=None if table.abundance is None else table.abundance[keep],
        bad_cells=tuple(replace(cell, row=int(place[cell.row])) for cell in table.bad_cells if keep[cell.row]),
        messages=(*table.messages, note(text)),
        qc={name: {**table.qc.get(name, {}), **tallies} for name, tallies in qc.items()},
    )


def _tallies(genes: list[str]) -> list[int]:
    """Return the rows that are tallies."""
    tallies = _CERTAIN.intersection(genes)
    if genes and genes[-1] in HTSEQ_NAMES:
        plain = frozenset(HTSEQ_NAMES).intersection(genes)
        tallies |= plain if len(plain) > 1 else frozenset()
    return [i for i, name in enumerate(genes) if name in tallies] if tallies else []


def tally_rows(genes: list[str], values: np.ndarray, source: str) -> tuple[np.ndarray | None, Messages]:
    """Return which rows are genes (None where all are), and a warning with the rows left out and their sums.

    The names of htseq-count and STAR are known; htseq's without underscores only where at least two of them end
    the table.
    """
    rows = _tallies(genes)
    if not rows:
        return None, ()
    keep = np.ones(len(genes), dtype=bool)
    keep[rows] = False
    sums = [float(np.nansum(values[row])) for row in rows]
    shown = ", ".join(f"{genes[row]} ({total:,.0f})" for row, total in zip(rows, sums, strict=True))
    found = f"{source}: {counted(len(rows), 'row')} of the counting program left out, with their sums: {shown}."
    fix = "They count reads outside genes."
    return keep, (warning("W-FILE-001", found, fix, rows=dict(zip([genes[r] for r in rows], sums, strict=True))),)
