"""Designs under null hypotheses: what is left of a design when contrasts of its coefficients are 0.

edgeR specification, sections 13.1 and 13.4.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.householder import full_q, householder_qr

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
    return np.ascontiguousarray(_rotate(design, full_q(matrix.T))[:, rank:]), rank


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
    _, r = householder_qr(contrast[:, None])
    rotated = _rotate(design, full_q(contrast[:, None]))
    return np.ascontiguousarray(rotated[:, 0] / r[0, 0]), np.ascontiguousarray(rotated[:, 1:])


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


def _rotate(design: Floats, q: Floats) -> Floats:
    """``design @ q``, each row summed alone and in order."""
    return np.stack([np.sum(design * column, axis=1) for column in q.T], axis=1)
