"""Which columns of a sample sheet name the sex and the donor, and what words of sex mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from foldwise.model.columns import level_text, missing_mask, sheet_column, word_set
from foldwise.model.design import Design
from foldwise.model.guess_design import SERIAL_WORDS, name_words

_SEX_NAMES = word_set("sex gender")
_DONOR_NAMES = word_set("donor individual patient subject person participant donorid patientid subjectid individualid")
_LINE_NAMES = word_set("cell line cellline")  # a cell line is a donor where the design has it as a block
_WORDS = {
    "female": word_set("f female w woman women girl xx weiblich frau femme féminin mujer"),
    "male": word_set("m male man men boy xy männlich mann homme masculin hombre"),
}
_UNKNOWN = word_set("unknown unk u undetermined other mixed pooled pool ? -")


def sex_column(samples: pd.DataFrame, name: str | None) -> str | None:
    """Return the column that says the sex: the one given, else one that is named so; None if there is none.

    Raises
    ------
    DesignError
        E-SHEET-004 where the column given does not exist.
    """
    return _column(samples, name, _SEX_NAMES)


def donor_column(samples: pd.DataFrame, name: str | None, design: Design | None) -> str | None:
    """Return the column that says the donor: the one given, else one named so, else a cell line of the design.

    Raises
    ------
    DesignError
        E-SHEET-004 where the column given does not exist.
    """
    found = _column(samples, name, _DONOR_NAMES)
    if found is not None or design is None:
        return found
    used = set(design.columns_used.values())
    lines = [column for column in map(str, samples.columns) if column in used and name_words(column) & _LINE_NAMES]
    return next((column for column in lines if _repeats(samples[column])), None)


def _column(samples: pd.DataFrame, name: str | None, names: frozenset[str]) -> str | None:
    if name is not None:
        sheet_column(samples, name)
        return name
    columns = list(map(str, samples.columns))
    found = [c for c in columns if name_words(c) & names and not name_words(c) & SERIAL_WORDS and columns.count(c) == 1]
    return found[0] if found else None


def _repeats(column: pd.Series) -> bool:
    """Whether levels occur more than once."""
    return 1 < column.nunique() <= len(column) // 2


def texts(samples: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Return the values of a column as text; empty where missing."""
    column = sheet_column(samples, name)
    mask = missing_mask(column)
    return tuple("" if missing else level_text(value).strip() for value, missing in zip(column, mask, strict=True))


def read_sexes(values: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read words of sex.

    Returns
    -------
    sexes : tuple of str
        ``female``, ``male``, or empty where the word says neither.
    strange : tuple of str
        Words that are neither a sex nor a way to say that it is unknown.
    """
    sexes, strange = [], []
    for value in values:
        word = value.casefold()
        found = next((sex for sex, known in _WORDS.items() if word in known), "")
        sexes.append(found)
        if not found and word and word not in _UNKNOWN:
            strange.append(value)
    return tuple(sexes), tuple(dict.fromkeys(strange))


def codes_of(values: Sequence[str]) -> np.ndarray:
    """Return the number of each value's level, -1 where it is empty."""
    numbers = {value: code for code, value in enumerate(dict.fromkeys(v for v in values if v))}
    return np.array([numbers.get(value, -1) for value in values], dtype=np.int64)
