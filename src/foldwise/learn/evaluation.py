"""A signature judged: nested cross-validation, permutations, baselines; and the model fitted to all samples at last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from foldwise.learn import scores
from foldwise.learn.expression import N_VARIABLE, prepare, standardized
from foldwise.learn.folds import permuted_by_person
from foldwise.learn.nested import Columns, FoldFit, Plan, child, choose_penalty, fit_at, nested
from foldwise.learn.signature import solver
from foldwise.learn.technical import technical_covariates
from foldwise.stats.arrays import Floats, Integers

# Parts of the stream of randomness; numbers are part of the results and never change.
_FOLDS, _PERMUTED, _BOOTSTRAP, _FINAL = 0, 1, 2, 3

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """How a signature is judged.

    Parameters
    ----------
    plan : Plan
        Of the nested cross-validation.
    n_permutations : int
        Times that labels are permuted and everything is done again; 0 for none.
    n_permuted_repeats : int
        Repeats of each of these, at most those of the plan; the real score is then taken from as many.
    n_variable : int
        Most variable genes kept in each fold.
    """

    plan: Plan = field(default_factory=Plan)
    n_permutations: int = 200
    n_permuted_repeats: int = 2
    n_variable: int = N_VARIABLE


@dataclass(frozen=True, eq=False)
class Judged:
    """Score of one kind of columns.

    Parameters
    ----------
    held : Held
    area : float
    interval : tuple of float
    balanced_accuracy, brier : float
    """

    held: scores.Held
    area: float
    interval: tuple[float, float]
    balanced_accuracy: float
    brier: float


@dataclass(frozen=True, eq=False)
class Stability:
    """How often each gene was chosen in the outer folds.

    Parameters
    ----------
    n_fits : int
    chosen, positive : ndarray of int, (n_genes,)
        Folds that chose the gene, and those with a positive coefficient.
    coefficient : ndarray, (n_genes,)
        Mean over the folds that chose it, per standard deviation; 0 where none did.
    """

    n_fits: int
    chosen: Integers
    positive: Integers
    coefficient: Floats


@dataclass(frozen=True, eq=False)
class Final:
    """The model of all samples.

    Parameters
    ----------
    log_means : ndarray, (n_genes,)
        Natural log of geometric means, -inf for genes without.
    genes : ndarray of int, (n_chosen,)
    center : ndarray, (n_chosen,)
        Mean of log2(count / size factor + 1).
    coefficient : ndarray, (n_chosen,)
        Natural log of odds per unit of log2.
    intercept, share : float
        At the means; share of class 1.
    penalty, l1_ratio : float
    n_expressed : int
    """

    log_means: Floats
    genes: Integers
    center: Floats
    coefficient: Floats
    intercept: float
    share: float
    penalty: float
    l1_ratio: float
    n_expressed: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything that is known of a signature.

    Parameters
    ----------
    genes, technical, random : Judged
        The signature; covariates of the libraries alone; as many random genes.
    n_random : int
        How many these are.
    majority_brier : float
        Brier score of the share of class 1 among the training samples.
    permuted : ndarray, (n_permutations,)
        Areas with permuted labels.
    permuted_score : float
        The real area that these are compared with.
    stability : Stability
    final : Final
    n_unsettled : int
        Fits of the real labels that did not reach their tolerance.
    """

    genes: Judged
    technical: Judged
    random: Judged
    n_random: int
    majority_brier: float
    permuted: Floats
    permuted_score: float
    stability: Stability
    final: Final
    n_unsettled: int


def evaluate(
    counts: Any, y: Integers, person: Integers, settings: Settings, stream: np.random.SeedSequence,
    progress: Progress | None = None,
) -> Evaluation:  # fmt: skip
    """Judge the signature of two classes and fit it to all samples.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    y : ndarray of int, (n_samples,)
        0 and 1.
    person : ndarray of int, (n_samples,)
        Numbers of persons from 0 on.
    settings : Settings
    stream : SeedSequence
    progress : callable, optional
        Takes a stage and how far it is: ``(stage, done, total)``.

    Raises
    ------
    UsageError
        E-EXTRA-001 without scikit-learn.
    InputError
        E-NORM-001, E-COUNT-009, E-COUNT-010: counts that a training set cannot be made of.
    """
    told = progress or _silent
    plan, folds = settings.plan, child(stream, _FOLDS)
    total = plan.n_repeats * plan.n_outer
    columns = _prepared(counts, settings.n_variable)
    with solver():
        fits = _collected(nested(columns, y, person, plan, folds), "nested cross-validation", total, told)
        signature = _judged(fits, y, person, stream)
        chosen = [len(fit.genes) for fit in fits]
        n_random = max(1, int(np.median(chosen)))
        others = nested(_random(counts, n_random), y, person, plan, folds)
        random = _judged(_collected(others, "random genes", total, told), y, person, stream)
        known = nested(_fixed(technical_covariates(counts)), y, person, plan, folds)
        technical = _judged(_collected(known, "library covariates", total, told), y, person, stream)
        n_repeats = min(settings.n_permuted_repeats, plan.n_repeats)
        null = _permuted(columns, y, person, settings, n_repeats, stream, told)
        final, lost = _final(counts, y, person, settings, child(stream, _FINAL))
    first = [fit for fit in fits if fit.repeat < n_repeats]
    return Evaluation(
        signature, technical, random, n_random, _majority_brier(fits, y), null,
        scores.area(scores.held_out(first, len(y)), y), _stability(fits, counts.shape[0]), final,
        lost + sum(fit.n_unsettled for fit in fits),
    )  # fmt: skip


