"""A term in place of a comparison tests all its coefficients at once."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import foldwise as fw

JOINT = ("edger-ql", "edger-lrt", "limma-voom", "limma-trend", "ols")


@pytest.fixture(scope="module")
def three_groups():
    rng = np.random.default_rng(5)
    means = rng.gamma(2.0, 100.0, (200, 1)) * np.ones((1, 12))
    means[:30, 4:8] *= 4.0
    counts = rng.negative_binomial(10, 10 / (10 + means))
    names = [f"s{j}" for j in range(12)]
    sheet = pd.DataFrame({"group": np.repeat(["a", "b", "c"], 4), "batch": ["x", "y"] * 6}, index=names)
    return pd.DataFrame(counts, index=[f"g{i}" for i in range(200)], columns=names), sheet


@pytest.mark.parametrize("method", JOINT)
def test_a_term_finds_what_any_of_its_comparisons_shows(three_groups, method):
    counts, sheet = three_groups
    joint = fw.de(counts, sheet, "~ batch + group", contrast="group", method=method)
    one = fw.de(counts, sheet, "~ batch + group", contrast="group:b:a", method=method)
    assert joint.result.statistic == ("LR" if method == "edger-lrt" else "F")
    called = joint.table["padj"] < 0.05
    assert called[:30].mean() > (0.6 if method == "ols" else 0.9)  # no variance is borrowed from other genes
    assert called[30:].mean() < 0.05
    np.testing.assert_allclose(joint.table["log2_fold_change"], one.table["log2_fold_change"], rtol=1e-12)


@pytest.mark.parametrize("method", JOINT)
def test_a_joint_test_does_not_hang_on_the_reference_level(three_groups, method):
    """The term spans the same hypothesis whatever its coding (edgeR and ols to rounding, limma's weights too)."""
    counts, sheet = three_groups
    p = [
        fw.de(counts, sheet, "~ batch + group", contrast="group", method=method, reference=(f"group={level}",)).table
        for level in "ac"
    ]
    tolerance = 5e-2 if method == "limma-voom" else 2e-5  # limma's standard errors of contrasts are approximations
    finite = p[0]["pvalue"].notna()
    np.testing.assert_allclose(
        np.log(p[0]["pvalue"][finite]), np.log(p[1]["pvalue"][finite]), rtol=tolerance, atol=1e-4
    )


def test_ols_joint_test_is_the_f_test_of_statsmodels(three_groups):
    counts, sheet = three_groups
    found = fw.de(counts, sheet, "~ batch + group", contrast="group", method="ols", size_factors="none")
    values = counts * (counts.sum().mean() / counts.sum())
    design = np.column_stack([np.ones(12), sheet["batch"] == "y", sheet["group"] == "b", sheet["group"] == "c"]).astype(
        float
    )
    for gene in ("g0", "g50", "g199"):
        theirs = sm.OLS(np.log1p(values.loc[gene].to_numpy()), design).fit().f_test(np.eye(4)[2:])
        assert found.table.loc[gene, "statistic"] == pytest.approx(float(theirs.fvalue), rel=1e-10)
        assert found.table.loc[gene, "pvalue"] == pytest.approx(float(theirs.pvalue), rel=1e-10)


@pytest.mark.parametrize("method", ["deseq2", "t", "wilcoxon"])
def test_methods_without_joint_tests_say_so(three_groups, method):
    counts, sheet = three_groups
    with pytest.raises(fw.UsageError, match=r"E-USAGE-002.*one comparison at a time"):
        fw.de(counts, sheet, "~ group", contrast="group", method=method)


def test_a_threshold_is_for_one_comparison(three_groups):
    counts, sheet = three_groups
    with pytest.raises(fw.UsageError, match=r"E-USAGE-002.*threshold"):
        fw.de(counts, sheet, "~ group", contrast="group", method="edger-ql", lfc=1.0)
