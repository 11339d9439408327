"""Least squares on the space of natural cubic splines, with linear continuation outside (limma specification, 0.11)."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.householder import householder_qr, upper_inverse
from foldwise.stats.quantile import quantile7
from foldwise.stats.splines import natural_spline_space

# A column with less than this part of its length left after projection depends on the others.
DEPENDENT = 1e-9


def natural_spline_fit(x: Floats, y: Floats, at: Floats, df: int) -> tuple[Floats, int]:
    """Fit ``y`` over ``x`` and return the curve at other places.

    Parameters
    ----------
    x, y : ndarray, (n,)
    at : ndarray, (m,)
        Where the curve is wanted; outside the range of x it is linear.
    df : int
        Columns of the space, the constant included; at least 2. Its df - 2 inner knots stand at quantiles of x.

    Returns
    -------
    tuple
        The curve (m,) and the dimension of the space, below ``df`` where knots coincide.
    """
    inner = quantile7(x, np.arange(1, df - 1) / (df - 1)) if df > 2 else np.zeros(0)
    low, high = float(np.min(x)), float(np.max(x))
    basis = natural_spline_space(x if at is x else np.concatenate([x, at]), inner, low, high)
    q, r = householder_qr(basis[: len(x)])
    independent = _independent(basis[: len(x)], r)
    if not np.all(independent):
        basis = basis[:, independent]
        q, r = householder_qr(basis[: len(x)])
    coefficients = np.sum(upper_inverse(r) * np.sum(q * y[:, None], axis=0)[None, :], axis=1)
    wanted = basis if at is x else basis[len(x) :]
    return np.asarray(np.sum(wanted * coefficients[None, :], axis=1)), basis.shape[1]


def _independent(basis: Floats, r: Floats) -> Booleans:
    """Which columns do not depend on those before them (repeated knots can leave others)."""
    length = np.sqrt(np.sum(basis * basis, axis=0))
    return np.asarray(np.abs(np.diag(r)) > DEPENDENT * np.maximum(length, DEPENDENT))
