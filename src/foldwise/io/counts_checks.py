"""Are these values counts, and can the method use them? Each finding with its first addresses and its number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.errors import InputError
from foldwise.io.cells import EXACT, suggestion
from foldwise.io.counts_scale import looks_logged, looks_per_million
from foldwise.io.messages import Messages, note, warning
from foldwise.io.orientation import GeneTable
from foldwise.io.wording import SHOWN, counted, listed, percent, shown

MAX_INT32 = 2**31 - 1
SMALL_LIBRARY = 100_000
DEPTH_RATIO = 10.0


@dataclass(frozen=True)
class CountRules:
    """What the method asks of the values.

    Parameters
    ----------
    needs_integers : bool
        The method models whole counts (deseq2).
    log_method : bool
        The method takes logarithms itself (ols, t, wilcoxon): counts and normalized values are welcome, logs are not.
    takes_logs : bool
        The method uses the values as they are (``--transform none``).
    round : bool
        Round fractions half to even (``--round``).
    drop_na : bool
        Leave out genes with missing values (``--drop-na``).
    estimates : bool
        The counts are estimates of a quantifier: fractions are right.
    """

    needs_integers: bool = True
    log_method: bool = False
    takes_logs: bool = False
    round: bool = False
    drop_na: bool = False
    estimates: bool = False


def require_numbers(table: GeneTable) -> None:
    """Raise E-COUNT-008 where cells hold text."""
    if not table.bad_cells:
        return
    cells = sorted(table.bad_cells, key=lambda cell: (cell.row, cell.column))
    first = [f"{shown(cell.text)} ({table.place(cell.row, cell.column)})" for cell in cells[:SHOWN]]
    more = f", … ({len(cells):,} in all)" if len(cells) > SHOWN else ""
    raise InputError(
        "E-COUNT-008",
        f"{counted(len(cells), 'cell holds', 'cells hold')} text instead of a number: {'; '.join(first)}{more}.",
        suggestion(cells[0].text),
        where=table.source,
        data={"cells": [cell.text for cell in cells[:100]], "n": len(cells)},
    )


def checked_counts(table: GeneTable, rules: CountRules) -> tuple[np.ndarray, np.ndarray | None, Messages]:
    """Return the counts as the methods take them.

    Returns
    -------
    counts : ndarray, (n_kept, n_samples)
        int32 where all values are whole and below 2**31, else float64; C-contiguous.
    keep : ndarray of bool, (n_genes,), or None
        Genes kept under ``drop_na``; None where all are.
    messages : tuple of Message

    Raises
    ------
    InputError
        E-COUNT-001 to E-COUNT-010.
    """
    require_numbers(table)
    values = table.values
    if values.shape[0] == 0 or values.shape[1] == 0:
        found = f"{table.source} has {counted(values.shape[0], 'gene')} and {counted(values.shape[1], 'sample')}."
        raise InputError("E-COUNT-009", found, "There is nothing to test.", data={"shape": list(values.shape)})
    keep: np.ndarray | None = None
    messages: Messages = ()
    if values.dtype.kind not in "iub":
        values, keep, messages = _checked_reals(table, rules)
    else:
        values = _checked_integers(table)
    if values.dtype.kind != "i":
        values, more = _whole_numbers(table, values, keep, rules)
        messages += more
    return values, keep, messages + _check_samples(table, values)


def _checked_integers(table: GeneTable) -> np.ndarray:
    """Return integers of any type as int32, or as float64 where they are larger."""
    values = table.values
    if values.dtype.kind == "b":
        values = values.astype(np.int32)
    low, high = int(values.min()), int(values.max())
    if low < 0:
        raise _negative(table, values < 0)
    if high > EXACT:
        raise _too_large(table, values > int(EXACT))
    target = np.int32 if high <= MAX_INT32 else np.float64
    return np.ascontiguousarray(values, dtype=target)


def _checked_reals(table: GeneTable, rules: CountRules) -> tuple[np.ndarray, np.ndarray | None, Messages]:
    """Refuse missing, infinite, logged, negative and too large values; drop genes where asked."""
    values = np.ascontiguousarray(table.values, dtype=np.float64)
    keep, messages = _without_missing(table, values, rules.drop_na)
    if np.isinf(values).any():
        raise InputError("E-COUNT-005", f"{_cells(table, np.isinf(values), 'infinite value')}.", "Counts are finite.")
    kept = values if keep is None else values[keep]
    logged = None if rules.takes_logs else looks_logged(kept)
    if logged:
        fix = "Give the raw counts; the method takes logarithms itself where it needs them."
        raise InputError("E-COUNT-003", f"{table.source} looks log-transformed: {logged}.", fix, where=table.source)
    if not rules.takes_logs and kept.min(initial=0) < 0:
        raise _negative(table, values < 0)
    if np.abs(kept).max(initial=0) > EXACT:
        raise _too_large(table, np.abs(values) > EXACT)
    return kept, keep, messages


def _without_missing(table: GeneTable, values: np.ndarray, drop: bool) -> tuple[np.ndarray | None, Messages]:
    missing = np.isnan(values)
    if not missing.any():
        return None, ()
    keep = ~missing.any(axis=1)
    genes = [table.genes[i] for i in np.flatnonzero(~keep)]
    if not drop:
        raise InputError(
            "E-COUNT-004",
            f"{_cells(table, missing, 'missing value')}.",
            f"Fill the cells, or leave {counted(len(genes), 'gene')} out with --drop-na.",
            where=table.source,
            data={"genes": genes[:1000], "n": int(missing.sum())},
        )
    if not keep.any():
        raise InputError(
            "E-COUNT-009", f"Every gene of {table.source} has a missing value.", "There is nothing left to test."
        )
    text = f"{counted(len(genes), 'gene')} with missing values left out by --drop-na: {listed(genes)}."
    return keep, (note(text, genes=genes),)


def _whole_numbers(
    table: GeneTable, values: np.ndarray, keep: np.ndarray | None, rules: CountRules
) -> tuple[np.ndarray, Messages]:
    """Turn whole values into integers; refuse, round or report fractions, as the method needs."""
    fractional = values != np.floor(values)
    n_fractional = int(np.count_nonzero(fractional))
    if n_fractional == 0:
        return _as_int32(values), ()
    per_million = looks_per_million(values)
    if per_million and not (rules.log_method or rules.takes_logs):
        fix = "Give the counts themselves; TPM, FPKM and CPM have lost the precision of each count."
        raise InputError("E-COUNT-002", f"{table.source} looks like TPM: {per_million}.", fix, where=table.source)
    share = percent(n_fractional / fractional.size)
    if rules.round:
        text = f"{counted(n_fractional, 'fraction')} ({share} of the values) rounded to whole numbers."
        return _as_int32(np.rint(values)), (note(text, n=n_fractional),)
    if rules.takes_logs:
        return values, ()
    if rules.estimates:
        return _estimated(table, values, share, rules)
    gene, sample = (int(index[0]) for index in np.nonzero(fractional))
    where = gene if keep is None else int(np.flatnonzero(keep)[gene])
    first = f"first: {table.place(where, sample)}, value {values[gene, sample]:g}"
    if rules.needs_integers:
        raise InputError(
            "E-COUNT-001",
            f"{share} of the values are fractions ({first}); this method models whole counts.",
            "Give gene lengths (--lengths) where the counts are estimates of salmon, kallisto or RSEM, use a method "
            "that takes fractions (edger-ql, limma-voom), or round them (--round).",
            where=table.source,
            data={"share": n_fractional / fractional.size},
        )
    fix = "They are used as they are; normalized values would not be counts."
    return values, (warning("W-COUNT-001", f"{share} of the values are fractions ({first}).", fix),)


def _estimated(
    table: GeneTable, values: np.ndarray, share: str, rules: CountRules
) -> tuple[np.ndarray, Messages]:  # fmt: skip
    """Estimated counts: rounded half to even for methods of whole counts, here or, with lengths, later."""
    text = f"{share} of the values are fractions: estimated counts"
    if not rules.needs_integers:
        return values, (note(f"{text}; they are used as they are."),)
    said = (note(f"{text}, rounded to whole numbers as DESeq2 does."),)
    return (values if table.lengths is not None else _as_int32(np.rint(values))), said


def _as_int32(values: np.ndarray) -> np.ndarray:
    if values.min() < -MAX_INT32 or values.max() > MAX_INT32:
        return values
    return values.astype(np.int32)


def _check_samples(table: GeneTable, counts: np.ndarray) -> Messages:
    """Check library sizes and columns that repeat each other."""
    integer = counts.dtype.kind == "i"
    sums = counts.sum(axis=0, dtype=np.int64) if integer else counts.sum(axis=0)
    empty = np.flatnonzero(sums == 0) if not (counts < 0).any() else np.array([], dtype=int)
    if len(empty) == counts.shape[1]:
        found = f"All values of {table.source} are zero ({counts.shape[0]:,} genes x {counts.shape[1]:,} samples)."
        raise InputError("E-COUNT-009", found, "There is nothing to test.", data={"shape": list(counts.shape)})
    if len(empty):
        names = [table.samples[i] for i in empty]
        raise InputError(
            "E-COUNT-010",
            f"{counted(len(names), 'sample has', 'samples have')} no reads at all: {listed(names)}.",
            "Its size factor is undefined. Leave it out with --exclude, or correct the table.",
            data={"samples": names},
        )
    return _duplicate_columns(table, counts, sums) + _library_sizes(table, sums)


def _duplicate_columns(table: GeneTable, counts: np.ndarray, sums: np.ndarray) -> Messages:
    order = np.argsort(sums, kind="stable")
    pairs = []
    for i, j in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
        if sums[i] == sums[j] and np.array_equal(counts[:, i], counts[:, j]):
            pairs.append((table.samples[min(i, j)], table.samples[max(i, j)]))
    if not pairs:
        return ()
    text = ", ".join(f"{shown(a)} = {shown(b)}" for a, b in pairs[:SHOWN])
    more = f", … ({len(pairs)} in all)" if len(pairs) > SHOWN else ""
    fix = "A file may have been read twice; repeated samples are no replicates."
    found = f"{counted(len(pairs), 'pair')} of samples with identical counts: {text}{more}."
    return (warning("W-COUNT-002", found, fix, pairs=pairs),)


def _library_sizes(table: GeneTable, sums: np.ndarray) -> Messages:
    low, high = int(np.argmin(sums)), int(np.argmax(sums))
    small = [i for i in np.argsort(sums, kind="stable").tolist() if sums[i] < SMALL_LIBRARY]
    if sums[low] <= 0 or (not small and sums[high] <= DEPTH_RATIO * sums[low]):
        return ()
    parts = []
    if sums[high] > DEPTH_RATIO * sums[low]:
        parts.append(
            f"Library sizes differ {sums[high] / sums[low]:.3g}x: {shown(table.samples[low])} {sums[low]:,.0f}, "
            f"{shown(table.samples[high])} {sums[high]:,.0f}."
        )
    if small:
        each = ", ".join(f"{shown(table.samples[i])} {sums[i]:,.0f}" for i in small[:SHOWN])
        more = f", … ({len(small)} in all)" if len(small) > SHOWN else ""
        parts.append(f"{counted(len(small), 'library', 'libraries')} below {SMALL_LIBRARY:,} reads: {each}{more}.")
    fix = "Depth is corrected for, but shallow samples carry little; consider leaving them out (--exclude)."
    sizes = {table.samples[i]: float(sums[i]) for i in {low, high, *small}}
    return (warning("W-COUNT-003", " ".join(parts), fix, library_sizes=sizes),)


def _cells(table: GeneTable, mask: np.ndarray, what: str) -> str:
    """Return how many cells are meant, and the addresses and values of the first."""
    genes, samples = np.nonzero(mask)
    first = [
        f"{table.place(int(g), int(s))}: {table.values[g, s]:g}"
        for g, s in zip(genes[:SHOWN].tolist(), samples[:SHOWN].tolist(), strict=True)
    ]
    more = "; …" if len(genes) > SHOWN else ""
    return f"{counted(len(genes), what)} ({'; '.join(first)}{more})"


def _negative(table: GeneTable, mask: np.ndarray) -> InputError:
    fix = "Counts are never negative: are the values normalized, centered or logarithms?"
    return InputError("E-COUNT-006", f"{_cells(table, mask, 'negative value')}.", fix, where=table.source)


def _too_large(table: GeneTable, mask: np.ndarray) -> InputError:
    fix = "Whole numbers are exact up to 2^53 = 9,007,199,254,740,992 only; no library has so many reads."
    return InputError("E-COUNT-007", f"{_cells(table, mask, 'value')} above 2^53.", fix, where=table.source)
