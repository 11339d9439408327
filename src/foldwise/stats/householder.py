"""Least squares for matrices of few columns by Householder reflections.

Own code instead of LAPACK and ``@``: their last digits change with the processor, and the design enters every
number (Golub and Van Loan, Matrix Computations, section 5.2).
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats


def householder_qr(x: Floats) -> tuple[Floats, Floats]:
    """Orthogonal factorization ``x = Q R`` without pivoting.

    Parameters
    ----------
    x : ndarray, (n, p), n >= p

    Returns
    -------
    tuple of ndarray
        Q (n, p) with orthonormal columns and R (p, p) upper triangular.
    """
    reflectors, r = _reflect(np.array(x, dtype=np.float64))
    n, p = x.shape
    q = np.eye(n, p)
    for k in range(len(reflectors) - 1, -1, -1):
        _apply(reflectors[k], q[k:])
    return q, r


def full_q(x: Floats) -> Floats:
    """All n orthonormal columns of the QR of ``x`` (n, p): the first p span its columns, the rest what is left."""
    reflectors, _ = _reflect(np.array(x, dtype=np.float64))
    q = np.eye(len(x))
    for k in range(len(reflectors) - 1, -1, -1):
        _apply(reflectors[k], q[k:])
    return q


def _reflect(a: Floats) -> tuple[list[Floats], Floats]:
    """Overwrite ``a`` column by column with R; return the Householder vectors and R."""
    n, p = a.shape
    reflectors: list[Floats] = []
    for k in range(min(n, p)):
        v = a[k:, k].copy()
        length = np.sqrt(np.sum(v * v))
        if length > 0 and k < n - 1:
            v[0] += length if v[0] >= 0 else -length
            v /= np.sqrt(np.sum(v * v))
        else:
            v[:] = 0.0
        reflectors.append(v)
        _apply(v, a[k:, k:])
        a[k + 1 :, k] = 0.0
    return reflectors, a[:p].copy()


def _apply(v: Floats, a: Floats) -> None:
    """Reflect the rows of ``a`` in place: ``a - 2 v (v' a)``."""
    a -= v[:, None] * (2.0 * np.sum(v[:, None] * a, axis=0))


def upper_inverse(r: Floats) -> Floats:
    """Inverse of an upper triangular matrix (p, p) with a diagonal free of zeros, by back substitution."""
    p = len(r)
    inverse = np.zeros((p, p))
    for j in range(p):
        inverse[j, j] = 1.0 / r[j, j]
        for i in range(j - 1, -1, -1):
            inverse[i, j] = -np.sum(r[i, i + 1 : j + 1] * inverse[i + 1 : j + 1, j]) / r[i, i]
    return inverse


def projection(x: Floats) -> Floats:
    """Matrix (p, n) that turns a response (n,) into its least-squares coefficients on ``x`` (n, p): R^-1 Q'."""
    q, r = householder_qr(x)
    inverse = upper_inverse(r)
    return np.stack([np.sum(row[None, :] * q, axis=1) for row in inverse])


def least_squares(x: Floats, y: Floats) -> Floats:
    """Coefficients (p,) of the regression of ``y`` (n,) on the independent columns ``x`` (n, p)."""
    if x.shape[1] == 0:
        return np.zeros(0)
    q, r = householder_qr(x)
    projected = np.sum(q * y[:, None], axis=0)
    return np.asarray(np.sum(upper_inverse(r) * projected[None, :], axis=1))