def _silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def _collected(fits: Any, stage: str, total: int, told: Progress) -> list[FoldFit]:
    done = []
    for fit in fits:
        done.append(fit)
        told(stage, len(done), total)
    return done


def _judged(fits: list[FoldFit], y: Integers, person: Integers, stream: np.random.SeedSequence) -> Judged:
    held = scores.held_out(fits, len(y))
    interval = scores.area_interval(held, y, person, np.random.default_rng(child(stream, _BOOTSTRAP)))
    return Judged(held, scores.area(held, y), interval, scores.balanced_accuracy(held, y), scores.brier(held, y))


def _prepared(counts: Any, n_variable: int) -> Columns:
    def columns(train: Integers, _: np.random.SeedSequence) -> tuple[Floats, Integers]:
        kept, x = prepare(counts, train, n_variable)
        return x, kept.genes

    return columns


def _random(counts: Any, n: int) -> Columns:
    """Columns of ``n`` expressed genes drawn anew in each fold."""

    def columns(train: Integers, stream: np.random.SeedSequence) -> tuple[Floats, Integers]:
        kept, x = prepare(counts, train, counts.shape[0])
        drawn = np.sort(np.random.default_rng(stream).choice(len(kept.genes), min(n, len(kept.genes)), replace=False))
        return np.ascontiguousarray(x[:, drawn]), kept.genes[drawn]

    return columns


def _fixed(values: Floats) -> Columns:
    def columns(train: Integers, _: np.random.SeedSequence) -> tuple[Floats, Integers]:
        return standardized(values, train)[0], np.arange(values.shape[1])

    return columns


def _permuted(
    columns: Columns, y: Integers, person: Integers, settings: Settings, n_repeats: int,
    stream: np.random.SeedSequence, told: Progress,
) -> Floats:  # fmt: skip
    """Return the areas of the whole nested loop with labels permuted by person, folds drawn anew for each."""
    plan = Plan(n_repeats, settings.plan.n_outer, settings.plan.n_inner)
    areas = np.empty(settings.n_permutations)
    for number in range(settings.n_permutations):
        drawn = permuted_by_person(y, person, np.random.default_rng(child(stream, _PERMUTED, number, 0)))
        fits = list(nested(columns, drawn, person, plan, child(stream, _PERMUTED, number, 1)))
        areas[number] = scores.area(scores.held_out(fits, len(y)), drawn)
        told("permutations", number + 1, settings.n_permutations)
    return areas


def _majority_brier(fits: list[FoldFit], y: Integers) -> float:
    """Brier score of always saying the share of class 1 among the training samples."""
    errors = [np.square(fit.share - y[fit.test]) for fit in fits]
    return float(np.concatenate(errors).mean())


def _stability(fits: list[FoldFit], n_genes: int) -> Stability:
    chosen, positive, total = np.zeros(n_genes, np.int64), np.zeros(n_genes, np.int64), np.zeros(n_genes)
    for fit in fits:
        chosen[fit.genes] += 1
        positive[fit.genes] += fit.coefficients > 0
        total[fit.genes] += fit.coefficients
    return Stability(len(fits), chosen, positive, total / np.maximum(chosen, 1))


def _final(
    counts: Any, y: Integers, person: Integers, settings: Settings, stream: np.random.SeedSequence
) -> tuple[Final, int]:
    """Fit all samples by the steps of one outer fold, to a finer tolerance."""
    kept, x = prepare(counts, np.arange(len(y)), settings.n_variable)
    known = y.astype(np.float64)
    penalty, l1_ratio, lost = choose_penalty(x, y, person, settings.plan.n_inner, stream)
    intercept, coefficients, missed = fit_at(x, known, penalty, l1_ratio)
    rows = np.flatnonzero(coefficients)
    final = Final(
        kept.log_means, kept.genes[rows], kept.center[rows], coefficients[rows] / kept.scale[rows], intercept,
        float(known.mean()), penalty, l1_ratio, kept.n_expressed,
    )  # fmt: skip
    return final, lost + missed
