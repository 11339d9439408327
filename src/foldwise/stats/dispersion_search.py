"""Gene-wise and maximum a posteriori dispersions: start, line search, gate and grid (policy; the loops are kernels).

Sources: Love, Huber and Anders 2014 (Genome Biology 15:550), Methods; the constants and the
order of decisions are those that R's DESeq2 1.38 shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.elementary import exp
from foldwise.stats.rows import row_factors, take_rows

MIN_DISPERSION = 1e-8
MAX_DISPERSION_FLOOR = 10.0  # the upper bound is max(10, number of samples)
GRID_POINTS = 20
# Search of ln alpha: first step, Armijo constant, gain at which it stops, longest search, bounds
KAPPA = 1.0
ARMIJO = 1e-4
TOLERANCE = 1e-6
MAX_ITERATIONS = 100
LOG_BOUNDS = (-30.0, 10.0)
STOP_BELOW = -20.72326583694641  # ln 1e-9
GATE = 1e-6  # an estimate must raise the likelihood by this share of it
# Weights below this are raised to it in the gene-wise stage
WEIGHT_FLOOR = 1e-6
# The converged search starts no lower, where slopes are rounding and a start would be taken for an optimum
EXACT_START = 1e-2
R_ROUNDING_BELOW = 1e-4  # below this dispersion R's grid maxima can be decided by its rounding


@dataclass(frozen=True)
class MeanModel:
    """How the mean of a gene follows from its coefficients: ``linear`` mu = F X b, ``log`` mu = F exp(X b), ``matrix``.

    Parameters
    ----------
    link : str
    values : ndarray, (n_genes, n_coefficients) or (n_genes, n_samples) for ``matrix``
    floor : float
        Smallest mean used.
    """

    link: str
    values: np.ndarray
    floor: float = 0.5

    def rows(self, rows: np.ndarray) -> MeanModel:
        """Return the model of some genes."""
        return MeanModel(self.link, np.ascontiguousarray(self.values[rows]), self.floor)


@dataclass(frozen=True)
class Prior:
    """Normal prior of ln alpha."""

    mean: np.ndarray  # (n_genes,)
    variance: float


def max_dispersion(n_samples: int) -> float:
    """Return the upper bound of dispersions."""
    return max(MAX_DISPERSION_FLOOR, float(n_samples))


def start_dispersions(rough: np.ndarray, moments: np.ndarray, n_samples: int) -> np.ndarray:
    """Return the start of the search: the smaller of the two rough estimates, within bounds. All (n_genes,)."""
    return np.asarray(np.clip(np.minimum(rough, moments), MIN_DISPERSION, max_dispersion(n_samples)))


def _search(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    mean: MeanModel,
    log_start: np.ndarray,
    prior: Prior | None,
    weights: np.ndarray | None,
    mode: int,
    n_threads: int,
) -> dict[str, np.ndarray]:
    n_samples = design.shape[0]
    found: dict[str, np.ndarray] = _kernels.nb_dispersion_search(
        counts, factors, design, mean.values, mean.link, mean.floor, log_start,
        None if prior is None else prior.mean, 0.0 if prior is None else prior.variance,
        weights, LOG_BOUNDS[0], LOG_BOUNDS[1], STOP_BELOW, KAPPA, ARMIJO, TOLERANCE, GATE, MAX_ITERATIONS,
        mode, _log(MIN_DISPERSION), _log(max_dispersion(n_samples)), n_threads,
    )  # fmt: skip
    return found


def _log_r(x: np.ndarray) -> np.ndarray:
    """Natural log rounded as glibc's."""
    return np.asarray(_kernels.elementwise("log_r", x))


def _log(x: float) -> float:
    return float(_log_r(np.array([x]))[0])


