"""Logistic regression with a ridge penalty, by iteratively reweighted least squares."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import exp, log
from foldwise.stats.householder import least_squares

MAX_STEPS = 50
TOLERANCE = 1e-10
# Linear predictors beyond this are as good as certain; exp stays finite.
LARGEST = 30.0


def ridge_logistic(x: Floats, y: Floats, penalty: float) -> Floats:
    """Maximize the log likelihood of ``y`` minus half the penalty times the squared slopes.

    Parameters
    ----------
    x : ndarray, (n, k)
        Columns of a similar scale, without a constant; the intercept is added and not penalized.
    y : ndarray, (n,)
        0 or 1.
    penalty : float
        Above 0; the ``1 / C`` of other programs.

    Returns
    -------
    ndarray, (k + 1,)
        Intercept, then slopes on the natural log scale.

    References
    ----------
    le Cessie S, van Houwelingen JC (1992). Applied Statistics 41:191.
    """
    columns = [np.ones(len(y)), *np.ascontiguousarray(x.T)]
    k = len(columns)
    ridge = np.diag([0.0] + [penalty] * (k - 1))
    share = (np.sum(y) + 0.5) / (len(y) + 1.0)
    beta = np.zeros(k)
    beta[0] = float(log(np.array([share / (1.0 - share)]))[0])
    for _ in range(MAX_STEPS):
        p = probability(x, beta)
        weight = p * (1.0 - p)
        gradient = np.array([np.sum(column * (y - p)) for column in columns]) - ridge @ beta
        information = ridge.copy()
        for i, column in enumerate(columns):
            weighted = weight * column
            for j in range(i + 1):
                information[i, j] = information[j, i] = information[i, j] + np.sum(weighted * columns[j])
        step = least_squares(information, gradient)
        beta = beta + step
        if np.max(np.abs(step)) < TOLERANCE:
            break
    return beta


def probability(x: Floats, beta: Floats) -> Floats:
    """Probability of 1, (n,), for columns ``x`` (n, k), and intercept and slopes ``beta`` (k + 1,)."""
    linear = np.full(len(x), beta[0])
    for slope, column in zip(beta[1:].tolist(), x.T, strict=True):
        linear += slope * column
    return 1.0 / (1.0 + exp(-np.clip(linear, -LARGEST, LARGEST)))
