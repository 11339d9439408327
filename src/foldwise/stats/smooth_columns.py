"""Smoothers that run many columns over one covariate (edgeR specification, section 7)."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats

KINDS = ("locfit", "locfit-mixed", "loess", "moving-average")
# A cell of the tree of vertices is split while it is longer than this part of the smaller bandwidth at its ends.
CUT = 0.8
MAX_DEPTH = 40
# Windows of the running loess move on while the next is not wider than the best by more than this.
WIDER = 1e-10


def smooth_columns(values: Floats, covariate: Floats, span: float, kind: str = "locfit") -> Floats:
    """Smooth every column over the covariate.

    Parameters
    ----------
    values : ndarray, (n, n_columns)
    covariate : ndarray, (n,)
    span : float
        Share of the points in each window.
    kind : str
        ``locfit`` (local means at the vertices of a tree), ``locfit-mixed`` (those for low, local lines for high
        covariates), ``loess`` (local means at every point), ``moving-average``.

    Returns
    -------
    ndarray, (n, n_columns)

    Raises
    ------
    ValueError
        For another ``kind``.
    """
    if kind not in KINDS:
        raise ValueError(f"smooth_columns: {kind!r} is not one of {', '.join(KINDS)}")
    n = len(covariate)
    if n <= 1 or (span * n < 2 and kind.startswith("locfit")):
        return values.astype(np.float64)
    order = np.argsort(covariate, kind="stable")
    x, y = covariate[order], np.ascontiguousarray(values[order], dtype=np.float64)
    if kind == "locfit":
        return _local_means(x, y, span, covariate)
    if kind == "locfit-mixed":
        smooth = _mixed(x, y, span)
    elif kind == "loess":
        smooth = _running_loess(x, y, min(int(span * n), n))
    else:
        smooth = _moving_average(y, min(int(span * n), n))
    result = np.empty_like(smooth)
    result[order] = smooth
    return result


def _vertices(x: Floats, k: int) -> tuple[Floats, Floats]:
    """Places and bandwidths of the vertices, ascending; x ascending."""
    bandwidths: dict[float, float] = {}

    def bandwidth(t: float) -> float:
        if t not in bandwidths:
            if k >= len(x):
                bandwidths[t] = max(t - float(x[0]), float(x[-1]) - t) * k / len(x)
            else:
                bandwidths[t] = _neighbor_distance(t, x, k)
        return bandwidths[t]

    cells = [(float(x[0]), float(x[-1]), 0)]
    while cells:
        low, high, depth = cells.pop()
        positive = [h for h in (bandwidth(low), bandwidth(high)) if h > 0]
        if positive and (high - low) / min(positive) > CUT and depth < MAX_DEPTH:
            middle = (low + high) / 2
            cells += [(low, middle, depth + 1), (middle, high, depth + 1)]
    places = np.array(sorted(bandwidths))
    return places, np.array([bandwidths[t] for t in places.tolist()])


def _neighbor_distance(t: float, x: Floats, k: int) -> float:
    """Distance from ``t`` to the k-th nearest of the ascending ``x``."""
    low, high = 0, len(x) - k
    while low < high:
        middle = (low + high) // 2
        if t - x[middle] > x[middle + k] - t:
            low = middle + 1
        else:
            high = middle
    return float(max(abs(x[low] - t), abs(x[low + k - 1] - t)))


def _window(x: Floats, t: float, h: float) -> tuple[int, Floats]:
    """First point and tricube weights of the points nearer than h; all points at t where there is no width."""
    if not h > 0:
        first, last = int(np.searchsorted(x, t, side="left")), int(np.searchsorted(x, t, side="right"))
        return first, np.ones(last - first)
    first, last = int(np.searchsorted(x, t - h, side="left")), int(np.searchsorted(x, t + h, side="right"))
    near = np.abs(x[first:last] - t) / h
    cube = np.maximum(1.0 - near * near * near, 0.0)
    return first, cube * cube * cube


def _local_means(x: Floats, y: Floats, span: float, at: Floats) -> Floats:
    """Degree 0: means at the vertices, straight lines between them, for the covariates ``at`` (n,)."""
    places, bandwidths = _vertices(x, int(span * len(x) + 1e-12))
    fits = np.empty((len(places), y.shape[1]))
    for v, (t, h) in enumerate(zip(places.tolist(), bandwidths.tolist(), strict=True)):
        first, w = _window(x, t, h)
        # Between two lone points both lie on the border of the window.
        w = w if np.sum(w) > 0 else np.ones_like(w)
        fits[v] = np.add.reduce(w[:, None] * y[first : first + len(w)], axis=0) / np.sum(w)
    if len(places) == 1:
        return np.repeat(fits, len(at), axis=0)
    cell = np.clip(np.searchsorted(places, at, side="right") - 1, 0, len(places) - 2)
    share = (at - places[cell]) / (places[cell + 1] - places[cell])
    smooth = np.asarray(np.diff(fits, axis=0)[cell])
    smooth *= share[:, None]
    smooth += fits[cell]
    return smooth


def _local_lines(x: Floats, y: Floats, span: float) -> Floats:
    """Degree 1: what is left of local lines beside the line through all points, joined by cubic Hermite pieces."""
    ones = np.ones(len(x))
    center = float(np.mean(x))
    level, slope = _line(x - center, y, ones)
    rest = y - (level + (x - center)[:, None] * slope)
    places, bandwidths = _vertices(x, int(span * len(x) + 1e-12))
    values, slopes = np.empty((len(places), y.shape[1])), np.empty((len(places), y.shape[1]))
    for v, (t, h) in enumerate(zip(places.tolist(), bandwidths.tolist(), strict=True)):
        first, w = _window(x, t, h)
        values[v], slopes[v] = _line(x[first : first + len(w)] - t, rest[first : first + len(w)], w)
    if len(places) == 1:
        return np.asarray(values[0] + level + (x - center)[:, None] * slope)
    cell = np.clip(np.searchsorted(places, x, side="right") - 1, 0, len(places) - 2)
    width = (places[cell + 1] - places[cell])[:, None]
    s = (x - places[cell])[:, None] / width
    u = 1.0 - s
    local = (values[cell] * u * u * (1 + 2 * s) + values[cell + 1] * s * s * (3 - 2 * s)
             + width * (slopes[cell] * s * u * u - slopes[cell + 1] * s * s * u))  # fmt: skip
    return np.asarray(local + level + (x - center)[:, None] * slope)


def _line(d: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Weighted least-squares line through each column of ``y``: value at d = 0, and slope."""
    total = np.sum(w)
    mean_d = np.sum(w * d) / total
    mean_y = np.add.reduce(w[:, None] * y, axis=0) / total
    centered = d - mean_d
    spread = np.sum(w * centered * centered)
    slope = np.add.reduce((w * centered)[:, None] * (y - mean_y), axis=0) / spread if spread > 0 else 0.0 * mean_y
    return mean_y - slope * mean_d, slope


