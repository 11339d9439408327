"""Folds that keep the samples of a person on one side, and labels permuted by person.

A person is whoever gave the samples that belong together; without such a column each sample is a person of its own.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Integers


def person_numbers(names: list[str]) -> Integers:
    """Return the number of each sample's person, in the order in which they first appear; (n_samples,)."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def grouped_folds(y: Integers, person: Integers, n_folds: int, rng: np.random.Generator) -> Integers:
    """Return the fold of each sample, (n_samples,): persons whole, each fold with about the same share of classes.

    Persons with the same numbers of samples in either class are shuffled and dealt out in turn, one kind after the
    other, going on with the fold at which the kind before ended.

    Parameters
    ----------
    y : ndarray of int, (n_samples,)
        0 and 1.
    person : ndarray of int, (n_samples,)
        Numbers from 0 on.
    n_folds : int
    rng : Generator
    """
    kind = _samples_per_class(y, person)
    order = rng.permutation(len(kind))
    order = order[np.lexsort((kind[order, 1], kind[order, 0]))]
    fold = np.empty(len(kind), dtype=np.int64)
    fold[order] = (np.arange(len(kind)) + int(rng.integers(n_folds))) % n_folds
    return fold[person]


def permuted_by_person(y: Integers, person: Integers, rng: np.random.Generator) -> Integers:
    """Return labels as they might have been if they had nothing to do with the samples.

    Where every person has one class, persons exchange their classes. Where a person has samples of both, persons of as
    many samples exchange theirs, and the classes within each person change places.
    """
    kind = _samples_per_class(y, person)
    if not np.any((kind > 0).all(axis=1)):
        label = (kind[:, 1] > 0).astype(np.int64)
        return np.asarray(label[rng.permutation(len(label))][person])
    drawn = y.copy()
    size = kind.sum(axis=1)
    rows = [np.flatnonzero(person == number) for number in range(len(kind))]
    for n in np.unique(size):
        alike = np.flatnonzero(size == n)
        for target, source in zip(alike, rng.permutation(alike), strict=True):
            drawn[rows[target]] = rng.permutation(y[rows[source]])
    return drawn


def persons_per_class(y: Integers, person: Integers) -> tuple[int, int]:
    """Return how many persons have a sample of class 0, and of class 1."""
    kind = _samples_per_class(y, person) > 0
    return int(kind[:, 0].sum()), int(kind[:, 1].sum())


def _samples_per_class(y: Integers, person: Integers) -> Integers:
    """Numbers of samples of each person in class 0 and 1, (n_persons, 2)."""
    kind = np.zeros((int(person.max()) + 1, 2), dtype=np.int64)
    np.add.at(kind, (person, y), 1)
    return kind
