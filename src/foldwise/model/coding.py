"""Treatment coding: from variables and terms to the columns of a model matrix, exactly as R's ``model.matrix``.

Chambers and Hastie (1992), Statistical Models in S, section 2.4: a factor in a term is coded by contrasts if the term
without it is contained in an earlier term (the intercept for a main effect), else by one column per level. Without
intercept the first factor of the model gets one column per level. Within a term the first variable varies fastest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from foldwise.model.columns import Factor
from foldwise.model.transforms import Numeric

Part = tuple[str, str | None]


@dataclass(frozen=True)
class Column:
    """One column: the product of its parts.

    Parameters
    ----------
    term : int
        Number of its term; -1 for the intercept.
    parts : tuple of (variable, level)
        Level None for a numeric column, whose label stands in place of the variable.
    reference : str or None
        Set where the column is the main effect of one factor coded by contrasts.
    """

    term: int
    parts: tuple[Part, ...]
    reference: str | None = None


def code_columns(
    variables: Sequence[Factor | Numeric], terms: Sequence[tuple[int, ...]], intercept: bool, n_samples: int
) -> tuple[list[Column], np.ndarray]:
    """Columns and model matrix (n_samples, n_columns) of a formula."""
    columns = [Column(-1, ())] if intercept else []
    values = [np.ones(n_samples)] if intercept else []
    full = _full_codings(variables, terms, intercept)
    for number, term in enumerate(terms):
        choices = [_part_columns(variables[v], (number, v) in full) for v in term]
        reference = None
        if len(term) == 1 and intercept and isinstance(first := variables[term[0]], Factor):
            reference = first.reference
        # The first variable varies fastest, so it is the last of the product.
        for combination in product(*reversed(choices)):
            parts = tuple(part for part, _ in reversed(combination))
            columns.append(Column(number, parts, reference))
            value = np.ones(n_samples)
            for _, factor_values in reversed(combination):
                value = value * factor_values
            values.append(value)
    matrix = np.stack(values, axis=1) if values else np.zeros((n_samples, 0))
    return columns, np.ascontiguousarray(matrix)


def _full_codings(
    variables: Sequence[Factor | Numeric], terms: Sequence[tuple[int, ...]], intercept: bool
) -> set[tuple[int, int]]:
    """Pairs (term, variable) where a factor has one column per level."""
    full = set()
    for number, term in enumerate(terms):
        for v in term:
            margin = set(term) - {v}
            if margin and not any(margin <= set(earlier) for earlier in terms[:number]):
                full.add((number, v))
    if not intercept:
        factors = [(n, v) for n, term in enumerate(terms) for v in term if isinstance(variables[v], Factor)]
        full.update(factors[:1])
    return full


def _part_columns(variable: Factor | Numeric, full: bool) -> list[tuple[Part, np.ndarray]]:
    if isinstance(variable, Numeric):
        return [((label, None), variable.values[:, k]) for k, label in enumerate(variable.labels)]
    codes = np.array(variable.codes)
    start = 0 if full else 1
    return [
        ((variable.name, level), (codes == code).astype(np.float64))
        for code, level in enumerate(variable.levels)
        if code >= start
    ]


def column_names(columns: Sequence[Column]) -> tuple[str, ...]:
    """Canonical names with levels unchanged; where two would be the same, levels stand in brackets."""
    names = [_name(column) for column in columns]
    if len(set(names)) < len(names):
        names = [_bracketed(c) if names.count(name) > 1 else name for name, c in zip(names, columns, strict=True)]
    for k, name in enumerate(names):
        if name in names[:k]:
            names[k] = f"{name}#{k + 1}"
    return tuple(names)


def _name(column: Column) -> str:
    if not column.parts:
        return "Intercept"
    if column.reference is not None:
        variable, level = column.parts[0]
        return f"{variable}_{level}_vs_{column.reference}"
    return ":".join(f"{variable}{level or ''}" for variable, level in column.parts)


def _bracketed(column: Column) -> str:
    return ":".join(v if level is None else f"{v}[{level}]" for v, level in column.parts) or "(Intercept)"
