"""Hidden factors: what many genes share beside the design, and how far it goes along with what is tested.

Wang, Zhao, Hastie and Owen 2017 (Confounder adjustment in multiple hypothesis testing, arXiv 1508.04178): factors from
the part of the data that the design leaves, their share along the tested direction by a robust regression over genes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.learn.huber import huber
from foldwise.learn.rotation import Rotation
from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.leading_eigen import leading_eigen

# A gene whose residuals are below this part of its values has none but rounding errors.
NO_RESIDUAL = 1e-20


@dataclass(frozen=True, eq=False)
class Residuals:
    """Values of genes beside the design, of the genes that vary there.

    Parameters
    ----------
    rest : ndarray, (n_genes, n_samples)
        Values minus their fit by the whole design.
    effects : ndarray, (n_genes, m)
        Values along the tested directions.
    squares : ndarray, (n_genes,)
        Sum of squares of ``rest``.
    rows : ndarray of int, (n_genes,)
        Numbers of these genes among those given.
    """

    rest: Floats
    effects: Floats
    squares: Floats
    rows: np.ndarray


def residuals(values: Floats, split: Rotation) -> Residuals:
    """Take the design out of log values (n_genes, n_samples); genes without a residual are left out."""
    columns = np.ascontiguousarray(split.fitted.T)
    rest = values - np.einsum("gp,pn->gn", _along(values, columns), columns)
    squares = np.einsum("gn,gn->g", rest, rest)
    rows = np.flatnonzero(squares > NO_RESIDUAL * np.einsum("gn,gn->g", values, values))
    kept = rest if len(rows) == len(rest) else np.ascontiguousarray(rest[rows])
    effects = _along(np.ascontiguousarray(values[rows]), np.ascontiguousarray(split.tested.T))
    return Residuals(kept, effects, squares[rows], rows)


def with_direction(found: Residuals, direction: Floats) -> Residuals:
    """Residuals beside the design and one further direction, which is the one tested.

    Parameters
    ----------
    found : Residuals
    direction : ndarray, (n_samples,)
        A unit vector orthogonal to the design of ``found``. ``rest`` is shared and still holds it: factors and loadings
        are orthogonal to it, and `principal_factors` takes it out.
    """
    effects = np.einsum("gn,n->g", found.rest, direction)[:, None]
    squares = np.maximum(found.squares - effects[:, 0] ** 2, np.finfo(float).tiny)
    return Residuals(found.rest, effects, squares, found.rows)


@dataclass(frozen=True, eq=False)
class PrincipalFactors:
    """Leading factors of residuals and the loadings of the genes.

    Parameters
    ----------
    factors : ndarray, (n_samples, k)
        Orthogonal to the design and to each other, each of squared length ``df``.
    loadings : ndarray, (n_genes, k)
    variances : ndarray, (df,)
        Variance along each direction, of genes scaled to variance 1, as a share of all; in descending order.
    df : int
        Residual degrees of freedom.
    """

    factors: Floats
    loadings: Floats
    variances: Floats
    df: int


def principal_factors(found: Residuals, df: int, k: int, direction: Floats | None = None) -> PrincipalFactors:
    """Leading ``k`` factors of genes scaled to equal variance.

    Parameters
    ----------
    found : Residuals
    df : int
        Residual degrees of freedom of the design (and of ``direction``).
    k : int
        Fewer than ``df``.
    direction : ndarray, (n_samples,), optional
        Of `with_direction`.
    """
    scaled = found.rest / np.sqrt(found.squares)[:, None]
    gram = np.einsum("gi,gj->ij", scaled, scaled)
    if direction is not None:
        along = np.einsum("ij,j->i", gram, direction)
        total = float(np.sum(direction * along))
        gram = gram - direction[:, None] * along - along[:, None] * direction + total * np.outer(direction, direction)
    values, vectors = leading_eigen(gram, k)
    if direction is not None:
        vectors = vectors - direction[:, None] * np.einsum("i,ij->j", direction, vectors)
    factors = vectors * np.sqrt(df)
    loadings = _along(found.rest, np.ascontiguousarray(factors.T)) / df
    variances = np.maximum(values[:df], 0.0)
    return PrincipalFactors(factors, loadings, variances / max(float(variances.sum()), np.finfo(float).tiny), df)


@dataclass(frozen=True, eq=False)
class Adjustment:
    """The first ``k`` factors and their share along each tested direction.

    Parameters
    ----------
    shares : ndarray, (m, k)
        How much of each factor lies along each tested direction.
    loadings : ndarray, (n_genes, k)
    sigma : ndarray, (n_genes,)
        Residual standard deviation beside design and factors.
    df : int
        Residual degrees of freedom of the design, factors not subtracted.
    """

    shares: Floats
    loadings: Floats
    sigma: Floats
    df: int


def adjust(
    found: Residuals, leading: PrincipalFactors, k: int, controls: Booleans | None = None, start: Floats | None = None
) -> Adjustment:
    """Estimate the share of the first ``k`` factors along the tested directions.

    Parameters
    ----------
    found : Residuals
    leading : PrincipalFactors
        At least ``k``.
    k : int
    controls : ndarray of bool, (n_genes,), optional
        Genes that the tested directions do not change; only they are looked at.
    start : ndarray, (m, k - 1 or k), optional
        Shares to start from.
    """
    loadings = np.ascontiguousarray(leading.loadings[:, :k])
    explained = leading.df * np.einsum("gk,gk->g", loadings, loadings)
    # Never below rounding: a gene that the factors explain wholly would weigh infinitely.
    left = np.maximum(found.squares - explained, 1e-12 * found.squares)
    sigma = np.sqrt(left / (leading.df - k))
    scaled, effects = loadings / sigma[:, None], found.effects / sigma[:, None]
    if controls is not None:
        scaled, effects = scaled[controls], effects[controls]
    shares = [
        huber(scaled, np.ascontiguousarray(effects[:, j]), None if start is None else _padded(start[j], k))
        for j in range(effects.shape[1])
    ]
    return Adjustment(np.stack(shares), loadings, sigma, leading.df)


def factor_columns(split: Rotation, leading: PrincipalFactors, adjustment: Adjustment) -> Floats:
    """Columns (n_samples, k) to append to the design: the factors, with their shares along the tested directions."""
    k = adjustment.shares.shape[1]
    gram = np.einsum("ni,nj->ij", split.tested, split.tested)
    along = np.einsum("ni,ij->nj", split.tested, np.linalg.solve(gram, adjustment.shares))
    return np.ascontiguousarray(along + leading.factors[:, :k])


def t_statistics(found: Residuals, adjustment: Adjustment) -> Floats:
    """t of ordinary least squares with the factors in the design, (n_genes, m); degrees of freedom ``df - k``.

    ``(y - g'a) / (s sqrt(1 + |a|^2 / df))``: what fitting all genes again on design and factors gives.
    """
    effects = found.effects - np.einsum("gk,mk->gm", adjustment.loadings, adjustment.shares)
    longer = np.sqrt(1.0 + np.einsum("mk,mk->m", adjustment.shares, adjustment.shares) / adjustment.df)
    return np.asarray(effects / adjustment.sigma[:, None] / longer[None, :])


def _along(values: Floats, columns: Floats) -> Floats:
    """Products (n_genes, p) of genes (n_genes, n_samples) with columns (p, n_samples), in a fixed order."""
    if len(columns) == 0:
        return np.zeros((len(values), 0))
    return np.asarray(_kernels.project_rows(np.ascontiguousarray(values), columns)["projected"])


def _padded(start: Floats, k: int) -> Floats:
    return np.concatenate([start, np.zeros(k - len(start))])
