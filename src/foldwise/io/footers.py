"""Rows of a table that are tallies of a counting program and no genes."""

from __future__ import annotations

import numpy as np

from foldwise.io.messages import Messages, warning
from foldwise.io.wording import counted

_HTSEQ = ("no_feature", "ambiguous", "too_low_aQual", "not_aligned", "alignment_not_unique")
_STAR = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
_CERTAIN = frozenset([f"__{name}" for name in _HTSEQ] + list(_STAR))


def tally_rows(genes: list[str], values: np.ndarray, source: str) -> tuple[np.ndarray | None, Messages]:
    """Return which rows are genes (None where all are), and a warning with the rows left out and their sums.

    The names of htseq-count and STAR are known; htseq's without underscores only where at least two of them end
    the table.
    """
    tallies = _CERTAIN.intersection(genes)
    if genes and genes[-1] in _HTSEQ:
        plain = frozenset(_HTSEQ).intersection(genes)
        tallies |= plain if len(plain) > 1 else frozenset()
    if not tallies:
        return None, ()
    rows = [i for i, name in enumerate(genes) if name in tallies]
    keep = np.ones(len(genes), dtype=bool)
    keep[rows] = False
    sums = [float(np.nansum(values[row])) for row in rows]
    shown = ", ".join(f"{genes[row]} ({total:,.0f})" for row, total in zip(rows, sums, strict=True))
    found = f"{source}: {counted(len(rows), 'row')} of the counting program left out, with their sums: {shown}."
    fix = "They count reads outside genes."
    return keep, (warning("W-FILE-001", found, fix, rows=dict(zip([genes[r] for r in rows], sums, strict=True))),)
