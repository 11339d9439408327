"""Maximum likelihood weights of a mixture with known components: a convex problem, solved to its optimum.

Maximize ``sum_i ln(sum_k L_ik w_k)`` over the simplex, in the form of Kim, Carbonetto, Stephens and Anitescu 2020
(JCGS 29:261): minimize ``f(w) = -mean ln(L w) + sum w`` over ``w >= 0`` by sequential quadratic programs with an
active set. At the optimum the weights sum to 1.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.elementary import log
from foldwise.stats.householder import least_squares

EM_STEPS = 20
MAX_NEWTON = 100
MAX_ACTIVE_SET = 500
VIOLATION = 1e-10
# Of the largest diagonal value; keeps the quadratic program solvable when neighboring components are alike.
RIDGE = 1e-13


def optimal_weights(likelihood: Floats) -> Floats:
    """Weights (n_components,), at least 0 and with sum 1.

    Parameters
    ----------
    likelihood : ndarray, (n_components, n_values)
        Not negative; each value's column may be scaled at will and must not be all 0.

    Returns
    -------
    ndarray, (n_components,)
        With ``u = 1 / (L w)`` the optimality conditions ``mean(L_k u) <= 1``, equal where ``w_k > 0``, hold to 1e-10
        or as far as rounding allows.
    """
    n_components = len(likelihood)
    w = np.full(n_components, 1.0 / n_components)
    for _ in range(EM_STEPS):
        w = w * _component_means(likelihood, 1.0 / _mix(likelihood, w))
    for _ in range(MAX_NEWTON):
        scaled = likelihood / _mix(likelihood, w)
        gradient = 1.0 - np.mean(scaled, axis=1)
        if kkt_violation(gradient, w) < VIOLATION:
            break
        better = _newton_step(likelihood, w, gradient, _second_moments(scaled))
        if better is None:
            break
        w = better
    return np.asarray(w / np.sum(w))


def kkt_violation(gradient: Floats, w: Floats) -> float:
    """Largest violation of the optimality conditions by ``w`` (n,) with the gradient of f there (n,)."""
    return float(max(np.max(-gradient), np.max(np.abs(gradient[w > 0]), initial=0.0)))


def _newton_step(likelihood: Floats, w: Floats, gradient: Floats, hessian: Floats) -> Floats | None:
    """Minimum of the quadratic model with ``w >= 0``, brought nearer until f falls; None when f cannot fall."""
    target = _quadratic_minimum(hessian, gradient, w)
    step = target - w
    slope = float(np.sum(gradient * step))
    value = _objective(likelihood, w)
    size = 1.0
    for _ in range(40):
        # At a full step the zeros of the target are kept exactly.
        trial = target if size == 1.0 else w + size * step
        if _objective(likelihood, trial) <= value + 1e-4 * size * slope:
            return trial
        # Differences of f are rounding now: the quadratic model knows better.
        if abs(slope) < 1e-12 and size == 1.0:
            return trial
        size *= 0.5
    return None


def _quadratic_minimum(hessian: Floats, gradient: Floats, w: Floats) -> Floats:
    """Minimize ``g'(v - w) + (v - w)' H (v - w) / 2`` over ``v >= 0`` by an active set, started at ``w``."""
    h = hessian + RIDGE * np.max(np.diag(hessian)) * np.eye(len(w))
    v = w.copy()
    free = v > 0
    tolerance = 1e-2 * VIOLATION
    for _ in range(MAX_ACTIVE_SET):
        slope = gradient + np.sum(h * (v - w), axis=1)
        direction = np.zeros_like(v)
        direction[free] = least_squares(h[np.ix_(free, free)], -slope[free])
        reach, blocking = _longest_step(v, direction, free)
        v = v + min(reach, 1.0) * direction
        if reach < 1.0:
            v[blocking] = 0.0
            free[blocking] = False
            continue
        slope = gradient + np.sum(h * (v - w), axis=1)
        bound = np.where(free, np.inf, slope)
        entering = int(np.argmin(bound))
        if bound[entering] >= -tolerance:
            break
        free[entering] = True
    return np.where(free, np.maximum(v, 0.0), 0.0)


def _longest_step(v: Floats, direction: Floats, free: Booleans) -> tuple[float, int]:
    """Length at which the first free coordinate reaches 0, and its number."""
    falling = free & (direction < 0)
    if not falling.any():
        return np.inf, -1
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(falling, -v / direction, np.inf)
    first = int(np.argmin(reach))
    return float(reach[first]), first


def _mix(likelihood: Floats, w: Floats) -> Floats:
    """Mixture density of each value (n_values,); components of weight 0 are skipped."""
    used = np.flatnonzero(w)
    return np.asarray(np.sum(likelihood[used] * w[used, None], axis=0))


def _objective(likelihood: Floats, w: Floats) -> float:
    density = _mix(likelihood, w)
    if not np.all(density > 0):
        return np.inf
    return float(np.sum(w) - np.mean(log(density)))


def _component_means(likelihood: Floats, u: Floats) -> Floats:
    return np.asarray(np.mean(likelihood * u, axis=1))


def _second_moments(scaled: Floats) -> Floats:
    """Matrix (n_components, n_components) of means of products; sums along values, no matrix product."""
    n = len(scaled)
    moments = np.empty((n, n))
    for k in range(n):
        moments[k, : k + 1] = np.mean(scaled[: k + 1] * scaled[k], axis=1)
        moments[: k + 1, k] = moments[k, : k + 1]
    return moments
