"""Every method of the table through the same metamorphic relations (trust.md 1.4): a new method needs no new line here.

Relations of class B hold to the last bit. What moves where sums over genes or samples run in another order, or the
model is written in another way, is bounded by ``MOVES``: nothing where each gene is alone, what a search stops at
where dispersions are estimated. A method that cannot take a case (a covariate, several coefficients) refuses it with
an id of the catalogue, and that is the test.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.api.results import Results
from foldwise.cli.app import cli
from foldwise.engine.threads import ThreadEngine
from foldwise.errors import FoldwiseError, FoldwiseWarning
from foldwise.method import METHODS, method_class
from foldwise.model.design import make_design
from foldwise.model.fit import Status
from foldwise.model.method_facts import METHOD_FACTS
from foldwise.names import RESULT_COLUMNS, STYLES, statistic_name, style_columns
from foldwise.stats.multiple_testing import benjamini_hochberg
from tests.property.relations import NUMBERS, OTHER_TWIN, TWIN, ZERO, Case, difference, run, same, simulated, take
from tests.property.test_metamorphic_bits import sparse

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
IDS = tuple(METHODS)
# Every result has these columns; the others are a method's own.
REQUIRED = (*(name for name in NUMBERS if name not in ("log2_fold_change_se", "statistic")), "status")
OWN = {
    "log2_fold_change_se",
    "statistic",
    "gene_name",
    "mean_log2_cpm",
    "log2_fold_change_shrunk",
    "s_value",
    "log_odds",
}
# Largest difference (fold changes absolute, others relative) that another order or another coding may make.
MOVES = {
    "deseq2": 1e-2, "edger-ql": 1e-4, "edger-lrt": 1e-4, "edger-exact": 1e-4, "limma-voom": 1e-6, "limma-trend": 1e-7,
    "ols": 1e-9, "t": 1e-9, "wilcoxon": 1e-9,
}  # fmt: skip
# What refuses a case that is not for a method.
REFUSALS = {"E-USAGE-002", "E-CONTRAST-002", "E-DESIGN-002"}


def moves(method: str) -> float:
    return MOVES.get(method, 1e-4)


def facts(method: str) -> Any:
    return METHOD_FACTS[method]


@pytest.fixture(scope="module")
def two() -> Case:
    return simulated("two groups", 5, 3)


@pytest.fixture(scope="module")
def three() -> Case:
    return simulated("three levels", 5, 4)


def table(method: str, case: Case, **more: Any) -> pd.DataFrame:
    return run(case, method=method, **more).results[0].table


def near(one: pd.DataFrame, other: pd.DataFrame, limit: float, **signs: float) -> None:
    """All numbers within a limit, with the sign that a column takes; p-values on their logarithms."""
    for column in (name for name in NUMBERS if name in one):
        a, b = one[column], other[column] * signs.get(column, 1.0)
        if column in ("pvalue", "padj"):
            a, b = np.log(np.maximum(a, 1e-300)) - 1.0, np.log(np.maximum(b, 1e-300)) - 1.0
        found = difference(pd.DataFrame({column: a}), pd.DataFrame({column: b}), column)
        assert found.max() <= limit, (column, float(found.max()))
    assert list(one["status"]) == list(other["status"])


def of_approximate_errors(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """limma takes standard errors of contrasts from the design without the weights of a gene, which hangs on coding."""
    assert difference(one, other, "log2_fold_change").max() <= 1e-9
    assert np.median(difference(one, other, "log2_fold_change_se")) <= 0.05
    assert one["pvalue"].corr(other["pvalue"], method="spearman") > 0.99
    assert list(one["status"]) == list(other["status"])


def near_for_most(one: pd.DataFrame, other: pd.DataFrame, limit: float) -> None:
    """The median to 1e-4, 97 % of the genes within a limit: class X where R's path stops elsewhere."""
    for column in ("log2_fold_change", "statistic"):
        found = difference(one, other, column)
        assert np.median(found) <= 1e-4, (column, float(np.median(found)))
        assert np.quantile(found, 0.97) <= limit, (column, float(np.quantile(found, 0.97)))
    assert ((one["padj"] < 0.05) != (other["padj"] < 0.05)).mean() <= 0.01


