"""Robust locally weighted regression (Cleveland 1979, JASA 74:829), with the stop rules of the netlib routine."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats, Integers

# Weights are exactly 1 up to NEAR and 0 beyond FAR of the bandwidth, or of six median residuals.
NEAR, FAR = 0.001, 0.999
# Below this part of the range of x the local spread is too small for a slope.
MIN_SPREAD = 0.001
# Median residuals below this part of the mean residual end the robustness steps.
MIN_MEDIAN_RESIDUAL = 1e-7


@dataclass(frozen=True, eq=False)
class _Plan:
    """What depends on x alone: the points that are fitted and their windows."""

    points: Integers  # (k,) numbers of the fitted points
    first: Integers  # (k,) first point of each window
    last: Integers  # (k,) one beyond the last, ties of the right end included
    bandwidth: Floats  # (k,)
    low: Integers  # (n,) fit before each point, and
    high: Integers  # (n,) the one after it: the same one for fitted points and those tied with them
    share: Floats  # (n,) part of the way from one to the other


def lowess(x: Floats, y: Floats, f: float = 2 / 3, n_robust: int = 3, delta: float | None = None) -> Floats:
    """Smooth ``y`` over ``x``.

    Parameters
    ----------
    x, y : ndarray, (n,)
        x ascending.
    f : float
        Part of the points in each window.
    n_robust : int
        Robustness passes after the first fit.
    delta : float, optional
        Points this near to the last fitted one are interpolated; default 1 % of the range of x.

    Returns
    -------
    ndarray, (n,)
    """
    return lowess_line(x, y, f, n_robust, delta)[0]


def lowess_line(
    x: Floats, y: Floats, f: float = 2 / 3, n_robust: int = 3, delta: float | None = None
) -> tuple[Floats, Integers]:
    """As `lowess`, with the numbers of the points between which the smooth is straight, ascending."""
    n = len(x)
    if n < 2:
        return y.astype(np.float64), np.arange(n)
    x, y = np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(y, dtype=np.float64)
    span = float(x[-1] - x[0])
    plan = _plan(x, max(min(n, int(f * n + 1e-7)), 2), 0.01 * span if delta is None else delta)
    robust = np.ones(n)
    for step in range(n_robust + 1):
        fit = _smooth(x, y, robust, plan, span)
        if step == n_robust:
            break
        weights = _bisquare(np.abs(y - fit))
        if weights is None:
            break
        robust = weights
    return fit, np.flatnonzero(plan.low == plan.high)


def _plan(x: Floats, width: int, delta: float) -> _Plan:
    n = len(x)
    values = x.tolist()
    points: list[int] = []
    lefts: list[int] = []
    anchors: list[int] = []
    source: list[int] = []
    left = i = 0
    while True:
        left = _slide(values, i, left, width)
        lefts.append(left)
        # Ties share the value.
        tied = bisect_right(values, values[i], lo=i)
        anchors += range(i, tied)
        source += [len(points)] * (tied - i)
        points.append(i)
        last = tied - 1
        if last >= n - 1:
            break
        # The next fit is at the last point not farther than delta.
        i = max(last + 1, bisect_right(values, values[last] + delta, lo=last + 1) - 1)
    number, first = np.array(points), np.array(lefts)
    right = x[first + width - 1]
    bandwidth = np.maximum(x[number] - x[first], right - x[number])
    ends = np.searchsorted(x, right, side="right")
    return _Plan(number, first, ends, bandwidth, *_between(x, np.array(anchors), np.array(source)))


def _between(x: Floats, anchors: Integers, source: Integers) -> tuple[Integers, Integers, Floats]:
    """Fits before and after each point, and its part of the way between them."""
    steps = np.diff(anchors, append=len(x))
    low = np.repeat(np.arange(len(anchors)), steps)
    high = np.minimum(low + 1, len(anchors) - 1)
    high[anchors] = np.arange(len(anchors))
    apart = low != high
    share = np.zeros(len(x))
    left, right = x[anchors[low[apart]]], x[anchors[high[apart]]]
    share[apart] = (x[apart] - left) / (right - left)
    return source[low], source[high], share


def _slide(values: list[float], i: int, left: int, width: int) -> int:
    """First place from ``left`` on where the point after the window is no nearer to point i than the window's first."""
    low, high = left, len(values) - width
    while low < high:
        middle = (low + high) // 2
        if values[i] - values[middle] > values[middle + width] - values[i]:
            low = middle + 1
        else:
            high = middle
    return low


def _smooth(x: Floats, y: Floats, robust: Floats, plan: _Plan, span: float) -> Floats:
    """Local lines at the planned points, straight pieces between them."""
    least = MIN_SPREAD * span
    fitted = _kernels.local_lines(
        x, y, robust, plan.points.astype(np.int32), plan.first.astype(np.int32), plan.last.astype(np.int32),
        plan.bandwidth, near=NEAR, far=FAR, min_bandwidth=0.0, min_spread=least * least, normalize=True,
    )  # fmt: skip
    return np.asarray(plan.share * fitted[plan.high] + (1.0 - plan.share) * fitted[plan.low])


def _bisquare(residuals: Floats) -> Floats | None:
    """Robustness weights; None when the fit is exact for most points."""
    n = len(residuals)
    middle = [n // 2 - 1, n // 2] if n % 2 == 0 else [n // 2, n // 2]
    ordered = np.partition(residuals, middle)
    limit = 3.0 * (ordered[middle[0]] + ordered[middle[1]])
    if limit < MIN_MEDIAN_RESIDUAL * residuals.mean():
        return None
    if limit <= 0:
        return np.ones(n)
    relative = residuals / limit
    square = 1.0 - relative * relative
    weights = np.where(residuals <= NEAR * limit, 1.0, square * square)
    return np.where(residuals <= FAR * limit, weights, 0.0)
