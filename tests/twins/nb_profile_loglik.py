"""NumPy twin of the kernel `nb_profile_loglik`: the Cox-Reid adjusted profile likelihood of ln alpha, and its slope."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from tests.twins.counts_input import dense
from tests.twins.elementwise import lgamma_r

# Samples below this weight, and columns that they alone fill, do not enter the Cox-Reid term; the others enter in full.
WEIGHT_IN_DESIGN = 1e-2


def nb_profile_loglik(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    mean: np.ndarray,
    link: str,
    min_mu: float,
    grid: np.ndarray,
    prior_mean: np.ndarray | None,
    prior_variance: float,
    weights: np.ndarray | None,
    form: int,
    n_threads: int = 1,
) -> np.ndarray:
    """Value of each gene at the points of ``grid`` (n_grid,) or (n_genes, n_grid) of ln alpha.

    Other parameters as in `genes_of`; ``form`` 2 sums differences of R's own lgamma in the order of the samples.
    """
    genes = genes_of(counts, factors, design, mean, link, min_mu, prior_mean, prior_variance, weights)
    points = np.broadcast_to(grid, (len(genes), grid.shape[-1]))
    in_r_form = form == 2 or weights is not None
    return np.array([[gene.value(a, in_r_form) for a in row] for gene, row in zip(genes, points, strict=True)]).reshape(
        points.shape
    )


class Gene:
    """One gene as a function of a = ln alpha (DESeq2 specification, section 4.3; Cox and Reid 1987)."""

    def __init__(
        self, y: np.ndarray, mu: np.ndarray, design: np.ndarray, weights: np.ndarray | None, prior: tuple[float, float]
    ) -> None:
        self.y, self.mu, self.prior = y, mu, prior
        self.weights = np.ones(len(y)) if weights is None else weights
        self.used = self.weights > WEIGHT_IN_DESIGN
        self.design = design if weights is None else design[:, np.any(design[self.used] != 0, axis=0)]

    def gram(self, w: np.ndarray) -> np.ndarray:
        """X' diag(w) X."""
        return self.design.T @ ((self.used * w)[:, None] * self.design)

    def value(self, a: float, in_r_form: bool = False) -> float:
        """Log likelihood + Cox-Reid term + log prior; terms free of alpha that involve only the counts are left out."""
        alpha = np.exp(a)
        r = 1.0 / alpha
        lgamma = lgamma_r if in_r_form else special.gammaln
        grown = np.log(1.0 + self.mu * alpha) if in_r_form else np.log1p(self.mu * alpha)
        terms = lgamma(self.y + r) - lgamma(np.asarray(r)) - self.y * np.log(self.mu + r) - r * grown
        likelihood = np.add.accumulate(self.weights * terms)[-1]  # in the order of the samples
        adjustment = -0.5 * np.linalg.slogdet(self.gram(1.0 / (1.0 / self.mu + alpha)))[1]
        center, variance = self.prior
        return float((likelihood - (a - center) ** 2 / (2 * variance)) + adjustment)

    def slope(self, a: float) -> float:
        """Derivative of the value."""
        alpha = np.exp(a)
        r, mu = 1.0 / alpha, self.mu
        terms = special.psi(r) + np.log1p(mu * alpha) - mu * alpha / (1 + mu * alpha)
        terms = terms - special.psi(self.y + r) + self.y / (mu + r)
        w = 1.0 / (1.0 / mu + alpha)
        adjustment = 0.5 * np.trace(np.linalg.solve(self.gram(w), self.gram(w * w)))
        center, variance = self.prior
        return float((np.sum(self.weights * terms) * r * r + adjustment) * alpha - (a - center) / variance)


def genes_of(
    counts: Any,
    factors: np.ndarray,
    design: np.ndarray,
    mean: np.ndarray,
    link: str,
    min_mu: float,
    prior_mean: np.ndarray | None,
    prior_variance: float,
    weights: np.ndarray | None,
) -> list[Gene]:
    """Make the genes of a call.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    factors : ndarray, (n_samples,) or (n_genes, n_samples)
    design : ndarray, (n_samples, p)
    mean, link : ndarray, str
        ``linear`` mu = F X b, ``log`` mu = F exp(X b) with b (n_genes, p), or ``matrix`` mu itself.
    min_mu : float
        Floor of the mean.
    prior_mean, prior_variance : ndarray (n_genes,) or None, float
        Normal prior of ln alpha.
    weights : ndarray (n_genes, n_samples) or None
    """
    y = dense(counts)
    scale = np.broadcast_to(factors, y.shape)
    mu = {"linear": _linear, "log": _log, "matrix": _matrix}[link](mean, design, scale)
    mu = np.maximum(mu, min_mu)
    priors = [(0.0, np.inf)] * len(y) if prior_mean is None else [(float(m), prior_variance) for m in prior_mean]
    rows: Any = [None] * len(y) if weights is None else weights
    return [Gene(y[i], mu[i], design, rows[i], priors[i]) for i in range(len(y))]


def _linear(beta: np.ndarray, design: np.ndarray, factors: np.ndarray) -> np.ndarray:
    return (beta @ design.T) * factors


def _log(beta: np.ndarray, design: np.ndarray, factors: np.ndarray) -> np.ndarray:
    return factors * np.exp(beta @ design.T)


def _matrix(mu: np.ndarray, design: np.ndarray, factors: np.ndarray) -> np.ndarray:
    return mu
