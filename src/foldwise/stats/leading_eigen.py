"""Largest eigenvalues of a symmetric matrix and their vectors, the same bits for any number of threads.

Householder's reduction to tridiagonal form in plain sums, LAPACK's tridiagonal solver (no BLAS beyond level 1) and the
reflections back (Golub and Van Loan, section 8.3).
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh_tridiagonal

from foldwise.stats.arrays import Floats


def leading_eigen(matrix: Floats, k: int) -> tuple[Floats, Floats]:
    """Eigenvalues of a symmetric matrix, all of them, and the vectors of the largest.

    Parameters
    ----------
    matrix : ndarray, (n, n)
        Symmetric.
    k : int
        Vectors wanted, at most n.

    Returns
    -------
    tuple of ndarray
        Eigenvalues (n,) in descending order, and eigenvectors as columns (n, k), the largest absolute entry of each
        positive.
    """
    n = len(matrix)
    if n < 3:
        return _small(matrix, k)
    diagonal, below, reflectors = _tridiagonal(matrix)
    values = eigh_tridiagonal(diagonal, below, eigvals_only=True, lapack_driver="stebz")[::-1]
    if k == 0:
        return values.copy(), np.zeros((n, 0))
    _, inner = eigh_tridiagonal(diagonal, below, select="i", select_range=(n - k, n - 1), lapack_driver="stebz")
    vectors = np.ascontiguousarray(inner[:, ::-1])
    for j in range(n - 3, -1, -1):
        v = reflectors[j]
        rest = vectors[j + 1 :]
        rest -= v[:, None] * (2.0 * np.einsum("i,ij->j", v, rest))
    return values.copy(), positive_columns(vectors)


def positive_columns(columns: Floats) -> Floats:
    """Columns (n, k), those whose largest absolute entry (the first of several) is negative turned round."""
    largest = np.argmax(np.abs(columns), axis=0)
    sign = np.where(columns[largest, np.arange(columns.shape[1])] < 0, -1.0, 1.0)
    return columns * sign


def _small(matrix: Floats, k: int) -> tuple[Floats, Floats]:
    values, vectors = np.linalg.eigh(matrix)
    return values[::-1].copy(), positive_columns(vectors[:, ::-1][:, :k])


def _tridiagonal(matrix: Floats) -> tuple[Floats, Floats, list[Floats]]:
    """Diagonal (n,), what lies below it (n - 1,), and the vectors of the reflections."""
    a = np.array(matrix, dtype=np.float64)
    n = len(a)
    below = np.zeros(n - 1)
    reflectors: list[Floats] = []
    for j in range(n - 2):
        v = a[j + 1 :, j].copy()
        length = np.sqrt(np.sum(v * v))
        below[j] = length
        if length > 0:
            below[j] = -length if v[0] >= 0 else length
            v[0] -= below[j]
            v /= np.sqrt(np.sum(v * v))
            block = a[j + 1 :, j + 1 :]
            w = np.einsum("ij,j->i", block, v)
            w -= v * np.sum(v * w)
            block -= 2.0 * (v[:, None] * w + w[:, None] * v)
        reflectors.append(v)
    below[n - 2] = a[n - 1, n - 2]
    return np.diag(a).copy(), below, reflectors