def possible(method: str, case: Case, **more: Any) -> pd.DataFrame | None:
    """The table, or None where the method refuses such a model with an id that says so."""
    try:
        return table(method, case, **more)
    except FoldwiseError as error:
        assert error.id in REFUSALS, error
        assert error.fix
        return None


# --- one schema ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", IDS)
def test_every_method_gives_one_schema(method, two):
    found = run(two, method=method)
    one = found.results[0].table
    order = [quantity.name for quantity in RESULT_COLUMNS]
    assert [name for name in order if name in one.columns] == list(one.columns)
    assert set(REQUIRED) <= set(one.columns) <= set(REQUIRED) | OWN
    assert one.index.name == "gene_id"
    assert list(one.index) == list(two.experiment.genes.index)
    assert all(one[name].dtype == np.float64 for name in one.columns if name not in ("status", "gene_name"))
    assert set(one["status"]) <= {status.word for status in Status}
    assert one["status"].iloc[ZERO] in ("all_zero", "low_count")
    ok = one["status"] == "ok"
    assert ok.sum() > 0.5 * len(one)
    assert one.loc[ok, ["base_mean", "log2_fold_change", "pvalue", "padj"]].notna().all().all()
    assert "statistic" not in one or one.loc[ok, "statistic"].notna().all()
    assert not one.isna().all().any()  # a column that the method lacks is absent, not empty
    assert one.loc[~ok, "padj"].isna().all()
    assert one["pvalue"].dropna().between(0, 1).all()
    assert one["padj"].dropna().between(0, 1).all()
    assert found.vst.shape == two.experiment.counts.shape
    assert np.isfinite(found.vst).all()
    assert found.results[0].contrast.label == "a: a1 vs a0"


@pytest.mark.parametrize("method", IDS)
def test_m53_m54_adjusted_p_values(method, two):
    one = table(method, two)
    both = one["padj"].notna()
    assert (one["padj"] >= one["pvalue"])[both].all()
    ordered = one[both].sort_values("pvalue")
    assert (np.diff(ordered["padj"]) >= 0).all()
    kept = np.where(both, one["pvalue"], np.nan)
    np.testing.assert_array_equal(one["padj"], benjamini_hochberg(kept))
    by_holm = table(method, two, correction="holm")
    np.testing.assert_array_equal(by_holm["pvalue"], one["pvalue"])
    assert (by_holm["padj"] >= one["pvalue"])[by_holm["padj"].notna()].all()


@pytest.mark.parametrize("method", IDS)
def test_m56_p_falls_as_the_statistic_grows(method, two):
    one = table(method, two)
    ok = one[one["status"] == "ok"]
    if "statistic" not in ok:  # an exact test has none
        assert statistic_name(method) == ""
        return
    assert ok["pvalue"].corr(ok["statistic"].abs(), method="spearman") < -0.97


@pytest.mark.parametrize("method", IDS)
def test_the_direction_is_that_of_the_counts(method, two):
    one = table(method, two)
    level = (two.experiment.samples["a"] == "a1").to_numpy()
    share = two.experiment.counts / two.experiment.counts.sum(axis=0)
    up = share[:, level].mean(axis=1) > share[:, ~level].mean(axis=1)
    called = (one["padj"] < 0.05).to_numpy()
    if called.any():
        assert ((one["log2_fold_change"] > 0).to_numpy() == up)[called].mean() > 0.9


BAD = {
    "unknown level": ({"contrast": ["a:a9:a0"]}, "E-CONTRAST-001"),
    "with itself": ({"contrast": ["a:a1:a1"]}, "E-CONTRAST-003"),
    "all zero": ({"contrast": ["[0, 0]"]}, "E-CONTRAST-001"),
    "too long": ({"contrast": ["[0, 1, 0]"]}, "E-CONTRAST-001"),
    "no such column": ({"design": "~ q"}, "E-SHEET-004"),
    "code": ({"design": "~ I(__import__('os').getcwd())"}, "E-FORMULA-001"),
    "fdr": ({"fdr": 2.0}, "E-USAGE-002"),
    "correction": ({"correction": "best"}, "E-USAGE-001"),
}


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("bad", BAD)
def test_every_method_refuses_in_the_same_words(method, bad, two):
    options, id = BAD[bad]
    with pytest.raises(FoldwiseError) as caught:
        run(two, method=method, **options)
    assert caught.value.id == id


