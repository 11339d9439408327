"""Reduced forms of the claims Q1 and Q4 on simulations, each with the fault that it guards against planted."""

from __future__ import annotations

import numpy as np
import pytest
from verification import q4_clean_and_faulty as q4
from verification.samples import binary, interval

from foldwise.qc import depth, duplicates, outliers
from foldwise.qc.flags import check_samples
from tests.unit.qc.data import people, with_column

OTHER = {"female": "male", "male": "female"}
RUNS = 6


def flagged_share():
    """Share of clean simulations of two groups of 5 with any flag."""
    return np.mean([
        bool(q4._flags(q4.simulated(5, depth_, kind, run)))
        for depth_, kind in q4._cells() for run in range(RUNS)
    ])  # fmt: skip


def test_clean_simulations_are_left_alone():
    """24 runs: at most 5 % and three binomial standard errors."""
    assert flagged_share() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 24)


def test_without_practical_floors_the_check_would_fail(monkeypatch):
    monkeypatch.setattr(outliers, "LEAST_RATIO_SMALL", 0.0)
    monkeypatch.setattr(depth, "FEW_READS", 1.0)
    monkeypatch.setattr(depth, "FAR", 1.5)
    assert flagged_share() > 0.5


@pytest.mark.parametrize("fault", q4.FAULTS)
def test_planted_faults_are_found_and_no_one_else_is_accused(fault):
    for run in range(3):
        data = q4.simulated(10, "deep", "usual", 20_000 + run)
        faulty, samples = q4.with_fault(data, fault, np.random.default_rng([16, run]))
        named = {flag.sample for flag in q4._flags(faulty)}
        assert named == samples


def test_technical_replicates_are_told_and_a_wrong_scale_would_not_tell_them(monkeypatch):
    data = q4.simulated(5, "deep", "poisson", 1)
    assert {flag.rule for flag in q4._flags(data)} == {"duplicate"}
    monkeypatch.setattr(duplicates, "TECHNICAL_DISPERSION", -1.0)
    monkeypatch.setattr(duplicates, "SHARED", 0.0)
    assert q4._flags(data) == []


def test_flipped_sexes_are_found_and_nobody_else_is_accused():
    data = people(20, 1, seed=4)
    rng = np.random.default_rng(5)
    for _ in range(10):
        mask = binary(rng, 20, 3)
        sheet = [OTHER[s] if flip else s for s, flip in zip(data.samples["sex"], mask, strict=True)]
        flags = check_samples(with_column(data, "sex", sheet)).flags
        assert {flag.sample for flag in flags if flag.rule == "sex"} == set(data.samples.index[mask])


def test_intervals_are_exact():
    assert interval(0, 20) == pytest.approx((0.0, 0.1684), abs=1e-4)
    assert interval(20, 20) == pytest.approx((0.8316, 1.0), abs=1e-4)
    assert interval(7, 10) == pytest.approx((0.3475, 0.9333), abs=1e-4)
