"""Why a design cannot be fitted, in plain words: replicates, confounding, nesting, empty cells, dependent columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from foldwise.errors import DesignError
from foldwise.model.columns import Factor, quote_name, shorten
from foldwise.stats.design_algebra import Dependency, dependent_columns, design_cells, rank

if TYPE_CHECKING:
    from foldwise.model.design import Design

N_LINES = 8


def require_solvable(design: Design) -> None:
    """Raise where the design has no residual degrees of freedom or dependent columns.

    Raises
    ------
    DesignError
        E-DESIGN-002 (no replicates), 003 (samples <= coefficients), 004 (confounded), 005 (nested, or dependent
        otherwise), 006 (empty interaction cell).
    """
    n, p = design.matrix.shape
    n_independent, _ = rank(design.matrix)
    if n_independent == n <= p:
        raise _too_few_samples(design)
    if n_independent == p:
        return
    dependencies = dependent_columns(design.matrix)
    error = _confounding(design, dependencies) or _empty_cell(design, dependencies)
    raise error or _dependent(design, dependencies)


def require_nested(design: Design, reduced: Design) -> None:
    """Raise E-DESIGN-009 unless the reduced design spans a smaller part of the full one."""
    formulas = f"'{reduced.formula}' and '{design.formula}'"
    foreign = [name for name in reduced.columns_used.values() if name not in design.columns_used.values()]
    both, _ = rank(np.hstack([design.matrix, reduced.matrix]))
    p, p_reduced = design.n_coefficients, reduced.n_coefficients
    reason = ""
    if foreign:
        reason = f"The reduced formula uses {shorten(foreign)}, which the full formula does not."
    elif both > p:
        reason = f"The reduced formula is not nested in the full one: of {formulas} neither holds the other."
    elif p_reduced >= p:
        reason = f"The reduced formula is the same model as the full one ({formulas}: {p_reduced} coefficients each)."
    if reason:
        raise DesignError(
            "E-DESIGN-009",
            reason,
            "Give the full formula without the terms to be tested, such as '~ batch' for '~ batch + group'.",
            data={"full": design.formula, "reduced": reduced.formula, "coefficients": [p, p_reduced]},
        )


def _too_few_samples(design: Design) -> DesignError:
    n, p = design.matrix.shape
    _, sizes = design_cells(design.matrix)
    data = {"samples": n, "coefficients": p}
    if n == p and not design.numeric and int(sizes.max()) == 1:
        return DesignError(
            "E-DESIGN-002",
            f"There are no replicates: {n} samples, each in a cell of its own, and {p} coefficients.",
            "Without replicates no p-value is possible. Add replicates or take a term out; "
            "'foldwise check' shows what a design can tell before sequencing.",
            data=data,
        )
    return DesignError(
        "E-DESIGN-003",
        f"The design has {p} coefficients and only {n} samples; at least {p + 1} samples are needed.",
        "Take terms out of the design, or add samples. A number column stored as text becomes a factor with "
        "one coefficient per value.",
        data=data,
    )


# --- two factors that cannot be separated ----------------------------------------------------------------------------


def cross_table(a: Factor, b: Factor) -> np.ndarray:
    """Samples in each pair of levels, (levels of a, levels of b)."""
    table = np.zeros((len(a.levels), len(b.levels)), dtype=np.int64)
    np.add.at(table, (np.array(a.codes), np.array(b.codes)), 1)
    return table


def n_components(table: np.ndarray) -> int:
    """Number of parts into which the levels of two factors fall that share no samples; 1 = connected."""
    rows = list(range(table.shape[0]))
    cols = list(range(table.shape[0], sum(table.shape)))
    parent = rows + cols

    def root(k: int) -> int:
        while parent[k] != k:
            k = parent[k]
        return k

    for i, j in np.argwhere(table > 0).tolist():
        parent[root(i)] = root(cols[j])
    return len({root(k) for k in range(len(parent))})


def main_factors(design: Design) -> list[Factor]:
    """Factors with a main effect, in the order of the formula."""
    names = [term.variables[0] for term in design.terms if len(term.variables) == 1]
    return [factor for name in names if (factor := design.factor(name)) is not None]


def _confounding(design: Design, dependencies: Sequence[Dependency]) -> DesignError | None:
    """E-DESIGN-004 or 005 for the first pair of main effects whose cross table falls into parts."""
    for a, b in combinations(main_factors(design), 2):
        table = cross_table(a, b)
        if n_components(table) == 1:
            continue
        nested = _nesting(a, b, table) or _nesting(b, a, table.T)
        if table.shape[0] == table.shape[1] == np.count_nonzero(table):
            words, id = f"{a.name!r} and {b.name!r} say the same thing", "E-DESIGN-004"
        elif nested:
            fine, coarse, every_level = nested
            words = f"each level of {fine.name!r} occurs in one level of {coarse.name!r} only"
            id = "E-DESIGN-005" if every_level else "E-DESIGN-004"
        else:
            words, id = (
                f"{a.name!r} and {b.name!r} are confounded: their levels fall into parts without overlap",
                ("E-DESIGN-004"),
            )
        of_pair = [d for d in dependencies if {name for name, _ in design.parts[d.column]} & {a.name, b.name}]
        lines = [*_only_lines(a, b, table), f"Dependent columns: {_dependency_words(design, of_pair)}"]
        return DesignError(
            id,
            f"Design cannot be fitted: {words}.\n    " + "\n    ".join(lines),
            _confounding_fix(design, a, b, nested[0] if id == "E-DESIGN-005" and nested else None),
            data={
                "variables": [a.name, b.name],
                "levels": [list(a.levels), list(b.levels)],
                "cross_table": table.tolist(),
                "columns": [design.coefficient_names[d.column] for d in dependencies],
            },
        )
    return None


def _nesting(fine: Factor, coarse: Factor, table: np.ndarray) -> tuple[Factor, Factor, bool] | None:
    """Whether each level of ``fine`` (rows) lies in one level of ``coarse``; and in all of these at least two do."""
    if not np.all(np.count_nonzero(table, axis=1) == 1):
        return None
    return fine, coarse, bool(np.all(np.count_nonzero(table, axis=0) >= 2))


def _only_lines(a: Factor, b: Factor, table: np.ndarray) -> list[str]:
    """One line per level of the later factor: in which levels of the other it occurs."""
    lines = []
    for j, level in enumerate(b.levels):
        where = [a.levels[i] for i in np.flatnonzero(table[:, j])]
        lines.append(f"{b.name}={level} only in {a.name} {shorten(where)} ({int(table[:, j].sum())} samples)")
    return lines if len(lines) <= N_LINES else [*lines[:N_LINES], f"... ({len(lines)} levels)"]


def _confounding_fix(design: Design, a: Factor, b: Factor, fine: Factor | None) -> str:
    without_a, without_b = _formula_without(design, a.name), _formula_without(design, b.name)
    if fine is not None:
        without = _formula_without(design, fine.name)
        return (
            f'If {fine.name!r} are the replicates, leave it out (--design "{without}"); to compare within it, test '
            "conditions that vary inside its levels."
        )
    return (
        f'No method can separate them. Either drop {a.name} (--design "{without_a}"; the result may be an effect of '
        f'{a.name}), or drop {b.name} (--design "{without_b}"), or add samples that break the tie.'
    )


def _formula_without(design: Design, variable: str) -> str:
    terms = [
        ":".join(quote_name(v) if design.factor(v) else v for v in term.variables)
        for term in design.terms
        if variable not in term.variables
    ]
    return (
        "~ "
        + " + ".join([] if design.has_intercept and terms else ["1" if design.has_intercept else "0"])
        + (" + ".join(terms) if design.has_intercept else "".join(f" + {term}" for term in terms))
    )


# --- interactions and other dependencies -----------------------------------------------------------------------------


def empty_cells(factors: Sequence[Factor]) -> list[tuple[str, ...]]:
    """Combinations of levels without a sample."""
    filled = set(zip(*(factor.codes for factor in factors), strict=True))
    return [
        tuple(factor.levels[code] for factor, code in zip(factors, codes, strict=True))
        for codes in product(*(range(len(factor.levels)) for factor in factors))
        if codes not in filled
    ]


def _empty_cell(design: Design, dependencies: Sequence[Dependency]) -> DesignError | None:
    """E-DESIGN-006 for the first interaction with a dependent column and a cell without samples."""
    dependent = {d.column for d in dependencies}
    for term in design.terms:
        factors = [factor for name in term.variables if (factor := design.factor(name)) is not None]
        if len(factors) < 2 or not dependent & set(term.columns):
            continue
        cells = empty_cells(factors)
        if not cells:
            continue
        words = [", ".join(f"{f.name}={level}" for f, level in zip(factors, cell, strict=True)) for cell in cells]
        joined = "_".join(factor.name for factor in factors)
        return DesignError(
            "E-DESIGN-006",
            f"The interaction {term.name!r} cannot be fitted: no sample in the cell{'s' * (len(cells) > 1)} "
            f"{'; '.join(words[:5])}{f'; ... ({len(cells)} in all)' if len(cells) > 5 else ''}.",
            f"Leave the interaction out, or put the combinations that exist into one column and compare these: "
            f'--design "~ {quote_name(joined)}".',
            data={"term": term.name, "cells": [list(cell) for cell in cells[:100]]},
        )
    return None


def _dependent(design: Design, dependencies: Sequence[Dependency]) -> DesignError:
    names = [design.coefficient_names[d.column] for d in dependencies]
    return DesignError(
        "E-DESIGN-005",
        f"Design cannot be fitted: {len(names)} of {design.n_coefficients} columns "
        f"{'follows' if len(names) == 1 else 'follow'} from others.\n    " + _dependency_words(design, dependencies),
        "Take out a term that says what others say already.",
        data={"columns": names},
    )


def _dependency_words(design: Design, dependencies: Sequence[Dependency]) -> str:
    names = design.coefficient_names
    return shorten([_combination(names[d.column], d, names) for d in dependencies])


def _combination(name: str, dependency: Dependency, names: Sequence[str]) -> str:
    if not dependency.combination:
        return f"{name} is 0 in every sample"
    pieces: list[str] = []
    for column, weight in dependency.combination[:4]:
        size = "" if abs(weight) == 1 else f"{abs(weight):.4g} * "
        sign = "- " if weight < 0 else "+ " if pieces else ""
        pieces.append(f"{sign}{size}{names[column]}")
    more = " + ..." if len(dependency.combination) > 4 else ""
    return f"{name} = {' '.join(pieces)}{more}"