@pytest.mark.parametrize("method", IDS)
def test_every_method_refuses_designs_without_replicates(method):
    case = simulated("two groups", 4, 1)
    first = [int(np.flatnonzero(case.experiment.samples["a"] == level)[0]) for level in ("a0", "a1")]
    with pytest.raises(FoldwiseError) as caught:
        run(replace(case, experiment=take(case.experiment, samples=first)), method=method)
    assert caught.value.id in ("E-DESIGN-002", "E-DESIGN-003")


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("kind", ["batches", "covariate", "slope", "interaction", "cells", "three levels", "uneven"])
def test_every_design_is_fitted_or_refused(method, kind):
    one = possible(method, simulated(kind, 5, 2))
    if one is not None:
        assert (one["status"] == "ok").mean() > 0.4
    else:
        assert method in ("t", "wilcoxon", "edger-exact")


# --- the last bit ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_m04_blocks(method, size, two):
    one, other = (run(two, method=method, on=ThreadEngine(1, block_genes=each)) for each in (None, size))
    same(one.results[0].table, other.results[0].table)
    np.testing.assert_array_equal(one.vst, other.vst)


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("threads", [2, 16])
def test_m05_threads(method, threads, two):
    same(table(method, two), table(method, two, on=ThreadEngine(threads)))


@pytest.mark.parametrize("method", IDS)
def test_m06_m07_storage(method, two):
    counts, whole = two.experiment.counts, table(method, two)
    for stored in (sparse(counts), counts.astype(np.float64), np.asfortranarray(counts)):
        other = replace(two.experiment, counts=stored)
        same(whole, table(method, two, experiment=other))


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("kind", ["int64", "uint32", "float32", "float64"])
def test_m07_m19_types_and_orientation(method, kind, two):
    frame = pd.DataFrame(two.experiment.counts, two.experiment.genes.index, two.experiment.samples.index)
    whole = table(method, two, experiment=fw.read(frame, two.experiment.samples, method=method))
    for each in (frame.astype(kind), frame.astype(kind).T):
        same(whole, table(method, two, experiment=fw.read(each, two.experiment.samples, method=method)))


@pytest.mark.parametrize("method", IDS)
def test_m10_m70_twice_and_with_another_seed(method, two):
    one = table(method, two)
    same(one, table(method, two))
    same(one, table(method, two, seed=99))


@pytest.mark.parametrize("method", IDS)
def test_m14_m15_m16_other_names(method, two):
    experiment, one = two.experiment, table(method, two)
    genes = experiment.genes.set_axis([f"Gen é {k:04d} α" for k in range(experiment.n_genes)])
    same(
        one.reset_index(drop=True),
        table(method, two, experiment=replace(experiment, genes=genes)).reset_index(drop=True),
    )
    samples = experiment.samples.set_axis([f"p {k:03d}-x" for k in range(experiment.n_samples)])
    same(one, table(method, two, experiment=replace(experiment, samples=samples)))
    factor = experiment.samples.rename(columns={"a": "treatment group"})
    renamed = replace(two, experiment=replace(experiment, samples=factor), design="~ `treatment group`",
                      contrast="treatment group:a1:a0")  # fmt: skip
    same(one, table(method, renamed))
    levels = experiment.samples.assign(a=experiment.samples["a"].map({"a0": "0 mM", "a1": "5-mM/d+"}))
    other = replace(two, experiment=replace(experiment, samples=levels), contrast="a:5-mM/d+:0 mM")
    same(one, table(method, other))


@pytest.mark.parametrize("method", IDS)
def test_m17_m18_unused_columns_and_levels(method, two):
    experiment, one = two.experiment, table(method, two)
    samples = experiment.samples.assign(age=range(experiment.n_samples))
    same(one, table(method, two, experiment=replace(experiment, samples=samples)))
    unused = experiment.samples.assign(a=pd.Categorical(experiment.samples["a"], ["a0", "a1", "a9"]))
    same(one, table(method, two, experiment=replace(experiment, samples=unused)))


