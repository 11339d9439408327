"""Rules of the verdict."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.certify.certificate import sharpness
from foldwise.certify.null_runs import GRID, NullRuns
from foldwise.certify.verdict import binomial_quantile, judge

M = 2000


def runs(discoveries: list[int], pvalues: np.ndarray | None = None) -> NullRuns:
    """Null runs with these discoveries; p-values evenly spread unless given."""
    p = np.tile((np.arange(M) + 0.5) / M, (len(discoveries), 1)) if pvalues is None else pvalues
    below = np.array([[np.searchsorted(np.sort(row), GRID, side="right")] for row in p])
    n_tested = np.full((len(discoveries), 1), p.shape[1])
    return NullRuns(GRID, below, n_tested, np.array(discoveries)[:, None], np.ones((len(discoveries), 1)))


@pytest.mark.parametrize(("n", "fails"), [(9, 3), (100, 12), (200, 19), (400, 32)])
def test_so_many_runs_with_a_discovery_fail(n, fails):
    assert binomial_quantile(n, 0.05) == fails - 1
    for k, verdict in ((fails, "FAIL"), (fails - 1, "PASS" if n >= 100 else "WARN")):
        found = judge(runs([3] * k + [0] * (n - k)), 0.05, n_distinct=None)
        assert found.verdict == verdict, found
        assert f"{k} of {n}" in found.reasons[0]


def test_sharpness_of_200_runs():
    found = sharpness(200, 0.05)
    assert [round(found[rate], 2) for rate in ("0.1", "0.125", "0.15")] == [0.63, 0.92, 0.99]


def test_a_heavy_tail_fails_without_any_discovery():
    rng = np.random.default_rng(1)
    p = rng.random((100, M))
    assert judge(runs([0] * 100, p), 0.05, n_distinct=None).verdict == "PASS"
    heavy = np.where(rng.random(p.shape) < 0.001, p * 0.001, p)  # twice as many below .001
    found = judge(runs([0] * 100, heavy), 0.05, n_distinct=None)
    assert found.verdict == "FAIL" and "below 0.001" in found.reasons[0]
    assert judge(runs([0] * 19, heavy[:19]), 0.05, n_distinct=None).verdict == "WARN"  # too few runs to tell


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"n_distinct": 18}, "Only 18"),
        ({"n_distinct": None, "approximate": "Not exact."}, "Not exact."),
        ({"n_distinct": None, "fdp": 0.11}, "11.0%"),
        ({"n_distinct": None, "unsafe": "Too many genes differ."}, "Too many genes differ."),
    ],
)
def test_doubts_keep_from_pass(settings, words):
    found = judge(runs([0] * 100), 0.05, **settings)
    assert found.verdict == "WARN"
    assert any(words in reason for reason in found.reasons)


def test_few_runs_of_many_groupings_are_a_doubt():
    found = judge(runs([0] * 40), 0.05, n_distinct=5000)
    assert found.verdict == "WARN" and "Only 40 null runs were made" in found.reasons[0]


def test_a_handful_of_runs_cannot_fail():
    found = judge(runs([14, 2, 1]), 0.05, n_distinct=3)
    assert found.verdict == "WARN"
    assert "3 of 3 gave a false gene; that is too many, and too few runs to fail" in found.reasons[0]
