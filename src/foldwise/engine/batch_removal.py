"""Values for pictures without effects of known batches; no test sees them (limma specification, section 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from foldwise.errors import DesignError
from foldwise.model.columns import is_numeric, require_complete, sheet_column
from foldwise.model.design import Design
from foldwise.stats.design_algebra import rank
from foldwise.stats.remove_batch_effect import remove_batch_effect, sum_contrasts

# Whole numbers with at most this share of distinct values, and at most so many, are names of groups.
CODED_SHARE, MOST_CODED = 0.5, 12


@dataclass(frozen=True, eq=False)
class Removal:
    """What is to be taken out of values for pictures.

    Parameters
    ----------
    columns : tuple of str
        Columns of the sheet.
    words : tuple of str
        What each was taken for: ``cell (4 batches)``, ``age (a number)``.
    kept, removed : ndarray, (n_samples, ...)
        Columns of the linear model whose effects stay, and those whose effects go.
    """

    columns: tuple[str, ...]
    words: tuple[str, ...]
    kept: np.ndarray
    removed: np.ndarray


def plan_removal(design: Design, samples: pd.DataFrame, columns: Sequence[str]) -> Removal | None:
    """Say what of a design stays and what goes; None where no column is named.

    Parameters
    ----------
    design : Design
        Its terms are kept, but those that a removed column is part of.
    samples : DataFrame
    columns : sequence of str
        Text, and whole numbers with few values, name batches; other numbers are covariates.

    Raises
    ------
    DesignError
        E-SHEET-004, E-SHEET-005 for columns that are not there or have gaps; E-DESIGN-004 where a column cannot be told
        from what is kept; E-DESIGN-001 for a column of one value.
    """
    if not columns:
        return None
    parts, words = [], []
    for name in columns:
        column = sheet_column(samples, name)
        require_complete(column, name)
        if column.nunique() < 2:
            found = f"Column {name!r} has one value, so there is nothing to take out of the pictures."
            raise DesignError("E-DESIGN-001", found, "Leave it out of --remove-batch.")
        part = _batch(column)
        parts.append(part)
        words.append(f"{name} (a number)" if _is_covariate(column) else f"{name} ({part.shape[1] + 1} batches)")
    kept = _kept(design, set(columns))
    _require_separate(kept, dict(zip(columns, parts, strict=True)))
    return Removal(tuple(columns), tuple(words), kept, np.column_stack(parts))


def without_batches(removal: Removal, values: np.ndarray, n_threads: int = 1) -> np.ndarray:
    """Subtract what the removed columns explain beside the kept ones from log values (n_genes, n_samples)."""
    return remove_batch_effect(values, covariates=removal.removed, design=removal.kept, n_threads=n_threads)


def _is_covariate(column: pd.Series) -> bool:
    if not is_numeric(column):
        return False
    values = column.to_numpy(dtype=np.float64)
    n = len(np.unique(values))
    return not (bool(np.all(values == np.round(values))) and n <= min(MOST_CODED, int(CODED_SHARE * len(values))))


def _batch(column: pd.Series) -> np.ndarray:
    """Columns (n_samples, k) of the batches; a number centered, so that the level of a gene stays."""
    if _is_covariate(column):
        values = column.to_numpy(dtype=np.float64)
        return np.asarray((values - values.mean())[:, None])
    return sum_contrasts(np.unique(column.astype(str).to_numpy(), return_inverse=True)[1])


def _kept(design: Design, columns: set[str]) -> np.ndarray:
    """The intercept and the columns of the terms that no removed column is part of."""
    removed = [
        number
        for term in design.terms
        if columns & {design.columns_used.get(variable, variable) for variable in term.variables}
        for number in term.columns
    ]
    rest = np.delete(design.matrix, removed, axis=1)
    return np.column_stack([np.ones(len(rest)), rest])


def _require_separate(kept: np.ndarray, parts: dict[str, np.ndarray]) -> None:
    for name, part in parts.items():
        if rank(np.column_stack([kept, part]))[0] < rank(kept)[0] + part.shape[1]:
            raise DesignError(
                "E-DESIGN-004",
                f"The effect of {name!r} cannot be taken out of the pictures: it cannot be told from the design.",
                "Leave it out of --remove-batch.",
                data={"column": name},
            )
        kept = np.column_stack([kept, part])
