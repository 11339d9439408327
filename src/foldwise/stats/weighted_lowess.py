"""Locally weighted regression whose windows hold a share of the total prior weight, not of the points.

limma specification, sections 0.13 to 0.15 (edgeR specification, section 11.5); Cleveland 1979 for the rest.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.elementary import exp, log
from foldwise.stats.lowess import lowess

# Local fits are made at about this many points, straight pieces between them.
N_SEEDS = 200
# A window or a spread of x below this has no slope; gaps and residuals below this part of their scale count as none.
TINY = 1e-7
# Prior weights that differ by less are no weights.
EQUAL_WEIGHTS = 1e-15


@dataclass(frozen=True, eq=False)
class _Plan:
    """What depends on x and the prior weights alone."""

    seeds: Integers  # (k,) numbers of the fitted points, ascending
    first: Integers  # (k,) first point of each window
    last: Integers  # (k,) one beyond the last point of each window
    width: Floats  # (k,) largest distance in each window; points that far have no weight


def choose_lowess_span(n: int, small_n: float = 50.0, min_span: float = 0.3, power: float = 1 / 3) -> float:
    """Share of the points in each window: 1 for few points, ``min_span`` for infinitely many."""
    shrunk = float(exp(power * log(np.array([small_n / n])))[0])
    return min(min_span + (1.0 - min_span) * shrunk, 1.0)


def loess_fit(
    x: Floats,
    y: Floats,
    weights: Floats | None = None,
    span: float = 0.3,
    iterations: int = 4,
    weight_range: tuple[float, float] = (1e-5, 1e5),
) -> Floats:
    """Smooth ``y`` over ``x`` (in any order) in the way that weights and number of points allow.

    Parameters
    ----------
    x, y : ndarray, (n,)
        Finite.
    weights : ndarray (n,), optional
        Prior weights, clipped to ``weight_range``. None or equal weights: plain lowess.
    span : float
        Share of the total weight in each window.
    iterations : int
        Fits in all, the first without robustness weights.
    weight_range : tuple of float

    Returns
    -------
    ndarray, (n,)
        In the order of ``x``.
    """
    order = np.argsort(x, kind="stable")
    clipped = None if weights is None else np.clip(weights, *weight_range)
    if clipped is None or np.ptp(clipped) < EQUAL_WEIGHTS:
        sorted_fit = lowess(x[order], y[order], f=span, n_robust=iterations - 1)
    elif len(x) < 4 + 1 / span:
        sorted_fit = _weighted_line(x[order], y[order], clipped[order])
    else:
        sorted_fit = weighted_lowess(x[order], y[order], clipped[order], span, iterations)
    fit = np.empty(len(x))
    fit[order] = sorted_fit
    return fit


def weighted_lowess(
    x: Floats, y: Floats, weights: Floats, span: float = 0.3, iterations: int = 4, n_seeds: int = N_SEEDS
) -> Floats:
    """Smooth ``y`` over ``x`` with prior weights.

    Parameters
    ----------
    x, y, weights : ndarray, (n,)
        x ascending, weights not negative with a positive sum.
    span : float
        Share of the total weight in each window.
    iterations : int
        Fits in all.
    n_seeds : int
        About how many points are fitted; with as many or fewer points every one is.

    Returns
    -------
    ndarray, (n,)
    """
    x, y, weights = (np.ascontiguousarray(v, dtype=np.float64) for v in (x, y, weights))
    plan = _plan(x, weights, span, n_seeds)
    robust = np.ones(len(x))
    for step in range(iterations):
        fit = _smooth(x, y, weights, robust, plan)
        if step == iterations - 1:
            break
        next_weights = _bisquare(np.abs(y - fit), weights)
        if next_weights is None:
            break
        robust = next_weights
    return fit


def _plan(x: Floats, weights: Floats, span: float, n_seeds: int) -> _Plan:
    seeds = _seeds(x, _spacing(x, n_seeds))
    cumulative = np.concatenate([[0.0], np.cumsum(weights)])
    target = span * cumulative[-1]
    # The window grows to the nearer neighbor until its weights reach the target: its width is the smallest distance,
    # to a point on the left or on the right, within which there is weight enough.
    at = x[seeds]
    width = np.minimum(_reach(x, cumulative, at, target, -1), _reach(x, cumulative, at, target, 1))
    width = np.where(np.isfinite(width), width, np.maximum(at - x[0], x[-1] - at))
    first = np.searchsorted(x, at - width, side="left")
    return _Plan(seeds, first, np.searchsorted(x, at + width, side="right"), width)


def _reach(x: Floats, cumulative: Floats, at: Floats, target: float, side: int) -> Floats:
    """Distance (k,) to the nearest point of one side with ``target`` weight within it; infinite if there is none."""
    # Points of that side in order of distance: number `near` is the seed itself, or the last of its ties.
    near = np.searchsorted(x, at, side="right") - 1 if side > 0 else np.searchsorted(x, at, side="left")
    n_points = len(x) - near if side > 0 else near + 1
    low, high = np.zeros(len(at), dtype=np.int64), n_points.copy()
    while np.any(low < high):
        middle = np.minimum((low + high) // 2, n_points - 1)
        here = x[near + side * middle]
        # The point itself is found by its own value: its distance, added again, may round beside it.
        ends = (2.0 * at - here, here) if side > 0 else (here, 2.0 * at - here)
        inside = cumulative[np.searchsorted(x, ends[1], side="right")]
        inside = inside - cumulative[np.searchsorted(x, ends[0], side="left")]
        open_cells, enough = low < high, inside >= target
        low = np.where(open_cells & ~enough, middle + 1, low)
        high = np.where(open_cells & enough, middle, high)
    found = low < n_points
    return np.where(found, np.abs(x[near + side * np.minimum(low, n_points - 1)] - at), np.inf)


def _spacing(x: Floats, n_seeds: int) -> float:
    """Distance that leaves about ``n_seeds`` fitted points."""
    if len(x) <= n_seeds:
        return 0.0
    cumulative = np.cumsum(np.sort(np.diff(x)))
    k = np.arange(n_seeds)
    return float(np.min(cumulative[len(cumulative) - 1 - k] / (n_seeds - k)))


def _seeds(x: Floats, spacing: float) -> Integers:
    if spacing <= 0:
        distinct = np.flatnonzero(np.diff(x) > 0) + 1
        return np.unique(np.concatenate([[0], distinct, [len(x) - 1]]))
    values = x.tolist()
    seeds, n = [0], len(values)
    while True:
        i = bisect_right(values, values[seeds[-1]] + spacing, lo=seeds[-1] + 1)
        # The sum and the difference may round to different sides.
        while i < n - 1 and not values[i] - values[seeds[-1]] > spacing:
            i += 1
        while i - 1 > seeds[-1] and values[i - 1] - values[seeds[-1]] > spacing:
            i -= 1
        if i >= n - 1:
            break
        seeds.append(i)
    return np.array([*seeds, n - 1])


def _smooth(x: Floats, y: Floats, weights: Floats, robust: Floats, plan: _Plan) -> Floats:
    at_seeds = _kernels.local_lines(
        x, y, weights * robust, plan.seeds.astype(np.int32), plan.first.astype(np.int32), plan.last.astype(np.int32),
        plan.width, near=0.0, far=1.0, min_bandwidth=TINY, min_spread=TINY, normalize=False,
    )  # fmt: skip
    return _between(x, at_seeds, plan.seeds)


def _between(x: Floats, at_seeds: Floats, seeds: Integers) -> Floats:
    if len(seeds) == 1:
        return np.full(len(x), at_seeds[0])
    cell = np.clip(np.searchsorted(seeds, np.arange(len(x)), side="right") - 1, 0, len(seeds) - 2)
    left, right = seeds[cell], seeds[cell + 1]
    gap = x[right] - x[left]
    open_gap = gap > TINY * (x[-1] - x[0]) / len(x)
    share = (x - x[left]) / np.where(open_gap, gap, 1.0)
    fit = at_seeds[cell] + share * (at_seeds[cell + 1] - at_seeds[cell])
    fit = np.where(open_gap, fit, 0.5 * (at_seeds[cell] + at_seeds[cell + 1]))
    fit[seeds] = at_seeds
    return fit


def _bisquare(residuals: Floats, weights: Floats) -> Floats | None:
    """Robustness weights; None when the fit is exact for most points."""
    order = np.argsort(residuals, kind="stable")
    ordered, cumulative = residuals[order], np.cumsum(weights[order])
    half = 0.5 * cumulative[-1]
    k = int(np.searchsorted(cumulative, half, side="left"))
    at_half = cumulative[k] == half and k + 1 < len(ordered)
    limit = 3.0 * (ordered[k] + ordered[k + 1]) if at_half else 6.0 * ordered[k]
    if limit <= TINY * np.mean(residuals):
        return None
    relative = residuals / limit
    square = 1.0 - relative * relative
    return np.where(residuals < limit, square * square, 0.0)


def _weighted_line(x: Floats, y: Floats, weights: Floats) -> Floats:
    total = np.sum(weights)
    center, mean = np.sum(weights * x) / total, np.sum(weights * y) / total
    spread = np.sum(weights * (x - center) * (x - center))
    slope = np.sum(weights * (x - center) * y) / spread if spread > 0 else 0.0
    return np.asarray(mean + slope * (x - center))
