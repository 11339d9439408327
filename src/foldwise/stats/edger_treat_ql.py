"""Tests against a minimal fold change on signed roots of deviance differences (edgeR specification, section 13.4).

McCarthy and Smyth 2009 (Bioinformatics 25:765), carried over to generalized linear models: the null hypothesis is an
interval of fold changes, and the p-value the average over it ("interval") or the largest in it ("worst-case").
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import LN2
from foldwise.stats.f_tails import exp_to_zero, log_f_tails
from foldwise.stats.normal_quantile import normal_quantile_of_log_upper
from foldwise.stats.tails import normal_upper

# Root of "average of the normal distribution function over [-c, 0] = 1/4", with the digits edgeR uses.
INTERVAL_WIDTH = 1.470402
INVERSE_ROOT_2PI = 0.3989422804014327


def signed_root(deviance_drop: Floats) -> Floats:
    """Root of a deviance difference that rounding may have made negative."""
    return np.sqrt(np.maximum(deviance_drop, 0.0))


def normal_score_of_t(t: Floats, df: Floats) -> Floats:
    """Normal values z >= 0 with the same upper tail as t >= 0 on ``df`` (may be infinite) degrees of freedom; (n,)."""
    # |t| = sqrt(F) with one numerator degree of freedom; both tails of t make the upper tail of F.
    log_tail = log_f_tails(t * t, 1.0, df)[1] - LN2
    return np.where(t > 0, normal_quantile_of_log_upper(log_tail), 0.0)


def treat_pvalue(toward: Floats, away: Floats, beyond: np.ndarray, null: str = "interval") -> Floats:
    """P-value of a test against a minimal fold change.

    Parameters
    ----------
    toward, away : ndarray, (n_genes,)
        Absolute z of the differences from the nearer and the farther border of the interval.
    beyond : ndarray of bool, (n_genes,)
        The estimate lies outside the interval.
    null : str
        ``interval`` or ``worst-case``.
    """
    low, high = np.minimum(toward, away), np.maximum(toward, away)
    low = np.where(beyond, -low, low)
    if null == "worst-case":
        return normal_upper(high) + normal_upper(-low)
    wide = high + low > INTERVAL_WIDTH
    tails = average_normal(-high, INTERVAL_WIDTH - high) + average_normal(low - INTERVAL_WIDTH, low)
    return np.where(wide, tails, 2.0 * average_normal(-high, low))


def average_normal(a: Floats, b: Floats) -> Floats:
    """Mean of the normal distribution function over [a, b]; (n,) each."""
    width = b - a
    integral = _integral(b) - _integral(a)
    return np.where(width == 0, normal_upper(-a), integral / np.where(width == 0, 1.0, width))


def _integral(x: Floats) -> Floats:
    """x Phi(x) + phi(x), an integral of the normal distribution function."""
    return x * normal_upper(-x) + INVERSE_ROOT_2PI * exp_to_zero(-0.5 * x * x)
