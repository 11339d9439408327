"""Designs under null hypotheses: what is left of a design when contrasts of its coefficients are 0.

edgeR specification, sections 13.1 and 13.4.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats

# Contrasts with less than this part of their length left beside the others are repetitions.
DEPENDENT = 1e-7


def null_design(design: Floats, contrasts: Floats) -> tuple[Floats, int]:
    """Design without the tested directions.

    Parameters
    ----------
    design : ndarray, (n_samples, p)
    contrasts : ndarray, (p,) or (q, p)
        Weights of the coefficients in each tested sum.

    Returns
    -------
    tuple
        The null design (n_samples, p - rank) and the rank of the contrasts.
    """
    matrix = _independent(np.atleast_2d(np.asarray(contrasts, dtype=np.float64)))
    rank = len(matrix)
    single = [int(np.flatnonzero(row)[0]) for row in matrix if np.count_nonzero(row) == 1]
    if len(single) == rank:
        return np.ascontiguousarray(np.delete(design, single, axis=1)), rank
    rotated, _ = _rotate(design, matrix.T)
    return np.ascontiguousarray(rotated[:, rank:]), rank


def contrast_first(design: Floats, contrast: Floats) -> tuple[Floats, Floats]:
    """Split a design into the column whose coefficient is a contrast, and the others.

    Parameters
    ----------
    design : ndarray, (n_samples, p)
    contrast : ndarray, (p,)

    Returns
    -------
    tuple of ndarray
        The column (n_samples,) whose coefficient equals the contrast, and the null design (n_samples, p - 1).
    """
    used = np.flatnonzero(contrast)
    if len(used) == 1:
        column = design[:, used[0]] / contrast[used[0]]
        return np.ascontiguousarray(column), np.ascontiguousarray(np.delete(design, used, axis=1))
    rotated, diagonal = _rotate(design, contrast[:, None])
    return np.ascontiguousarray(rotated[:, 0] / diagonal[0]), np.ascontiguousarray(rotated[:, 1:])


def _independent(contrasts: Floats) -> Floats:
    """Rows that are not sums of those before them."""
    kept: list[Floats] = []
    basis: list[Floats] = []
    for row in contrasts:
        rest = row.copy()
        for _ in range(2):
            for direction in basis:
                rest = rest - direction * np.sum(direction * rest)
        length = np.sqrt(np.sum(rest * rest))
        if length > DEPENDENT * np.sqrt(np.sum(row * row)):
            kept.append(row)
            basis.append(rest / length)
    return np.stack(kept)


def _rotate(design: Floats, contrasts: Floats) -> tuple[Floats, Floats]:
    """``design @ Q`` and the diagonal of R for contrasts (p, q) = Q R.

    Each row is reflected, with the reflectors scaled as in LINPACK: rounding decides whether rows that ought to be
    equal are, hence whether a null design counts as one-way.
    """
    work, rows = np.array(contrasts, dtype=np.float64), np.array(design, dtype=np.float64)
    diagonal = np.zeros(work.shape[1])
    for k in range(min(work.shape)):
        length = float(np.sqrt(_dot(work[k:, k], work[k:, k])))
        length = -length if work[k, k] < 0 else length
        v = work[k:, k] / length
        v[0] += 1.0
        diagonal[k] = -length
        for columns in (work[k:, k + 1 :].T, rows[:, k:]):
            for row in columns:
                row -= _dot(v, row) / v[0] * v
    return rows, diagonal


def _dot(a: Floats, b: Floats) -> float:
    """Sum of products from the first to the last."""
    total = 0.0
    for x, y in zip(a.tolist(), b.tolist(), strict=True):
        total += x * y
    return total
