"""Methods beside each other: the numbers are those of each method alone, and the summaries count them."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats as scipy_stats

import foldwise as fw
from foldwise.cli.app import cli
from foldwise.errors import FoldwiseError, FoldwiseWarning, UsageError
from foldwise.method import METHODS
from foldwise.report import figures
from tests.fixtures import EXACT
from tests.property.relations import simulated

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")


@pytest.fixture(scope="module")
def case():
    return simulated("two groups", 6, 3, n_genes=300)


@pytest.fixture(scope="module")
def found(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FoldwiseWarning)
        return fw.compare(case.experiment, design="~ a", contrast="a:a1:a0")


def test_all_methods_take_part_with_their_own_numbers(case, found) -> None:
    assert set(found.methods) | set(found.skipped) == set(METHODS)
    assert {"deseq2", "ols", "t", "wilcoxon"} <= set(found.methods)
    table = found.table
    for method in found.methods:
        alone = fw.de(case.experiment, design="~ a", contrast="a:a1:a0", method=method).table
        for name in ("log2_fold_change", "statistic", "pvalue", "padj"):
            assert (name in alone) == (f"{name}.{method}" in table)  # an exact test has no statistic
            if name in alone:
                np.testing.assert_array_equal(table[f"{name}.{method}"], alone[name])


def test_calls_and_overlaps_count_the_table(found) -> None:
    table, calls, overlaps = found.table, found.calls, found.overlaps
    called = {m: table[f"padj.{m}"] < 0.05 for m in found.methods}
    for method in found.methods:
        up = called[method] & (table[f"log2_fold_change.{method}"] > 0)
        assert calls.loc[method, "n_called"] == called[method].sum() == overlaps.loc[method, method]
        assert calls.loc[method, "n_up"] == up.sum()
        others = sum(called[m].astype(int) for m in found.methods if m != method)
        assert calls.loc[method, "n_alone"] == (called[method] & (others == 0)).sum()
    np.testing.assert_array_equal(table["n_calls"], sum(each.astype(int) for each in called.values()))
    a, b = found.methods[:2]
    assert overlaps.loc[a, b] == overlaps.loc[b, a] == (called[a] & called[b]).sum()


def test_agreement_is_that_of_scipy(found) -> None:
    table, agreement = found.table, found.agreement
    n = len(found.methods)
    assert len(agreement) == n * (n - 1) // 2
    for row in agreement.itertuples():
        pair = table[[f"pvalue.{row.method_a}", f"pvalue.{row.method_b}"]].dropna()
        assert row.n_tested == len(pair)
        assert row.spearman_pvalue == pytest.approx(scipy_stats.spearmanr(*pair.to_numpy().T).statistic, abs=1e-12)
        both = (table[f"padj.{row.method_a}"] < 0.05) & (table[f"padj.{row.method_b}"] < 0.05)
        either = (table[f"padj.{row.method_a}"] < 0.05) | (table[f"padj.{row.method_b}"] < 0.05)
        assert row.n_both == both.sum()
        assert row.jaccard == pytest.approx(both.sum() / either.sum())
    assert agreement["spearman_lfc"].min() > 0.8
    assert agreement["n_opposite"].sum() == 0


def test_a_method_compared_with_itself_by_another_option(case) -> None:
    one = fw.compare(case.experiment, design="~ a", methods=["ols", "t"], transform="log2-cpm", shrink="ashr")
    assert one.analyses["ols"].spec.method.transform == "log2-cpm"
    assert "log2_fold_change_shrunk" in one.analyses["t"].results[0].table
    for option in ({"trend": "mean"}, {"engine": "exact"}):
        with pytest.raises(UsageError, match=next(iter(option))) as caught:
            fw.compare(case.experiment, design="~ a", methods=["t", "wilcoxon"], **option)
        assert caught.value.id == "E-USAGE-002"


def test_methods_that_the_design_is_not_for_are_left_out_unless_asked_for() -> None:
    case = simulated("batches", 6, 3)
    found = fw.compare(case.experiment, design="~ b + a")
    assert {"t", "wilcoxon"} <= set(found.skipped)
    assert "cannot adjust" in found.skipped["t"]
    assert "left out" in found.summary()
    with pytest.raises(UsageError, match="cannot adjust"):
        fw.compare(case.experiment, design="~ b + a", methods=["ols", "t"])
    with pytest.raises(FoldwiseError, match="no method"):
        fw.compare(case.experiment, design="~ b + a", methods=["ols", "limma"])
    with pytest.raises(UsageError, match="No method"):
        fw.compare(case.experiment, design="~ b + a", methods=[])


def test_r10_the_comparison_is_frozen(found) -> None:
    with pytest.raises(AttributeError):
        found.fdr = 0.1
    table = found.table
    table.iloc[:, :] = 0
    assert found.table["n_calls"].max() > 0


def test_the_figure_is_drawn_and_repeats(found, tmp_path: Path) -> None:
    figure = found.figure(tmp_path / "one.svg")
    assert len(figure.axes) == 3
    text = (tmp_path / "one.svg").read_text()
    assert all(f">{method}<" in text for method in found.methods)
    found.figure(tmp_path / "two.svg")
    assert (tmp_path / "two.svg").read_text() == text
    found.figure(tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(UsageError, match="svg"):
        found.figure(tmp_path / "x.docx")


def test_b101_without_matplotlib(found, monkeypatch: pytest.MonkeyPatch) -> None:
    figures._figure_class.cache_clear()  # another test may have drawn
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError) as caught:
        found.figure()
    assert caught.value.id == "E-EXTRA-001"
    assert "foldwise[plot]" in caught.value.fix


def test_m13_the_command_line_writes_the_same(case, found, tmp_path: Path) -> None:
    experiment = case.experiment
    pd.DataFrame(experiment.counts, experiment.genes.index, experiment.samples.index).to_csv(
        tmp_path / "counts.tsv", sep="\t", index_label="gene"
    )
    experiment.samples.to_csv(tmp_path / "samples.tsv", sep="\t", index_label="sample")
    out = tmp_path / "out"
    arguments = ["compare", str(tmp_path / "counts.tsv"), str(tmp_path / "samples.tsv"), "--design", "~ a",
                 "--contrast", "a:a1:a0", "--methods", "deseq2,t", "-o", str(out), "--json"]  # fmt: skip
    done = CliRunner().invoke(cli, arguments, prog_name="foldwise")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.strip().splitlines()[-1])["files"] == [
        "table.tsv", "calls.tsv", "agreement.tsv", "figure.svg"
    ]  # fmt: skip
    table = pd.read_csv(out / "table.tsv", sep="\t", index_col=0, **EXACT)
    np.testing.assert_array_equal(table["pvalue.t"], found.table["pvalue.t"])
    np.testing.assert_array_equal(table["padj.deseq2"].isna(), found.table["padj.deseq2"].isna())
    again = CliRunner().invoke(cli, arguments, prog_name="foldwise")
    assert again.exit_code == 2
