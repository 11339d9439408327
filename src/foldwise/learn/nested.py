"""Nested cross-validation: what is chosen and estimated in a fold sees only the samples trained on in that fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from foldwise.learn.expression import standardized
from foldwise.learn.folds import grouped_folds
from foldwise.learn.signature import FINAL, GOOD, QUICK, deviance, logistic_path, penalty_path, probability
from foldwise.stats.arrays import Floats, Integers

L1_RATIOS = (0.1, 0.5, 0.9)
N_PENALTIES = 10
# The path ends at a twentieth of the penalty that lets no gene in; beyond it training samples are told apart anyway.
_SPAN = 20.0

# Takes the numbers of training samples and a stream; returns columns for all samples and the gene of each column.
Columns = Callable[[Integers, np.random.SeedSequence], "tuple[Floats, Integers]"]


@dataclass(frozen=True)
class Plan:
    """How often and how finely the data are divided.

    Parameters
    ----------
    n_repeats, n_outer, n_inner : int
        Repeats of the outer division, outer folds, inner folds.
    """

    n_repeats: int = 10
    n_outer: int = 5
    n_inner: int = 5


@dataclass(frozen=True, eq=False)
class FoldFit:
    """One outer fold.

    Parameters
    ----------
    repeat, fold : int
    test : ndarray of int
        Samples held out.
    probability : ndarray, (len(test),)
        Of class 1.
    share : float
        Share of class 1 among the training samples; a sample above it is called class 1.
    genes : ndarray of int
        Genes chosen.
    coefficients : ndarray
        Theirs, per standard deviation.
    penalty, l1_ratio : float
        Chosen by the inner folds.
    n_unsettled : int
        Fits that did not reach their tolerance.
    """

    repeat: int
    fold: int
    test: Integers
    probability: Floats
    share: float
    genes: Integers
    coefficients: Floats
    penalty: float
    l1_ratio: float
    n_unsettled: int


def nested(
    columns: Columns, y: Integers, person: Integers, plan: Plan, stream: np.random.SeedSequence
) -> Iterator[FoldFit]:
    """Yield the outer folds of all repeats, in order.

    On one thread: the steps are so many and so small that several threads wait for each other.

    Parameters
    ----------
    columns : callable
        Makes the columns of all samples from the training samples alone.
    y : ndarray of int, (n_samples,)
        0 and 1.
    person : ndarray of int, (n_samples,)
        Samples of one person stay on one side.
    plan : Plan
    stream : SeedSequence
    """
    for repeat in range(plan.n_repeats):
        folds = grouped_folds(y, person, plan.n_outer, np.random.default_rng(child(stream, repeat)))
        for fold in range(plan.n_outer):
            part = child(stream, repeat, fold)
            yield _outer_fold(columns, y, person, folds, (repeat, fold), plan.n_inner, part)


def child(stream: np.random.SeedSequence, *key: int) -> np.random.SeedSequence:
    """Return the stream of a part, by its numbers and never by the order of making."""
    return np.random.SeedSequence(stream.entropy, spawn_key=(*stream.spawn_key, *key))


def _outer_fold(
    columns: Columns, y: Integers, person: Integers, folds: Integers, which: tuple[int, int], n_inner: int,
    stream: np.random.SeedSequence,
) -> FoldFit:  # fmt: skip
    test, train = np.flatnonzero(folds == which[1]), np.flatnonzero(folds != which[1])
    x, genes = columns(train, child(stream, 0))
    known = y[train].astype(np.float64)
    penalty, l1_ratio, lost = choose_penalty(x[train], y[train], person[train], n_inner, child(stream, 1))
    intercept, coefficients, missed = fit_at(x[train], known, penalty, l1_ratio, GOOD)
    eta = intercept + np.einsum("ij,j->i", x[test], coefficients)
    chosen = np.flatnonzero(coefficients)
    return FoldFit(
        *which, test, probability(eta), float(known.mean()), genes[chosen], coefficients[chosen], penalty, l1_ratio,
        lost + missed,
    )  # fmt: skip


def choose_penalty(
    x: Floats, y: Integers, person: Integers, n_inner: int, stream: np.random.SeedSequence
) -> tuple[float, float, int]:
    """Return the penalty and share of its absolute part with the least deviance in inner folds, and fits unsettled.

    Parameters
    ----------
    x : ndarray, (n_train, n_columns)
        Columns of the training samples; they are scaled anew in each inner fold.
    y, person : ndarray of int, (n_train,)
    n_inner : int
    stream : SeedSequence
    """
    known = y.astype(np.float64)
    paths = [penalty_path(x, known, ratio, N_PENALTIES, _SPAN) for ratio in L1_RATIOS]
    folds = grouped_folds(y, _renumbered(person), n_inner, np.random.default_rng(stream))
    loss, unsettled = np.zeros((len(L1_RATIOS), N_PENALTIES)), 0
    for fold in range(n_inner):
        test, train = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if len(np.unique(y[train])) < 2 or not len(test):  # tiny data of few, uneven persons
            continue
        scaled, _, _ = standardized(x, train)
        for number, (ratio, penalties) in enumerate(zip(L1_RATIOS, paths, strict=True)):
            path = logistic_path(scaled[train], known[train], penalties, ratio, QUICK)
            eta = path.intercepts[:, None] + np.einsum("ij,kj->ki", scaled[test], path.coefficients)
            loss[number] += deviance(eta, known[test]).sum(axis=1)
            unsettled += path.n_unsettled
    # Of equal losses the one with the fewest genes: the largest share, then the largest penalty.
    backwards, step = divmod(int(np.argmin(loss[::-1])), N_PENALTIES)
    number = len(L1_RATIOS) - 1 - backwards
    return float(paths[number][step]), L1_RATIOS[number], unsettled


def fit_at(
    x: Floats, y: Floats, penalty: float, l1_ratio: float, tolerance: float = FINAL
) -> tuple[float, Floats, int]:
    """Return intercept and coefficients at one penalty, reached along the path, and fits unsettled."""
    path = penalty_path(x, y, l1_ratio, N_PENALTIES, _SPAN)
    penalties = np.append(path[path > penalty * (1.0 + 1e-9)], penalty)
    fitted = logistic_path(x, y, penalties, l1_ratio, tolerance)
    return float(fitted.intercepts[-1]), fitted.coefficients[-1], fitted.n_unsettled


def _renumbered(person: Integers) -> Integers:
    return np.asarray(np.unique(person, return_inverse=True)[1], dtype=np.int64)
