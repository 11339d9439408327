"""Samples of the table and of the sheet brought together: by name, never by position or shape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from foldwise.errors import InputError
from foldwise.io.messages import Messages, done, note
from foldwise.io.wording import counted, listed, nearest, shown

_EXCUSE = "Names match exactly or not at all; correct them in one of the two."


@dataclass(frozen=True)
class Match:
    """Which samples are used.

    ``table_positions`` are positions on the sample axis of the table, ascending: the table decides the order.
    ``names`` are their names, in the same order.
    """

    table_positions: tuple[int, ...]
    names: tuple[str, ...]
    messages: Messages


def spelling_key(name: str) -> str:
    """Return what is left of a name without case, separators, R's ``X`` prefix and leading zeros of a number."""
    key = re.sub(r"[\s._\-]+", ".", name.strip().casefold()).strip(".")
    key = re.sub(r"\.(bam|sam|cram|fastq|fq|gz|txt|sf)$", "", key)
    if re.match(r"x\.?\d", key):
        key = key[1:].lstrip(".")
    return key.lstrip("0") or "0" if key.isdigit() else key


def lookalikes(names: Sequence[str], others: Sequence[str]) -> dict[str, str]:
    """Return for names the one other name that is spelt alike (case, separators, X prefix), where there is one."""
    by_key: dict[str, list[str]] = {}
    for other in others:
        by_key.setdefault(spelling_key(other), []).append(other)
    found = {}
    for name in names:
        alike = by_key.get(spelling_key(name), [])
        if len(alike) == 1:
            found[name] = alike[0]
    return found


def match_samples(
    table_names: Sequence[str], sheet_names: Sequence[str], table: str, sheet: str, intersect: bool
) -> Match:
    """Align the samples of a table with those of the sheet.

    Parameters
    ----------
    table_names, sheet_names : sequence of str
        Unique names on the sample axis of the table, and of the sheet.
    table, sheet : str
        How messages call the two.
    intersect : bool
        Keep the samples that both have instead of stopping.

    Raises
    ------
    InputError
        E-SHEET-002 where one side has samples that the other lacks, E-SHEET-003 where they differ in spelling only.
    """
    in_sheet, in_table = set(sheet_names), set(table_names)
    only_table = [name for name in table_names if name not in in_sheet]
    only_sheet = [name for name in sheet_names if name not in in_table]
    positions = tuple(i for i, name in enumerate(table_names) if name in in_sheet)
    if (only_table or only_sheet) and not (intersect and positions):
        raise _mismatch(only_table, only_sheet, len(positions), table, sheet)
    names = tuple(table_names[i] for i in positions)
    return Match(positions, names, _said(names, only_table, only_sheet, sheet_names, table, sheet))


def _said(
    names: tuple[str, ...],
    only_table: list[str],
    only_sheet: list[str],
    sheet_names: Sequence[str],
    table: str,
    sheet: str,
) -> Messages:
    left_out = []
    if only_table:
        left_out.append(f"{listed(only_table)} only in {table}")
    if only_sheet:
        left_out.append(f"{listed(only_sheet)} only in {sheet}")
    common = set(names)
    moved = [name for name in sheet_names if name in common] != list(names)
    total = len(names) + len(only_table) + len(only_sheet)
    text = f"{len(names)} of {total} sample names found in both{' (rows re-ordered to match)' if moved else ''}"
    messages: Messages = (done("Matching", text, n_samples=len(names), reordered=moved),)
    if left_out:
        text = f"Left out by --intersect: {'; '.join(left_out)}."
        messages += (note(text, only_table=only_table, only_sheet=only_sheet),)
    return messages


def _mismatch(only_table: list[str], only_sheet: list[str], n_both: int, table: str, sheet: str) -> InputError:
    alike = lookalikes(only_sheet, only_table)
    data = {"only_table": only_table, "only_sheet": only_sheet, "n_both": n_both, "did_you_mean": alike}
    if only_sheet and len(alike) == len(only_sheet) and len(only_table) == len(only_sheet):
        pairs = ", ".join(f"{shown(a)} for {shown(b)}" for a, b in list(alike.items())[:5])
        return InputError(
            "E-SHEET-003",
            f"{counted(len(alike), 'sample name')} of {sheet} and {table} differ only in spelling: "
            f"did you mean {pairs}?",
            _EXCUSE,
            data=data,
        )
    parts = []
    if only_table:
        parts.append(f"{counted(len(only_table), 'sample')} only in {table} ({listed(only_table)})")
    if only_sheet:
        parts.append(f"{counted(len(only_sheet), 'sample')} only in {sheet} ({listed(only_sheet)})")
    advice = [_EXCUSE, _did_you_mean(only_sheet, only_table, alike)]
    if n_both:
        advice.append(f"--intersect keeps the {n_both} in both.")
    return InputError("E-SHEET-002", f"{', '.join(parts)}.", " ".join(filter(None, advice)), data=data)


def _did_you_mean(only_sheet: list[str], only_table: list[str], alike: dict[str, str]) -> str:
    pairs = dict(list(alike.items())[:3])
    for name in only_sheet[:5]:
        if name not in pairs and (close := nearest(name, only_table)):
            pairs[name] = close[0]
    if not pairs:
        return ""
    return "Did you mean " + ", ".join(f"{shown(b)} for {shown(a)}" for a, b in list(pairs.items())[:3]) + "?"
