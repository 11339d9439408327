"""Planted fold changes have the share and sizes that were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.learn.effects import (
    LEAST_LOG2,
    MOST_LOG2,
    Effects,
    draw_effects,
    eligible_genes,
    fitted_effects,
    usual_effects,
)

SEED = np.random.SeedSequence(1, spawn_key=(3, 0))


def _estimates(share, sd, n=20_000, error=0.2):
    rng = np.random.default_rng(5)
    true = np.where(rng.random(n) < share, rng.normal(0, sd, n), 0.0)
    se = error * np.exp(rng.normal(0, 0.3, n))
    return true + rng.normal(0, 1, n) * se, se


def test_fitted_sizes_are_those_behind_the_estimates():
    found = fitted_effects(*_estimates(0.3, 1.2))
    assert found.estimated
    beyond = 0.3 * 2 * 0.4175  # P(|N(0, 1.2)| > 0.25) = 0.835
    assert found.changed == pytest.approx(beyond, abs=0.05)
    drawn = draw_effects(found, np.ones(20_000, dtype=bool), SEED, 0.5)
    sizes = np.abs(drawn[drawn != 0])
    # Of |N(0, 1.2)| beyond 0.25 the median is 0.98 and the 90 % point 2.07
    assert np.median(sizes) == pytest.approx(0.98, abs=0.12)
    assert np.quantile(sizes, 0.9) == pytest.approx(2.07, abs=0.2)


def test_without_changes_the_usual_sizes_are_taken():
    none = fitted_effects(*_estimates(0.0, 1.0))
    assert not none.estimated and none.changed < 0.01
    few = fitted_effects(np.zeros(10), np.ones(10))
    assert not few.estimated and np.isnan(few.changed)
    missing = fitted_effects(np.full(500, np.nan), np.ones(500))
    assert not missing.estimated


def test_share_sizes_and_signs():
    eligible = np.arange(5000) % 2 == 0
    drawn = draw_effects(usual_effects(), eligible, SEED, 0.2)
    changed = drawn != 0
    assert changed.sum() == 500 and not changed[~eligible].any()
    sizes = np.abs(drawn[changed])
    assert sizes.min() >= LEAST_LOG2 and sizes.max() <= MOST_LOG2
    assert 0.4 < (drawn[changed] > 0).mean() < 0.6
    wide = draw_effects(Effects(np.array([40.0]), np.array([1.0]), True, 1.0), eligible, SEED, 0.2)
    assert np.abs(wide).max() == MOST_LOG2


def test_runs_differ_and_the_seed_decides():
    eligible = np.ones(400, dtype=bool)
    first, same = (draw_effects(usual_effects(), eligible, SEED) for _ in range(2))
    np.testing.assert_array_equal(first, same)
    other = draw_effects(usual_effects(), eligible, np.random.SeedSequence(1, spawn_key=(3, 1)))
    assert not np.array_equal(first, other)


def test_genes_with_a_read_per_sample_may_change():
    counts = np.array([[0, 0, 0], [1, 1, 0], [3, 0, 0], [9, 9, 9]])
    assert eligible_genes(counts).tolist() == [False, False, True, True]
