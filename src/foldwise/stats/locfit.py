"""Local regression of log dispersion on log mean, as locfit's defaults do it.

Loader 1999, "Local Regression and Likelihood": local quadratic with the tricube kernel and a nearest-neighbor
bandwidth of 0.7, fitted at the vertices of an adaptive tree (section 12.2) and joined by cubic Hermite pieces
around a global weighted quadratic.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import exp, log

SPAN = 0.7
# A cell is split while it is longer than this part of the smaller bandwidth at its ends.
CUT = 0.8
# Smaller eigenvalues, relative to the largest, count as directions without data.
EIGEN_TOLERANCE = 1e-8
MIN_DISPERSION = 1e-8
DATA_FLOOR = 10 * MIN_DISPERSION
MAX_DEPTH = 20
MAX_SWEEPS = 60
OFF_DIAGONAL = 1e-20


@dataclass(frozen=True, eq=False)
class LocalTrend:
    """Local trend of dispersions.

    Parameters
    ----------
    center, base : float, ndarray (3,)
        Global quadratic in ``ln mean - center``: value, slope, curvature.
    vertices, values, slopes : ndarray, (n_vertices,)
        Places (ln mean, ascending) and what is left of the local fits there; fewer than two where all means are one or
        the trend is constant.
    """

    center: float
    base: Floats
    vertices: Floats
    values: Floats
    slopes: Floats
    kind: str = "local"

    @property
    def coefficients(self) -> dict[str, float]:
        """A local trend has none."""
        return {}

    def predict(self, means: Floats) -> Floats:
        """Dispersion at each mean (n,) > 0."""
        x = log(means)
        distance = x - self.center
        log_fit = self.base[0] + distance * (self.base[1] + 0.5 * distance * self.base[2])
        if len(self.vertices) > 1:
            log_fit = log_fit + self._interpolate(x)
        return exp(log_fit)

    def _interpolate(self, x: Floats) -> Floats:
        """Cubic Hermite pieces between the vertices, straight lines outside."""
        t, v, s = self.vertices, self.values, self.slopes
        cell = np.clip(np.searchsorted(t, x, side="right") - 1, 0, len(t) - 2)
        # One cubic per cell: value and slope at the left end, then the two coefficients that meet the right end.
        width = np.diff(t)
        rise = np.diff(v) / width
        quadratic = (3 * rise - 2 * s[:-1] - s[1:]) / width
        cubic = (s[:-1] + s[1:] - 2 * rise) / (width * width)
        d = x - t[cell]
        inside = v[cell] + d * (s[cell] + d * (quadratic[cell] + d * cubic[cell]))
        outside = np.where(x < t[0], v[0] + s[0] * (x - t[0]), v[-1] + s[-1] * (x - t[-1]))
        return np.where((x < t[0]) | (x > t[-1]), outside, inside)


def fit_local_trend(means: Floats, dispersions: Floats) -> LocalTrend:
    """Fit the local trend.

    Parameters
    ----------
    means, dispersions : ndarray, (n,)
        Means weigh the genes. Dispersions below 1e-7 are left out; if all are, the trend is constant.

    Returns
    -------
    LocalTrend
        Within 4e-8 (relative) of locfit, whose own solver carries that error.
    """
    use = dispersions >= DATA_FLOOR
    if not use.any():
        floor = float(log(np.array([MIN_DISPERSION]))[0])
        nothing = np.zeros(0)
        return LocalTrend(0.0, np.array([floor, 0.0, 0.0]), nothing, nothing, nothing)
    weights = np.ascontiguousarray(means[use])
    u, v = log(weights), log(dispersions[use])
    # Ascending u makes every window a slice.
    order = np.argsort(u, kind="stable")
    u, v, weights = u[order], v[order], weights[order]
    center = float(np.sum(weights * u) / np.sum(weights))
    base = _quadratic(u - center, v, weights)
    fits = _fit_tree(u, v, weights)
    places = np.array(sorted(fits))
    distance = places - center
    local = np.array([fits[t][:2] for t in places.tolist()])
    values = local[:, 0] - (base[0] + distance * (base[1] + 0.5 * distance * base[2]))
    slopes = local[:, 1] - (base[1] + distance * base[2])
    return LocalTrend(center, base, places, values, slopes)


def _fit_tree(u: Floats, v: Floats, weights: Floats) -> dict[float, tuple[float, float, float]]:
    """Value, slope and bandwidth at each vertex; cells are halved while too long for their bandwidth."""
    fits: dict[float, tuple[float, float, float]] = {}

    def fit(t: float) -> float:
        if t not in fits:
            fits[t] = _fit_vertex(t, u, v, weights)
        return fits[t][2]

    cells = [(float(u[0]), float(u[-1]), 0)]
    while cells:
        low, high, depth = cells.pop()
        bandwidth = min(fit(low), fit(high))
        if high - low > CUT * bandwidth and depth < MAX_DEPTH:
            middle = (low + high) / 2
            cells += [(low, middle, depth + 1), (middle, high, depth + 1)]
    return fits


def _fit_vertex(t: float, u: Floats, v: Floats, weights: Floats) -> tuple[float, float, float]:
    """Value, slope and bandwidth of the local quadratic at ``t``; ``u`` ascending."""
    k = max(int(np.floor(len(u) * SPAN + 1e-12)), 1)
    h = _neighbor_distance(t, u, k)
    if not h > 0:
        inside = np.abs(u - t) <= h
        return float(np.sum(weights[inside] * v[inside]) / np.sum(weights[inside])), 0.0, h
    first, last = int(np.searchsorted(u, t - h, side="left")), int(np.searchsorted(u, t + h, side="right"))
    d = u[first:last] - t
    near = np.abs(d) / h
    tricube = np.maximum(1.0 - near * near * near, 0.0)
    kernel = tricube * tricube * tricube * weights[first:last]
    if not kernel.sum() > 0:  # both neighbors of a vertex among few genes lie at the edge of its window
        kernel = weights[first:last]
        return float(np.sum(kernel * v[first:last]) / np.sum(kernel)), 0.0, h
    value, slope, _ = _quadratic(d, v[first:last], kernel)
    return float(value), float(slope), h


def _neighbor_distance(t: float, u: Floats, k: int) -> float:
    """Distance from ``t`` to the k-th nearest of the ascending ``u``, by bisection over windows of k values."""
    low, high = 0, len(u) - k
    while low < high:
        middle = (low + high) // 2
        if t - u[middle] > u[middle + k] - t:
            low = middle + 1
        else:
            high = middle
    return float(max(abs(u[low] - t), abs(u[low + k - 1] - t)))


def _quadratic(d: Floats, v: Floats, w: Floats) -> Floats:
    """Weighted least squares of ``v`` on 1, d, d^2/2: one Newton step from the weighted mean; (3,)."""
    half_square = 0.5 * d * d
    wd, wh = w * d, w * half_square
    total = w.sum()
    start = (w * v).sum() / total
    residual = v - start
    sum_d, sum_h, sum_dh = wd.sum(), wh.sum(), (wd * half_square).sum()
    matrix = np.array(
        [
            [total, sum_d, sum_h],
            [sum_d, (wd * d).sum(), sum_dh],
            [sum_h, sum_dh, (wh * half_square).sum()],
        ]
    )
    right = np.array([(w * residual).sum(), (wd * residual).sum(), (wh * residual).sum()])
    return np.asarray(_pseudo_solve(matrix, right) + np.array([start, 0.0, 0.0]))


def _pseudo_solve(matrix: Floats, right: Floats) -> Floats:
    """Solve a symmetric 3 x 3 system scaled to unit diagonal, without directions of tiny eigenvalues."""
    diagonal = np.sqrt(np.diag(matrix))
    scale = np.where(diagonal > 0, 1.0 / np.where(diagonal > 0, diagonal, 1.0), 0.0)
    values, vectors = jacobi_eigen(matrix * scale[:, None] * scale[None, :])
    solution = np.zeros(len(matrix))
    for value, vector in zip(values, vectors.T, strict=True):
        if value > EIGEN_TOLERANCE * values.max():
            solution += vector * (np.sum(vector * right * scale) / value)
    return solution * scale


def jacobi_eigen(matrix: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues (p,) and eigenvectors (p, p, in columns) of a small symmetric matrix by cyclic Jacobi rotations.

    The matrix should be scaled to a diagonal near 1: smaller off-diagonals than 1e-20 are left.
    """
    a: list[list[float]] = matrix.tolist()
    vectors: list[list[float]] = np.eye(len(a)).tolist()
    pairs = [(p, q) for p in range(len(a) - 1) for q in range(p + 1, len(a))]
    for _ in range(MAX_SWEEPS):
        if all(abs(a[p][q]) <= OFF_DIAGONAL for p, q in pairs):
            break
        for p, q in pairs:
            if abs(a[p][q]) > OFF_DIAGONAL:
                _rotate(a, vectors, p, q)
    return np.array([a[i][i] for i in range(len(a))]), np.array(vectors)


def _rotate(a: list[list[float]], vectors: list[list[float]], p: int, q: int) -> None:
    """Make ``a[p][q]`` zero by a plane rotation, in place."""
    theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
    t = (1.0 if theta >= 0 else -1.0) / (abs(theta) + sqrt(theta * theta + 1))
    c = 1 / sqrt(t * t + 1)
    s = t * c
    for row in (*a, *vectors):
        row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    a[p], a[q] = (
        [c * x - s * y for x, y in zip(a[p], a[q], strict=True)],
        [s * x + c * y for x, y in zip(a[p], a[q], strict=True)],
    )
    a[p][q] = a[q][p] = 0.0
