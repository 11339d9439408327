"""Size factors by alternating dispersions and factors, for data in which every gene has a zero somewhere.

Kind ``iterate`` of DESeq2: the factors maximize the negative binomial likelihood of an intercept-only model, leaving
out the 5 % of genes that fit worst (DESeq2 specification, section 2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.errors import FitError
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.deseq2_stages import genewise_stage, mean_inverse_size, posterior_stage
from foldwise.stats.dispersion_prior import dispersion_outliers, log_residual_variance, log_residuals, prior_variance
from foldwise.stats.dispersion_trend import FIT_FLOOR, fit_mean_trend
from foldwise.stats.elementary import exp, expm1, log, log1p, log_gamma
from foldwise.stats.nb_glm import MIN_MU
from foldwise.stats.quantile import quantile7
from foldwise.stats.rows import dense_rows, take_rows

MAX_ROUNDS = 10
MIN_ROUNDS = 2
# Sum of squared changes of the log factors at which the rounds end.
CONVERGED = 1e-4
WORST_GENES = 0.05
DIFFERENCE_STEP = 1e-3
MEMORY = 5
VALUE_TOLERANCE = 1e7 * 2.220446049250313e-16
MAX_ITERATIONS = 100

DispersionStage = Callable[[Floats], tuple[Floats, Floats]]


def iterate_size_factors(counts: Any, n_threads: int = 1) -> Floats:
    """Size factors (n_samples,) of all genes with a count; ``counts`` (n_genes, n_samples) or CSR tuple."""
    n_samples = counts.shape[1] if isinstance(counts, np.ndarray) else counts[3]
    summaries = _kernels.row_summaries(counts, np.ones(n_samples), n_threads=n_threads)
    counted = take_rows(counts, np.flatnonzero(summaries["n_positive"] > 0))
    return iterate(dense_rows(counted), lambda sizes: intercept_dispersions(counted, sizes, n_threads))


def intercept_dispersions(counts: Any, factors: Floats, n_threads: int = 1) -> tuple[Floats, Floats]:
    """Dispersions (n_genes,) and means (n_genes, n_samples) of the design ``~ 1`` with a constant trend.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
        Genes with at least one count.
    factors : ndarray, (n_samples,)
    """
    design = np.ones((len(factors), 1))
    found = genewise_stage(
        counts, factors, design, linear=True, inverse_size=mean_inverse_size(factors), n_threads=n_threads
    )
    genewise, base_mean = found["dispersion"], found["base_mean"]
    if not (genewise > FIT_FLOOR).any():
        raise _failure("finds no variation beyond that of Poisson counts")
    trend = fit_mean_trend(base_mean, genewise).predict(base_mean)
    residuals = log_residuals(genewise, trend)
    outlier = dispersion_outliers(genewise, trend, log_residual_variance(residuals))
    final = posterior_stage(
        counts, factors, design, found["mean_values"], genewise, trend, outlier,
        linear=True, prior_variance=prior_variance(residuals, len(factors) - 1), n_threads=n_threads,
    )  # fmt: skip
    return final["dispersion"], np.maximum(base_mean[:, None] * factors, MIN_MU)


def iterate(counts: Floats | Integers, dispersion_stage: DispersionStage) -> Floats:
    """Size factors (n_samples,) with geometric mean 1.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
        Genes with at least one count.
    dispersion_stage : callable
        Takes size factors (n_samples,); returns the dispersions (n_genes,) with the trend ``mean`` and design ``~ 1``
        and the means (n_genes, n_samples) of that stage.

    Raises
    ------
    FitError
        E-NORM-006 when the optimizer fails or ten rounds do not suffice.
    """
    values = np.asarray(counts, dtype=np.float64)
    factors = np.ones(values.shape[1])
    for round_number in range(1, MAX_ROUNDS + 1):
        alpha, mu = dispersion_stage(factors)
        log_new = _optimize(values, mu / factors, alpha, log(factors))
        change = float(np.sum((log(factors) - log_new) ** 2))
        factors = exp(log_new)
        if round_number >= MIN_ROUNDS and change < CONVERGED:
            return factors
    raise _failure(f"did not settle in {MAX_ROUNDS} rounds")


def _optimize(counts: Floats, q: Floats, alpha: Floats, start: Floats) -> Floats:
    """Log factors (n_samples,), centered, that maximize the likelihood of means ``q * factor``."""
    from scipy.optimize import minimize

    likelihood = TrimmedLikelihood(counts, q, alpha)
    options = {"maxcor": MEMORY, "ftol": VALUE_TOLERANCE, "gtol": 0.0, "maxiter": MAX_ITERATIONS}
    result = minimize(likelihood.value_and_gradient, start, jac=True, method="L-BFGS-B", options=options)
    if not result.success:
        raise _failure("stopped without an optimum")
    return np.asarray(result.x - np.mean(result.x))


def _failure(what: str) -> FitError:
    return FitError(
        "E-NORM-006",
        f"The iterated estimation of size factors {what}.",
        "Choose --size-factors poscounts, or give the factors in a file.",
    )


class TrimmedLikelihood:
    """Minus the log-likelihood of all samples' log factors, without the worst genes, and its numerical gradient.

    Parameters
    ----------
    counts, q : ndarray, (n_genes, n_samples)
        Counts, and means at factors of 1.
    alpha : ndarray, (n_genes,)
    """

    def __init__(self, counts: Floats, q: Floats, alpha: Floats) -> None:
        self.counts = counts
        self.size = counts + (1.0 / alpha)[:, None]
        scaled = alpha[:, None] * q
        self.share = scaled / (1.0 + scaled)
        self.at_one = log_density_sum(counts, q, alpha)

    def value_and_gradient(self, v: Floats) -> tuple[float, Floats]:
        """Value at the log factors ``v`` (n_samples,), centered here, and central differences of it."""
        n = len(v)
        gradient = np.zeros(n)
        for sign in (1.0, -1.0):
            # Moving one sample moves the center: all others share one shift, so two passes serve every sample.
            centered = v - np.mean(v) - sign * DIFFERENCE_STEP / n
            others = self._terms(centered)
            own = self._terms(centered + sign * DIFFERENCE_STEP)
            total = self.at_one + np.sum(others, axis=1)
            values = np.array([self._trimmed(total + (own[:, j] - others[:, j])) for j in range(n)])
            gradient += sign * values
        value = self._trimmed(self.at_one + np.sum(self._terms(v - np.mean(v)), axis=1))
        return value, gradient / (2 * DIFFERENCE_STEP)

    def _terms(self, log_factors: Floats) -> Floats:
        """Change of the log density from factors of 1, (n_genes, n_samples)."""
        return self.counts * log_factors - self.size * log1p(self.share * expm1(log_factors))

    @staticmethod
    def _trimmed(by_gene: Floats) -> float:
        return -float(np.sum(by_gene[by_gene > quantile7(by_gene, WORST_GENES)]))


def log_density_sum(counts: Floats, mu: Floats, alpha: Floats) -> Floats:
    """Log-likelihood (n_genes,) of counts and means (n_genes, n_samples) at dispersions (n_genes,)."""
    r = (1.0 / alpha)[:, None]
    ratio = alpha[:, None] * mu
    density = log_gamma(counts + r) - log_gamma(r) - log_gamma(counts + 1.0)
    density = density + counts * (log(ratio) - log1p(ratio)) - r * log1p(ratio)
    return np.asarray(np.sum(density, axis=1))
