"""STAR's ReadsPerGene.out.tab: one file per sample, counts for unstranded, forward and reverse libraries.

Source: STAR manual, section "Counting number of reads per gene" (columns as htseq-count -s no, yes and reverse).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from foldwise.errors import InputError
from foldwise.io.footers import STAR_NAMES, without_tallies
from foldwise.io.join import join_tables
from foldwise.io.messages import note
from foldwise.io.sources import sample_names
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample, read_text, tabbed, table_of_text, with_header
from foldwise.io.wording import shown
from foldwise.model.analysis import Message
from foldwise.model.spec import InputSettings

_COLUMNS = ("unstranded", "forward", "reverse")
# Shares of forward reads from which on, and up to which, a library is stranded; between UNSTRANDED it is not.
FORWARD_FROM, REVERSE_TO = 0.8, 0.2
UNSTRANDED = (0.4, 0.6)


def read_star(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the counts of one strand setting for all samples; the tallies of the first rows are ``qc``.

    Without ``settings.strand`` the share of forward reads over genes, forward / (forward + reverse), decides: at least
    0.8 in all samples, at most 0.2 in all, or 0.4 to 0.6 in all.

    Raises
    ------
    InputError
        E-FILE-009 where the share decides nothing; E-FILE-012 where the files hold different genes; others as
        `table_reader.read_table`.
    """
    names = sample_names(paths, is_sample)
    whole = join_tables([_one(path, name) for path, name in zip(paths, names, strict=True)])
    columns = whole.values.reshape(len(whole.row_names), len(names), len(_COLUMNS))
    genes = np.array([name not in STAR_NAMES for name in whole.row_names])
    shares = forward_shares(columns[genes])
    chosen, why = _choose(shares, names, settings.strand, whole.source)
    bad = (replace(cell, column=cell.column // 3) for cell in whole.bad_cells if cell.column % 3 == chosen)
    values = np.ascontiguousarray(columns[:, :, chosen])
    kept = replace(whole, column_names=names, values=values, qc={}, bad_cells=tuple(bad))
    table = without_tallies(kept)
    return replace(table, messages=(*table.messages, why))


def _one(path: Path, name: str) -> Table:
    text = tabbed(read_text(path))
    titles = [f"{name} {column}" for column in _COLUMNS]
    table = table_of_text(with_header(text, ("gene_id", *_COLUMNS)), set(_COLUMNS).__contains__)
    if tuple(table.column_names) != _COLUMNS:
        found = f"{table.source} has {len(table.column_names) + 1} columns where ReadsPerGene.out.tab has 4."
        raise InputError("E-FILE-004", found, "Give it without --format, as a table.", where=table.source)
    return replace(table, column_names=titles)


def forward_shares(columns: np.ndarray) -> np.ndarray:
    """Return the share of reads on the forward strand of each sample (NaN without reads).

    Parameters
    ----------
    columns : ndarray, (n_genes, n_samples, 3)
        Counts for unstranded, forward and reverse libraries.
    """
    forward, reverse = (np.nansum(columns[:, :, i], axis=0, dtype=np.float64) for i in (1, 2))
    with np.errstate(invalid="ignore"):
        return np.asarray(forward / (forward + reverse))


def _choose(shares: np.ndarray, names: Sequence[str], strand: str, source: str) -> tuple[int, Message]:
    """Return the column that holds the counts, and the sentence that says why."""
    if strand != "auto":
        chosen = int(strand)
        why = "as --strand says"
    else:
        found = [i for i, fits in enumerate(_fits(shares)) if fits]
        if len(found) != 1:
            raise _undecided(shares, names, source)
        chosen, why = found[0], f"{_range(shares)} of the reads in genes are forward"
    text = f"Counts of column {chosen + 2} ({_COLUMNS[chosen]} library): {why}."
    return chosen, note(text, strand=chosen, forward=dict(zip(names, shares.round(4).tolist(), strict=True)))


def _range(shares: np.ndarray) -> str:
    low, high = f"{100 * shares.min():.0f}", f"{100 * shares.max():.0f}"
    return f"{low} %" if low == high else f"{low} to {high} %"


def _fits(shares: np.ndarray) -> tuple[bool, bool, bool]:
    unstranded = (shares >= UNSTRANDED[0]) & (shares <= UNSTRANDED[1])
    return bool(unstranded.all()), bool((shares >= FORWARD_FROM).all()), bool((shares <= REVERSE_TO).all())


def _undecided(shares: np.ndarray, names: Sequence[str], source: str) -> InputError:
    order = np.argsort(shares)
    shown_order = [*order[:3], *order[3:][-2:]]
    parts = ", ".join(f"{shown(names[i])} {100 * shares[i]:.0f} %" for i in shown_order)
    return InputError(
        "E-FILE-009",
        f"Strandedness cannot be told from {source}: the share of forward reads in genes is {parts}.",
        "Say which counts to take: --strand 0 (unstranded), 1 (forward) or 2 (reverse). Shares of 80 % and more mean "
        "forward, 20 % and less reverse, 40 to 60 % unstranded; samples that differ were made with different kits, "
        "or one of them is damaged.",
        where=source,
        data={"forward": dict(zip(names, [None if np.isnan(x) else float(x) for x in shares], strict=True))},
    )
