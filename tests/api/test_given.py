"""Settings and objects that change the fit: size factors, control genes, weights, contrasts on one fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import foldwise as fw

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
CONTRAST = ("group", "treated", "control")


@pytest.fixture(scope="module")
def experiment(simulation) -> fw.Experiment:
    return fw.read(simulation.counts, simulation.samples)


@pytest.fixture(scope="module")
def fitted(experiment) -> fw.FittedModel:
    return fw.fit(experiment, "~ group", reference={"group": "control"})


@pytest.fixture(scope="module")
def results(experiment) -> fw.Results:
    return fw.de(experiment, None, "~ group", contrast=CONTRAST)


def test_size_factors_by_name_in_order_and_from_a_file(experiment, results, simulation, tmp_path):
    found = results.analysis.size_factors.values
    names = list(simulation.samples.index)
    by_name = pd.Series(found, index=names)[::-1]
    by_name.rename("size_factor").rename_axis("sample").to_csv(tmp_path / "sf.tsv", sep="\t")
    for given in (by_name, dict(zip(names, found, strict=True)), found.tolist(), tmp_path / "sf.tsv"):
        again = fw.de(experiment, None, "~ group", contrast=CONTRAST, size_factors=given)
        np.testing.assert_array_equal(again.table["pvalue"], results.table["pvalue"])
        assert again.analysis.size_factors.kind == "given"


def test_size_factors_per_gene(experiment, results):
    matrix = np.tile(results.analysis.size_factors.values, (experiment.n_genes, 1))
    again = fw.de(experiment, None, "~ group", contrast=CONTRAST, size_factors=matrix)
    np.testing.assert_allclose(again.table["pvalue"], results.table["pvalue"], rtol=1e-6)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf"), "x"])
def test_b70_size_factors_that_are_not_positive(experiment, bad):
    values = [1.0] * 7 + [bad]
    with pytest.raises(fw.InputError, match="E-NORM-002") as caught:
        fw.de(experiment, None, "~ group", size_factors=values)
    assert "'S8'" in caught.value.found


@pytest.mark.parametrize(
    "values",
    [[1.0] * 7, {"S1": 1.0}, np.ones((3, 8)), np.ones((8, 800)), pd.DataFrame({"S1": [1.0]}, index=["gene001"])],
)
def test_b72_factors_of_another_shape_or_names(experiment, values):
    with pytest.raises(fw.InputError, match="E-NORM-004"):
        fw.de(experiment, None, "~ group", size_factors=values)


@pytest.mark.parametrize("bad", [-0.5, float("nan")])
def test_b73_weights_negative_or_missing(experiment, bad):
    weights = np.ones((800, 8))
    weights[2, 3] = bad
    with pytest.raises(fw.InputError, match="E-NORM-005") as caught:
        fw.de(experiment, None, "~ group", weights=weights)
    assert "'gene003'" in caught.value.found
    assert "'S4'" in caught.value.found


def test_m45_weights_of_one_are_no_weights(experiment, results):
    weighted = fw.de(experiment, None, "~ group", contrast=CONTRAST, weights=np.ones(8))
    np.testing.assert_array_equal(weighted.table["pvalue"], results.table["pvalue"])


def test_b74_weight_zero_for_a_whole_group(experiment, simulation):
    weights = pd.DataFrame(1.0, index=simulation.counts.index, columns=simulation.counts.columns)
    weights.loc["gene010", simulation.samples["group"] == "treated"] = 0.0
    table = fw.de(experiment, None, "~ group", contrast=CONTRAST, weights=weights).table
    assert table.loc["gene010", "status"] == "not_estimable"
    assert np.isnan(table.loc["gene010", "padj"])


def test_control_genes(experiment, results, simulation, tmp_path):
    unchanged = simulation.truth.index[simulation.truth["log2_fold_change"] == 0]
    listed = fw.de(experiment, None, "~ group", contrast=CONTRAST, control_genes=list(unchanged))
    (tmp_path / "control.txt").write_text("\n".join(unchanged) + "\n")
    of_file = fw.de(experiment, None, "~ group", contrast=CONTRAST, control_genes=tmp_path / "control.txt")
    np.testing.assert_array_equal(listed.table["pvalue"], of_file.table["pvalue"])
    assert not np.array_equal(listed.analysis.size_factors.values, results.analysis.size_factors.values)
    with pytest.raises(fw.InputError, match="E-NORM-004") as caught:
        fw.de(experiment, None, "~ group", control_genes=["gene001", "ACTB"])
    assert "'ACTB'" in caught.value.found


def test_fit_once_test_many(fitted, results):
    one = fitted.contrast(CONTRAST)
    pd.testing.assert_frame_equal(one.table, results.table, check_exact=True)
    both = fitted.contrasts({"up": CONTRAST, "down": "group:control:treated"})
    assert list(both) == ["up", "down"]
    assert both["down"].contrast.id == "down"
    np.testing.assert_array_equal(both["down"].table["log2_fold_change"], -one.table["log2_fold_change"])
    assert list(fitted.analysis.results[0].table.columns) == list(one.table.columns)


def test_coefficients_are_log2(fitted, results):
    coefficients = fitted.coefficients
    assert list(coefficients.columns) == ["Intercept", "group_treated_vs_control"]
    expected = results.table["log2_fold_change"].rename("group_treated_vs_control")
    pd.testing.assert_series_equal(coefficients["group_treated_vs_control"], expected, check_exact=True)


def test_ols_coefficients_are_log2(experiment):
    fitted = fw.fit(experiment, "~ group", method="ols", transform="log2-cpm", reference={"group": "control"})
    expected = fitted.contrast(CONTRAST).table["log2_fold_change"].to_numpy()
    np.testing.assert_allclose(fitted.coefficients.iloc[:, 1], expected, rtol=1e-12)


def test_likelihood_ratio_test(fitted, experiment):
    lrt = fitted.lrt("~ 1")
    expressed = lrt.table[lrt.table["base_mean"] > 1]
    assert (expressed["statistic"].dropna() >= -1e-6).all()
    assert (expressed["pvalue"].dropna() <= 1).all()
    direct = fw.de(experiment, None, "~ group", test="lrt", reduced="~ 1", reference={"group": "control"})
    np.testing.assert_array_equal(lrt.table["pvalue"], direct.table["pvalue"])
    with pytest.raises(fw.DesignError, match="E-DESIGN-009"):
        fitted.lrt("~ group")


@pytest.mark.parametrize(
    "options",
    [
        {"test": "lrt"},
        {"reduced": "~ 1"},
        {"test": "lrt", "reduced": "~ 1", "lfc": 1.0},
        {"alternative": "lessAbs"},
        {"transform": "log1p"},
        {"method": "ols", "shrink": "apeglm"},
        {"method": "ols", "test": "lrt", "reduced": "~ 1"},
        {"method": "ols", "lfc": 1.0},
        {"method": "ols", "transform": "log1p-raw", "size_factors": "poscounts"},
        {"method": "wilcoxon", "transform": "log1p-raw", "size_factors": [1.0] * 8},
        {"method": "t", "transform": "log1p-raw", "control_genes": ["gene001"]},
        {"method": "ols", "size_factors": np.ones((800, 8))},
        {"method": "limma-voom", "size_factors": np.ones((800, 8))},
    ],
)
def test_settings_that_contradict_each_other_are_refused(experiment, options):
    with pytest.raises(fw.UsageError, match="E-USAGE-002"):
        fw.de(experiment, None, "~ group", **options)


def test_b103_what_would_not_fit_is_refused_before_it_is_made(experiment):
    from foldwise.api.memory import require_memory

    with pytest.raises(fw.FoldwiseError, match="E-MEM-001") as caught:
        require_memory(fw.AnalysisSpec(), 500_000, 100_000)
    assert caught.value.exit_code == 75
    assert caught.value.data["needed_bytes"] > 1e12
    assert "GiB" in caught.value.found
    with pytest.raises(fw.FoldwiseError, match="allowed by --memory"):
        fw.de(experiment, None, "~ group", memory="1M")
    with pytest.raises(fw.UsageError, match="E-USAGE-002"):
        fw.de(experiment, None, "~ group", memory="plenty")


def test_shrinkage_adds_columns_and_changes_none(experiment, results):
    shrunk = fw.de(experiment, None, "~ group", contrast=CONTRAST, shrink="ashr").table
    assert {"log2_fold_change_shrunk", "s_value"} <= set(shrunk.columns)
    pd.testing.assert_frame_equal(shrunk[results.table.columns], results.table, check_exact=True)
