"""Values of pictures without batches: limma's numbers, written and drawn, and nothing of them in a test."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.cli.app import cli
from foldwise.report.html import render_report
from foldwise.report.methods_text import methods_paragraph
from tests.unit.methods.test_limma import SAMPLES, experiment

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
SHEET = SAMPLES.assign(
    age=np.arange(20, 70, 5), run=[1, 2, 3, 1, 2, 3, 1, 2, 3, 1], one="x", twin=SAMPLES["group"] + "!"
)


def counts() -> pd.DataFrame:
    return pd.DataFrame(experiment().counts, experiment().genes.index, SAMPLES.index)


def analyzed(design: str = "~ batch + group", method: str = "limma-trend", **options: object) -> fw.Results:
    plain = {"filter": "none", "size_factors": "none", "contrast": ("group", "b", "a")}
    return fw.de(counts(), SHEET, design, method=method, **(plain | options))


@pytest.mark.parametrize(("kind", "columns"), [("batch", "batch"), ("batch_age", ["batch", "age"])])
@pytest.mark.parametrize("design", ["~ batch + group", "~ group", "~ 0 + group", "~ 0 + batch + group"])
def test_p18_values_equal_limma(kind: str, columns: object, design: str) -> None:
    known = pd.read_csv(Path(__file__).parent / "removed_batches.tsv", sep="\t", float_precision="round_trip")
    known = known[known["kind"] == kind].set_index("gene")[list(SAMPLES.index)]
    results = analyzed(design, remove_batch=columns)
    found = pd.DataFrame(results.analysis.batch_corrected, counts().index, SAMPLES.index).loc[known.index]
    np.testing.assert_allclose(found, known, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("method", ["deseq2", "edger-ql", "limma-voom", "ols", "wilcoxon"])
def test_no_number_of_a_test_changes(method: str) -> None:
    design = "~ group" if method == "wilcoxon" else "~ batch + group"
    plain, asked = (analyzed(design, method, remove_batch=each) for each in ((), ["batch"]))
    pd.testing.assert_frame_equal(plain.table, asked.table, check_exact=True)
    np.testing.assert_array_equal(plain.analysis.vst, asked.analysis.vst)
    assert plain.analysis.batch_corrected is None
    shown = asked.analysis.shown
    levels = SHEET["batch"].to_numpy() == "u"
    apart = np.abs(shown[:, levels].mean(axis=1) - shown[:, ~levels].mean(axis=1))
    assert np.median(apart) < 0.3 * np.median(
        np.abs(plain.analysis.vst[:, levels].mean(axis=1) - plain.analysis.vst[:, ~levels].mean(axis=1))
    )


def test_interactions_with_the_batch_go_with_it_and_numbers_may_be_names() -> None:
    crossed = analyzed("~ batch * group", remove_batch="batch", contrast="[0, 0, 1, 0]").analysis
    added = analyzed("~ batch + group", remove_batch="batch").analysis
    np.testing.assert_allclose(crossed.batch_corrected, added.batch_corrected, rtol=1e-12)
    text = [m.text for m in analyzed(remove_batch=["run", "age"]).analysis.messages if "shown without" in m.text]
    assert "run (3 batches), age (a number)" in text[0]


def test_files_report_and_methods_text_say_it(tmp_path: Path) -> None:
    counts().to_csv(tmp_path / "counts.tsv", sep="\t", index_label="gene")
    SHEET.to_csv(tmp_path / "samples.tsv", sep="\t", index_label="sample")
    arguments = ["run", str(tmp_path / "counts.tsv"), str(tmp_path / "samples.tsv"), "--design", "~ batch + group",
                 "--contrast", "group:b:a", "--method", "limma-trend", "--filter", "none", "--size-factors", "none",
                 "--remove-batch", "batch", "--yes", "-o", str(tmp_path / "out")]  # fmt: skip
    done = CliRunner().invoke(cli, arguments, prog_name="foldwise")
    assert done.exit_code == 0, done.output
    assert "without the effects of batch (2 batches)" in " ".join(done.output.split())
    results = analyzed(remove_batch="batch")
    with gzip.open(tmp_path / "out" / "counts" / "batch_corrected.tsv.gz", "rt") as file:
        written = pd.read_csv(file, sep="\t", index_col=0, float_precision="round_trip")
    np.testing.assert_array_equal(written.to_numpy(), results.analysis.batch_corrected)
    assert 'remove_batch = [\n    "batch",\n]' in (tmp_path / "out" / "run.toml").read_text()
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Effects of batch are taken out" in page
    assert "Effects of batch" not in render_report(analyzed().analysis)
    assert "For display only" in methods_paragraph(results.analysis)
    assert "ritchie2015limma" in (tmp_path / "out" / "citations.bib").read_text()
    again = ["run", "--config", str(tmp_path / "out" / "run.toml"), "-o", str(tmp_path / "again"), "-q", "--yes"]
    assert CliRunner().invoke(cli, again, prog_name="foldwise").exit_code == 0
    files = [tmp_path / name / "counts" / "batch_corrected.tsv.gz" for name in ("out", "again")]
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("column", "id"),
    [("bach", "E-SHEET-004"), ("group", None), ("twin", "E-DESIGN-004"), ("patient", None), ("one", "E-DESIGN-001")],
)
def test_columns_that_cannot_be_taken_out_are_refused(column: str, id: str | None) -> None:
    if id is None:  # a term of the design itself can be taken out: then its groups look alike
        assert analyzed("~ group", remove_batch=column).analysis.batch_corrected is not None
        return
    with pytest.raises(fw.FoldwiseError) as caught:
        analyzed("~ group", remove_batch=column)
    assert caught.value.id == id
    assert caught.value.fix
