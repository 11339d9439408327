"""Independent hypothesis weighting: p-values weighted by a covariate that says how much power a test has.

Ignatiadis, Klaus, Zaugg and Huber 2016 (Nature Methods 13:577); Ignatiadis and Huber 2021 (JRSS B 83:720), the folds.
Per stratum of the covariate the distribution of p-values is estimated by Grenander's concave majorant; a linear program
finds the thresholds with the most discoveries at the wanted false discovery rate (limma specification, section 16).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.multiple_testing import benjamini_hochberg

# Tests per stratum, and the most strata.
TESTS_PER_BIN = 1500
MAX_BINS = 40
N_FOLDS = 5
# P-values below are taken as 0 in the estimated distribution.
NO_P = 1e-20
INFINITE = float("inf")
# Knots x and y of a concave curve, and the slope right of each, (n_knots,) each.
Lines = tuple[Floats, Floats, Floats]
# Lines of the program steeper than this are scaled down to it: solvers refuse coefficients beyond 1e15.
STEEP = 1e6
# The finest that HiGHS takes.
TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class Weighting:
    """Weights and weighted, adjusted p-values.

    Parameters
    ----------
    padj : ndarray, (n,)
        NaN where the p-value or the covariate is missing.
    weight : ndarray, (n,)
        Mean 1 over the tests of a fold.
    group, fold : ndarray of int, (n,)
        Stratum of the covariate and fold, from 0; -1 where missing.
    fold_weights : ndarray, (n_folds, n_bins)
    regularization : tuple of float
        Lambda of each fold: 0 for equal weights, infinite for free ones.
    """

    padj: Floats
    weight: Floats
    group: Integers
    fold: Integers
    fold_weights: Floats
    regularization: tuple[float, ...]


def number_of_bins(n: int) -> int:
    """Strata for ``n`` tests; with one of them the weights are all 1."""
    return max(1, min(MAX_BINS, n // TESTS_PER_BIN))


def strata(covariate: Floats, n_bins: int) -> Integers:
    """Stratum of each test (n,), from 0: equally many in each, equal values (mid-rank) together."""
    ordered = np.sort(covariate)
    below = np.searchsorted(ordered, covariate, side="left")
    rank = 0.5 * (below + np.searchsorted(ordered, covariate, side="right") + 1)
    return np.asarray(np.ceil(rank / len(covariate) * n_bins).astype(np.int64) - 1)


def folds_of(p: Floats, covariate: Floats, n_folds: int, seed: int) -> Integers:
    """Fold of each test (n,): random, and the same for equal tests and for any order of the tests."""
    pairs, number = np.unique(np.column_stack([p, covariate]), axis=0, return_inverse=True)
    drawn = np.random.PCG64(seed).random_raw(len(pairs)) % np.uint64(n_folds)
    return np.asarray(drawn.astype(np.int64)[number.reshape(-1)])


def ihw(
    p: Floats,
    covariate: Floats,
    alpha: float = 0.1,
    *,
    n_bins: int | None = None,
    n_folds: int = N_FOLDS,
    regularization: tuple[float, ...] | None = None,
    seed: int = 1,
    group: Integers | None = None,
    fold: Integers | None = None,
) -> Weighting:
    """Weight p-values by strata of a covariate and adjust them (Benjamini-Hochberg).

    Parameters
    ----------
    p, covariate : ndarray, (n,)
        The covariate must be independent of p under the null hypothesis (such as the mean count). NaN where missing.
    alpha : float
        False discovery rate at which discoveries are counted.
    n_bins : int, optional
        Strata; default `number_of_bins`.
    n_folds : int
        The weights of a fold come from the others. 1: from the tests themselves, deterministic, and slightly too
        optimistic.
    regularization : tuple of float, optional
        Largest total variation of the weights over neighboring strata that is tried (0: equal weights, infinite:
        free); of several the one with the most discoveries, found inside the other folds. Default 0, 1, and an
        eighth, a quarter, half and all of the number of strata, and infinity; infinity alone with one fold.
    seed : int
        Of the folds.
    group, fold : ndarray of int (n,), optional
        Given strata and folds, from 0; those where p or covariate is missing are not looked at.
    """
    present = np.flatnonzero(~(np.isnan(p) | np.isnan(covariate)))
    padj, weight = np.full(len(p), np.nan), np.full(len(p), np.nan)
    all_groups, all_folds = np.full(len(p), -1), np.full(len(p), -1)
    if not len(present):
        return Weighting(padj, weight, all_groups, all_folds, np.ones((n_folds, 1)), (0.0,) * n_folds)
    p, covariate = p[present], covariate[present]
    bins = n_bins or (int(group[present].max()) + 1 if group is not None else number_of_bins(len(p)))
    group = strata(covariate, bins) if group is None else group[present]
    if bins == 1:
        regularization = (0.0,)
    elif regularization is None:
        some = (0.0, 1.0, bins / 8, bins / 4, bins / 2, float(bins), INFINITE)
        regularization = some if n_folds > 1 else (INFINITE,)
    fold = folds_of(p, covariate, n_folds, seed) if fold is None else fold[present]
    fold_weights, chosen = np.ones((n_folds, bins)), []
    for k in range(n_folds):
        others = fold != k if n_folds > 1 else np.ones(len(p), dtype=bool)
        best = regularization[0]
        if len(regularization) > 1:
            inner = folds_of(p[others], covariate[others], n_folds, seed + 1)
            best = _choose(p[others], group[others], inner, alpha, bins, regularization)
        chosen.append(best)
        lines = _majorants(p[others], group[others], bins)
        fold_weights[k] = bin_weights(lines, _counts(group[fold == k], bins), alpha, best)
    weight[present] = fold_weights[fold, group]
    padj[present] = benjamini_hochberg(weighted(p, weight[present]))
    all_groups[present], all_folds[present] = group, fold
    return Weighting(padj, weight, all_groups, all_folds, fold_weights, tuple(chosen))


def weighted(p: Floats, weight: Floats) -> Floats:
    """P-values over their weights, at most 1; a weight of 0 gives 1 unless p is 0."""
    quotient = np.ones(len(p))
    np.divide(p, weight, out=quotient, where=weight > 0)
    return np.where(p == 0, 0.0, np.minimum(quotient, 1.0))


def bin_weights(lines: list[Lines], held_out: Integers, alpha: float, regularization: float) -> Floats:
    """Weight of each stratum (n_bins,) for tests of which ``held_out`` (n_bins,) lie in each.

    ``lines`` are the `concave_majorant` of each stratum, from other tests.
    """
    bins, total = len(held_out), int(np.sum(held_out))
    if regularization == 0 or total == 0:
        return np.ones(bins)
    thresholds = _thresholds(lines, held_out, alpha, regularization)
    budget = float(np.sum(held_out * thresholds))
    return np.asarray(thresholds * total / budget) if budget > 0 else np.ones(bins)


def concave_majorant(p: Floats) -> Lines:
    """Least concave majorant of the empirical distribution of p (n,): knots x, y and slope of the piece right of each.

    An empty stratum has the uniform distribution.
    """
    x, count = np.unique(np.where(p <= NO_P, 0.0, p), return_counts=True)
    y = np.cumsum(count) / max(len(p), 1)
    if not len(x) or x[0] > 0:
        x, y = np.concatenate(([0.0], x)), np.concatenate(([0.0], y))
    if x[-1] < 1:
        x, y = np.concatenate((x, [1.0])), np.concatenate((y, [1.0]))
    kept: list[int] = []
    for k in range(len(x)):
        while len(kept) > 1 and (y[kept[-1]] - y[kept[-2]]) * (x[k] - x[kept[-2]]) <= (y[k] - y[kept[-2]]) * (
            x[kept[-1]] - x[kept[-2]]
        ):
            kept.pop()
        kept.append(k)
    knots_x, knots_y = x[kept], y[kept]
    if len(kept) == 1:  # all p-values are 0
        return knots_x, knots_y, np.zeros(1)
    return knots_x[:-1], knots_y[:-1], np.diff(knots_y) / np.diff(knots_x)


def _thresholds(lines: list[Lines], held_out: Integers, alpha: float, regularization: float) -> Floats:
    """P-value thresholds (n_bins,) with the most expected discoveries: a linear program in heights and thresholds."""
    from scipy.optimize import linprog

    bins, share = len(lines), held_out / np.sum(held_out)
    smooth = np.isfinite(regularization)
    n_variables = 2 * bins + (bins - 1 if smooth else 0)
    rows, limits = [], []
    for g, (x, y, slope) in enumerate(lines):
        block = np.zeros((len(x), n_variables))
        scale = np.maximum(1.0, slope / STEEP)
        block[:, g], block[:, bins + g] = 1.0 / scale, -slope / scale  # below every line of the majorant
        rows.append(block)
        limits.append((y - slope * x) / scale)
    rate = np.zeros((1, n_variables))
    rate[0, :bins], rate[0, bins : 2 * bins] = -alpha * share, share  # expected false discoveries over all
    rows.append(rate)
    limits.append(np.zeros(1))
    if smooth:
        for sign in (1.0, -1.0):
            change = np.zeros((bins - 1, n_variables))
            k = np.arange(bins - 1)
            change[k, bins + k + 1], change[k, bins + k], change[k, 2 * bins + k] = sign, -sign, -1.0
            rows.append(change)
            limits.append(np.zeros(bins - 1))
        variation = np.zeros((1, n_variables))
        variation[0, 2 * bins :], variation[0, bins : 2 * bins] = 1.0, -regularization * share
        rows.append(variation)
        limits.append(np.zeros(1))
    objective = np.zeros(n_variables)
    objective[:bins] = -share * bins
    found = linprog(
        objective,
        np.vstack(rows),
        np.concatenate(limits),
        bounds=(0, None),
        method="highs-ds",
        options={"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
    )
    if found.x is None:
        return np.zeros(bins)  # no solution: equal weights
    return np.asarray(found.x[bins : 2 * bins])


def _choose(
    p: Floats, group: Integers, fold: Integers, alpha: float, bins: int, regularization: tuple[float, ...]
) -> float:
    """The regularization with the most discoveries among these tests, by folds of their own; the first of equals."""
    n_folds = int(fold.max()) + 1
    parts = [
        (_majorants(p[fold != k], group[fold != k], bins), _counts(group[fold == k], bins)) for k in range(n_folds)
    ]
    found = []
    for each in regularization:
        weights = np.stack([bin_weights(lines, held_out, alpha, each) for lines, held_out in parts])
        found.append(int(np.sum(benjamini_hochberg(weighted(p, weights[fold, group])) <= alpha)))
    return regularization[int(np.argmax(found))]


def _majorants(p: Floats, group: Integers, bins: int) -> list[Lines]:
    return [concave_majorant(p[group == g]) for g in range(bins)]


def _counts(group: Integers, bins: int) -> Integers:
    return np.bincount(group, minlength=bins).astype(np.int64)
