"""Robust locally weighted regression (Cleveland 1979, JASA 74:829), with the stop rules of the netlib routine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Booleans, Floats, Integers

# Weights are exactly 1 up to NEAR and 0 beyond FAR of the bandwidth, or of six median residuals.
NEAR, FAR = 0.001, 0.999
# Below this part of the range of x the local spread is too small for a slope.
MIN_SPREAD = 0.001
# Median residuals below this part of the mean residual end the robustness steps.
MIN_MEDIAN_RESIDUAL = 1e-7


@dataclass(frozen=True, eq=False)
class _Plan:
    """What depends on x alone: the points that are fitted, their windows and kernel weights."""

    points: Integers  # (k,) numbers of the fitted points
    window: Integers  # (k, w) numbers of the points in each window
    kernel: Floats  # (k, w) tricube weights, 0 where padded
    has_width: Booleans  # (k,) bandwidth above 0
    anchors: Integers  # (a,) fitted points and those tied with them, ascending
    source: Integers  # (a,) which fit each anchor takes


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
    n = len(x)
    if n < 2:
        return y.astype(np.float64)
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
    return fit


def _plan(x: Floats, width: int, delta: float) -> _Plan:
    values = x.tolist()
    n = len(values)
    points, lefts, rights, anchors, source = [], [], [], [], []
    left, right = 0, width - 1
    i = 0
    while True:
        # Slide the window while the next point on the right is nearer than the first on the left.
        while right < n - 1 and values[i] - values[left] > values[right + 1] - values[i]:
            left, right = left + 1, right + 1
        points.append(i)
        lefts.append(left)
        rights.append(right)
        anchors.append(i)
        source.append(len(points) - 1)
        # The next fit is at the last point not farther than delta; ties share the value.
        last, i = i, i + 1
        while i < n and values[i] <= values[last] + delta:
            if values[i] == values[last]:
                last = i
                anchors.append(i)
                source.append(len(points) - 1)
            i += 1
        if last >= n - 1:
            break
        i = max(last + 1, i - 1)
    number = np.array(points)
    bandwidth = np.maximum(x[number] - x[np.array(lefts)], x[np.array(rights)] - x[number])
    # Ties of the right end belong to the window.
    ends = np.maximum(np.searchsorted(x, x[np.array(rights)], side="right"), np.array(rights) + 1)
    window = np.array(lefts)[:, None] + np.arange(int(np.max(ends - np.array(lefts))))[None, :]
    inside = window < ends[:, None]
    window = np.minimum(window, n - 1)
    distance = np.abs(x[window] - x[number][:, None])
    kernel = np.where(inside, _tricube(distance, bandwidth[:, None]), 0.0)
    return _Plan(number, window, kernel, bandwidth > 0, np.array(anchors), np.array(source))


def _tricube(distance: Floats, bandwidth: Floats) -> Floats:
    relative = distance / np.where(bandwidth > 0, bandwidth, 1.0)
    cube = 1.0 - relative * relative * relative
    weights = np.where(distance <= NEAR * bandwidth, 1.0, cube * cube * cube)
    return np.where(distance <= FAR * bandwidth, weights, 0.0)


def _smooth(x: Floats, y: Floats, robust: Floats, plan: _Plan, span: float) -> Floats:
    """Local lines at the planned points, straight pieces between them."""
    w = plan.kernel * robust[plan.window]
    total = w.sum(axis=1)
    w = w / np.where(total > 0, total, 1.0)[:, None]
    near = x[plan.window]
    center = (w * near).sum(axis=1)
    from_center = near - center[:, None]
    spread = (w * from_center * from_center).sum(axis=1)
    sloped = plan.has_width & (np.sqrt(spread) > MIN_SPREAD * span)
    slope = np.where(sloped, (x[plan.points] - center) / np.where(sloped, spread, 1.0), 0.0)
    fitted = (w * (slope[:, None] * from_center + 1.0) * y[plan.window]).sum(axis=1)
    fitted = np.where(total > 0, fitted, y[plan.points])
    result = np.empty(len(x))
    result[plan.anchors] = fitted[plan.source]
    return _interpolate(x, result, plan.anchors)


def _interpolate(x: Floats, fit: Floats, anchors: Integers) -> Floats:
    between = np.ones(len(x), dtype=bool)
    between[anchors] = False
    j = np.flatnonzero(between)
    if len(j):
        after = np.searchsorted(anchors, j)
        low, high = anchors[after - 1], anchors[after]
        share = (x[j] - x[low]) / (x[high] - x[low])
        fit[j] = share * fit[high] + (1.0 - share) * fit[low]
    return fit


def _bisquare(residuals: Floats) -> Floats | None:
    """Robustness weights; None when the fit is exact for most points."""
    n = len(residuals)
    ordered = np.sort(residuals)
    limit = 3.0 * (ordered[n // 2 - 1] + ordered[n // 2]) if n % 2 == 0 else 6.0 * ordered[n // 2]
    if limit < MIN_MEDIAN_RESIDUAL * residuals.mean():
        return None
    if limit <= 0:
        return np.ones(n)
    relative = residuals / limit
    square = 1.0 - relative * relative
    weights = np.where(residuals <= NEAR * limit, 1.0, square * square)
    return np.where(residuals <= FAR * limit, weights, 0.0)
