"""Learned weights: nothing to learn gives Benjamini-Hochberg itself, and no gene sees its own p-value."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.learn.covariates import DF, columns_of, is_constant, mid_ranks
from foldwise.learn.weights import WEIGHTS, learn_weights
from foldwise.stats.multiple_testing import benjamini_hochberg


def simulated(n=5000, steep=4.0, seed=1):
    """P-values of genes that change more often the higher their mean, and that mean."""
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(4, 2, n))
    rank = mid_ranks(mean)
    changed = rng.random(n) < 0.3 * rank**steep
    p = np.where(changed, rng.beta(0.15, 4, n), rng.random(n))
    return p, mean, changed, rng.integers(0, 5, n)


def test_M58_a_constant_covariate_gives_weights_of_one_and_the_plain_list():
    p, mean, _, folds = simulated()
    found = learn_weights(p, columns_of(np.full(len(p), 7.0)), folds)
    assert (found.weight == 1.0).all()
    np.testing.assert_allclose(found.padj, benjamini_hochberg(p), rtol=1e-12)
    assert np.abs(learn_weights(p, columns_of(mean), folds).weight - 1).max() > 0.5, "the check would see weights"


def test_M59_a_shuffled_covariate_moves_rejections_by_less_than_half_a_point():
    moved, gained = [], []
    for seed in range(6):
        p, mean, changed, folds = simulated(seed=seed)
        shuffled = np.random.default_rng(100 + seed).permutation(mean)
        plain = benjamini_hochberg(p) < 0.05
        for covariate, kept in ((shuffled, moved), (mean, gained)):
            hits = learn_weights(p, columns_of(covariate), folds).padj < 0.05
            kept.append(100 * (hits[changed].mean() - plain[changed].mean()))
    assert abs(np.mean(moved)) < 0.5, moved
    assert np.mean(gained) > 1.0, "an informative covariate would have been seen to move them"


def test_a_fold_of_weights_does_not_see_its_own_p_values():
    p, mean, _, folds = simulated()
    other = p.copy()
    other[folds == 2] = np.random.default_rng(5).random(np.sum(folds == 2)) ** 4
    columns = columns_of(mean)
    before, after = learn_weights(p, columns, folds).weight, learn_weights(other, columns, folds).weight
    np.testing.assert_array_equal(before[folds == 2], after[folds == 2])
    assert (before[folds != 2] != after[folds != 2]).any()


def test_weights_average_one_in_every_fold_and_keep_their_bounds():
    p, mean, changed, folds = simulated(steep=8)
    p[::7] = np.nan
    found = learn_weights(p, columns_of(mean), folds)
    present = np.isfinite(p)
    assert (np.isnan(found.weight) == ~present).all()
    assert (np.isnan(found.padj) == ~present).all()
    for fold in range(5):
        inside = found.weight[present & (folds == fold)]
        assert inside.mean() == pytest.approx(1.0, abs=1e-12)
        assert inside.max() / inside.min() <= WEIGHTS[1] / WEIGHTS[0]
    assert found.weight[changed & present].mean() > 1.5 * found.weight[~changed & present].mean()


def test_false_discoveries_keep_their_rate():
    rates = []
    for seed in range(40):
        p, mean, changed, folds = simulated(3000, seed=seed)
        hits = learn_weights(p, columns_of(mean), folds).padj < 0.1
        rates.append((hits & ~changed).sum() / max(hits.sum(), 1))
    assert np.mean(rates) <= 0.1 + 2 * np.std(rates) / np.sqrt(len(rates))


def test_columns_are_scaled_curves_that_do_not_depend_on_units():
    rng = np.random.default_rng(2)
    mean, length = np.exp(rng.normal(3, 2, 900)), rng.gamma(2, 1000, 900)
    length[::9] = np.nan
    columns = columns_of(mean, [length])
    assert columns.shape == (900, 2 * DF + 1)
    np.testing.assert_allclose(columns.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((columns**2).mean(axis=0), 1, rtol=1e-12)
    np.testing.assert_array_equal(columns, columns_of(mean, [length * 1000]))
    few = columns_of(mean, [rng.integers(0, 2, 900).astype(float)])
    assert DF < few.shape[1] <= 2 * DF


def test_odd_covariates_give_finite_columns():
    mean = np.array([0.0, 0.0, 1e-300, 1.0, 1e9, 3.0, 4.0, 5.0])
    assert np.isfinite(columns_of(mean)).all()
    assert columns_of(mean, [np.full(8, np.nan)]).shape == columns_of(mean).shape
    assert columns_of(np.zeros(8)).shape == (8, 0)
    assert is_constant(np.array([np.nan, 2.0, 2.0]))
    assert not is_constant(np.array([1.0, 1.0 + 1e-6]))


def test_no_p_values_at_all():
    found = learn_weights(np.full(4, np.nan), np.zeros((4, 1)), np.zeros(4, dtype=int))
    assert np.isnan(found.weight).all()