@pytest.mark.parametrize("method", IDS)
def test_m50_identical_rows(method, two):
    one = table(method, two)
    twins = [one.iloc[[k]].reset_index(drop=True) for k in (TWIN, OTHER_TWIN)]
    same(*twins)


@pytest.mark.parametrize("method", IDS)
def test_m32_a_contrast_in_all_its_forms(method, three):
    case = replace(three, contrast="a:a2:a0")
    one = table(method, case)
    for form in ("a_a2_vs_a0", "[0, 0, 1]", "a2 - a0", "cond(a='a2') - cond(a='a0')"):
        near(one, table(method, replace(case, contrast=form)), 1e-12)


@pytest.mark.parametrize("method", IDS)
def test_m33_many_contrasts_or_one_by_one(method, three):
    asked = ["a:a1:a0", "a:a2:a0", "a:a2:a1"]
    together = run(three, method=method, contrast=asked)
    for contrast, result in zip(asked, together.results, strict=True):
        same(table(method, three, contrast=[contrast]), result.table)


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("style", STYLES)
def test_m67_styles_rename_and_pick(method, style, two):
    results = Results(run(two, method=method))
    frame, whole = results.to_frame(style), results.table
    columns = style_columns(style, ["gene_id", *whole.columns], results.result.statistic)
    assert [frame.index.name, *frame.columns] == [shown for _, shown in columns] or style != "canonical"
    assert len(frame.columns) >= 3
    for name, shown in columns:
        if name != "gene_id":
            pd.testing.assert_series_equal(frame[shown], whole[name], check_names=False)


@pytest.mark.parametrize("method", IDS)
def test_m13_command_line_and_python(method, two, tmp_path: Path):
    experiment = two.experiment
    frame = pd.DataFrame(experiment.counts, experiment.genes.index, experiment.samples.index)
    frame.to_csv(tmp_path / "counts.tsv", sep="\t", index_label="gene")
    experiment.samples.to_csv(tmp_path / "samples.tsv", sep="\t", index_label="sample")
    arguments = ["run", str(tmp_path / "counts.tsv"), str(tmp_path / "samples.tsv"), "--design", "~ a", "--contrast",
                 "a:a1:a0", "--method", method, "--certificate", "12", "--no-report", "--yes", "-q", "-o",
                 str(tmp_path / "out")]  # fmt: skip
    done = CliRunner().invoke(cli, arguments, prog_name="foldwise")
    assert done.exit_code == 0, done.output
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FoldwiseWarning)
        results = fw.de(frame, experiment.samples, "~ a", contrast=("a", "a1", "a0"), method=method, certificate=12)
    written = results.to_tsv(tmp_path / "python.tsv").read_bytes()
    assert (tmp_path / "out" / "results" / "a_a1_vs_a0.tsv").read_bytes() == written


# --- another order, another coding -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("seed", [0, 1])
def test_m01_genes_in_another_order(method, seed, two):
    order = np.random.default_rng(seed).permutation(two.experiment.n_genes)
    other = table(method, two, experiment=take(two.experiment, order)).loc[two.experiment.genes.index]
    near(table(method, two), other, moves(method))


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("seed", [0, 1])
def test_m02_samples_in_another_order(method, seed, two):
    order = np.random.default_rng(seed).permutation(two.experiment.n_samples)
    near(table(method, two), table(method, two, experiment=take(two.experiment, samples=order)), moves(method))


@pytest.mark.parametrize("method", IDS)
def test_m03_the_sheet_in_another_order(method, two):
    frame = pd.DataFrame(two.experiment.counts, two.experiment.genes.index, two.experiment.samples.index)
    sheet = two.experiment.samples
    order = np.random.default_rng(1).permutation(len(sheet))
    one, other = (
        table(method, two, experiment=fw.read(frame, each, method=method)) for each in (sheet, sheet.iloc[order, ::-1])
    )
    same(one, other)


@pytest.mark.parametrize("method", IDS)
def test_m27_the_contrast_reversed(method, two):
    one, other = table(method, two), table(method, replace(two, contrast="a:a0:a1"))
    unsigned = "statistic" not in one or (one["statistic"].dropna() >= 0).all()
    near(one, other, 1e-12, log2_fold_change=-1.0, statistic=1.0 if unsigned else -1.0)


