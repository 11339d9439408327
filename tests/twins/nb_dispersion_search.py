"""NumPy twin of the kernel `nb_dispersion_search`: the replayed line search, and the optimum near its end."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize

from tests.twins.nb_profile_loglik import Gene, genes_of

PARITY, EXACT, R_FORM = 0, 1, 2


def nb_dispersion_search(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    mean: np.ndarray,
    link: str,
    min_mu: float,
    start: np.ndarray,
    prior_mean: np.ndarray | None,
    prior_variance: float,
    weights: np.ndarray | None,
    log_min: float,
    log_max: float,
    stop_below: float,
    kappa: float,
    armijo: float,
    tolerance: float,
    gate: float,
    max_iterations: int,
    mode: int,
    exact_low: float,
    exact_high: float,
    n_threads: int = 1,
) -> dict[str, np.ndarray]:
    """Search ln alpha of each gene from ``start`` (n_genes,) (DESeq2 specification, section 4.4).

    Parameters
    ----------
    counts, factors, design, mean, link, min_mu, prior_mean, prior_variance, weights
        As in `genes_of`.
    log_min, log_max, stop_below, kappa, armijo, tolerance, max_iterations : float
        Bounds of ln alpha in the search, value below which it stops, first and largest step, constant of the test of
        sufficient increase, gain at which it stops, longest search.
    gate : float
        Used by the kernel only, to tell which decisions hang on rounding.
    mode : int
        0 the search, 1 followed by the optimum within [exact_low, exact_high], 2 with R's own rounding.

    Returns
    -------
    dict
        ``log_alpha``, ``iterations``, ``value_start`` and ``value_end`` of the objective, each (n_genes,).
    """
    genes = genes_of(counts, factors, design, mean, link, min_mu, prior_mean, prior_variance, weights)
    in_r_form = mode == R_FORM or weights is not None
    rows = []
    for gene, a in zip(genes, start.tolist(), strict=True):
        row = _line_search(gene, a, in_r_form, (log_min, log_max), stop_below, kappa, armijo, tolerance, max_iterations)
        if mode == EXACT:
            best = _optimum(gene, row[0], exact_low, exact_high)
            row = (best, row[1], row[2], gene.value(best, in_r_form))
        rows.append(row)
    names = ("log_alpha", "iterations", "value_start", "value_end")
    return {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}


def _line_search(
    gene: Gene, a: float, in_r_form: bool, bounds: tuple[float, float], stop_below: float, largest: float,
    armijo: float, tolerance: float, max_iterations: int,
) -> tuple[float, int, float, float]:  # fmt: skip
    """Return where the search ends, its iterations, and the values at its start and end."""
    first = value = gene.value(a, in_r_form)
    slope, kappa, accepted, iteration = gene.slope(a), largest, 0, 0
    while iteration < max_iterations:
        iteration += 1
        if a + kappa * slope < bounds[0]:
            kappa = (bounds[0] - a) / slope
        if a + kappa * slope > bounds[1]:
            kappa = (bounds[1] - a) / slope
        new = gene.value(a + kappa * slope, in_r_form)
        if not -new <= -value - kappa * armijo * slope**2:
            kappa /= 2
            continue
        accepted += 1
        a += kappa * slope
        gain = new - value
        if gain < tolerance:
            value = new
            break
        if a < stop_below:
            break  # the value is not updated
        value, slope = new, gene.slope(a)
        kappa = min(1.1 * kappa, largest)
        if accepted % 5 == 0:
            kappa /= 2
    return a, iteration, first, value


def _optimum(gene: Gene, a: float, low: float, high: float) -> float:
    """Root of the slope next to ``a``: bracketed uphill by doubling steps, an end of the range where there is none."""
    a = min(max(a, low), high)
    direction, step, inner = (1.0 if gene.slope(a) > 0 else -1.0), 0.05, a
    end = high if direction > 0 else low
    while direction * gene.slope(a) > 0:
        if a == end:
            return end
        inner, a = a, min(max(a + direction * step, low), high)
        step *= 2
    return a if inner == a else float(optimize.brentq(gene.slope, min(inner, a), max(inner, a), xtol=1e-13))
