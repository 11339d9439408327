"""Fake factors for tests of groups, which can hold nothing beside what they test: halves of one condition."""

from __future__ import annotations

import numpy as np

from foldwise.certify.cells import factor_codes, joined
from foldwise.certify.labelings import Labelings, balanced
from foldwise.model.design import Design

# A test of groups needs two samples on each side.
LEAST = 4
WITHIN = (
    "The method compares groups and can hold nothing beside them, so null runs compare samples of one condition, "
    "half as many as the analysis has."
)


def within_groups(design: Design, n: int, seed: int) -> Labelings:
    """Return halves of each condition with at least four samples, one condition at a time; -1 marks the others."""
    cells = joined(factor_codes(design), design.n_samples)
    parts, total = [], 0
    for cell in range(int(cells.max()) + 1):
        members = np.flatnonzero(cells == cell)
        if len(members) < LEAST:
            continue
        halves, counted = balanced([], len(members), n, seed + cell)
        total += 0 if counted is None else counted
        spread = np.full((len(halves), design.n_samples), -1, dtype=np.int8)
        spread[:, members] = halves
        parts.append(spread)
    if not parts:
        return Labelings("fake factor", np.zeros((0, design.n_samples), dtype=np.int8), 0, WITHIN)
    # In turns, so that each condition has its share where not all fit
    turns = [part[b] for b in range(max(map(len, parts))) for part in parts if b < len(part)]
    return Labelings("fake factor", np.stack(turns[:n]), total, WITHIN)
