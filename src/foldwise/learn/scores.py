"""How well out-of-fold probabilities tell two classes apart, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.learn.nested import FoldFit
from foldwise.stats.arrays import Floats, Integers

N_BOOTSTRAP = 2_000
_GRID = 101


@dataclass(frozen=True, eq=False)
class Held:
    """Predictions of held-out samples, repeat by repeat.

    Parameters
    ----------
    probability : ndarray, (n_repeats, n_samples)
    fold : ndarray of int, (n_repeats, n_samples)
    called : ndarray of bool, (n_repeats, n_samples)
        Probability above the share of class 1 among the training samples.
    """

    probability: Floats
    fold: Integers
    called: np.ndarray


def held_out(fits: list[FoldFit], n_samples: int) -> Held:
    """Gather the predictions of outer folds."""
    n_repeats = 1 + max(fit.repeat for fit in fits)
    probability = np.full((n_repeats, n_samples), np.nan)
    fold, called = np.zeros(probability.shape, dtype=np.int64), np.zeros(probability.shape, dtype=bool)
    for fit in fits:
        probability[fit.repeat, fit.test] = fit.probability
        fold[fit.repeat, fit.test] = fit.fold
        called[fit.repeat, fit.test] = fit.probability > fit.share
    return Held(probability, fold, called)


def pair_counts(held: Held, y: Integers) -> tuple[Floats, Floats]:
    """Return concordances and comparisons of each pair of samples of class 1 and 0, (n_1, n_0) each.

    Only samples held out by the same fit are compared: their probabilities come from one model. A tie counts half.
    """
    ones, zeros = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    agreed, compared = np.zeros((len(ones), len(zeros))), np.zeros((len(ones), len(zeros)))
    for probability, fold in zip(held.probability, held.fold, strict=True):
        together = fold[ones][:, None] == fold[zeros][None, :]
        high, low = probability[ones][:, None], probability[zeros][None, :]
        agreed += together * ((high > low) + 0.5 * (high == low))
        compared += together
    return agreed, compared


def area(held: Held, y: Integers) -> float:
    """Area under the ROC curve: share of compared pairs in which the sample of class 1 has the higher probability."""
    agreed, compared = pair_counts(held, y)
    return float(agreed.sum() / compared.sum())


def plain_area(probability: Floats, y: Integers) -> float:
    """Area under the ROC curve of one set of probabilities; NaN where a class is missing."""
    high, low = probability[y == 1][:, None], probability[y == 0][None, :]
    if not high.size or not low.size:
        return float("nan")
    return float(((high > low) + 0.5 * (high == low)).mean())


def area_interval(
    held: Held, y: Integers, person: Integers, rng: np.random.Generator, n: int = N_BOOTSTRAP
) -> tuple[float, float]:
    """Return the 95 % interval of the area from persons drawn anew, with replacement, within their classes.

    The fits stay as they are: the interval is of the spread between persons, not of that between training sets.
    """
    agreed, compared = pair_counts(held, y)
    ones, zeros = person[y == 1], person[y == 0]
    pattern = np.zeros((int(person.max()) + 1, 2), dtype=bool)
    pattern[person, y] = True
    strata = [np.flatnonzero((pattern == kind).all(axis=1)) for kind in ((True, False), (False, True), (True, True))]
    areas = np.empty(n)
    for number in range(n):
        times = np.zeros(len(pattern))
        for members in strata:
            if len(members):
                times += np.bincount(rng.choice(members, len(members)), minlength=len(pattern))
        high, low = times[ones], times[zeros]
        total = np.einsum("i,ij,j->", high, compared, low)
        areas[number] = np.einsum("i,ij,j->", high, agreed, low) / total if total else np.nan
    lower, upper = np.nanquantile(areas, [0.025, 0.975])
    return float(lower), float(upper)


def balanced_accuracy(held: Held, y: Integers) -> float:
    """Mean of the shares of either class that are called rightly."""
    right = held.called == (y == 1)[None, :]
    return float((right[:, y == 1].mean() + right[:, y == 0].mean()) / 2.0)


def brier(held: Held, y: Integers) -> float:
    """Mean squared difference between probability and class."""
    return float(np.square(held.probability - y[None, :]).mean())


def roc_curve(held: Held, y: Integers) -> tuple[Floats, Floats]:
    """Return false and true positive shares, the curves of all held-out folds averaged; (101,) each."""
    grid = np.linspace(0.0, 1.0, _GRID)
    curves = []
    for probability, fold in zip(held.probability, held.fold, strict=True):
        for number in np.unique(fold):
            inside = fold == number
            known = y[inside]
            if 0 < known.sum() < len(known):
                curves.append(np.interp(grid, *_steps(probability[inside], known)))
    mean = np.mean(curves, axis=0)
    mean[0] = 0.0
    return grid, np.asarray(mean)


def _steps(probability: Floats, y: Integers) -> tuple[Floats, Floats]:
    """Corners of one ROC curve."""
    cuts = np.unique(probability)[::-1]
    false = [0.0, *(float(((probability >= cut) & (y == 0)).sum()) for cut in cuts)]
    true = [0.0, *(float(((probability >= cut) & (y == 1)).sum()) for cut in cuts)]
    return np.array(false) / false[-1], np.array(true) / true[-1]


def calibration(probability: Floats, y: Integers, most_bins: int = 10) -> tuple[Floats, Floats, Integers]:
    """Return mean probability, share of class 1 and number of samples in bins of equal size.

    Parameters
    ----------
    probability : ndarray, (n_samples,)
        Of each sample, averaged over repeats.
    y : ndarray of int, (n_samples,)
    most_bins : int
        At least ten samples are in each bin, where there are twenty or more.
    """
    n_bins = int(np.clip(len(y) // 10, 2, most_bins))
    parts = np.array_split(np.argsort(probability, kind="stable"), n_bins)
    mean = np.array([probability[part].mean() for part in parts])
    share = np.array([y[part].mean() for part in parts])
    return mean, share, np.array([len(part) for part in parts], dtype=np.int64)


def permutation_pvalue(score: float, null: Floats) -> float:
    """(1 + #{null >= score}) / (1 + B); Phipson and Smyth 2010, Stat Appl Genet Mol Biol 9:39."""
    return float((1 + (null >= score - 1e-12).sum()) / (1 + len(null)))
