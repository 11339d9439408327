"""Covariates of genes as columns of a regression: curves of what is known of a gene without looking at groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.stats.elementary import log
from foldwise.stats.quantile import quantile7
from foldwise.stats.splines import natural_spline

# Degrees of freedom of each curve.
DF = 4
# A covariate whose spread is a smaller part of its size than this is constant.
CONSTANT = 1e-12


def columns_of(base_mean: np.ndarray, covariates: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Return the columns that weights are learned from.

    Parameters
    ----------
    base_mean : ndarray, (n,)
        Mean of normalized counts over all samples: it knows no group. Above 0 where a gene was read.
    covariates : sequence of ndarray, (n,)
        Further values per gene; NaN where unknown. They enter by their ranks, so that units do not matter.

    Returns
    -------
    ndarray, (n, k)
        Natural cubic splines with 4 degrees of freedom of the log mean and of each rank, mean 0 and variance 1; a
        column marks genes of unknown value. Nothing for what is constant.
    """
    smallest = float(np.min(base_mean, initial=np.inf, where=base_mean > 0))
    floor = smallest if np.isfinite(smallest) else 1.0
    parts = [_curve(log(np.maximum(base_mean, floor)))]
    for values in covariates:
        known = np.isfinite(values)
        if not known.any():
            continue
        ranks = np.full(len(values), 0.5)
        ranks[known] = mid_ranks(values[known])
        parts.append(_curve(ranks))
        parts.append(_scaled((~known).astype(np.float64)[:, None]))
    return np.hstack(parts)


def mid_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks between 0 and 1, (n,); equal values share theirs."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    return np.asarray((below + np.searchsorted(ordered, values, side="right")) / (2.0 * len(values)))


def is_constant(values: np.ndarray) -> bool:
    """Whether finite values do not differ; True where there are none."""
    known = values[np.isfinite(values)]
    return not len(known) or bool(np.ptp(known) <= CONSTANT * np.max(np.abs(known)))


def _curve(x: np.ndarray) -> np.ndarray:
    """Natural spline (n, k), k at most `DF`: inner knots at the quantiles, those that coincide once."""
    if is_constant(x):
        return np.zeros((len(x), 0))
    low, high = float(np.min(x)), float(np.max(x))
    knots = np.unique(quantile7(x, np.arange(1, DF) / DF))
    return _scaled(natural_spline(x, knots=knots[(knots > low) & (knots < high)].tolist()))


def _scaled(columns: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and variance 1; constant ones are left out."""
    kept = []
    for column in columns.T:
        centered = column - np.mean(column)
        spread = np.sqrt(np.mean(centered * centered))
        if spread > CONSTANT * max(1.0, float(np.max(np.abs(column)))):
            kept.append(centered / spread)
    return np.stack(kept, axis=1) if kept else np.zeros((len(columns), 0))
