"""Small symmetric eigenproblems by Jacobi rotations (Golub and Van Loan, section 8.5): same bits everywhere."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats

MAX_SWEEPS = 60


def symmetric_eigen(matrix: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues in descending order (p,) and eigenvectors as columns (p, p) of a symmetric matrix (p, p)."""
    a = np.array(matrix, dtype=np.float64)
    p = len(a)
    vectors = np.eye(p)
    for _ in range(MAX_SWEEPS):
        off = np.sum(np.tril(a, -1) ** 2)
        if off <= 1e-34 * np.sum(np.diag(a) ** 2):
            break
        for i in range(p - 1):
            for j in range(i + 1, p):
                _rotate(a, vectors, i, j)
    values = np.diag(a).copy()
    order = np.argsort(-values, kind="stable")
    return values[order], vectors[:, order]


def _rotate(a: Floats, vectors: Floats, i: int, j: int) -> None:
    """Make ``a[i, j]`` zero, in place."""
    if a[i, j] == 0:
        return
    theta = (a[j, j] - a[i, i]) / (2.0 * a[i, j])
    t = (1.0 if theta >= 0 else -1.0) / (abs(theta) + np.sqrt(theta * theta + 1.0))
    c = 1.0 / np.sqrt(t * t + 1.0)
    s = t * c
    for columns in (a, a.T, vectors):
        left, right = columns[:, i].copy(), columns[:, j].copy()
        columns[:, i], columns[:, j] = c * left - s * right, s * left + c * right
    a[i, j] = a[j, i] = 0.0