def _mixed(x: Floats, y: Floats, span: float) -> Floats:
    """Local means at low, local lines at high covariates; then dips between rising columns are filled."""
    width = x[-1] - x[0]
    u = (x - x[0]) / width if width > 0 else np.zeros(len(x))
    w = (u * u * (3.0 - 2.0 * u))[:, None]  # distribution function of Beta(2, 2)
    mixed = w * _local_means(x, y, span, x) + (1.0 - w) * _local_lines(x, y, span)
    for i in range(mixed.shape[1] - 1, 1, -1):
        dip = (mixed[:, i] > mixed[:, i - 1]) & (mixed[:, i - 1] < mixed[:, i - 2])
        mixed[dip, : i - 1] = mixed[dip, i - 1 : i]
    return mixed


def _moving_average(y: Floats, width: int) -> Floats:
    """Mean of ``width`` neighbors in the order of the covariate; fewer at the ends."""
    n = len(y)
    total = np.concatenate([np.zeros((1, y.shape[1])), np.cumsum(y, axis=0)])
    i = np.arange(n)
    first = np.maximum(i - (width + 1) // 2 + 1, 0)
    last = np.minimum(i + width // 2, n - 1)
    return np.asarray((total[last + 1] - total[first]) / (last - first + 1)[:, None])


def _running_loess(x: Floats, y: Floats, width: int) -> Floats:
    """Local mean at every point over the narrowest window of ``width`` neighbors."""
    n = len(x)
    if width <= 1:
        return y
    smooth = np.empty_like(y)
    first = 0
    for c in range(n):
        best = max(x[c] - x[first], x[first + width - 1] - x[c])
        while first + width < n:
            following = max(x[c] - x[first + 1], x[first + width] - x[c])
            if following - best > WIDER * best:
                break
            best, first = min(best, following), first + 1
        if best <= WIDER:
            smooth[c] = y[first : first + width].mean(axis=0)
            continue
        # Points before the window may still be nearer than its far end.
        low = int(np.searchsorted(x, x[c] - best, side="left"))
        near = np.abs(x[low : first + width] - x[c]) / best
        cube = np.maximum(1.0 - near * near * near, 0.0)
        w = cube * cube * cube
        smooth[c] = np.add.reduce(w[:, None] * y[low : first + width], axis=0) / np.sum(w)
    return smooth
