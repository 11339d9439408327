"""The Python face: the same numbers as the command line, in objects that do not change."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import warnings

import anndata
import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.io.write_outputs import result_bytes

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
CONTRAST = ("group", "treated", "control")


@pytest.fixture(scope="module")
def results(simulation) -> fw.Results:
    return fw.de(simulation.counts, simulation.samples, "~ group", contrast=CONTRAST)


def test_m13_frames_files_anndata_and_command_line_give_the_same_bytes(results, simulation, inputs, tmp_path):
    arguments = ["run", inputs / "counts.tsv.gz", inputs / "samples.tsv", "--design", "~ group", "-q", "--no-report"]
    command = [sys.executable, "-m", "foldwise", *map(str, arguments), "--contrast", ":".join(CONTRAST)]
    subprocess.run([*command, "-o", str(tmp_path / "cli")], check=True)
    of_files = fw.de(inputs / "counts.tsv.gz", inputs / "samples.tsv", "~ group", contrast=CONTRAST)
    expected = (tmp_path / "cli" / "results" / "group_treated_vs_control.tsv").read_bytes()
    assert results.to_tsv(tmp_path / "frames.tsv").read_bytes() == expected
    assert of_files.to_tsv(tmp_path / "files.tsv").read_bytes() == expected
    adata = anndata.AnnData(
        simulation.counts.T.to_numpy(), obs=simulation.samples, var=pd.DataFrame(index=simulation.counts.index)
    )
    assert fw.de(adata, None, "~ group", contrast=CONTRAST).to_tsv(tmp_path / "a.tsv").read_bytes() == expected
    fw.tl.de(adata, "~ group", contrast=CONTRAST)
    stored = dataclasses.replace(results.result, table=fw.get.de_df(adata))
    (tmp_path / "uns.tsv").write_bytes(result_bytes(stored.table, "canonical", stored.statistic))
    assert (tmp_path / "uns.tsv").read_bytes() == expected
    adata.write_h5ad(tmp_path / "counts.h5ad")
    again = [sys.executable, "-m", "foldwise", "run", str(tmp_path / "counts.h5ad"), *command[6:]]
    subprocess.run([*again, "-o", str(tmp_path / "h5ad")], check=True)
    assert (tmp_path / "h5ad" / "results" / "group_treated_vs_control.tsv").read_bytes() == expected
    config = ["run", "--config", str(tmp_path / "cli" / "run.toml"), "-q", "-o", str(tmp_path / "again")]
    subprocess.run([sys.executable, "-m", "foldwise", *config], check=True)
    assert (tmp_path / "again" / "results" / "group_treated_vs_control.tsv").read_bytes() == expected
    of_files.write(tmp_path / "python")
    for name in ("results/group_treated_vs_control.tsv", "counts/normalized.tsv.gz", "counts/vst.tsv.gz"):
        assert (tmp_path / "python" / name).read_bytes() == (tmp_path / "cli" / name).read_bytes()


def test_table_and_styles(results, simulation):
    table = results.table
    assert list(table.index) == list(simulation.counts.index)
    assert table.index.name == "gene_id"
    deseq2 = results.to_frame(style="deseq2")
    assert list(deseq2.columns) == ["baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj"]
    pd.testing.assert_series_equal(deseq2["lfcSE"], table["log2_fold_change_se"], check_names=False)
    assert results.to_frame("scanpy").index.name == "names"
    with pytest.raises(fw.UsageError, match="E-USAGE-001"):
        results.to_frame("R")


def test_finds_the_planted_changes(results, simulation):
    false_share, power = simulation.rates(results.table["padj"])
    assert false_share < 0.2  # one draw; the method is a little liberal at four samples per group
    assert power > 0.4
    top = results.top(10, lfc=1)
    assert len(top) == 10
    assert top["padj"].is_monotonic_increasing
    assert (top["log2_fold_change"].abs() >= 1).all()


def test_r10_nothing_changes_after_the_fact(results):
    table = results.table
    table["padj"] = 0.0
    results.provenance["seed"] = 99
    assert not (results.table["padj"] == 0.0).all()
    assert results.provenance["seed"] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        results.number = 3  # type: ignore[misc]


def test_summary_and_repr_are_short_words(results):
    lines = repr(results).splitlines()
    assert len(lines) <= 20
    assert "up = higher in treated" in lines[0]
    assert any("at FDR 5 %" in line for line in lines)


def test_card_has_no_script_and_is_small(results):
    card = results._repr_html_()
    assert "<script" not in card
    assert "<svg" in card
    assert len(card.encode()) <= 40_000


def test_gene_and_explanation(results, simulation):
    gene = results.gene(results.top(1).index[0])
    np.testing.assert_array_equal(gene.samples["count"], simulation.counts.loc[gene.id])
    assert "called" in results.explain(gene.id)
    assert "log2 fold change" in results.explain(gene.id)
    missing = results.table.index[results.table["padj"].isna()]
    assert len(missing)
    assert "not called" in results.explain(missing[0])
    with pytest.raises(fw.UsageError, match="There is no gene 'gene99999'"):
        results.gene("gene99999")


def test_ranking_methods_and_report(results, tmp_path):
    lines = results.to_rnk(tmp_path / "x.rnk").read_text().splitlines()
    scores = [float(line.split("\t")[1]) for line in lines]
    assert scores == sorted(scores, reverse=True)
    assert "higher in treated" in results.methods()
    page = results.report(tmp_path / "r.html").read_text()
    assert page.lower().startswith("<!doctype html>")


def test_several_contrasts_in_one_fit(simulation):
    both = [CONTRAST, ("group", "control", "treated")]
    results = fw.de(simulation.counts, simulation.samples, "~ group", contrast=both)
    there, back = results.contrasts.values()
    assert list(results.contrasts) == ["group_treated_vs_control", "group_control_vs_treated"]
    np.testing.assert_allclose(there.table["log2_fold_change"], -back.table["log2_fold_change"], rtol=1e-12)
    assert there.contrast.target == "treated"


def test_contrast_in_every_spelling(simulation, results):
    experiment = fw.read(simulation.counts, simulation.samples)
    for contrast in (list(CONTRAST), ":".join(CONTRAST), [0, 1], np.array([0.0, 1.0])):
        again = fw.de(experiment, None, "~ group", contrast=contrast, reference={"group": "control"})
        np.testing.assert_array_equal(again.table["pvalue"], results.table["pvalue"])


def test_findings_are_warnings_with_an_id(simulation):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        results = fw.de(simulation.counts, simulation.samples, "~ group", contrast=CONTRAST)
    ids = [w.message.id for w in caught if isinstance(w.message, fw.FoldwiseWarning)]
    assert "W-DESIGN-007" in ids
    assert ids == list(dict.fromkeys(ids))
    assert [message.id for message in results.warnings] == ids
    assert all(w.filename == __file__ for w in caught if isinstance(w.message, fw.FoldwiseWarning))


def test_nothing_is_printed(simulation, capfd):
    fw.de(simulation.counts, simulation.samples, "~ group", contrast=CONTRAST)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "id"),
    [
        ({"desing": "~ group"}, "E-USAGE-001"),
        ({"method": "deseq"}, "E-USAGE-001"),
        ({"fdr": 5}, "E-USAGE-002"),
        ({"contrast": ("group", "treated", "ctrl")}, "E-CONTRAST-001"),
        ({"design": "~ grup"}, "E-SHEET-004"),
    ],
)
def test_errors_have_an_id_and_a_remedy(simulation, options, id):
    design = options.pop("design", "~ group")
    with pytest.raises(fw.FoldwiseError) as caught:
        fw.de(simulation.counts, simulation.samples, design, **options)
    assert caught.value.id == id
    assert caught.value.fix


def test_orientation_is_by_name(simulation, results):
    turned = fw.de(simulation.counts.T, simulation.samples, "~ group", contrast=CONTRAST)
    np.testing.assert_array_equal(turned.table["pvalue"], results.table["pvalue"])


def test_check_before_sequencing(simulation):
    check = fw.check(simulation.samples, "~ group", contrast=CONTRAST)
    assert "full rank" in repr(check)
    assert [warning.id for warning in check.warnings] == ["W-DESIGN-007"]
    assert list(check.matrix.columns) == ["Intercept", "group_treated_vs_control"]
    with pytest.raises(fw.DesignError, match="E-DESIGN-001"):
        fw.check(simulation.samples.assign(group="one"), "~ group")


def test_fw_run_takes_a_spec(simulation, results):
    spec = fw.AnalysisSpec(
        design=dataclasses.replace(fw.AnalysisSpec().design, formula="~ group", contrasts=("group:treated:control",))
    )
    analysis = fw.run(spec, fw.read(simulation.counts, simulation.samples))
    np.testing.assert_array_equal(analysis.results[0].table["pvalue"], results.table["pvalue"])


def test_demo_is_the_airway_data():
    results = fw.demo(threads=1)
    assert results.table.shape[0] == 64_102
    assert results.contrast.direction == "up = higher in trt"
    # What R's DESeq2 1.38.3 calls on these data (design ~ cell + dex, alpha 0.05)
    assert (results.result.n_up, results.result.n_down) == (2_211, 1_817)
    numbers = results.table["status"].value_counts()
    assert (numbers["low_count"], numbers["all_zero"]) == (16_676, 30_633)
