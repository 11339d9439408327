"""Means and sums of squares of groups of samples, gene by gene, and what a one-way design says about its groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.design_algebra import design_cells
from foldwise.stats.householder import projection

# Weights of group means are small fractions made from 0s and 1s; what is left of others is rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class GroupMoments:
    """Moments of each group of samples.

    Parameters
    ----------
    mean, squares : ndarray, (n_genes, n_groups)
        Mean, and sum of squared deviations from it.
    sizes : ndarray of int, (n_groups,)
        Samples of each group.
    """

    mean: Floats
    squares: Floats
    sizes: Integers


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of a one-way design (one coefficient per group, however coded).

    Parameters
    ----------
    codes : ndarray of int, (n_samples,)
        Group of each sample.
    sizes : ndarray of int, (n_groups,)
    from_coefficients : ndarray, (n_groups, n_coefficients)
        Mean of each group as a sum of coefficients: the distinct rows of the design.
    to_coefficients : ndarray, (n_coefficients, n_groups)
        Its inverse.
    """

    codes: Integers
    sizes: Integers
    from_coefficients: Floats
    to_coefficients: Floats

    def coefficients(self, mean: Floats) -> Floats:
        """Coefficients (n_genes, n_coefficients) from group means (n_genes, n_groups)."""
        total = np.zeros((len(mean), len(self.to_coefficients)))
        for k in range(mean.shape[1]):
            total += mean[:, [k]] * self.to_coefficients[:, k]
        return total

    def weights(self, contrast: Floats) -> Floats:
        """Weights (n_groups,) of the group means in ``contrast`` (n_coefficients,)."""
        return _without_rounding(np.sum(contrast[:, None] * self.to_coefficients, axis=0))


def one_way_groups(design: Floats) -> Groups | None:
    """Groups of a design (n_samples, p) whose distinct rows are as many as its coefficients; None of any other.

    Then the fitted means are the group means: a covariate, or a factor added to another, makes more rows than that.
    """
    codes, sizes = design_cells(design)
    if len(sizes) != design.shape[1]:
        return None
    rows = np.stack([design[np.flatnonzero(codes == k)[0]] for k in range(len(sizes))])
    return Groups(
        np.asarray(codes, dtype=np.int64), np.asarray(sizes, dtype=np.int64), rows, _without_rounding(projection(rows))
    )


def _without_rounding(weights: Floats) -> Floats:
    """Weights that are whole but for rounding, as whole numbers; what is nothing beside the largest, as 0."""
    whole = np.round(weights)
    near = np.abs(weights - whole) <= ROUNDING * np.maximum(1.0, np.abs(whole))
    nothing = np.abs(weights) <= ROUNDING * np.max(np.abs(weights))
    large = np.max(np.abs(weights)) >= 0.5  # else all of them would be "nearly 0"
    return np.asarray(np.where(nothing, 0.0, np.where(near & large, whole, weights)))


def group_moments(values: Floats, codes: Integers, n_threads: int = 1) -> GroupMoments:
    """Moments of groups.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
        Finite.
    codes : ndarray of int, (n_samples,)
        Group of each sample from 0 without a gap; -1 for samples left out.
    """
    codes = np.ascontiguousarray(codes, dtype=np.int32)
    found = _kernels.group_moments(np.ascontiguousarray(values, dtype=np.float64), codes, n_threads)
    sizes = np.bincount(codes[codes >= 0], minlength=found["mean"].shape[1])
    return GroupMoments(found["mean"], found["squares"], sizes)


def coefficient_covariance(moments: GroupMoments, groups: Groups, equal_var: bool) -> Floats:
    """Covariance of the coefficients (n_genes, p (p + 1) / 2), packed by rows of the lower triangle.

    With ``equal_var`` from one variance of all groups, else from each group's own (NaN where it has one sample).
    """
    n = moments.sizes.astype(np.float64)
    if equal_var:
        pooled = np.zeros(len(moments.mean))
        for k in range(len(n)):
            pooled += moments.squares[:, k]
        of_mean = (pooled / np.sum(n - 1))[:, None] / n
    else:
        of_mean = np.full(moments.squares.shape, np.nan)
        np.divide(moments.squares, n * (n - 1), out=of_mean, where=n > 1)
    a = groups.to_coefficients
    pairs = [(i, j) for i in range(len(a)) for j in range(i + 1)]
    return np.stack([_weighted(of_mean, a[i] * a[j]) for i, j in pairs], axis=1)


def _weighted(columns: Floats, weights: Floats) -> Floats:
    """Sum over columns of (n, k) times weights (k,), in order; columns of weight 0 take no part."""
    total = np.zeros(len(columns))
    for k in np.flatnonzero(weights):
        total += columns[:, k] * weights[k]
    return total
