"""Scores of held-out samples against their definitions."""

import numpy as np
import pytest

from foldwise.learn import scores


def held(probability, fold=None):
    probability = np.atleast_2d(np.asarray(probability, dtype=float))
    fold = np.zeros(probability.shape, dtype=int) if fold is None else np.atleast_2d(fold)
    return scores.Held(probability, fold, probability > 0.5)


def test_area_counts_pairs_and_ties_half():
    y = np.array([0, 0, 1, 1])
    assert scores.area(held([0.1, 0.5, 0.5, 0.9]), y) == pytest.approx(3.5 / 4)
    assert scores.plain_area(np.array([0.1, 0.5, 0.5, 0.9]), y) == pytest.approx(3.5 / 4)
    assert np.isnan(scores.plain_area(np.array([0.1]), np.array([1])))


def test_samples_of_different_folds_are_not_compared():
    """An intercept that differs between folds must not move the area."""
    y = np.array([0, 1, 0, 1])
    shifted = held([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    assert scores.area(shifted, y) == 1.0
    assert scores.plain_area(shifted.probability[0], y) == 0.75


def test_interval_draws_persons_and_widens_with_fewer_of_them():
    rng = np.random.default_rng(1)
    y = np.tile([0, 1], 40)
    predicted = held(np.clip(0.5 + 0.15 * (2 * y - 1) + 0.25 * rng.normal(size=80), 0, 1))
    alone = scores.area_interval(predicted, y, np.arange(80), np.random.default_rng(0))
    few = scores.area_interval(predicted, y, np.arange(80) // 8, np.random.default_rng(0))
    area = scores.area(predicted, y)
    assert alone[0] < area < alone[1] and few[0] < area < few[1]
    assert alone == scores.area_interval(predicted, y, np.arange(80), np.random.default_rng(0))
    noisy = scores.area_interval(held(rng.random(20)), np.tile([0, 1], 10), np.arange(20), np.random.default_rng(0))
    assert noisy[1] - noisy[0] > 0.2


def test_accuracy_brier_and_pvalue():
    y = np.array([0, 0, 0, 1])
    predicted = held([0.2, 0.2, 0.6, 0.9])
    assert scores.balanced_accuracy(predicted, y) == pytest.approx((2 / 3 + 1) / 2)
    assert scores.brier(predicted, y) == pytest.approx((0.04 + 0.04 + 0.36 + 0.01) / 4)
    assert scores.permutation_pvalue(0.8, np.array([0.5, 0.8, 0.4])) == 0.5
    assert scores.permutation_pvalue(0.9, np.full(199, 0.5)) == 1 / 200


def test_roc_curve_runs_from_corner_to_corner_and_holds_the_area():
    rng = np.random.default_rng(0)
    y = np.tile([0, 1], 50)
    predicted = held(0.3 * y + rng.random(100))
    false, true = scores.roc_curve(predicted, y)
    assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1) and (np.diff(true) >= 0).all()
    assert np.trapezoid(true, false) == pytest.approx(scores.area(predicted, y), abs=0.01)


def test_calibration_bins_hold_all_samples():
    y = np.tile([0, 1], 55)
    mean, share, n = scores.calibration(np.linspace(0, 1, 110), y)
    assert n.sum() == 110 and len(n) == 10 and (np.diff(mean) > 0).all()
    assert (n * share).sum() == pytest.approx(55)
