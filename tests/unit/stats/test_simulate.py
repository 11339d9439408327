"""Simulated counts have the moments that they claim."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.stats.simulate import realized_rates, simulate_counts


def test_moments_are_those_of_the_negative_binomial():
    drawn = simulate_counts(60, 4000, share_changed=0.0, seed=7)
    scaled = drawn.counts / drawn.size_factors
    np.testing.assert_allclose(scaled.mean(axis=1), drawn.mean, rtol=0.25)
    expected = drawn.mean**2 * drawn.dispersion + drawn.mean * np.mean(1 / drawn.size_factors)
    ratio = scaled.var(axis=1, ddof=1) / expected
    assert abs(np.median(ratio) - 1) < 0.1


def test_fold_changes_are_planted_in_the_treated_samples():
    drawn = simulate_counts(300, 600, share_changed=0.3, sd_log2=1.0, seed=1)
    changed = drawn.log2_fold_change != 0
    assert 60 < changed.sum() < 120
    assert np.abs(drawn.log2_fold_change[changed]).min() >= 0.25
    scaled = drawn.counts / drawn.size_factors + 0.01
    seen = np.log2(scaled[:, drawn.group == 1].mean(axis=1) / scaled[:, drawn.group == 0].mean(axis=1))
    expressed = (drawn.mean > 20) & (drawn.dispersion < 0.5)
    np.testing.assert_allclose(seen[expressed], drawn.log2_fold_change[expressed], atol=0.35)


def test_groups_alternate_and_size_factors_have_geometric_mean_one():
    drawn = simulate_counts(10, 7, seed=3)
    assert drawn.group.tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert np.log(drawn.size_factors).sum() == pytest.approx(0, abs=1e-12)
    assert drawn.counts.dtype == np.int32


def test_m70_the_seed_decides_everything():
    first, same, other = (simulate_counts(50, 6, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.counts, same.counts)
    assert not np.array_equal(first.counts, other.counts)
    wider = simulate_counts(50, 6, sd_log2=2.0, seed=1)
    np.testing.assert_array_equal(first.mean, wider.mean)
    np.testing.assert_array_equal(first.size_factors, wider.size_factors)


def test_realized_rates():
    called = np.array([True, True, True, False, False])
    changed = np.array([True, True, False, True, True])
    assert realized_rates(called, changed) == (pytest.approx(1 / 3), 0.5)
    assert realized_rates(np.zeros(5, bool), changed) == (0.0, 0.0)
    assert np.isnan(realized_rates(called, np.zeros(5, bool))[1])
