"""Share of true null hypotheses and q-values.

Storey 2002 (JRSS B 64:479); Storey and Tibshirani 2003 (PNAS 100:9440), the smoother; Storey, Taylor and Siegmund 2004
(JRSS B 66:187), the choice of lambda by bootstrap, in its closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.quantile import quantile7

# The grid of lambda: 0.05, 0.10, ..., 0.95, as R's seq() makes it (a p-value may lie on a point).
LAMBDA: Floats = np.arange(19, dtype=np.float64) * 0.05 + 0.05
# Value at 0.95 of the cubic smoothing spline with three degrees of freedom through 19 values on that grid: a fixed
# weighted sum of them (limma specification, section 13; R's smooth.spline).
SPLINE_AT_END: Floats = np.array(
    [
        -0.0024825715888858453, -0.0065189095065740941, -0.010526868230942845, -0.014429525170816771,
        -0.018066342179616265, -0.021162327312915223, -0.023299463148502422, -0.023892627407881051,
        -0.02217336361473099, -0.017186178676538998, -0.0078034863578182118, 0.007233220941485174,
        0.029237055181259235, 0.059454358367027095, 0.098887984111171945, 0.14805555241157153,
        0.20667501952807185, 0.27327385717006225, 0.34472461548411287,
    ]
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class QValues:
    """Q-values and what they rest on.

    Parameters
    ----------
    q : ndarray, (n,)
        NaN where p is.
    pi0 : float
        Estimated share of true null hypotheses, at most 1.
    estimable : bool
        False where the estimate of the share was not positive and 1 was taken: q-values are then BH's.
    curve : ndarray, (19,)
        Share estimated at each point of `LAMBDA`.
    """

    q: Floats
    pi0: float
    estimable: bool
    curve: Floats


def null_share_curve(p: Floats) -> tuple[Floats, Integers]:
    """Share of true nulls estimated at each `LAMBDA`, and the number of p-values at least as large; p (n,) without NaN.

    In any number of tests the expected share of p-values of at least lambda is that of the nulls times 1 - lambda.
    """
    above = len(p) - np.searchsorted(np.sort(p), LAMBDA, side="left")
    return above / (len(p) * (1.0 - LAMBDA)), above.astype(np.int64)


def null_share(p: Floats, rule: str = "smoother") -> tuple[float, Floats]:
    """Estimated share of true nulls, at most 1 (it may be 0 or less), and the curve it comes from.

    Parameters
    ----------
    p : ndarray, (n,)
        P-values without NaN.
    rule : str
        ``smoother`` (end of a spline through the curve) or ``bootstrap`` (the lambda of least mean squared error).
    """
    curve, above = null_share_curve(p)
    if rule == "smoother":
        return min(1.0, float(np.sum(SPLINE_AT_END * curve))), curve
    if rule != "bootstrap":
        raise ValueError(f"no rule {rule!r}: smoother or bootstrap")
    n = len(p)
    low = float(quantile7(np.sort(curve), np.array([0.1]), is_sorted=True)[0])
    error = above / (n**2 * (1.0 - LAMBDA) ** 2) * (1.0 - above / n) + (curve - low) ** 2
    return min(1.0, float(np.min(curve[error == error.min()]))), curve


def q_values(p: Floats, rule: str = "smoother") -> QValues:
    """Q-value of each p-value: the estimated false discovery rate of calling it and all smaller ones.

    Parameters
    ----------
    p : ndarray, (n,)
        NaN where missing.
    rule : str
        See `null_share`.
    """
    present = np.flatnonzero(~np.isnan(p))
    q = np.full(len(p), np.nan)
    if not len(present):
        return QValues(q, 1.0, False, np.full(len(LAMBDA), np.nan))
    pi0, curve = null_share(p[present], rule)
    estimable = pi0 > 0
    pi0 = pi0 if estimable else 1.0
    order = present[np.argsort(p[present])]
    n = len(order)
    steps = np.minimum.accumulate((p[order] * n / np.arange(1, n + 1))[::-1])[::-1]
    q[order] = pi0 * np.minimum(1.0, steps)
    return QValues(q, pi0, estimable, curve)
