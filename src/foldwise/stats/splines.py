"""Bases for curved effects of a numeric covariate: orthogonal polynomials and regression splines.

All take the covariate x (n,) and give one column per basis function (n, k); knots and degrees are plain numbers.
Columns equal those of R's ``poly``, ``bs`` and ``ns``, and of ``cr`` as the Python formula packages know it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.errors import DesignError
from foldwise.stats.arrays import Floats
from foldwise.stats.householder import full_q
from foldwise.stats.quantile import quantile7

CUBIC = 3


def polynomial(x: Floats, degree: int = 1, raw: bool = False) -> Floats:
    """Polynomial basis without constant.

    Orthonormal columns by the three-term recurrence (Kennedy and Gentle 1980, section 8.3), positive leading
    coefficients; with ``raw`` the plain powers.

    Raises
    ------
    DesignError
        E-FORMULA-007 when ``degree`` is not below the number of distinct values.
    """
    if degree < 1 or degree >= len(np.unique(x)):
        raise DesignError(
            "E-FORMULA-007",
            f"poly of degree {degree} needs more than {degree} distinct values; there are {len(np.unique(x))}.",
            "Lower the degree.",
        )
    if raw:
        return np.asarray(np.cumprod(np.repeat(x[:, None], degree, axis=1), axis=1, dtype=np.float64))
    centered = x - np.mean(x)
    previous, current = np.zeros_like(centered), np.ones_like(centered)
    norm, previous_norm = float(len(x)), 1.0
    columns: list[Floats] = []
    for k in range(degree):
        shift = np.sum(centered * current * current) / norm
        ratio = norm / previous_norm if k else 0.0
        previous, current = current, (centered - shift) * current - ratio * previous
        # The recurrence loses orthogonality slowly; one more projection restores it.
        for column in [np.ones_like(centered) / np.sqrt(len(x)), *columns]:
            current = current - column * np.sum(column * current)
        previous_norm, norm = norm, float(np.sum(current * current))
        columns.append(current / np.sqrt(norm))
    return np.stack(columns, axis=1)


def b_spline(
    x: Floats,
    df: int | None = None,
    degree: int = CUBIC,
    knots: Sequence[float] | None = None,
    intercept: bool = False,
    lower: float | None = None,
    upper: float | None = None,
) -> Floats:
    """B-spline basis (de Boor 1978): ``df`` columns, or one per inner knot and degree.

    Inner knots stand at equally spaced quantiles of x unless given; boundary knots at its range. Without
    ``intercept`` the first function is left out.
    """
    low, high = _bounds(x, lower, upper)
    inner = _inner_knots(x, knots, None if df is None else df - degree - int(intercept), low, high)
    basis = _b_spline_values(x, np.concatenate([[low] * (degree + 1), inner, [high] * (degree + 1)]), degree)
    return basis if intercept else basis[:, 1:]


def natural_spline(
    x: Floats,
    df: int | None = None,
    knots: Sequence[float] | None = None,
    intercept: bool = False,
    lower: float | None = None,
    upper: float | None = None,
) -> Floats:
    """Natural cubic spline basis: cubic B-splines whose second derivative is 0 at both boundary knots.

    ``df`` columns, or one more than inner knots (two more with ``intercept``).
    """
    low, high = _bounds(x, lower, upper)
    inner = _inner_knots(x, knots, None if df is None else df - 1 - int(intercept), low, high)
    all_knots = np.concatenate([[low] * (CUBIC + 1), inner, [high] * (CUBIC + 1)])
    basis = _b_spline_values(x, all_knots, CUBIC)
    curvature = _second_derivatives(np.array([low, high]), all_knots)
    if not intercept:
        basis, curvature = basis[:, 1:], curvature[:, 1:]
    # What is orthogonal to both curvature conditions.
    rest = full_q(np.ascontiguousarray(curvature.T))[:, 2:]
    return _product(basis, rest)


def natural_spline_space(x: Floats, inner: Floats, low: float, high: float) -> Floats:
    """Columns (n, k + 2) that span the natural cubic splines with k inner knots, linear outside the boundary knots.

    Repeated knots keep their multiplicity; the columns are then perhaps not independent.
    """
    knots = np.concatenate([[low] * (CUBIC + 1), inner, [high] * (CUBIC + 1)])
    ends = np.array([low, high])
    slopes = _differentiate(_b_spline_values(ends, knots, CUBIC - 1), knots, CUBIC)
    inside = np.clip(x, low, high)
    basis = _b_spline_values(inside, knots, CUBIC) + (x - inside)[:, None] * slopes[(x > high).astype(np.intp)]
    rest = full_q(np.ascontiguousarray(_second_derivatives(ends, knots).T))[:, 2:]
    return _product(basis, rest)


def cubic_regression_spline(
    x: Floats, df: int | None = None, knots: Sequence[float] | None = None, center: bool = False
) -> Floats:
    """Natural cubic spline in terms of its values at the knots (Wood 2006, section 4.1.2).

    The columns sum to 1, so beside an intercept use ``center``: it takes the mean over the samples out and leaves
    one column less. ``df`` counts the columns that result.
    """
    low, high = _bounds(x, None, None)
    n_inner = None if df is None else df - 2 + int(center)
    unique = np.unique(x)
    inner = _inner_knots(unique, knots, n_inner, low, high)
    basis = _cubic_values(x, np.concatenate([[low], inner, [high]]))
    if not center:
        return basis
    constraint = np.mean(basis, axis=0)[:, None]
    return _product(basis, full_q(constraint)[:, 1:])


def _bounds(x: Floats, lower: float | None, upper: float | None) -> tuple[float, float]:
    low = float(np.min(x)) if lower is None else float(lower)
    high = float(np.max(x)) if upper is None else float(upper)
    if not low < high or np.min(x) < low or np.max(x) > high:
        raise DesignError(
            "E-FORMULA-007",
            f"spline between {low:g} and {high:g} does not cover the values ({np.min(x):g} to {np.max(x):g}).",
            "Give bounds that hold all values of a covariate that varies.",
        )
    return low, high


def _inner_knots(x: Floats, knots: Sequence[float] | None, n_inner: int | None, low: float, high: float) -> Floats:
    if knots is not None:
        inner = np.sort(np.asarray(knots, dtype=np.float64))
        if len(inner) and (inner[0] <= low or inner[-1] >= high):
            raise DesignError(
                "E-FORMULA-007", f"spline knots must lie between {low:g} and {high:g}.", "Move or drop the knots."
            )
        return inner
    n = 0 if n_inner is None else n_inner
    if n < 0 or n > len(x) - 2:
        raise DesignError(
            "E-FORMULA-007",
            f"a spline with {n} inner knots cannot be placed on {len(x)} values.",
            "Choose other degrees of freedom (df).",
        )
    return quantile7(x, np.arange(1, n + 1) / (n + 1)) if n else np.zeros(0)


def _b_spline_values(x: Floats, knots: Floats, degree: int) -> Floats:
    """Values (n, len(knots) - degree - 1) by the recurrence of Cox and de Boor; closed at the last knot."""
    last = int(np.searchsorted(knots, knots[-1], side="left")) - 1
    interval = np.minimum(np.searchsorted(knots, x, side="right") - 1, last)
    basis = np.zeros((len(x), len(knots) - 1))
    basis[np.arange(len(x)), interval] = 1.0
    for d in range(1, degree + 1):
        following = np.zeros((len(x), len(knots) - 1 - d))
        for j in range(len(knots) - 1 - d):
            left, right = knots[j + d] - knots[j], knots[j + d + 1] - knots[j + 1]
            if left > 0:
                following[:, j] += (x - knots[j]) / left * basis[:, j]
            if right > 0:
                following[:, j] += (knots[j + d + 1] - x) / right * basis[:, j + 1]
        basis = following
    return basis


def _second_derivatives(x: Floats, knots: Floats) -> Floats:
    """Second derivatives (n, k) of the cubic B-splines at x."""
    linear = _b_spline_values(x, knots, 1)
    return _differentiate(_differentiate(linear, knots, 2), knots, CUBIC)


def _differentiate(basis: Floats, knots: Floats, degree: int) -> Floats:
    """First derivatives of splines of ``degree`` from the values of those one degree lower."""
    result = np.zeros((len(basis), len(knots) - 1 - degree))
    for j in range(result.shape[1]):
        left, right = knots[j + degree] - knots[j], knots[j + degree + 1] - knots[j + 1]
        if left > 0:
            result[:, j] += degree / left * basis[:, j]
        if right > 0:
            result[:, j] -= degree / right * basis[:, j + 1]
    return result


def _cubic_values(x: Floats, knots: Floats) -> Floats:
    """Values (n, k) at x of the natural cubic splines that are 1 at one knot and 0 at the others."""
    k = len(knots)
    h = np.diff(knots)
    second = _knot_curvatures(h)
    j = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, k - 2)
    width, above, below = h[j], knots[j + 1] - x, x - knots[j]
    rows = np.arange(len(x))
    values = np.zeros((len(x), k))
    values[rows, j] += above / width
    values[rows, j + 1] += below / width
    values += ((above * above * above / width - width * above) / 6)[:, None] * second[j]
    values += ((below * below * below / width - width * below) / 6)[:, None] * second[j + 1]
    return values


def _knot_curvatures(h: Floats) -> Floats:
    """Second derivatives at the knots (k, k) as a linear map of the values at the knots; 0 at both ends."""
    k = len(h) + 1
    second = np.zeros((k, k))
    if k == 2:
        return second
    # Tridiagonal system B second = D values, solved by elimination (B is diagonally dominant).
    diagonal = (h[:-1] + h[1:]) / 3
    right = np.zeros((k - 2, k))
    for i in range(k - 2):
        right[i, i : i + 3] = 1 / h[i], -1 / h[i] - 1 / h[i + 1], 1 / h[i + 1]
    for i in range(1, k - 2):
        factor = h[i] / 6 / diagonal[i - 1]
        diagonal[i] -= factor * h[i] / 6
        right[i] -= factor * right[i - 1]
    for i in range(k - 3, -1, -1):
        rest = right[i] - (h[i + 1] / 6 * second[i + 2] if i < k - 3 else 0.0)
        second[i + 1] = rest / diagonal[i]
    return second


def _product(a: Floats, b: Floats) -> Floats:
    """Matrix product as sums in a fixed order."""
    return np.stack([np.sum(a * column, axis=1) for column in b.T], axis=1)
