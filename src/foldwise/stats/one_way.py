"""Designs that only tell cells of samples apart, fitted cell by cell (edgeR specification, sections 4.2 and 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import log

# Base of the number that stands for a row: two transcendental numbers, so that different rows hardly ever meet.
HASH_BASE = (2.718281828459045 + 3.141592653589793) / 5
HASH_DIGITS = 15


@dataclass(frozen=True, eq=False)
class OneWay:
    """Cells of a design with as many distinct rows as columns.

    Parameters
    ----------
    cell : ndarray of int32, (n_samples,)
        Cell of each sample, in the order of the row numbers.
    rows : ndarray, (n_cells, n_cells)
        The row of each cell.
    column : ndarray of int64, (n_cells,) or None
        Where each row holds a single one, the cell of each coefficient.
    """

    cell: np.ndarray
    rows: Floats
    column: np.ndarray | None

    def to_coefficients(self, cell_values: Floats) -> Floats:
        """Coefficients (n_genes, n_cells) of linear predictors (n_genes, n_cells) without offset."""
        if self.column is not None:
            return np.ascontiguousarray(cell_values[:, self.column])
        return combine(inverse(self.rows), cell_values)

    def to_cells(self, coefficients: Floats) -> Floats:
        """Linear predictors of the cells (n_genes, n_cells) for coefficients (n_genes, n_cells)."""
        return combine(self.rows, coefficients)

    def log_det(self) -> float:
        """Logarithm of the absolute determinant of the rows."""
        if self.column is not None:
            return 0.0
        _, pivots = _eliminate(self.rows)
        return float(np.sum(log(np.abs(pivots))))


def find_one_way(design: Floats) -> OneWay | None:
    """Return the cells of a design (n_samples, p), or None where it has not exactly p distinct rows.

    Rows are the same where a weighted sum of their values prints alike with 15 digits.
    """
    return _find_one_way(np.ascontiguousarray(design, dtype=np.float64).tobytes(), design.shape)


@lru_cache(maxsize=32)
def _find_one_way(content: bytes, shape: tuple[int, int]) -> OneWay | None:
    design = np.frombuffer(content).reshape(shape)
    n_columns = design.shape[1]
    if n_columns == 0:
        return None
    powers = np.array([HASH_BASE**k for k in range(n_columns)])
    numbers = np.sum(design * powers, axis=1) / n_columns
    printed = np.array([float(f"{value:.{HASH_DIGITS}g}") for value in numbers.tolist()])
    _, first, cell = np.unique(printed, return_index=True, return_inverse=True)
    if len(first) != n_columns:
        return None
    rows = np.ascontiguousarray(design[first], dtype=np.float64)
    is_indicator = np.count_nonzero(rows == 1.0) == n_columns and np.count_nonzero(rows == 0.0) == rows.size - n_columns
    column = np.argmax(rows, axis=0) if is_indicator and (rows.sum(axis=0) == 1.0).all() else None
    return OneWay(cell.astype(np.int32).reshape(-1), rows, column)


def combine(matrix: Floats, values: Floats) -> Floats:
    """``values @ matrix.T`` (n_genes, q) for a small matrix (q, k), summed column by column for each gene alone."""
    columns = []
    for row in matrix.tolist():
        total = np.zeros(len(values))
        for weight, column in zip(row, values.T, strict=True):
            if weight != 0.0:
                total = total + weight * column
        columns.append(total)
    return np.stack(columns, axis=1)


def inverse(matrix: Floats) -> Floats:
    """Inverse of a small square matrix by elimination with row exchanges: exact where whole numbers allow it."""
    return _eliminate(matrix)[0]


def _eliminate(matrix: Floats) -> tuple[Floats, Floats]:
    """Inverse and pivots."""
    p = len(matrix)
    work = np.concatenate([np.array(matrix, dtype=np.float64), np.eye(p)], axis=1)
    pivots = np.zeros(p)
    for k in range(p):
        best = k + int(np.argmax(np.abs(work[k:, k])))
        work[[k, best]] = work[[best, k]]
        pivots[k] = work[k, k]
        work[k] = work[k] / work[k, k]
        for i in range(p):
            if i != k and work[i, k] != 0.0:
                work[i] = work[i] - work[i, k] * work[k]
    return np.ascontiguousarray(work[:, p:]), pivots
