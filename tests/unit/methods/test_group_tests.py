"""Methods ``t`` and ``wilcoxon``: counts to a test, against scipy on the same transformed counts; what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats as scipy_stats

from foldwise.engine.threads import ThreadEngine
from foldwise.errors import DesignError, UsageError
from foldwise.methods.t_test import TTest
from foldwise.methods.wilcoxon import Wilcoxon
from foldwise.model.contrast import make_contrast
from foldwise.model.design import make_design
from foldwise.model.fit import Status
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from tests.property.relations import Case, simulated

METHODS = [TTest(), TTest(equal_var=True), TTest("log2-cpm"), Wilcoxon(), Wilcoxon("log2-cpm"), Wilcoxon("log1p-raw")]
NAMES = ["welch", "student", "welch log2-cpm", "wilcoxon", "wilcoxon log2-cpm", "wilcoxon raw"]


def analyze(method, case: Case, contrast: str | None = None, factors: SizeFactors | None = None):
    design = make_design(case.design, case.experiment.samples)
    fit = method.fit(case.experiment, design, factors, ThreadEngine(1))
    return fit, method.test(fit, make_contrast(design, contrast or case.contrast))


def transformed(case: Case, name: str) -> np.ndarray:
    counts = case.experiment.counts
    sizes = counts.sum(axis=0)
    relative = sizes / sizes.mean()
    if name == "log1p-raw":
        return np.log1p(counts) / np.log(2)
    if name == "log2-cpm":
        return np.log2((counts + 2 * relative) / (sizes + 4 * relative) * 1e6)
    return np.log1p(counts / relative) / np.log(2)


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
@pytest.mark.parametrize("kind", ["two groups", "uneven", "three levels", "cells"])
def test_p19_counts_to_p_as_scipy(method, kind: str) -> None:
    case = simulated(kind, 6, 3)
    fit, test = analyze(method, case)
    values, levels = transformed(case, method.transform), case.experiment.samples["a"].to_numpy()
    _, target, reference = case.contrast.split(":")
    one, other = values[:, levels == target], values[:, levels == reference]
    zero = (case.experiment.counts == 0).all(axis=1)
    np.testing.assert_array_equal(test.status == Status.ALL_ZERO, zero)
    np.testing.assert_array_equal(np.isnan(test.log2_fold_change), zero)
    ok = test.status == Status.OK
    np.testing.assert_allclose(
        test.log2_fold_change[ok], (one.mean(axis=1) - other.mean(axis=1))[ok], rtol=1e-11, atol=1e-12
    )
    if method.id == "t":
        theirs = scipy_stats.ttest_ind(one, other, axis=1, equal_var=method.equal_var)
        np.testing.assert_allclose(test.statistic[ok], theirs.statistic[ok], rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(test.pvalue[ok], theirs.pvalue[ok], rtol=1e-9)  # t to 1e-10 in scipy's own sums
    else:
        depth = case.experiment.counts.sum(axis=0)
        ranked = case.experiment.counts / (1 if method.transform == "log1p-raw" else depth / depth.mean())
        theirs = [scipy_stats.mannwhitneyu(row[levels == target], row[levels == reference]) for row in ranked[ok]]
        np.testing.assert_array_equal(test.facts["u"][ok], [each.statistic for each in theirs])
        np.testing.assert_allclose(test.pvalue[ok], [each.pvalue for each in theirs], rtol=1e-12)
    assert (test.status[~zero & ~ok] == Status.NOT_ESTIMABLE).all()
    assert np.isfinite(test.log2_fold_change_se[ok]).all()
    assert fit.base_mean.shape == (len(values),)


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_the_raw_scale_for_ranks_of_log_cpm_is_that_of_depth(method) -> None:
    """Zero counts are equal on every scale of depth, though their log2-cpm may differ by rounding."""
    case = simulated("two groups", 6, 5)
    counts = case.experiment.counts.copy()
    counts[7, :7] = 0
    case = replace(case, experiment=replace(case.experiment, counts=counts))
    _, one = analyze(Wilcoxon("log1p"), case)
    _, other = analyze(Wilcoxon("log2-cpm"), case)
    np.testing.assert_array_equal(one.pvalue, other.pvalue)
    np.testing.assert_array_equal(one.facts["u"], other.facts["u"])


@pytest.mark.parametrize("method", METHODS[:4:3], ids=["t", "wilcoxon"])
@pytest.mark.parametrize("kind", ["batches", "covariate", "slope"])
def test_covariates_are_refused(method, kind: str) -> None:
    case = simulated(kind, 5, 1)
    with pytest.raises(UsageError, match="cannot adjust") as caught:
        analyze(method, case)
    assert caught.value.id == "E-USAGE-002"
    assert method.id in caught.value.found
    assert "ols" in caught.value.fix


@pytest.mark.parametrize("method", METHODS[:4:3], ids=["t", "wilcoxon"])
def test_offsets_and_weights_are_refused(method) -> None:
    case = simulated("two groups", 5, 1)
    ones = np.zeros(case.experiment.counts.shape)
    for changed, word in ((replace(case.experiment, log_offset=ones), "offsets"),
                          (replace(case.experiment, weights=ones + 1), "weights")):  # fmt: skip
        with pytest.raises(UsageError, match=word):
            analyze(method, replace(case, experiment=changed))


def test_interactions_are_sums_of_cells_for_t_and_none_for_ranks() -> None:
    case = simulated("interaction", 6, 2)
    _, test = analyze(TTest(), case)
    samples = case.experiment.samples
    values = transformed(case, "log1p")
    means = {(a, b): values[:, (samples["a"] == a) & (samples["b"] == b)].mean(axis=1)
             for a in ("a0", "a1") for b in ("b0", "b1")}  # fmt: skip
    expected = means["a1", "b1"] - means["a1", "b0"] - means["a0", "b1"] + means["a0", "b0"]
    np.testing.assert_allclose(test.log2_fold_change[1:], expected[1:], atol=1e-12)
    with pytest.raises(DesignError, match="4 groups") as caught:
        analyze(Wilcoxon(), case)
    assert caught.value.id == "E-CONTRAST-002"


@pytest.mark.parametrize("method", METHODS[:4], ids=NAMES[:4])
def test_a_group_of_one_sample(method) -> None:
    case = simulated("two groups", 4, 2)
    samples = case.experiment.samples
    keep = np.flatnonzero((samples["a"] == "a0").to_numpy() | (np.arange(len(samples)) == 0))
    keep = np.union1d(keep, np.flatnonzero((samples["a"] == "a1").to_numpy())[:1])
    case = replace(case, experiment=replace(case.experiment, counts=case.experiment.counts[:, keep].copy(),
                                            samples=samples.iloc[keep]))  # fmt: skip
    sizes = case.experiment.samples["a"].value_counts()
    if method.id == "t" and method.equal_var:
        _, test = analyze(method, case)
        assert sizes.min() >= 1
        assert np.isfinite(test.pvalue[test.status == Status.OK]).all()
    elif sizes.min() == 1:
        with pytest.raises(DesignError, match="one sample") as caught:
            analyze(method, case)
        assert caught.value.id == "E-DESIGN-002"


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_coefficients_are_those_of_the_design(method) -> None:
    case = simulated("three levels", 4, 6)
    fit, _ = analyze(method, case)
    coefficients = method.log2_coefficients(fit)
    values, levels = transformed(case, method.transform), case.experiment.samples["a"].to_numpy()
    means = np.stack([values[:, levels == f"a{k}"].mean(axis=1) for k in range(3)], axis=1)
    expected = np.column_stack([means[:, 0], means[:, 1] - means[:, 0], means[:, 2] - means[:, 0]])
    np.testing.assert_allclose(coefficients[1:], expected[1:], atol=1e-11)
    assert np.isnan(coefficients[0]).all()


@pytest.mark.parametrize("method", METHODS[:4:3], ids=["t", "wilcoxon"])
def test_size_factors_scale_depth(method) -> None:
    case = simulated("two groups", 5, 7)
    sizes = case.experiment.counts.sum(axis=0).astype(float)
    _, plain = analyze(method, case)
    _, same = analyze(method, case, factors=SizeFactors(sizes / 1e6, kind="given"))
    np.testing.assert_allclose(same.pvalue, plain.pvalue, rtol=1e-9)
    effective = SizeFactors(sizes / sizes.mean(), None, "tmm", sizes, np.linspace(0.5, 2, len(sizes)))
    _, other = analyze(method, case, factors=effective)
    _, by_hand = analyze(method, case, factors=SizeFactors(sizes * np.linspace(0.5, 2, len(sizes))))
    assert np.nanmax(np.abs(other.pvalue - plain.pvalue)) > 1e-3
    np.testing.assert_allclose(other.log2_fold_change, by_hand.log2_fold_change, atol=1e-2)


def test_settings_come_from_the_spec() -> None:
    spec = AnalysisSpec()
    assert TTest.from_spec(spec) == TTest("log1p", False)
    assert Wilcoxon.from_spec(replace(spec, method=replace(spec.method, transform="log2-cpm"))) == Wilcoxon("log2-cpm")
