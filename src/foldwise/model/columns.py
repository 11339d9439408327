"""Columns of a sample sheet as variables of a design: factors and numeric covariates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from foldwise.errors import DesignError

# Texts that mean "missing" in a sample sheet. "None" and "none" are not among them: they name untreated groups.
MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null"})
N_SHOWN = 5

_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*|(?=\.\d))(?:\.\d*)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Factor:
    """A categorical column: its levels (reference first) and the level number of each sample."""

    name: str
    levels: tuple[str, ...]
    codes: tuple[int, ...]

    @property
    def reference(self) -> str:
        """The first level, with which the others are compared."""
        return self.levels[0]

    def sizes(self) -> tuple[int, ...]:
        """Number of samples in each level."""
        return tuple(self.codes.count(code) for code in range(len(self.levels)))


def words(text: str) -> tuple[str, ...]:
    """Words of a text, for tables of names."""
    return tuple(text.split())


def word_set(text: str) -> frozenset[str]:
    """Set of the words of a text."""
    return frozenset(words(text))


def quote_name(name: str) -> str:
    """Name as a formula takes it: in backticks unless it is a plain word."""
    if re.fullmatch(r"[^\W\d][\w.]*", name):
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def shorten(items: Iterable[str], n: int = N_SHOWN) -> str:
    """First items and, where there are more, their total number."""
    every = [item if len(item) <= 60 else item[:57] + "..." for item in items]
    return ", ".join(every) if len(every) <= n else f"{', '.join(every[:n])}, ... ({len(every)} in all)"


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Known names that resemble ``name``, the best first; case and separators count little."""
    from difflib import get_close_matches

    def plain(text: str) -> str:
        return re.sub(r"[\W_]+", "", text[:200]).casefold()

    table: dict[str, str] = {}
    for candidate in known:
        table.setdefault(plain(candidate), candidate)
    return [table[match] for match in get_close_matches(plain(name), table, n=3, cutoff=0.6)]


