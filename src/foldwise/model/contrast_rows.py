"""Rows of a contrasts file (nf-core/differentialabundance), and the models that they ask for.

In these files the reference stands before the target; everywhere else in foldwise the target comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from foldwise.errors import DesignError
from foldwise.model.columns import (
    is_numeric,
    level_text,
    missing_mask,
    nearest,
    quote_name,
    sheet_column,
    shorten,
    sorted_levels,
)
from foldwise.model.contrast_names import safe_id


@dataclass(frozen=True)
class ContrastRow:
    """One comparison of a contrasts file: of two levels, or a formula with an expression.

    Parameters
    ----------
    id : str
        Names the files of the comparison.
    place : str
        File and line, for messages.
    variable, reference, target : str
        Column and two of its levels; empty for a formula.
    blocking : tuple of str
        Columns that are modelled beside the variable.
    formula, expression : str
        Formula and linear arithmetic over R-style names of its coefficients.
    exclude_column : str
    exclude_values : tuple of str
        Samples with one of these values are left out.
    """

    id: str
    place: str
    variable: str = ""
    reference: str = ""
    target: str = ""
    blocking: tuple[str, ...] = ()
    formula: str = ""
    expression: str = ""
    exclude_column: str = ""
    exclude_values: tuple[str, ...] = ()

    def fails(self, found: str, fix: str = "") -> DesignError:
        """Return E-CONTRAST-001 with the place of the row."""
        return DesignError("E-CONTRAST-001", f"{self.place}, {self.id}: {found}", fix, where=self.place)


@dataclass(frozen=True)
class ContrastModel:
    """Comparisons that share a design and its samples, hence one fit.

    Parameters
    ----------
    formula : str
    contrasts : tuple of str
        ``id := comparison``, as `foldwise.model.contrast.make_contrasts` takes them.
    excluded : tuple of str
        Samples left out.
    rows : tuple of ContrastRow
    """

    formula: str
    contrasts: tuple[str, ...]
    excluded: tuple[str, ...]
    rows: tuple[ContrastRow, ...]


def models_of(rows: Sequence[ContrastRow], samples: pd.DataFrame) -> tuple[ContrastModel, ...]:
    """Group comparisons by design and samples, in the order of the file.

    Parameters
    ----------
    rows : sequence of ContrastRow
    samples : DataFrame
        One row per sample.

    Raises
    ------
    DesignError
        E-CONTRAST-001 for columns, levels or values that the sheet lacks, E-CONTRAST-003 for a level against itself,
        E-CONTRAST-004 for ids that would name the same files.
    """
    _require_own_files(rows)
    groups: dict[tuple[str, tuple[str, ...]], list[ContrastRow]] = {}
    for row in rows:
        kept = _kept(row, samples)
        formula = _formula(row, samples, kept)
        groups.setdefault((formula, tuple(map(str, samples.index[~kept]))), []).append(row)
    return tuple(
        ContrastModel(formula, tuple(f"{safe_id(row.id)} := {_text(row)}" for row in rows), left_out, tuple(rows))
        for (formula, left_out), rows in groups.items()
    )


def _require_own_files(rows: Sequence[ContrastRow]) -> None:
    seen: dict[str, ContrastRow] = {}
    for row in rows:
        other = seen.setdefault(safe_id(row.id).casefold(), row)
        if other is not row:
            same = "the id" if other.id == row.id else f"{other.id!r}, which names the same files,"
            found = f"{row.place}: {row.id!r} is {same} of {other.place} too."
            raise DesignError("E-CONTRAST-004", found, "Give every comparison an id of its own.", where=row.place)


def _kept(row: ContrastRow, samples: pd.DataFrame) -> np.ndarray:
    """Mask (n_samples,) of the samples that the row does not exclude."""
    if not row.exclude_column:
        return np.ones(len(samples), dtype=bool)
    values = _levels_of(row, samples, row.exclude_column)
    unknown = [value for value in row.exclude_values if value not in set(values)]
    if unknown:
        raise row.fails(
            f"no sample has {row.exclude_column} = {shorten(map(repr, unknown))}, which is to be excluded.",
            f"Its values: {shorten(sorted_levels([v for v in values if v]), 20)}.",
        )
    return ~np.isin(values, row.exclude_values)


def _formula(row: ContrastRow, samples: pd.DataFrame, kept: np.ndarray) -> str:
    """The formula of the row: as given, or blocking columns and then the variable, all as factors."""
    if row.formula:
        return row.formula
    names = [*row.blocking, row.variable]
    if len(set(names)) < len(names):
        raise row.fails(f"{row.variable!r} or a blocking column stands twice.", "Name each column once.")
    terms = []
    for name in names:
        values = _levels_of(row, samples, name)
        if name == row.variable:
            _require_levels(row, [value for value, keep in zip(values, kept.tolist(), strict=True) if keep and value])
        numeric = is_numeric(sheet_column(samples, name))
        terms.append(f"C({quote_name(name)})" if numeric else quote_name(name))
    return "~ " + " + ".join(terms)


def _require_levels(row: ContrastRow, values: Sequence[str]) -> None:
    for role, level in (("reference", row.reference), ("target", row.target)):
        if level not in set(values):
            close = nearest(level, values)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            left = " once samples are excluded" if row.exclude_column else ""
            raise row.fails(
                f"the {role} {level[:80]!r} is no level of {row.variable!r}{left}.",
                f"{hint}Levels: {shorten(sorted_levels(values), 20)}.",
            )
    if row.reference == row.target:
        found = f"{row.place}, {row.id}: {row.variable}: {row.target!r} is compared with itself."
        raise DesignError("E-CONTRAST-003", found, "Name two different levels.", where=row.place)


def _levels_of(row: ContrastRow, samples: pd.DataFrame, name: str) -> list[str]:
    """Texts of a column, empty where missing."""
    if name not in map(str, samples.columns):
        close = nearest(name, map(str, samples.columns))
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise row.fails(
            f"the sample sheet has no column {name[:80]!r}.",
            f"{hint}Columns: {shorten(map(str, samples.columns), 20)}.",
        )
    column = sheet_column(samples, name)
    missing = missing_mask(column)
    return ["" if gone else level_text(value) for value, gone in zip(column, missing, strict=True)]


def _text(row: ContrastRow) -> str:
    """The comparison as foldwise writes it: target before reference."""
    return row.expression if row.formula else f"{row.variable}:{row.target}:{row.reference}"
