"""Logistic regression with an elastic-net penalty. The only file that imports scikit-learn.

Minimized is, over intercept b0 and coefficients b of standardized columns,

    mean of log(1 + exp(eta)) - y eta  +  penalty (l1_ratio |b|_1 + (1 - l1_ratio) / 2 |b|_2^2),   eta = b0 + x b,

where ``penalty`` is 1 / (C n) of scikit-learn's ``LogisticRegression``. Its own solver for this penalty (saga) takes
seconds where there are many more genes than samples, so the way of Friedman, Hastie and Tibshirani (2010, J Stat Softw
33:1) is taken: Newton steps, each a weighted least-squares problem that scikit-learn's coordinate descent solves; along
a path of falling penalties with warm starts; genes that cannot enter are left out by the strong rule (Tibshirani et al.
2012, J R Stat Soc B 74:245) and checked afterwards.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.errors import UsageError
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import exp, log1p

# Relative duality gap of the least-squares problems: to compare penalties, to predict, to keep as a model.
QUICK, GOOD, FINAL = 1e-3, 1e-4, 1e-7
_MAX_NEWTON = 40
_MAX_SWEEPS = 5_000
_MAX_HALVINGS = 10
# Weights of fitted probabilities near 0 and 1, as in glmnet.
_LEAST_WEIGHT = 1e-5
_MAX_ETA = 30.0


@dataclass(frozen=True, eq=False)
class Path:
    """Fits along falling penalties.

    Parameters
    ----------
    intercepts : ndarray, (n_penalties,)
    coefficients : ndarray, (n_penalties, n_columns)
    n_unsettled : int
        Penalties at which the solver stopped at its limit of steps before its tolerance.
    """

    intercepts: Floats
    coefficients: Floats
    n_unsettled: int


def logistic_path(x: Floats, y: Floats, penalties: Floats, l1_ratio: float, tolerance: float = GOOD) -> Path:
    """Fit the model at each penalty, the largest first.

    Parameters
    ----------
    x : ndarray, (n_samples, n_columns)
        Columns with mean 0 and standard deviation 1.
    y : ndarray, (n_samples,)
        0 and 1, both there.
    penalties : ndarray, (n_penalties,)
        Falling, above 0.
    l1_ratio : float
        Share of the absolute part, in (0, 1).
    tolerance : float

    Notes
    -----
    Call inside `solver`, which silences what scikit-learn says of the inner problems; what matters is counted in
    ``n_unsettled``.
    """
    least_squares = _solver()
    n, n_columns = x.shape
    share = float(y.mean())
    intercept, coefficients = math.log(share / (1.0 - share)), np.zeros(n_columns)
    gradient = np.abs(np.einsum("ij,i->j", x, y - share)) / n
    before = float(gradient.max(initial=0.0)) / l1_ratio
    intercepts, rows, unsettled = [], [], 0
    for penalty in (float(value) for value in penalties):
        active = np.flatnonzero((gradient >= l1_ratio * (2.0 * penalty - before)) | (coefficients != 0.0))
        while True:
            part = np.ascontiguousarray(x[:, active])
            start = (intercept, coefficients[active])
            intercept, kept, eta, settled = _newton(part, y, start, (penalty, l1_ratio), tolerance, least_squares)
            coefficients = np.zeros(n_columns)
            coefficients[active] = kept
            gradient = np.abs(np.einsum("ij,i->j", x, y - probability(eta))) / n
            # Genes that the rule left out and the solution wants join, and the fit is repeated.
            wanted = gradient > l1_ratio * penalty * (1.0 + 10.0 * tolerance)
            wanted[active] = False
            if not wanted.any():
                break
            active = np.flatnonzero(wanted | np.isin(np.arange(n_columns), active))
        before = penalty
        unsettled += not settled
        intercepts.append(intercept)
        rows.append(coefficients)
    return Path(np.array(intercepts), np.array(rows).reshape(len(rows), n_columns), unsettled)


def penalty_path(x: Floats, y: Floats, l1_ratio: float, n_steps: int, span: float) -> Floats:
    """Return ``n_steps`` penalties on a log scale, from the least that lets no column in down to that over ``span``."""
    top = float(np.abs(np.einsum("ij,i->j", x, y - y.mean())).max(initial=0.0)) / (len(y) * l1_ratio)
    return np.asarray(max(top, 1e-6) * span ** -np.linspace(0.0, 1.0, n_steps))


def probability(eta: Floats) -> Floats:
    """Logistic function of the linear predictor."""
    return np.asarray(1.0 / (1.0 + exp(-np.clip(eta, -_MAX_ETA, _MAX_ETA))))


def deviance(eta: Floats, y: Floats) -> Floats:
    """Minus the log likelihood of each sample."""
    bounded = np.clip(eta, -_MAX_ETA, _MAX_ETA)
    return np.asarray(np.maximum(bounded, 0.0) + log1p(exp(-np.abs(bounded))) - y * bounded)


@contextlib.contextmanager
def solver() -> Iterator[None]:
    """Make scikit-learn ready and quiet.

    Raises
    ------
    UsageError
        E-EXTRA-001 without scikit-learn.
    """
    require_sklearn()
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def require_sklearn() -> None:
    """Raise E-EXTRA-001 where scikit-learn is not installed."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        found = "Signatures need scikit-learn."
        raise UsageError("E-EXTRA-001", found, "pip install 'foldwise[learn]'") from error