@pytest.mark.parametrize("method", IDS)
def test_m28_another_reference_level(method, three):
    one = table(method, three)
    other = table(method, three, reference=["a=a2"])
    near(one, other, moves(method)) if method != "limma-voom" else of_approximate_errors(one, other)


@pytest.mark.parametrize("method", IDS)
def test_m29_interaction_or_cells(method):
    case = simulated("interaction", 6, 5)
    crossed = possible(method, replace(case, contrast="cond(a='a1', b='b1') - cond(a='a0', b='b1')"))
    cells = possible(method, replace(case, design="~ 0 + a:b", contrast="cond(a='a1', b='b1') - cond(a='a0', b='b1')"))
    assert (crossed is None) == (cells is None)
    if crossed is not None:
        near(crossed, cells, moves(method)) if method != "limma-voom" else of_approximate_errors(crossed, cells)


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("c", [2.0, -0.5])
def test_m30_the_contrast_times_a_constant(method, c, two):
    one = table(method, replace(two, contrast="[0, 1]"))
    other = table(method, replace(two, contrast=f"[0, {c}]"))
    unsigned = "statistic" not in one or (one["statistic"].dropna() >= 0).all()
    other = other.assign(log2_fold_change=other["log2_fold_change"] / c)
    if "log2_fold_change_se" in other:
        other = other.assign(log2_fold_change_se=other["log2_fold_change_se"] / abs(c))
    near(one, other, max(1e-12, 1e-6 * (method == "edger-exact")), statistic=1.0 if unsigned else float(np.sign(c)))


@pytest.mark.parametrize("method", IDS)
def test_m31_fold_changes_add_up(method, three):
    a_b, b_c, a_c = (table(method, replace(three, contrast=c))["log2_fold_change"]
                     for c in ("a:a2:a1", "a:a1:a0", "a:a2:a0"))  # fmt: skip
    both = a_c.notna() & (np.abs(a_c) < 20)
    # deseq2: genes without reads in two groups have change 0; the exact test adds its prior count within each pair
    limit = 1e-2 if method in ("deseq2", "edger-exact") else 1e-9
    found = np.abs(a_b + b_c - a_c)[both]
    assert np.quantile(found, 0.97) < limit


@pytest.mark.parametrize("method", [name for name in IDS if METHOD_FACTS[name].joint])
def test_m34_a_joint_test_of_one_coefficient(method, two):
    one, joint = table(method, two), table(method, replace(two, contrast="a"))
    a, b = np.log(one["pvalue"].dropna()), np.log(joint["pvalue"].dropna())
    np.testing.assert_allclose(b, a, rtol=1e-6, atol=1e-9)
    if joint["statistic"].min() < 0:  # one coefficient is tested as such
        near(one, joint, 1e-12)


@pytest.mark.parametrize("method", [name for name in IDS if METHOD_FACTS[name].thresholds])
def test_m39_p_rises_with_the_threshold(method, two):
    found = [table(method, two, lfc=lfc)["pvalue"] for lfc in (0.1, 0.5, 1.5)]
    for low, high in pairwise(found):
        both = low.notna() & high.notna()
        assert (high[both] >= low[both] * (1 - 1e-9)).all()


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize(("scale", "shift"), [(1000.0, 0.0), (1.0, -3.0), (0.01, 2.0)])
def test_m23_m24_a_covariate_on_another_scale(method, scale, shift):
    case = simulated("covariate", 5, 6)
    one = possible(method, case)
    x = case.experiment.samples["x"] * scale + shift
    samples = case.experiment.samples.assign(x=x)
    other = possible(method, case, experiment=replace(case.experiment, samples=samples))
    assert (one is None) == (other is None)
    if one is not None:
        near_for_most(one, other, max(moves(method), 2e-3))