def sheet_column(samples: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of the sheet.

    Raises
    ------
    DesignError
        E-SHEET-004 with the nearest names where there is no such column, or two.
    """
    n_found = int(sum(str(column) == name for column in samples.columns))
    if n_found == 1:
        column: pd.Series = samples.iloc[:, [str(c) for c in samples.columns].index(name)]
        return column
    columns = [str(column) for column in samples.columns]
    if n_found > 1:
        raise DesignError("E-SHEET-004", f"The sample sheet has {n_found} columns named {name!r}.", "Rename them.")
    close = nearest(name, columns)
    hint = f"Did you mean {' or '.join(repr(c) for c in close)}? " if close else ""
    raise DesignError(
        "E-SHEET-004",
        f"The sample sheet has no column {name[:80]!r}.",
        f"{hint}Columns: {shorten(columns, 20)}.",
        where=f"column {name[:80]}",
        data={"column": name[:200], "columns": columns, "nearest": close},
    )


def level_text(value: Any) -> str:
    """Level of a factor as text, unchanged; numbers as R prints them."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.15g}"
    return str(value)


def is_numeric(column: pd.Series) -> bool:
    """Whether a column holds numbers (truth values and categories do not count)."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def missing_mask(column: pd.Series) -> np.ndarray:
    """Samples (n_samples,) without a value: NaN, None, or a text such as ``NA`` or nothing."""
    mask: np.ndarray = np.array(column.isna(), dtype=bool)  # a copy: pandas may hand out read-only memory
    if not is_numeric(column):
        mask |= np.array([isinstance(value, str) and value.strip() in MISSING for value in column], dtype=bool)
    return mask


def require_complete(column: pd.Series, name: str) -> None:
    """Raise E-SHEET-005 where a sample has no value (or an infinite one)."""
    mask = missing_mask(column)
    if is_numeric(column):
        mask = mask | ~np.isfinite(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if not mask.any():
        return
    bad = [str(sample) for sample in column.index[mask]]
    raise DesignError(
        "E-SHEET-005",
        f"Column {name!r} has no value for {len(bad)} of {len(column)} samples: {shorten(bad)}.",
        "Fill the cells, leave the samples out (--drop-na), or take the column out of the design.",
        where=f"column {name[:80]}",
        data={"column": name, "samples": bad},
    )


def sorted_levels(levels: Iterable[str]) -> list[str]:
    """Levels in order: as numbers where all are numbers, else by code point (the same in every locale)."""
    unique = list(dict.fromkeys(levels))
    if all(_NUMBER.fullmatch(level) for level in unique):
        return sorted(unique, key=lambda level: (float(level), level))
    return sorted(unique)


def declared_levels(column: pd.Series) -> list[str]:
    """Every level in order, used or not: a categorical column keeps its own order."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [level_text(value) for value in column.dtype.categories]
    if is_numeric(column):
        return [level_text(value) for value in sorted(set(column.tolist()))]
    return sorted_levels(level_text(value) for value in column)


def make_factor(
    column: pd.Series, name: str, levels: Sequence[str] | None = None, reference: str | None = None
) -> Factor:
    """Read a column as a factor; unused levels are dropped, the reference comes first.

    Raises
    ------
    DesignError
        E-SHEET-005 (missing values), E-DESIGN-001 (one level), E-DESIGN-007 (ordered), E-CONTRAST-001 (unknown
        reference), E-FORMULA-003 (``levels`` leaves one out).
    """
    require_complete(column, name)
    values = [level_text(value) for value in column]
    used = set(values)
    order = list(dict.fromkeys(levels)) if levels is not None else declared_levels(column)
    left_out = [level for level in sorted_levels(used) if level not in order]
    if left_out:
        raise DesignError(
            "E-FORMULA-003",
            f"The levels given for {name!r} leave out {shorten(left_out)}.",
            "List every level of the column, or leave the samples out.",
            where=f"column {name[:80]}",
        )
    order = [level for level in order if level in used]
    if reference is not None:
        if reference not in used:
            raise unknown_level(name, reference, order)
        order = [reference, *(level for level in order if level != reference)]
    if len(order) < 2:
        raise DesignError(
            "E-DESIGN-001",
            f"Column {name!r} has one level only: every sample is {order[0] if order else ''!r}.",
            "There is nothing to compare. Take it out of the design, or add samples of another group.",
            where=f"column {name[:80]}",
            data={"column": name, "levels": order},
        )
    number = {level: code for code, level in enumerate(order)}
    return Factor(name, tuple(order), tuple(number[value] for value in values))


def unknown_level(variable: str, level: str, levels: Sequence[str]) -> DesignError:
    """E-CONTRAST-001 with the valid names."""
    close = nearest(level, levels)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return DesignError(
        "E-CONTRAST-001",
        f"{variable!r} has no level {level[:80]!r}.",
        f"{hint}Levels: {shorten(levels, 20)}.",
        where=f"column {variable[:80]}",
        data={"variable": variable, "level": level[:200], "levels": list(levels)},
    )


def reject_ordered(column: pd.Series, name: str) -> None:
    """Raise E-DESIGN-007 for an ordered factor, whose meaning in a design is not plain."""
    if isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered:
        raise DesignError(
            "E-DESIGN-007",
            f"Column {name!r} is an ordered factor: separate levels, or a trend?",
            f"Make it explicit: C({quote_name(name)}) for separate levels, or a numeric column for a trend.",
            where=f"column {name[:80]}",
            data={"column": name},
        )


def infer_types(samples: pd.DataFrame) -> pd.DataFrame:
    """Make text columns numeric where every value is a plain number.

    For sheets read as text. Values that a number would not give back (``001``, ``1_000``) keep the column text;
    missing values stay missing.
    """
    typed = {}
    for position in range(samples.shape[1]):
        series = samples.iloc[:, position]
        typed[position] = _as_numbers(series) if series.dtype == object or str(series.dtype) == "str" else series
    result = pd.DataFrame(typed, index=samples.index)
    result.columns = samples.columns
    return result


def _as_numbers(series: pd.Series) -> pd.Series:
    mask = missing_mask(series)
    present = [value for value, missing in zip(series, mask, strict=True) if not missing]
    if not present or not all(isinstance(value, str) and _NUMBER.fullmatch(value.strip()) for value in present):
        return series
    values = [None if missing else value.strip() for value, missing in zip(series, mask, strict=True)]
    whole = not mask.any() and all(re.fullmatch(r"[+-]?\d{1,15}", value or "") for value in values)
    if whole:
        return pd.Series([int(value or 0) for value in values], index=series.index, dtype=np.int64)
    return pd.Series([np.nan if value is None else float(value) for value in values], index=series.index)
