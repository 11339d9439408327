"""Genes that share an id: summed, the first kept, or told apart by a suffix, as the user decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.errors import InputError
from foldwise.io.messages import Messages, note
from foldwise.io.names_checks import date_symbol, repeated
from foldwise.io.wording import counted, listed

CHOICES = ("error", "sum", "first", "suffix")


def resolve_duplicates(
    genes: Sequence[str], counts: np.ndarray, choice: str, source: str
) -> tuple[list[str], np.ndarray, np.ndarray, Messages]:
    """Make gene ids unique.

    Parameters
    ----------
    genes : sequence of str, (n_genes,)
    counts : ndarray, (n_genes, n_samples)
    choice : str
        ``error``, ``sum``, ``first`` or ``suffix``.

    Returns
    -------
    genes : list of str, (n_kept,)
    counts : ndarray, (n_kept, n_samples)
    rows : ndarray, (n_kept,)
        Row of the input that each kept gene comes from (the first of those summed).
    messages : tuple of Message

    Raises
    ------
    InputError
        E-NAME-001 where ids repeat and the choice is ``error``.
    """
    twice = repeated(genes)
    everything = np.arange(len(genes))
    if not twice:
        return list(genes), counts, everything, ()
    if choice not in CHOICES[1:]:
        raise _repeated_ids(twice, source)
    if choice == "suffix":
        said = note(f"{counted(len(twice), 'repeated gene id')} told apart by suffixes: {listed(twice)}.", genes=twice)
        return suffixed(genes), counts, everything, (said,)
    first: dict[str, int] = {}
    target = np.array([first.setdefault(name, len(first)) for name in genes])
    rows = np.unique(target, return_index=True)[1]
    if choice == "sum":
        counts = _summed(counts, target, len(first))
        word = "summed"
    else:
        counts = counts[rows]
        word = "kept at their first row"
    said = note(f"{counted(len(twice), 'repeated gene id')} {word}: {listed(twice)}.", genes=twice)
    return list(first), counts, rows, (said,)


def _summed(counts: np.ndarray, target: np.ndarray, n: int) -> np.ndarray:
    """Add the rows of equal target; whole numbers stay exact."""
    wide = np.zeros((n, counts.shape[1]), dtype=np.int64 if counts.dtype.kind in "iu" else np.float64)
    np.add.at(wide, target, counts)
    return wide


def suffixed(names: Sequence[str]) -> list[str]:
    """Return names made unique: the first keeps its name, later ones get ``-1``, ``-2``, ... past those in use."""
    taken = set(names)
    seen: set[str] = set()
    last: dict[str, int] = {}
    result = []
    for name in names:
        if name in seen:
            number = last.get(name, 0) + 1
            while f"{name}-{number}" in taken:
                number += 1
            last[name] = number
            name = f"{name}-{number}"
            taken.add(name)
        seen.add(name)
        result.append(name)
    return result


def _repeated_ids(twice: list[str], source: str) -> InputError:
    dates = " Some look like Excel dates, which merge genes." if any(map(_is_date, twice)) else ""
    return InputError(
        "E-NAME-001",
        f"{source} holds {counted(len(twice), 'gene id')} more than once: {listed(twice)}.{dates}",
        "Choose with --duplicates: sum (add their counts), first (keep the first row) or suffix (tell them apart).",
        where=source,
        data={"genes": twice[:1000], "n": len(twice)},
    )


def _is_date(name: str) -> bool:
    return date_symbol(name) is not None
