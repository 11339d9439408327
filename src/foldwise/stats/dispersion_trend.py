"""Trend of the gene-wise dispersions over the mean: parametric and mean form, and the order of fallbacks.

Love, Huber and Anders 2014 (Genome Biology 15:550), "Dispersion trend". R's stop rules are replayed: a fit carried
to full convergence gives coefficients that differ by 1e-7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from foldwise.errors import FitError
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import log
from foldwise.stats.locfit import fit_local_trend
from foldwise.stats.quantile import trimmed_mean

MIN_DISPERSION = 1e-8
# Dispersions that sit on the floor say nothing about the trend.
FIT_FLOOR = 100 * MIN_DISPERSION
MEAN_FLOOR = 10 * MIN_DISPERSION
MEAN_TRIM = 0.001
START = (0.1, 1.0)
RESIDUAL_LOW, RESIDUAL_HIGH = 1e-4, 15.0
OUTER_TOLERANCE = 1e-6
MAX_OUTER = 10
INNER_TOLERANCE = 1e-8
MAX_INNER = 25
# Less spread of 1 / mean than this, relative to its size, is rounding of equal means.
RANK_TOLERANCE = 1e-11
# A local quadratic has three coefficients.
MIN_GENES = 3


class TrendFailure(Exception):
    """The parametric trend cannot be fitted to these dispersions; the text says why."""


class Trend(Protocol):
    """A fitted trend."""

    @property
    def kind(self) -> str:
        """``parametric``, ``local`` or ``mean``: what was fitted."""

    @property
    def coefficients(self) -> dict[str, float]:
        """Named coefficients; empty for the local trend."""

    def predict(self, means: Floats) -> Floats:
        """Dispersion at each mean (n,) > 0."""


@dataclass(frozen=True)
class ParametricTrend:
    """Dispersion = asymptotic + extra_poisson / mean."""

    asymptotic: float
    extra_poisson: float
    kind: str = "parametric"

    @property
    def coefficients(self) -> dict[str, float]:
        """Asymptotic dispersion and extra-Poisson noise."""
        return {"asymptotic": self.asymptotic, "extra_poisson": self.extra_poisson}

    def predict(self, means: Floats) -> Floats:
        """Dispersion at each mean (n,) > 0."""
        return self.asymptotic + self.extra_poisson / means


@dataclass(frozen=True)
class MeanTrend:
    """One dispersion for all means."""

    mean: float
    kind: str = "mean"

    @property
    def coefficients(self) -> dict[str, float]:
        """The constant."""
        return {"mean": self.mean}

    def predict(self, means: Floats) -> Floats:
        """The constant at each mean (n,)."""
        return np.full(len(means), self.mean)


def fit_trend(means: Floats, dispersions: Floats, kind: str = "parametric", unit: float = 1.0) -> Trend:
    """Fit a trend of the kind asked for; where the parametric form fails, the local one.

    Parameters
    ----------
    means, dispersions : ndarray, (n_genes,)
        Mean of normalized counts and gene-wise dispersion of the genes with counts.
    kind : str
        ``parametric``, ``local`` or ``mean``.
    unit : float
        As in `fit_parametric_trend`.

    Returns
    -------
    Trend
        Its ``kind`` tells what was fitted.

    Raises
    ------
    FitError
        E-FIT-002 when every dispersion lies on its floor, E-FIT-001 when too few lie above it.
    """
    usable = dispersions > FIT_FLOOR
    n_needed = 1 if kind == "mean" else MIN_GENES
    if n_needed <= len(dispersions) and not usable.any():
        raise FitError(
            "E-FIT-002",
            f"All {len(dispersions)} gene-wise dispersions are at their lower limit, so no trend can be fitted.",
            "The counts vary no more than Poisson counts; take the gene-wise estimates as they are with --trend none.",
        )
    if np.count_nonzero(usable) < n_needed:
        raise FitError(
            "E-FIT-001",
            f"Only {np.count_nonzero(usable)} of {len(dispersions)} genes have a dispersion above its lower limit; "
            f"a {kind} trend needs {n_needed}.",
            "Give more genes, or take each gene's own dispersion with --trend none.",
        )
    if kind == "mean":
        return fit_mean_trend(means, dispersions)
    if kind == "parametric":
        try:
            return fit_parametric_trend(means[usable], dispersions[usable], unit)
        except TrendFailure:
            pass
    return fit_local_trend(means[usable], dispersions[usable])


def fit_mean_trend(means: Floats, dispersions: Floats) -> MeanTrend:
    """Trimmed mean (0.1 % at each end) of the dispersions above 1e-7; arguments (n_genes,)."""
    del means
    return MeanTrend(float(trimmed_mean(dispersions[dispersions > MEAN_FLOOR], MEAN_TRIM)))


def fit_parametric_trend(means: Floats, dispersions: Floats, unit: float = 1.0) -> ParametricTrend:
    """Fit asymptotic + extra_poisson / mean by Gamma regressions that leave out outlying genes.

    Parameters
    ----------
    means, dispersions : ndarray, (n,)
        Genes whose dispersion lies above its floor.
    unit : float
        Normalized count that one read amounts to: the start is one read of extra noise. R's start is 1, whatever
        the scale of the size factors.

    Raises
    ------
    TrendFailure
        No positive coefficients, no valid step, no genes left, or no convergence in ten repeats.
    """
    inverse_mean = 1.0 / means
    current = (START[0], START[1] * unit)
    for _ in range(MAX_OUTER + 1):
        residuals = dispersions / (current[0] + current[1] * inverse_mean)
        # Always chosen from all genes: one left out earlier may come back.
        good = (residuals > RESIDUAL_LOW) & (residuals < RESIDUAL_HIGH)
        new, converged = _gamma_regression(inverse_mean[good], dispersions[good], current)
        if not min(new) > 0:
            raise TrendFailure("a coefficient of the parametric trend is not positive")
        change = log(np.array(new) / np.array(current))
        current = new
        if converged and float(np.sum(change * change)) < OUTER_TOLERANCE:
            return ParametricTrend(*current)
    raise TrendFailure("the parametric trend did not settle")


def _gamma_regression(u: Floats, y: Floats, start: tuple[float, float]) -> tuple[tuple[float, float], bool]:
    """Gamma regression with identity link of ``y`` on (1, u) by iteratively reweighted least squares.

    Returns the coefficients and whether the deviance settled.
    """
    if len(y) < 2:
        raise TrendFailure("too few genes follow the parametric trend")
    old = start
    mu = old[0] + old[1] * u
    deviance = _gamma_deviance(y, mu)
    for _ in range(MAX_INNER):
        new = _weighted_line(u, y, 1.0 / (mu * mu))
        mu, new = _valid_step(u, new, old)
        previous, deviance = deviance, _gamma_deviance(y, mu)
        if abs(deviance - previous) / (abs(deviance) + 0.1) < INNER_TOLERANCE:
            return new, True
        old = new
    return old, False


def _valid_step(u: Floats, new: tuple[float, float], old: tuple[float, float]) -> tuple[Floats, tuple[float, float]]:
    """Halve the step towards the old coefficients until all fitted values are positive."""
    for _ in range(MAX_INNER):
        mu = new[0] + new[1] * u
        if mu.min() > 0:
            return mu, new
        new = ((new[0] + old[0]) / 2, (new[1] + old[1]) / 2)
    raise TrendFailure("fitted dispersions of the parametric trend are not positive")


def _weighted_line(u: Floats, y: Floats, w: Floats) -> tuple[float, float]:
    """Weighted least-squares line through (u, y): centered, hence as exact as a QR of two columns."""
    total = w.sum()
    wu = w * u
    center_u, center_y = wu.sum() / total, (w * y).sum() / total
    du = u - center_u
    wdu = w * du
    spread = (wdu * du).sum()
    if not spread > RANK_TOLERANCE * RANK_TOLERANCE * total * center_u * center_u:
        raise TrendFailure("all genes of the parametric trend have one mean")
    slope = (wdu * (y - center_y)).sum() / spread
    # (w du) sums to rounding noise only, but its share belongs to the intercept.
    return float(center_y - slope * center_u), float(slope)


def _gamma_deviance(y: Floats, mu: Floats) -> float:
    relative = y / mu
    return float(-2.0 * np.sum(log(relative) - (y - mu) / mu))
