"""Reduced forms of the claims in ``verification``: few runs, fixed seeds, bounds widened by their error.

Beside each claim stands the fault it guards against, planted: with it the same check must fail.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from verification.analysis import GATED, METHODS, Called, two_groups
from verification.n1_null_simulations import null_simulations
from verification.n5_type_one_error import BOUND, type_one_error
from verification.n7_any_hit import any_hit, bound
from verification.t7_false_discoveries import false_discoveries, simulated_changes


def duplicated_samples(counts: np.ndarray, group: np.ndarray, method: str) -> Called:
    """Pseudo-replication: every library counted twice, so that the spread between samples looks too small."""
    return two_groups(np.hstack([counts, counts]), np.tile(group, 2), method)


def p_doubled(counts: np.ndarray, group: np.ndarray, method: str) -> Called:
    """One-sided p-values doubled once too often."""
    called = two_groups(counts, group, method)
    return replace(called, pvalue=np.minimum(2 * called.pvalue, 1.0))


def uncorrected(counts: np.ndarray, group: np.ndarray, method: str) -> Called:
    """p-values taken for adjusted ones."""
    called = two_groups(counts, group, method)
    return replace(called, padj=called.pvalue)


def cells(analyze):
    runs = null_simulations(6, 800, (3, 10), GATED, ("usual",), ("deep",), analyze)
    return type_one_error(runs, widen=3.0)


def test_N5_null_simulations_keep_type_one_error():
    table = cells(two_groups)
    assert len(table) == 2 * len(GATED)
    shown = table[["method", "n", "below_05", "standard_error"]].to_string()
    assert (table["verdict"] == "pass").all(), f"bound {BOUND} widened by 3 SE:\n{shown}"


@pytest.mark.parametrize("fault", [duplicated_samples, p_doubled])
def test_N5_fails_with_a_planted_fault(fault):
    table = cells(fault)
    assert (table["verdict"] == "FAIL").all(), table[["method", "n", "below_05"]].to_string()


def test_N7_null_simulations_rarely_have_any_hit():
    table = any_hit(null_simulations(20, 300, (5,), METHODS, ("usual",), ("deep",)))
    assert set(table["method"]) == set(METHODS)
    shown = table[["method", "any_hit"]].to_string()
    assert (table["verdict"] == "pass").all(), f"bound {bound(20):.3f}:\n{shown}"


def test_N7_fails_without_correction():
    table = any_hit(null_simulations(6, 300, (5,), METHODS, ("usual",), ("deep",), uncorrected))
    assert (table["verdict"] == "FAIL").all()


def changes(analyze):
    runs = simulated_changes(6, 1000, (6,), ("edger-ql", "limma-voom", "limma-trend"), ("usual",), analyze)
    return false_discoveries(runs)


def test_T7_false_discoveries_on_known_changes():
    table = changes(two_groups)
    shown = table[["method", "fdp", "fdp_se", "tpr"]].to_string()
    assert (table["verdict"] == "pass").all(), f".05 + 2 SE:\n{shown}"
    assert (table["tpr"] > 0.5).all(), shown


def test_T7_fails_without_correction():
    table = changes(uncorrected)
    assert (table["verdict"] == "FAIL").all()
