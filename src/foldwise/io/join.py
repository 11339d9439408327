"""Tables of one sample (or some) each, put side by side by gene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from foldwise.errors import InputError
from foldwise.io.messages import Messages
from foldwise.io.table import BadCell, Table
from foldwise.io.wording import counted, listed, shown


def join_tables(tables: Sequence[Table], source: str = "") -> Table:
    """Return one table with the columns of all, genes in the order of the first.

    Parameters
    ----------
    tables : sequence of Table
        At least one; all hold the same genes, in any order.
    source : str
        How messages call the whole; default the first file and how many more.

    Raises
    ------
    InputError
        E-FILE-012 where the genes differ, E-NAME-001 where a gene occurs more than once in files of different order.
    """
    first = tables[0]
    if len(tables) == 1:
        return first
    orders = [_order(first, table) for table in tables]
    source = source or f"{first.source} and {len(tables) - 1} more"
    starts = np.cumsum([0, *(len(table.column_names) for table in tables)])
    bad = []
    for table, order, start in zip(tables, orders, starts, strict=False):
        place = None if order is None else np.argsort(order)
        bad += [
            BadCell(c.row if place is None else int(place[c.row]), c.column + int(start), c.text)
            for c in table.bad_cells
        ]
    lengths = [table.lengths for table in tables]
    return replace(
        first,
        source=source,
        column_names=[name for table in tables for name in table.column_names],
        values=_side_by_side([table.values for table in tables], orders),
        lengths=None if any(x is None for x in lengths) else _side_by_side(lengths, orders),  # type: ignore[arg-type]
        lines=first.lines,
        bad_cells=tuple(bad),
        messages=_messages(tables),
        qc={name: tallies for table in tables for name, tallies in table.qc.items()},
    )


def _order(first: Table, table: Table) -> np.ndarray | None:
    """Return the rows of ``table`` in the order of ``first``; None where they are in that order."""
    if table.row_names == first.row_names:
        return None
    ours, theirs = set(first.row_names), set(table.row_names)
    if ours != theirs or len(first.row_names) != len(table.row_names):
        less, more = sorted(ours - theirs), sorted(theirs - ours)
        parts = [f"{counted(len(names), 'gene')} only in {shown(name)} ({listed(names, 3)})"
                 for names, name in ((less, first.source), (more, table.source)) if names]  # fmt: skip
        found = f"{shown(first.source)} and {shown(table.source)} hold different genes: {', '.join(parts)}."
        if not parts:
            found = f"{shown(first.source)} and {shown(table.source)} repeat genes in different ways."
        raise InputError("E-FILE-012", found, "Count all samples with the same annotation.", where=table.source)
    if len(theirs) < len(table.row_names):
        raise InputError(
            "E-NAME-001",
            f"{shown(table.source)} holds genes more than once, in another order than {shown(first.source)}.",
            "Give the files with their genes in one order.",
            where=table.source,
        )
    place = {name: row for row, name in enumerate(table.row_names)}
    return np.array([place[name] for name in first.row_names])


def _side_by_side(blocks: Sequence[np.ndarray], orders: Sequence[np.ndarray | None]) -> np.ndarray:
    return np.column_stack(
        [block if order is None else block[order] for block, order in zip(blocks, orders, strict=True)]
    )


def _messages(tables: Sequence[Table]) -> Messages:
    """Return the messages of all tables, those alike but for the file told once."""
    seen: dict[str, object] = {}
    for table in tables:
        for message in table.messages:
            seen.setdefault(message.text.replace(table.source, ""), message)
    return tuple(seen.values())  # type: ignore[arg-type]