LeastSquares = Callable[..., "tuple[Floats, bool]"]


def _solver() -> LeastSquares:
    """Return the elastic net of weighted least squares: columns and target centered and weighted beforehand."""
    import sklearn
    from sklearn.linear_model import enet_path

    def least_squares(x: Floats, z: Floats, penalty: float, l1_ratio: float, start: Floats, tolerance: float) -> Any:
        # Arguments come from here only, so their checks, which take longer than the work, are left out.
        with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
            _, found, gaps = enet_path(
                x, z, l1_ratio=l1_ratio, alphas=[penalty], precompute=False, coef_init=start.copy(), check_input=False,
                tol=tolerance, max_iter=_MAX_SWEEPS,
            )  # fmt: skip
        target = tolerance * float(np.einsum("i,i->", z, z)) / len(z)
        return found[:, 0], bool(gaps[0] <= target * (1.0 + 1e-9) + 1e-300)

    return least_squares


def _newton(
    x: Floats, y: Floats, start: tuple[float, Floats], penalties: tuple[float, float], tolerance: float,
    least_squares: LeastSquares,
) -> tuple[float, Floats, Floats, bool]:  # fmt: skip
    """Return intercept, coefficients, linear predictor, and whether the steps came to rest."""
    intercept, coefficients = start
    penalty, l1_ratio = penalties
    rest = 10.0 * tolerance
    eta = intercept + np.einsum("ij,j->i", x, coefficients)
    value = _objective(eta, y, coefficients, penalties)
    for _ in range(_MAX_NEWTON):
        mu = probability(eta)
        weight = np.maximum(mu * (1.0 - mu), _LEAST_WEIGHT)
        scale = float(weight.mean())
        weight /= scale
        working = eta + (y - mu) / (weight * scale)
        # The intercept is free of penalty: it goes by centering with the weights.
        center, middle = np.einsum("i,ij->j", weight, x) / len(y), float(np.einsum("i,i->", weight, working)) / len(y)
        root = np.sqrt(weight)
        scaled = np.asfortranarray((x - center) * root[:, None])
        target = (working - middle) * root
        if len(coefficients):
            found, good = least_squares(scaled, target, penalty / scale, l1_ratio, coefficients, tolerance)
        else:
            found, good = coefficients, True
        new_intercept = middle - float(np.einsum("j,j->", center, found))
        new_eta = new_intercept + np.einsum("ij,j->i", x, found)
        new_value = _objective(new_eta, y, found, penalties)
        # A whole step can lead too far; half of it, or half of that, does not.
        share = 1.0
        for _ in range(_MAX_HALVINGS):
            if new_value <= value + 1e-12 + tolerance * abs(value):
                break
            share /= 2.0
            new_eta = eta + (new_eta - eta) / 2.0
            found = coefficients + (found - coefficients) / 2.0
            new_intercept = intercept + (new_intercept - intercept) / 2.0
            new_value = _objective(new_eta, y, found, penalties)
        moved = float(np.abs(new_eta - eta).max(initial=0.0))
        intercept, coefficients, eta, value = new_intercept, found, new_eta, new_value
        if moved < rest and share == 1.0:
            return intercept, coefficients, eta, good
    return intercept, coefficients, eta, False


def _objective(eta: Floats, y: Floats, coefficients: Floats, penalties: tuple[float, float]) -> float:
    penalty, l1_ratio = penalties
    size = l1_ratio * np.abs(coefficients).sum() + (1.0 - l1_ratio) / 2.0 * np.square(coefficients).sum()
    return float(deviance(eta, y).mean() + penalty * size)
