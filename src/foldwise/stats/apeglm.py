"""Shrinkage with a Cauchy prior on one coefficient, its scale learned from all genes.

Zhu, Ibrahim and Love 2019 (Bioinformatics 35:2084). The engine ``parity`` follows R's optimizers to where they stop;
``exact`` takes the global mode and the exact curvature there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.errors import UsageError
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import LN2
from foldwise.stats.s_values import Shrunken, normal_sign_rate, s_values
from foldwise.stats.zeroin import zeroin

# Interval and tolerance of the search for the prior variance, natural log units.
LOWEST_VARIANCE = 1e-6
HIGHEST_VARIANCE = 400.0
TOLERANCE = 2.0**-13
LARGEST_SCALE = 1.0
# Standard deviation of the normal prior on the other coefficients, natural log.
OTHERS_SD = 15.0
MODES = {"parity": 0, "exact": 1}


def prior_variance(lfc: Floats, se: Floats) -> float:
    """Variance of the true fold changes by the method of Efron and Morris (1975, JASA 70:311).

    Parameters
    ----------
    lfc, se : ndarray, (n_genes,)
        Maximum likelihood estimates and standard errors, natural log; NaN where missing.

    Returns
    -------
    float
        Root of ``sum((lfc^2 - se^2 - A) I(A))`` with ``I = 1 / (2 (A + se^2)^2)``, at least 1e-6. The search stops
        at its tolerance of 2^-13, as R's does.
    """
    present = ~np.isnan(lfc)
    square, noise = lfc[present] ** 2, se[present] ** 2

    def excess(a: float) -> float:
        total = a + noise
        information = 1.0 / (2.0 * (total * total))
        return float(np.sum((square - noise) * information) / np.sum(information)) - a

    if not present.any() or excess(LOWEST_VARIANCE) < 0:
        return LOWEST_VARIANCE
    return zeroin(excess, LOWEST_VARIANCE, HIGHEST_VARIANCE, TOLERANCE)


def prior_scale(lfc: Floats, se: Floats) -> float:
    """Scale of the Cauchy prior: square root of `prior_variance`, at most 1; natural log units."""
    return min(float(np.sqrt(prior_variance(lfc, se))), LARGEST_SCALE)


def shrink_apeglm(
    counts: Any,
    factors: Floats,
    design: Floats,
    alpha: Floats,
    coefficient: int,
    lfc: Floats,
    se: Floats,
    *,
    weights: Floats | None = None,
    beta: Floats | None = None,
    threshold: float = 0.0,
    engine: str = "parity",
    n_threads: int = 1,
) -> Shrunken:
    """Posterior mode and standard deviation of one coefficient of every gene.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
        The original counts, also where outliers were replaced for the fit. Genes without counts are not shrunk.
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
        Size or normalization factors.
    design : ndarray, (n_samples, p)
    alpha : ndarray, (n_genes,)
        Final dispersions; NaN where there is none.
    coefficient : int
        Column to shrink; not the intercept.
    lfc, se : ndarray, (n_genes,)
        Its maximum likelihood estimates and standard errors as reported, log2.
    weights : ndarray (n_genes, n_samples), optional
        Observation weights, the largest of each gene 1.
    beta : ndarray (n_genes, p), optional
        Maximum likelihood coefficients, natural log: a further start of the exact engine.
    threshold : float
        Log2 fold change of the s-values; 0 for the sign alone.
    engine : str
        ``parity`` or ``exact``.

    Returns
    -------
    Shrunken
        ``prior`` has ``scale`` and ``variance`` (natural log).

    Raises
    ------
    UsageError
        E-USAGE-002 for the first column, or an unknown engine.
    """
    _check(coefficient, design, engine)
    variance = prior_variance(lfc * LN2, se * LN2)
    scale = min(float(np.sqrt(variance)), LARGEST_SCALE)
    usable = np.isfinite(alpha) & (alpha > 0)
    fit = _kernels.nb_cauchy_map(
        counts,
        factors,
        design,
        np.where(usable, alpha, 1.0),
        coefficient,
        scale,
        OTHERS_SD,
        weights,
        beta,
        MODES[engine],
        n_threads,
    )
    center = np.where(usable, fit["map"][:, coefficient], np.nan)
    sd = np.where(usable, fit["sd"], np.nan)
    rate = normal_sign_rate(center, sd, threshold * LN2)
    prior: dict[str, Floats | float] = {"scale": scale, "variance": variance}
    return Shrunken(center / LN2, sd / LN2, rate, s_values(rate), prior)


def _check(coefficient: int, design: Floats, engine: str) -> None:
    if not 1 <= coefficient < design.shape[1]:
        raise UsageError(
            "E-USAGE-002",
            f"apeglm shrinks one coefficient but the first; number {coefficient} of {design.shape[1]} was asked for.",
            "Name a single coefficient, or choose --shrink ashr, which takes any contrast.",
        )
    if engine not in MODES:
        raise UsageError("E-USAGE-002", f"Unknown engine {engine!r}.", "Choose parity or exact.")