def _grid_points(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return 20 points per gene; the step is computed from the rounded ends and the last point is exactly the end."""
    step = (high - low) / (GRID_POINTS - 1)
    points = low[:, None] + np.arange(GRID_POINTS) * step[:, None]
    points[:, -1] = high
    return np.ascontiguousarray(points)


def grid_dispersions(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    mean: MeanModel,
    prior: Prior | None,
    weights: np.ndarray | None,
    n_threads: int,
) -> np.ndarray:
    """Return the dispersion at the best of 20 coarse and 20 fine grid points, (n_genes,).

    Near ties at small dispersions are decided in R's own rounding, because R's answer there is decided by it.
    """
    n_genes = mean.values.shape[0]
    low, high = _log(MIN_DISPERSION), _log(max_dispersion(design.shape[0]))
    coarse = _grid_points(np.full(n_genes, low), np.full(n_genes, high))
    best = _best_points(counts, factors, design, mean, prior, weights, coarse, n_threads)
    delta = (low + (high - low) / (GRID_POINTS - 1)) - low
    fine = _grid_points(best - delta, best + delta)
    best = _best_points(counts, factors, design, mean, prior, weights, fine, n_threads)
    return exp(best)


def _best_points(
    counts: Any, factors: np.ndarray, design: np.ndarray, mean: MeanModel, prior: Prior | None,
    weights: np.ndarray | None, grid: np.ndarray, n_threads: int,
) -> np.ndarray:  # fmt: skip
    """Return the first maximum of the profile over each gene's grid points."""

    def profile(rows: np.ndarray | None, form: int) -> np.ndarray:
        pick = slice(None) if rows is None else rows
        value: np.ndarray = _kernels.nb_profile_loglik(
            counts if rows is None else take_rows(counts, rows),
            factors if rows is None else row_factors(factors, rows),
            design, mean.values if rows is None else mean.rows(rows).values, mean.link, mean.floor,
            np.ascontiguousarray(grid[pick]),
            None if prior is None else np.ascontiguousarray(prior.mean[pick]),
            0.0 if prior is None else prior.variance,
            None if weights is None else np.ascontiguousarray(weights[pick]), form, n_threads,
        )  # fmt: skip
        return value

    value = profile(None, 0)
    if weights is None:
        # R's sum of lgamma differences rounds by about one unit in the last place per sample
        r = exp(-grid)
        rounding = 4.0 * np.finfo(float).eps * design.shape[0] * r * np.maximum(np.abs(grid), 1.0)
        top = np.argmax(value, axis=1)
        rows = np.arange(grid.shape[0])
        near = value > (value[rows, top] - rounding[rows, top])[:, None] - rounding
        near[rows, top] = False
        suspect = np.flatnonzero((near & (grid < np.log(R_ROUNDING_BELOW))).any(axis=1))
        if suspect.size:
            value[suspect] = profile(suspect, 2)
    return np.asarray(grid[np.arange(grid.shape[0]), np.argmax(value, axis=1)])


def genewise_dispersions(
    counts: Any, factors: np.ndarray, design: np.ndarray, mean: MeanModel, start: np.ndarray, *,
    weights: np.ndarray | None = None, engine: str = "parity", n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Estimate the dispersion of each gene alone.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
        Genes with at least one count.
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
    design : ndarray, (n_samples, n_coefficients)
    mean : MeanModel
    start : ndarray, (n_genes,)
        Start dispersions.
    weights : ndarray, (n_genes, n_samples), optional
        Observation weights with row maximum one.
    engine : str
        ``parity`` replays R's path; ``exact`` goes on to the optimum.

    Returns
    -------
    dict
        ``dispersion`` (n_genes,), ``iterations``, ``grid`` (genes sent to the grid), ``r_form`` (bool).
    """
    ceiling = max_dispersion(design.shape[0])
    if weights is not None:
        weights = np.maximum(weights, WEIGHT_FLOOR)
    exact = engine == "exact"
    if exact:
        start = np.maximum(start, EXACT_START)
    found = _search(counts, factors, design, mean, _log_r(start), None, weights, int(exact), n_threads)
    dispersion = np.minimum(exp(found["log_alpha"]), ceiling)
    grid = np.zeros(dispersion.shape, dtype=bool)
    if not exact:
        no_gain = found["value_end"] < found["value_start"] + np.abs(found["value_start"]) * GATE
        dispersion = np.where(no_gain, start, dispersion)
        stuck = (found["iterations"] >= MAX_ITERATIONS) | (found["iterations"] == 1)
        grid = stuck & (dispersion > 10.0 * MIN_DISPERSION)
        rows = np.flatnonzero(grid)
        if rows.size:
            dispersion[rows] = grid_dispersions(
                take_rows(counts, rows), row_factors(factors, rows), design, mean.rows(rows), None,
                None if weights is None else np.ascontiguousarray(weights[rows]), n_threads,
            )  # fmt: skip
    return {
        "dispersion": np.clip(dispersion, MIN_DISPERSION, ceiling),
        "iterations": found["iterations"],
        "grid": grid,
        "r_form": found["status"] == 1,
    }


def posterior_dispersions(
    counts: Any, factors: np.ndarray, design: np.ndarray, mean: MeanModel, genewise: np.ndarray, trend: np.ndarray,
    prior_variance: float, *, weights: np.ndarray | None = None, engine: str = "parity", n_threads: int = 1,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Maximum a posteriori dispersions under a log-normal prior around the trend.

    Parameters as in `genewise_dispersions`; ``genewise`` and ``trend`` are (n_genes,). Returns ``dispersion``,
    ``iterations`` and ``r_form``.
    """
    start = np.where(genewise > 0.1 * trend, genewise, trend)
    prior = Prior(_log_r(trend), prior_variance)
    exact = engine == "exact"
    found = _search(counts, factors, design, mean, _log_r(start), prior, weights, int(exact), n_threads)
    dispersion = exp(found["log_alpha"])
    rows = np.flatnonzero(found["iterations"] >= MAX_ITERATIONS) if not exact else np.empty(0, dtype=np.intp)
    if rows.size:
        dispersion[rows] = grid_dispersions(
            take_rows(counts, rows), row_factors(factors, rows), design, mean.rows(rows),
            Prior(np.ascontiguousarray(prior.mean[rows]), prior_variance),
            None if weights is None else np.ascontiguousarray(weights[rows]), n_threads,
        )  # fmt: skip
    return {
        "dispersion": np.clip(dispersion, MIN_DISPERSION, max_dispersion(design.shape[0])),
        "iterations": found["iterations"],
        "r_form": found["status"] == 1,
    }