@pytest.mark.parametrize("method", [name for name in IDS if method_class(name).needs_size_factors])
def test_m22_all_size_factors_times_a_constant(method, two):
    factors = np.linspace(0.6, 1.6, two.experiment.n_samples)
    options = {"engine": "exact", "cooks": False, "replace_outliers": False} if method == "deseq2" else {}
    one, other = (table(method, two, factors=factors * c, **options) for c in (1.0, 4.0))
    same_scale = {"log2_fold_change", "pvalue"}
    for column in same_scale:
        limit = 1e-3 if method == "deseq2" else 0.3 if method.startswith(("edger", "limma")) else 1e-9
        found = difference(one, other, column)[(one["status"] == other["status"]).to_numpy()]
        assert np.median(found) <= limit, (column, float(np.median(found)))


@pytest.mark.parametrize("method", IDS)
def test_m48_genes_without_reads_change_nothing(method, two):
    experiment = two.experiment
    counts = np.vstack([experiment.counts, np.zeros((30, experiment.n_samples), dtype=experiment.counts.dtype)])
    genes = pd.DataFrame(index=[*experiment.genes.index, *(f"zero{k}" for k in range(30))])
    one, other = table(method, two), table(method, two, experiment=replace(experiment, counts=counts, genes=genes))
    head = other.iloc[: len(one)]
    for column in ("log2_fold_change", "log2_fold_change_se", "statistic", "pvalue"):
        assert difference(one, head, column).max() <= 1e-12, column
    assert set(other["status"].iloc[len(one) :]) <= {"all_zero", "low_count"}
    assert other["pvalue"].iloc[len(one) :].isna().all()


@pytest.mark.parametrize("method", [name for name in IDS if "ashr" in METHOD_FACTS[name].shrink])
def test_m65_shrinkage_keeps_the_sign_and_the_other_columns(method, two):
    one, shrunk = table(method, two), table(method, two, shrink="ashr")
    same(one, shrunk, one.columns)
    both = shrunk["log2_fold_change_shrunk"].notna() & (one["log2_fold_change"] != 0)
    assert both.sum() > 50
    plain, less = one["log2_fold_change"][both], shrunk["log2_fold_change_shrunk"][both]
    assert (np.sign(plain) == np.sign(less)).all()
    assert (np.abs(less) <= np.abs(plain) * (1 + 1e-9)).all()


@pytest.mark.parametrize("method", IDS)
@pytest.mark.parametrize("correction", ["by", "storey", "ihw"])
def test_every_correction_is_for_every_method(method, correction, two):
    one, other = table(method, two), table(method, two, correction=correction, independent_filtering=False)
    np.testing.assert_array_equal(one["pvalue"], other["pvalue"])
    assert (other["padj"].notna() == other["pvalue"].notna()).all()
    if correction == "by":
        plain = table(method, two, independent_filtering=False)
        assert (other["padj"] >= plain["padj"])[other["padj"].notna()].all()


@pytest.mark.parametrize("method", IDS)
def test_independent_filtering_is_for_every_method(method):
    case = simulated("two groups", 5, 3, n_genes=600)
    with_it, without = (table(method, case, independent_filtering=each) for each in (True, False))
    np.testing.assert_array_equal(with_it["pvalue"], without["pvalue"])
    low = with_it["padj"].isna() & with_it["pvalue"].notna()
    assert set(with_it["status"][low]) <= {"low_count"}
    assert (with_it["padj"] < 0.05).sum() >= 0.95 * (without["padj"] < 0.05).sum()


@pytest.mark.parametrize("method", IDS)
def test_the_design_matrix_says_what_is_fitted(method, three):
    """Coefficients have one row per gene and one column per coefficient; differences of them are fold changes."""
    found = run(three, method=method, contrast=["a:a2:a1"])
    from foldwise.pipeline import log2_coefficients

    coefficients = log2_coefficients(found)
    design = make_design(three.design, three.experiment.samples)
    assert coefficients.shape == (three.experiment.n_genes, design.n_coefficients)
    change = found.results[0].table["log2_fold_change"].to_numpy()
    keep = np.isfinite(change) & np.isfinite(coefficients).all(axis=1) & (change != 0)
    limit = 0.05 if method == "edger-exact" else 1e-8  # its fold changes are those of the two groups alone
    np.testing.assert_allclose((coefficients[:, 2] - coefficients[:, 1])[keep], change[keep], atol=limit)
