"""Self-contained gene set tests in the limit of infinitely many rotations: whether a set has changed at all.

Wu et al. 2010 (Bioinformatics 26:2176); limma specification, section 14.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Booleans, Floats, Integers
from foldwise.stats.elementary import exp, log
from foldwise.stats.gauss_legendre import gauss_legendre
from foldwise.stats.gene_effects import GeneEffects
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.squeeze_var import posterior_variance, squeeze_var
from foldwise.stats.student import t_upper_quantile
from foldwise.stats.tails import f_upper, t_two_sided

# Part of the degrees of freedom that the variance without the largest effect keeps.
KEPT_DF = 0.92
# Quadrature of the expected largest square.
N_NODES = 128
STANDARDIZATIONS = ("posterior", "p2", "residual", "none")


@dataclass(frozen=True, eq=False)
class FryResult:
    """Tests of gene sets, one value per set.

    Parameters
    ----------
    n_genes : ndarray of int, (n_sets,)
    up : ndarray of bool, (n_sets,)
    pvalue, padj : ndarray, (n_sets,)
        For a common direction.
    pvalue_mixed, padj_mixed : ndarray, (n_sets,)
        For any directions.
    """

    n_genes: Integers
    up: Booleans
    pvalue: Floats
    padj: Floats
    pvalue_mixed: Floats
    padj_mixed: Floats


def fry(
    effects: GeneEffects, sets: Sequence[Integers], *, standardize: str = "posterior", robust: bool = False
) -> FryResult:
    """Test sets of genes.

    Parameters
    ----------
    effects : GeneEffects
    sets : sequence of ndarray of int
        Gene numbers of each set.
    standardize : str
        Genes are divided by their moderated standard deviation (``posterior``), by one moderated on its own
        (``p2``), by ``residual`` standard deviations, or not at all (``none``).
    robust : bool
        Robust prior of the variances.

    Raises
    ------
    ValueError
        Unknown ``standardize``.
    """
    rows = _standardized(effects, standardize, robust)
    df = effects.df
    up, p, mixed = np.empty(len(sets), dtype=bool), np.empty(len(sets)), np.empty(len(sets))
    for i, genes in enumerate(sets):
        block = rows[genes]
        mean = np.mean(block, axis=0)
        t = mean[0] / np.sqrt(np.mean(mean[1:] * mean[1:]))
        up[i] = t > 0
        p[i] = t_two_sided(np.array([t]), float(df))[0]
        mixed[i] = _mixed(block) if len(genes) > 1 else p[i]
    sizes = np.array([len(genes) for genes in sets], dtype=np.int64)
    return FryResult(sizes, up, p, benjamini_hochberg(p), mixed, benjamini_hochberg(mixed))


def expected_largest_square(n: int) -> float:
    """Expected largest of n squared standard normal variables."""
    u, weight = gauss_legendre(N_NODES)
    squared = t_upper_quantile(log(0.5 * (1.0 - u)), np.inf) ** 2
    return float(np.sum(weight * n * exp((n - 1) * log(u)) * squared))


def _standardized(effects: GeneEffects, standardize: str, robust: bool) -> Floats:
    """All effects (n_genes, 1 + df), the tested one first, divided by a standard deviation of the gene."""
    if standardize not in STANDARDIZATIONS:
        raise ValueError(f"standardize must be one of {', '.join(STANDARDIZATIONS)}, not {standardize!r}")
    rows = np.column_stack([effects.tested, effects.residual])
    if standardize == "none":
        return rows
    df = float(effects.df)
    squares = rows * rows
    n = rows.shape[1]
    # Without the largest effect, so that the tested one does not hide itself.
    variance = (np.sum(squares, axis=1) - np.max(squares, axis=1)) / (n - expected_largest_square(n))
    if standardize == "posterior":
        prior = squeeze_var(effects.variances, df, robust=robust)
        variance = posterior_variance(variance, np.full(len(rows), KEPT_DF * df), prior.prior, prior.df_prior)
    elif standardize == "p2":
        variance = squeeze_var(variance, KEPT_DF * df, robust=robust).posterior
    return np.asarray(rows / np.sqrt(variance)[:, None])


def _mixed(block: Floats) -> float:
    """P-value of the squared tested effects among all rotations, by a beta distribution of two equal moments.

    Singular values come from LAPACK: their last digits may differ between processors.
    """
    a = np.linalg.svd(block, compute_uv=False) ** 2
    d = len(a)
    least, span = float(a[-1]), float(a[0] - a[-1])
    share = min(max((float(np.sum(block[:, 0] ** 2)) - least) / span, 0.0), 1.0)
    mean = (float(np.sum(a)) / d - least) / span
    unit = (d - 1) / (d * d * (d / 2 + 1))
    total = float(np.sum(a))
    squares = float(np.sum(a * a))
    # Covariance of the squared coordinates of a point on the sphere: unit on the diagonal, -unit / (d - 1) beside it.
    variance = unit * (squares - (total * total - squares) / (d - 1)) / (span * span)
    size = mean * (1.0 - mean) / variance - 1.0
    alpha, beta = mean * size, (1.0 - mean) * size
    if share >= 1.0:
        return 0.0
    # Beta(alpha, beta) beyond `share` is F(2 alpha, 2 beta) beyond the ratio of the means.
    ratio = share / (1.0 - share) * beta / alpha
    return float(f_upper(np.array([ratio]), 2.0 * alpha, 2.0 * beta)[0])
