"""Folds keep persons whole and classes even; permutations exchange labels between persons."""

import numpy as np
import pytest

from foldwise.learn.folds import grouped_folds, permuted_by_person, person_numbers, persons_per_class


def paired(n_pairs=12, n_single=5):
    person = np.concatenate([np.repeat(np.arange(n_pairs), 2), n_pairs + np.arange(n_single)])
    y = np.concatenate([np.tile([0, 1], n_pairs), np.ones(n_single, dtype=int)])
    order = np.random.default_rng(0).permutation(len(y))
    return y[order], person[order]


@pytest.mark.parametrize("seed", range(5))
def test_persons_are_whole_and_classes_even(seed):
    y, person = paired()
    folds = grouped_folds(y, person, 5, np.random.default_rng(seed))
    assert set(folds) == set(range(5))
    for number in np.unique(person):
        assert len(set(folds[person == number])) == 1
    shares = [y[folds == fold].mean() for fold in range(5)]
    assert max(shares) - min(shares) < 0.2
    again = grouped_folds(y, person, 5, np.random.default_rng(seed))
    assert (folds == again).all()


def test_every_fold_holds_both_classes_at_the_least_size():
    y = np.repeat([0, 1], 10)
    for seed in range(20):
        folds = grouped_folds(y, np.arange(20), 5, np.random.default_rng(seed))
        assert all(np.bincount(y[folds == fold], minlength=2).tolist() == [2, 2] for fold in range(5))


def test_where_persons_have_one_class_persons_exchange_labels():
    person = np.repeat(np.arange(10), 2)
    y = np.repeat([0, 1], 10)
    seen = set()
    for seed in range(30):
        drawn = permuted_by_person(y, person, np.random.default_rng(seed))
        assert all(len(set(drawn[person == number])) == 1 for number in range(10))
        assert drawn.sum() == 10
        seen.add(tuple(drawn))
    assert len(seen) > 20


def test_where_persons_have_both_classes_they_are_exchanged_within():
    y, person = paired()
    moved = 0
    for seed in range(10):
        drawn = permuted_by_person(y, person, np.random.default_rng(seed))
        for number in range(12):
            assert sorted(drawn[person == number]) == [0, 1]
        assert drawn.sum() == y.sum()
        moved += (drawn != y).any()
    assert moved == 10


def test_persons_are_numbered_and_counted():
    assert person_numbers(["b", "a", "b"]).tolist() == [0, 1, 0]
    y, person = paired()
    assert persons_per_class(y, person) == (12, 17)
