"""Genes, designs and arguments that the kernel tests share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats import dispersion_search as policy
from foldwise.stats.householder import projection

# The order of these arguments is that of the kernels.
SEARCH = (
    *policy.LOG_BOUNDS, policy.STOP_BELOW, policy.KAPPA, policy.ARMIJO, policy.TOLERANCE, policy.GATE,
    policy.MAX_ITERATIONS,
)  # fmt: skip
LOG_LOW, LOG_HIGH = np.log(1e-8), np.log(10.0)


def design_of(kind: str, n: int, p: int, seed: int = 3) -> np.ndarray:
    """``groups``: p cells (each row one of p); ``covariates``: a group and p - 2 real columns; p = 1: ones."""
    rng = np.random.default_rng(seed)
    columns = [np.ones(n)]
    if kind == "groups":
        columns += [(np.arange(n) % p == k).astype(float) for k in range(1, p)]
    elif p > 1:
        columns += [np.arange(n) % 2.0, *rng.normal(size=(p - 2, n))]
    return np.ascontiguousarray(np.column_stack(columns))


@dataclass(frozen=True, eq=False)
class Genes:
    """A set of genes under one design, with everything that the kernels ask for."""

    counts: Any
    factors: np.ndarray
    design: np.ndarray
    beta: np.ndarray
    alpha: np.ndarray
    weights: np.ndarray | None = None
    prior_mean: np.ndarray | None = None
    prior_variance: float = 0.0
    min_mu: float = 0.5

    def search(self, kernel: Any = None, mode: int = 0, start: np.ndarray | None = None, **named: Any) -> Any:
        """Run a dispersion search with the constants of the method."""
        start = np.log(np.clip(self.alpha * 1.7, 1e-8, 10)) if start is None else start
        return (kernel or _kernels.nb_dispersion_search)(
            self.counts, self.factors, self.design, self.beta, "log", self.min_mu, start, self.prior_mean,
            self.prior_variance, self.weights, *SEARCH, mode, LOG_LOW, LOG_HIGH, **named,
        )  # fmt: skip

    def profile(self, grid: np.ndarray, kernel: Any = None, form: int = 0, **named: Any) -> Any:
        """Values on a grid of ln alpha."""
        return (kernel or _kernels.nb_profile_loglik)(
            self.counts, self.factors, self.design, self.beta, "log", self.min_mu, grid, self.prior_mean,
            self.prior_variance, self.weights, form, **named,
        )  # fmt: skip

    def irls(self, kernel: Any = None, start: np.ndarray | None = None, **named: Any) -> Any:
        """Fit the coefficients with the constants of the method."""
        return (kernel or _kernels.nb_irls)(
            self.counts, self.factors, self.design, self.alpha, start,
            projection(self.design) if start is None else None, np.full(self.design.shape[1], 2e-6), self.weights,
            self.min_mu, 1e-8, 30.0, 100, return_mu=True, return_hat=True, **named,
        )  # fmt: skip

    def slopes(self, a: np.ndarray, mode: int = 0, step: float = 1.0) -> np.ndarray:
        """Derivative of the objective at ``a``: one step that is always accepted ends at a + step * slope."""
        wide = (-1e6, 1e6, -1e9, step, -1e300, 1e-6, 1e-6, 1)
        moved = _kernels.nb_dispersion_search(
            self.counts, self.factors, self.design, self.beta, "log", self.min_mu, a, self.prior_mean,
            self.prior_variance, self.weights, *wide, mode, LOG_LOW, LOG_HIGH,
        )  # fmt: skip
        return (moved["log_alpha"] - a) / step

    def rows(self, pick: Any) -> Genes:
        """Some of the genes."""
        return replace(
            self,
            counts=np.ascontiguousarray(self.counts[pick]),
            factors=np.ascontiguousarray(self.factors[pick]) if self.factors.ndim == 2 else self.factors,
            beta=np.ascontiguousarray(self.beta[pick]),
            alpha=np.ascontiguousarray(self.alpha[pick]),
            weights=None if self.weights is None else np.ascontiguousarray(self.weights[pick]),
            prior_mean=None if self.prior_mean is None else np.ascontiguousarray(self.prior_mean[pick]),
        )


def genes(
    n: int, p: int, kind: str = "groups", n_genes: int = 60, seed: int = 0, *,
    per_gene: bool = False, weighted: bool = False, prior: bool = False,
) -> Genes:  # fmt: skip
    """Draw genes of means 1 to 3,000 and dispersions 0.02 to 2 (natural-log coefficients ``beta`` near the truth)."""
    rng = np.random.default_rng(1000 * n + 10 * p + seed)
    design = design_of(kind, n, p)
    factors = rng.uniform(0.5, 2.0, n)
    beta = np.column_stack([rng.uniform(0, 8, n_genes), *rng.normal(0, 0.4, (p - 1, n_genes))])
    alpha = np.exp(rng.uniform(np.log(0.02), np.log(2.0), n_genes))
    if per_gene:
        factors = np.ascontiguousarray(factors * rng.uniform(0.7, 1.4, (n_genes, n)))
    mu = factors * np.exp(beta @ design.T)
    counts = rng.negative_binomial(1 / alpha[:, None], 1 / (1 + alpha[:, None] * mu)).astype(np.int32)
    counts[~counts.any(axis=1), 0] = 1
    return Genes(
        counts, factors, design, np.ascontiguousarray(beta), alpha,
        weights=rng.uniform(0.05, 1.0, counts.shape) if weighted else None,
        prior_mean=np.log(alpha) + rng.normal(0, 0.5, n_genes) if prior else None,
        prior_variance=0.7 if prior else 0.0,
    )  # fmt: skip


def csr(counts: np.ndarray) -> tuple[Any, ...]:
    """The tuple form of sparse counts."""
    rows, columns = np.nonzero(counts)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(counts)))]).astype(np.int64)
    return counts[rows, columns], columns.astype(np.int32), indptr, counts.shape[1]
