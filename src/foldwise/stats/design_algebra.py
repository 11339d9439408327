"""Algebra of designs: rank, dependent columns and cells; with QR and bases, all that ``model`` needs of ``stats``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.householder import full_q, householder_qr, least_squares, projection, upper_inverse
from foldwise.stats.splines import b_spline, cubic_regression_spline, natural_spline, polynomial

__all__ = [
    "Dependency",
    "b_spline",
    "cubic_regression_spline",
    "dependent_columns",
    "design_cells",
    "full_q",
    "householder_qr",
    "least_squares",
    "natural_spline",
    "polynomial",
    "projection",
    "rank",
    "upper_inverse",
]

# A column is dependent when less than this part of its length is left after removing the columns before it
# (limited column pivoting of LINPACK's dqrdc2, the rule of R).
RANK_TOLERANCE = 1e-7
# Rows are compared as printed with this many significant digits.
CELL_DIGITS = 15
# Weights of other columns below this part of the largest are rounding noise.
COMBINATION_TOLERANCE = 1e-8


@dataclass(frozen=True)
class Dependency:
    """A column of a design that is a weighted sum of others: ``column = sum of weight * column[number]``."""

    column: int
    combination: tuple[tuple[int, float], ...]


def rank(x: Floats, tol: float = RANK_TOLERANCE) -> tuple[int, Integers]:
    """Rank by QR with limited column pivoting: dependent columns go to the end, the others keep their order.

    Parameters
    ----------
    x : ndarray, (n, p)
    tol : float
        Relative length below which what is left of a column counts as nothing.

    Returns
    -------
    tuple
        Rank, and the column numbers (p,), independent ones first.
    """
    independent: list[int] = []
    dependent: list[int] = []
    basis: list[Floats] = []
    n, p = x.shape
    for j in range(p):
        left = np.array(x[:, j], dtype=np.float64)
        length = np.sqrt(np.sum(left * left))
        # Twice, because one pass leaves rounding noise of the size of the column.
        for _ in range(2):
            for q in basis:
                left -= q * np.sum(q * left)
        rest = np.sqrt(np.sum(left * left))
        if length == 0 or rest < tol * length or len(basis) == n:
            dependent.append(j)
        else:
            independent.append(j)
            basis.append(left / rest)
    return len(independent), np.array(independent + dependent, dtype=np.int64)


def dependent_columns(x: Floats, tol: float = RANK_TOLERANCE) -> list[Dependency]:
    """Columns that follow from columns to their left, each with the combination that gives it.

    A column of zeros has an empty combination. Weights within 1e-8 of a whole number are made whole.
    """
    n_independent, pivot = rank(x, tol)
    kept = pivot[:n_independent]
    found = []
    for column in sorted(pivot[n_independent:].tolist()):
        weights = least_squares(x[:, kept], x[:, column])
        scale = np.max(np.abs(weights), initial=0.0)
        combination = []
        for number, weight in zip(kept.tolist(), weights.tolist(), strict=True):
            if abs(weight) <= COMBINATION_TOLERANCE * max(scale, 1.0):
                continue
            whole = round(weight)
            combination.append((number, float(whole) if abs(weight - whole) < COMBINATION_TOLERANCE else weight))
        found.append(Dependency(column, tuple(combination) if np.any(x[:, column]) else ()))
    return found


def design_cells(x: Floats) -> tuple[Integers, Integers]:
    """Group samples with the same design row.

    Rows are the same when all their values print alike with 15 significant digits.

    Returns
    -------
    tuple of ndarray
        Cell number of each sample (n,), counted from 0 in order of first appearance, and size of each cell.
    """
    numbers: dict[tuple[str, ...], int] = {}
    cell = [
        numbers.setdefault(tuple(f"{value + 0.0:.{CELL_DIGITS}g}" for value in row), len(numbers)) for row in x.tolist()
    ]
    cells = np.array(cell, dtype=np.int64)
    return cells, np.bincount(cells, minlength=len(numbers)).astype(np.int64)
