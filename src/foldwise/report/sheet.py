"""The sample sheet as the page shows it: columns, groups of a comparison, pairs, and how columns hang together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.contrast import Contrast
from foldwise.model.design import Factor

_MAX_NUMERIC_LEVELS = 4  # a numeric column with more distinct values is a scale, not a set of groups


@dataclass(frozen=True, eq=False)
class SheetColumn:
    """A column of the sample sheet.

    Parameters
    ----------
    name : str
    levels : tuple of str
        Distinct values in order of appearance (reference first for design factors); empty for a scale.
    codes : ndarray of int, (n_samples,)
        Level of each sample, -1 where missing; empty for a scale.
    values : ndarray, (n_samples,)
        Numbers of a scale; empty for levels.
    in_design : bool
    """

    name: str
    levels: tuple[str, ...]
    codes: np.ndarray
    values: np.ndarray
    in_design: bool

    def entry(self) -> dict[str, Any]:
        """Return the column's line of the manifest (one value per sample, not per gene)."""
        if self.levels:
            return {"name": self.name, "levels": list(self.levels), "codes": [int(code) for code in self.codes]}
        return {"name": self.name, "values": [float(v) if np.isfinite(v) else None for v in self.values]}


def sheet_columns(analysis: Analysis) -> list[SheetColumn]:
    """Return all columns of the sheet: design variables first, in the order of the formula."""
    frame = analysis.experiment.samples
    factors = {factor.name: factor for factor in analysis.design.factors}
    used = [name for term in analysis.design.terms for name in term.variables]
    first = [name for name in dict.fromkeys(used) if name in frame.columns]
    names = first + [name for name in frame.columns if name not in first]
    return [_column(str(name), frame[name], factors.get(name), name in first, analysis) for name in names]


def _column(name: str, series: Any, factor: Factor | None, in_design: bool, analysis: Analysis) -> SheetColumn:
    nothing = np.empty(0)
    if factor is not None:
        return SheetColumn(name, factor.levels, np.asarray(factor.codes), nothing, in_design)
    values = _numbers(series)
    distinct = 0 if values is None else np.unique(values[np.isfinite(values)]).size
    if values is not None and (name in analysis.design.numeric or distinct > _MAX_NUMERIC_LEVELS):
        return SheetColumn(name, (), nothing, values, in_design)
    codes, levels = series.factorize()
    return SheetColumn(name, tuple(str(level) for level in levels), codes, nothing, in_design)


def _numbers(series: Any) -> np.ndarray | None:
    try:
        values: np.ndarray = np.array([np.nan if v is None or v == "" else float(v) for v in series], dtype=float)
    except (TypeError, ValueError):
        return None
    return values if np.isfinite(values).any() else None


def shown_variable(analysis: Analysis, contrast: Contrast) -> str | None:
    """Return the variable whose groups a contrast compares; None if it touches none."""
    if contrast.variable is not None:
        return contrast.variable
    touched = np.flatnonzero(contrast.vector)
    names = [v for term in analysis.design.terms for v in term.variables if set(term.columns) & set(touched.tolist())]
    return names[0] if names else None


def comparison_members(analysis: Analysis, contrast: Contrast) -> np.ndarray:
    """Return which samples belong to one of the two groups compared (all, if it is not group against group)."""
    factor = _factor(analysis, contrast.variable)
    if factor is None or contrast.target not in factor.levels or contrast.reference not in factor.levels:
        return np.ones(analysis.experiment.n_samples, dtype=bool)
    pair = [factor.levels.index(contrast.target), factor.levels.index(contrast.reference)]
    return np.isin(factor.codes, pair)


def pairing_column(analysis: Analysis, contrast: Contrast) -> str | None:
    """Return the design factor each of whose levels occurs once in both groups of a contrast."""
    factor = _factor(analysis, contrast.variable)
    if factor is None:
        return None
    members = comparison_members(analysis, contrast)
    codes = np.asarray(factor.codes)[members]
    for other in analysis.design.factors:
        if other.name == factor.name:
            continue
        table = cross_table(np.asarray(other.codes)[members], codes)
        seen = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
        if seen.shape[0] > 1 and seen.shape[1] > 1 and (seen == 1).all():
            return other.name
    return None


def _factor(analysis: Analysis, name: str | None) -> Factor | None:
    return next((factor for factor in analysis.design.factors if factor.name == name), None)


def cross_table(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return how many samples have each pair of codes; codes below 0 are left out."""
    shape = (int(rows.max(initial=-1)) + 1, int(columns.max(initial=-1)) + 1)
    table = np.zeros(shape, dtype=int)
    known = (rows >= 0) & (columns >= 0)
    np.add.at(table, (rows[known], columns[known]), 1)
    return table


def association(table: np.ndarray) -> float:
    """Return Cramér's V of a cross table: 0 crossed evenly, 1 the one determines the other."""
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chi2 = float(((table - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi2 / (table.sum() * (min(table.shape) - 1))))


def association_map(columns: list[SheetColumn]) -> tuple[list[str], list[tuple[str, str, float, str]]]:
    """Return the columns that can be compared and, for each pair, Cramér's V with a word.

    Columns of one value or of a value per sample say nothing and are left out.
    """
    usable = [c for c in columns if c.levels and 1 < len(c.levels) < c.codes.size]
    pairs = []
    for a, b in combinations(usable, 2):
        strength = association(cross_table(a.codes, b.codes))
        pairs.append((a.name, b.name, strength, _word(strength)))
    return [column.name for column in usable], pairs


def _word(strength: float) -> str:
    if strength < 0.05:
        return "crossed evenly"
    if strength < 0.5:
        return "mostly crossed"
    return "partly confounded" if strength < 0.999 else "one fixes the other"
