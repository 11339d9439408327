"""edgeR's exact test as a method, and its parts: quantile mapping and tails of sums."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.engine.threads import ThreadEngine
from foldwise.errors import DesignError, UsageError
from foldwise.methods.edger_exact import EdgeRExact
from foldwise.model.contrast import make_contrast
from foldwise.model.design import make_design
from foldwise.model.fit import Status
from foldwise.model.spec import AnalysisSpec, CorrectionSettings, MethodSettings
from foldwise.model.spec_check import require_consistent
from foldwise.stats.exact_test import double_tail
from foldwise.stats.quantile_map import map_quantiles
from foldwise.stats.ranking_score import ranking_score
from tests.unit.methods.test_edger_lrt import experiment_of, simulated, sizes_of


def fit_of(counts: np.ndarray, formula: str = "~ group", **named: object):  # type: ignore[no-untyped-def]
    experiment = experiment_of(counts, **named)
    design = make_design(formula, experiment.samples)
    return EdgeRExact().fit(experiment, design, sizes_of(counts), ThreadEngine(n_threads=1)), design


def test_quantiles_and_tails_are_those_of_edger():
    mapped = map_quantiles(np.array([3.0, 20.0]), np.array([5.0, 10.0]), np.array([10.0, 12.0]), np.array(0.1))
    assert mapped == pytest.approx([6.74477341804018, 23.4560749487861], rel=1e-13)
    first, second = np.array([[3.0, 5, 8]]), np.array([[20.0, 25, 18]])
    assert double_tail(first, second, np.array([0.1])) == pytest.approx([3.25702715586342e-4], rel=1e-12)
    assert double_tail(second, first, np.array([0.1])) == pytest.approx([3.25702715586342e-4], rel=1e-12)
    many = double_tail(np.array([[1000.0, 1200]]), np.array([[2000.0, 1900]]), np.array([0.1]))
    assert many == pytest.approx([0.0750428442458165], rel=1e-12)


def test_equal_sums_have_p_one_and_no_dispersion_is_the_binomial():
    assert double_tail(np.array([[4.0, 4]]), np.array([[5.0, 3]]), np.array([0.2])).tolist() == [1.0]
    from scipy.stats import binom

    expected = 2 * binom.cdf(3, 20, 0.5)
    assert double_tail(np.array([[3.0]]), np.array([[17.0]]), np.array([0.0])) == pytest.approx([expected], rel=1e-8)


def test_negative_sums_end_at_no_reads_as_in_edger():
    sums = {(-1.2, 10): 0.0140786749482402, (-3, 10): 0.0347826086956522, (-0.6, 4): 0.285714285714286,
            (2000, -2): 6.15186953731659e-22}  # fmt: skip
    for (first, second), p in sums.items():
        found = double_tail(np.array([[first]], dtype=float), np.array([[second]], dtype=float), np.array([0.1]))
        assert found == pytest.approx([p], rel=1e-9)
    nothing = double_tail(np.array([[-2.0], [-1.0]]), np.array([[1.0], [0.0]]), np.array([0.1, 0.1]))
    assert nothing.tolist() == [1.0, 1.0]


def test_quantiles_far_in_the_tail_are_finite_and_in_order():
    x = np.array([0.0, 10.0, 2000.0, 5000.0, 9000.0])
    mapped = map_quantiles(x, np.array(10.0), np.array(20.0), np.array(0.01))
    assert np.isfinite(mapped).all()
    assert (np.diff(mapped) > 0).all()
    np.testing.assert_allclose(
        map_quantiles(x, np.array(10.0), np.array(10.0), np.array(0.01)), x, rtol=1e-9, atol=1e-9
    )


def test_changed_genes_are_found():
    fit, design = fit_of(simulated())
    test = EdgeRExact().test(fit, make_contrast(design, ("group", "b", "a")))
    assert np.median(test.log2_fold_change[:30]) == pytest.approx(2.0, abs=0.2)
    assert np.mean(test.pvalue[:30] < 1e-2) > 0.8
    assert np.mean(test.pvalue[30:299] < 0.05) < 0.1
    assert test.status[-1] == Status.ALL_ZERO
    back = EdgeRExact().test(fit, make_contrast(design, ("group", "a", "b")))
    np.testing.assert_allclose(back.pvalue, test.pvalue, rtol=1e-10)
    np.testing.assert_allclose(back.log2_fold_change, -test.log2_fold_change, atol=1e-12)


def test_what_the_test_cannot_do_is_refused():
    counts = simulated()
    with pytest.raises(UsageError, match="edger-ql or edger-lrt"):
        fit_of(counts, "~ group + age")
    with pytest.raises(UsageError, match="weights"):
        fit_of(counts, weights=np.ones(counts.shape))
    exact = MethodSettings(name="edger-exact")
    with pytest.raises(UsageError, match="does not test against a fold change"):
        require_consistent(AnalysisSpec(method=exact, correction=CorrectionSettings(lfc=1.0)))
    fit, design = fit_of(counts)
    with pytest.raises(DesignError, match=r"E-CONTRAST-002.*edger-ql or edger-lrt"):
        EdgeRExact().test(fit, make_contrast(design, np.array([0.0, 0.5, 0.5])))


def test_tables_have_no_statistic_and_rank_by_p_with_the_sign_of_the_change(tmp_path):
    counts = pd.DataFrame(simulated(), [f"g{i}" for i in range(300)], [f"s{i}" for i in range(9)])
    samples = pd.DataFrame({"group": list("aaabbbccc")}, index=counts.columns)
    results = fw.de(counts, samples, "~ group", contrast=("group", "b", "a"), method="edger-exact")
    table = results.table
    assert not {"statistic", "log2_fold_change_se"} & set(table.columns)
    assert list(results.to_frame("edger").columns) == ["logFC", "logCPM", "PValue", "FDR"]
    results.to_rnk(tmp_path / "x.rnk")
    ranked = pd.read_csv(tmp_path / "x.rnk", sep="\t", header=None, index_col=0)[1]
    expected = np.sign(table["log2_fold_change"]) * -np.log10(np.maximum(table["pvalue"], 5e-324))
    np.testing.assert_allclose(ranked, expected.dropna()[ranked.index], rtol=1e-12, atol=1e-12)
    assert (np.diff(ranked) <= 0).all()
    assert len(ranked) == table["pvalue"].notna().sum()
    assert "±" not in results.explain(ranked.index[0])
    with pytest.raises(UsageError, match="no standard errors"):
        results.confidence_intervals()


def test_p_values_of_zero_rank_first():
    score = ranking_score(np.array([1.0, -2.0, 3.0]), np.array([0.0, 0.0, np.nan]), None, "")
    assert score[:2] == pytest.approx([323.306, -323.306], abs=1e-2)
    assert np.isnan(score[2])
