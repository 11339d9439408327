"""Post hoc bounds, winsorized counts and pooled null p-values against plain definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foldwise.stats.pooled_null import expression_bins, pooled_pvalues
from foldwise.stats.posthoc import calibrated_scale, false_bound, simes_statistic
from foldwise.stats.winsorize import winsorize


@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=40), st.floats(1e-6, 3), st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_the_bound_is_its_definition(p, scale, more):
    p, m = np.array(p), len(p) + more
    plain = min(int((p > scale * k / m).sum()) + k - 1 for k in range(1, len(p) + 1))
    # A p-value on a cut may fall on either side of it by rounding
    ratio = m * p / scale
    near = np.abs(ratio - np.rint(ratio)) < 1e-9 * np.maximum(ratio, 1)
    assert near.any() or false_bound(p, scale, m) == min(plain, len(p))


def test_bound_of_nothing_and_without_calibration():
    assert false_bound(np.array([]), 0.1, 100) == 0
    assert false_bound(np.array([1e-9, 0.5]), 0.0, 100) == 2


def test_simes_statistic_and_scale():
    assert simes_statistic(np.array([0.04, 0.01])) == pytest.approx(0.02)
    assert simes_statistic(np.array([])) == np.inf
    ranked = np.arange(1.0, 21.0)
    assert calibrated_scale(ranked, 0.05) == 1.0
    assert calibrated_scale(ranked[:19], 0.05) == 0.0


def test_the_bound_holds_over_sets_chosen_from_the_data():
    """Fails where the calibration takes a larger order statistic: with the median of L the share is about one half."""
    rng = np.random.default_rng(7)
    m, n_true, n_runs, violated = 300, 40, 200, 0
    for _ in range(n_runs):
        shared = rng.normal(size=(100, 1))  # equal correlation of .3
        z = np.sqrt(0.3) * shared + np.sqrt(0.7) * rng.normal(size=(100, m))
        null = _two_sided(z)
        observed = _two_sided(z[:1] + np.r_[np.full(n_true, 3.5), np.zeros(m - n_true)])[0]
        scale = calibrated_scale(np.array([simes_statistic(observed), *map(simes_statistic, null[1:])]), 0.05)
        order = np.argsort(observed)
        violated += any(
            int((order[:k] >= n_true).sum()) > false_bound(observed[order[:k]], scale, m) for k in (5, 20, 40, 80, 150)
        )
    # 5 % of 200 and three standard errors
    assert violated <= 10 + 3 * np.sqrt(200 * 0.05 * 0.95)


def _two_sided(z: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(z))


def test_winsorized_counts_keep_what_is_below_the_percentile():
    rng = np.random.default_rng(1)
    factors = np.array([0.5, 1.0, 2.0, 1.0, 0.7, 1.3, 1.0, 1.0, 1.5, 0.9])
    counts = rng.poisson(100 * factors, (50, 10)).astype(np.int32)
    counts[3, 2] = 90_000
    drawn = winsorize(counts, factors)
    limit = np.quantile(counts / factors, 0.95, axis=1)
    np.testing.assert_array_equal(drawn, np.rint(np.minimum(counts, limit[:, None] * factors)))
    assert drawn.dtype == np.int32 and drawn[3, 2] < 60_000
    assert (drawn <= counts).all() and (
        drawn[counts / factors < limit[:, None]] == counts[counts / factors < limit[:, None]]
    ).all()


def test_pooled_p_values_are_ranks_and_never_smaller():
    rng = np.random.default_rng(2)
    null = rng.random((30, 200)) ** 2  # anti-conservative
    p = rng.random(200) ** 2
    p[5], null[3, 7] = np.nan, np.nan
    bins = expression_bins(rng.random(200))
    found = pooled_pvalues(p, null, bins)
    assert np.bincount(bins).tolist() == [10] * 20
    assert np.isnan(found[5]) and (found[np.isfinite(p)] >= p[np.isfinite(p)]).all()
    pool = null[:, bins == bins[0]]
    pool = pool[np.isfinite(pool)]
    assert found[0] == max(p[0], (1 + (pool <= p[0]).sum()) / (1 + len(pool)))
    # Uniform again, within three standard errors
    assert abs(np.nanmean(found < 0.3) - 0.3) < 3 * np.sqrt(0.3 * 0.7 / 200)
