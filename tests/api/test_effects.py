"""Confidence intervals and shrunken fold changes of any method with estimate and standard error."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from foldwise.api.results import Results
from foldwise.errors import UsageError
from tests.property.relations import run, simulated


@pytest.mark.parametrize("method", ["deseq2", "ols", "t"])
def test_intervals_and_p_values_agree(method: str) -> None:
    """The interval of coverage 1 - p ends at 0."""
    results = Results(run(simulated("two groups", 5, 4), method=method))
    table = results.table
    interval = results.confidence_intervals(0.9)
    ok = (table["status"] == "ok").to_numpy() & (table["pvalue"] > 0).to_numpy()
    assert ok.sum() > 50
    away = (interval["low"] > 0) | (interval["high"] < 0)
    np.testing.assert_array_equal(away[ok], table["pvalue"][ok] < 0.1)
    gene = np.flatnonzero(ok)[3]
    at_p = results.confidence_intervals(1 - table["pvalue"].iloc[gene]).iloc[gene]
    assert min(abs(at_p["low"]), abs(at_p["high"])) < 1e-8
    missing = table["log2_fold_change_se"].isna()
    np.testing.assert_array_equal(interval["low"].isna(), missing)


def test_intervals_of_ols_are_those_of_t() -> None:
    results = Results(run(simulated("batches", 5, 4), method="ols"))
    table, found = results.table, results.confidence_intervals()
    margin = scipy_stats.t.isf(0.025, results.analysis.fit.residual_df) * table["log2_fold_change_se"]
    np.testing.assert_allclose(found["high"], table["log2_fold_change"] + margin, rtol=1e-9)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_levels_that_are_none_are_refused(level: float) -> None:
    results = Results(run(simulated("two groups", 4, 1), method="ols"))
    with pytest.raises(UsageError, match="between 0 and 1"):
        results.confidence_intervals(level)


@pytest.mark.parametrize("method", ["ols", "t"])
def test_any_method_with_standard_errors_can_be_shrunken(method: str) -> None:
    table = run(simulated("two groups", 5, 4), method=method, shrink="ashr").results[0].table
    ok = (table["status"] == "ok").to_numpy()
    shrunk, plain = table["log2_fold_change_shrunk"].to_numpy(), table["log2_fold_change"].to_numpy()
    assert (np.sign(shrunk[ok]) == np.sign(plain[ok])).all()
    assert (np.abs(shrunk[ok]) <= np.abs(plain[ok])).all()
    assert table["s_value"][ok].between(0, 0.5).all()
    assert np.isnan(shrunk[~ok]).all()


@pytest.mark.parametrize("method", ["deseq2", "limma-voom", "ols"])
def test_decisions_across_contrasts(method: str) -> None:
    asked = ["a:a1:a0", "a:a2:a0", "a:a2:a1"]
    results = Results(run(simulated("three levels", 5, 4), method=method, contrast=asked))
    separate, together = results.decisions(), results.decisions("global")
    assert list(separate.columns) == list(results.contrasts)
    for name, each in results.contrasts.items():
        called = each.table["padj"] < 0.05
        np.testing.assert_array_equal(separate[name].fillna(0) != 0, called)
        np.testing.assert_array_equal(separate[name][called], np.sign(each.table["log2_fold_change"][called]))
    p = np.stack([each.table["pvalue"] for each in results.contrasts.values()], axis=1)
    called = (together.fillna(0) != 0).to_numpy()
    assert p[called].max() < np.nanmin(p[~called & ~np.isnan(p)])  # one cut
    large = results.decisions("global", lfc=2.0)
    assert (large.fillna(0) != 0).to_numpy().sum() < called.sum()
    with pytest.raises(UsageError, match="separate"):
        results.decisions("nested")
