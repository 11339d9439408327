"""Planted changes are what they say, and what is measured on them is measured right; T3 in its reduced form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from verification.analysis import Called, two_groups
from verification.plant import drawn_changes, plant
from verification.t2_thinning import coverage, partial_auc, rates
from verification.t3_outliers import SHARE_OUTLIERS, TIMES, simulated_outliers, with_outliers
from verification.t7_false_discoveries import false_discoveries

CELL = ("n", "planted", "method")


def test_planted_ratios_are_exact_and_other_genes_stay():
    rng = np.random.default_rng(1)
    counts, group = rng.poisson(4000, (300, 40)), np.repeat([0, 1], 20)
    change = drawn_changes(300, 0.5, "both", rng)
    made = plant(counts, group, change, rng)
    np.testing.assert_array_equal(made.counts[change == 0], counts[change == 0])
    assert (made.counts <= counts).all()
    found = np.log2(made.counts[:, group == 1].sum(axis=1) / made.counts[:, group == 0].sum(axis=1))
    assert np.abs(found - change).max() < 0.06
    assert 0.4 < np.mean(change != 0) < 0.6
    assert (drawn_changes(300, 1.0, "up", rng) >= 0.25).all()


def test_area_coverage_and_rates():
    p = np.concatenate([np.linspace(0.0005, 0.0995, 100), np.linspace(0.001, 1, 1000)])
    changed = np.arange(1100) < 100
    assert partial_auc(p, changed, ~changed) == pytest.approx(0.255, abs=0.01)
    assert partial_auc(np.where(changed, 0.0, 1.0), changed, ~changed) == 1.0
    change = np.array([0.0, 1.0, 2.0, 0.0])
    ones = np.ones(4)
    called = Called(ones, ones, change, ones, change - np.array([1, 1, -0.5, 1]), change + np.array([1, 1, 1, np.nan]))
    assert coverage(called, change) == pytest.approx(2 / 3)
    assert np.isnan(coverage(replace(called, low=None), change))
    found = rates(called, change, np.ones((4, 2)))
    assert found["mse_log2"] == 0
    assert found["calls"] == 0


def test_outliers_are_one_count_in_a_hundred():
    counts = np.full((1000, 20), 100)
    spoiled = with_outliers(counts, np.random.default_rng(3))
    assert set(np.unique(spoiled)) == {100, 100 * TIMES}
    assert np.mean(spoiled > 100) == pytest.approx(SHARE_OUTLIERS, abs=0.003)


def outliers(analyze):
    runs = simulated_outliers(3, ("limma-voom", "wilcoxon"), (10,), analyze, n_genes=800)
    return false_discoveries(runs, CELL)


def test_T3_outliers_give_methods_on_logs_no_false_calls():
    table = outliers(two_groups)
    assert (table["verdict"] == "pass").all(), table.to_string()
    assert (table["tpr"] > 0.4).all()


def test_T3_sees_a_method_that_takes_outliers_for_changes():
    table = false_discoveries(simulated_outliers(3, ("edger-lrt",), (10,), n_genes=800), CELL).set_index("planted")
    assert table.loc["1 % x 50", "fdp"] > 0.3
    assert table.loc["none", "fdp"] < 0.15


def test_T3_fails_without_correction():
    def uncorrected(counts, group, method, **options):
        called = two_groups(counts, group, method, **options)
        return replace(called, padj=called.pvalue)

    assert (outliers(uncorrected)["verdict"] == "FAIL").all()
