"""Real files of salmon, kallisto, RSEM and nf-core run, unedited, from the command line to a report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from foldwise.cli.app import cli
from foldwise.io.read import read
from foldwise.model.spec import InputSettings
from tests.fixtures import EXACT
from tests.reference.data import ROOT
from tests.reference.rows_lengths import SET, length_rows, runs

NFCORE = ROOT / "srp254919"


def call(*arguments: object) -> str:
    done = CliRunner().invoke(cli, ["run", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stderr


def sheet(folder: Path) -> Path:
    path = folder / "samples.csv"
    path.write_text("sample,group\n" + "".join(f"{run},{'ab'[i % 2]}\n" for i, run in enumerate(runs())))
    return path


def test_counts_lengths_offsets_and_p_values_are_those_of_r():
    failed = [row for row in length_rows(SET) if not row.passed]
    assert not failed, failed


@pytest.mark.parametrize("program", ["salmon", "kallisto", "rsem"])
def test_geuvadis_samples_run(tmp_path, program):
    out = tmp_path / "out"
    genes = ROOT / SET / "tx2gene.csv.gz"
    said = call(ROOT / SET / program, sheet(tmp_path), "--tx2gene", genes, "--design", "~ group", "-o", out)
    assert "25,343 genes × 6 samples, estimates, with gene lengths" in said
    assert "are an offset of each gene" in said
    assert (out / "report.html").stat().st_size > 100_000
    assert "average transcript lengths" in (out / "methods.md").read_text()
    facts = json.loads((out / "run.json").read_text())
    assert facts["input_format"] == program
    assert len(facts["inputs"]) == 8


def test_kallisto_h5_of_real_counts(tmp_path):
    import h5py

    settings = InputSettings(tx2gene=str(ROOT / SET / "tx2gene.csv.gz"))
    for run in runs():
        table = pd.read_csv(
            ROOT / SET / "kallisto" / run / "abundance.tsv.gz", sep="\t", keep_default_na=False, **EXACT
        )
        (tmp_path / run).mkdir()
        with h5py.File(tmp_path / run / "abundance.h5", "w") as file:
            file["est_counts"] = table["est_counts"]
            file["aux/ids"] = np.array([name.encode() for name in table["target_id"]])
            file["aux/eff_lengths"] = table["eff_length"]
            file["aux/lengths"] = table["length"].astype(np.int32)
    ours, _ = read(tmp_path, None, settings=settings)
    theirs, _ = read(ROOT / SET / "kallisto", None, settings=settings)
    assert list(ours.samples.index) == list(theirs.samples.index)
    np.testing.assert_array_equal(ours.counts, theirs.counts)
    # The table's TPM have six digits
    np.testing.assert_allclose(ours.abundance, theirs.abundance, rtol=1e-4, atol=1e-4)
    expressed = theirs.abundance > 0.01
    np.testing.assert_allclose(ours.lengths[expressed], theirs.lengths[expressed], rtol=1e-4)


def test_acceptance_2_the_nfcore_example_runs_with_its_sheet_and_a_contrasts_file(tmp_path):
    folder = tmp_path / "star_salmon"
    folder.mkdir()
    for ours, theirs in (("counts", "original_salmon.merged.gene_counts.tsv"), ("lengths", "original_lengths.tsv")):
        (folder / f"salmon.merged.gene_{ours}.tsv").symlink_to(NFCORE / theirs)
    contrasts = tmp_path / "contrasts.csv"
    contrasts.write_text(
        "id,variable,reference,target,blocking\n"
        "treatment_mCherry_hND6_,treatment,mCherry,hND6,\n"
        "treatment_mCherry_hND6_sample_number,treatment,mCherry,hND6,sample_number\n"
    )
    out = tmp_path / "out"
    said = call(folder, NFCORE / "original_samplesheet.csv", "--contrasts", contrasts, "-o", out)
    assert "Gene lengths from salmon.merged.gene_lengths.tsv" in said
    assert said.count("treatment: hND6 vs mCherry (up = higher in hND6)") == 2
    for id in ("treatment_mCherry_hND6_", "treatment_mCherry_hND6_sample_number"):
        table = pd.read_csv(out / "results" / f"{id}.tsv", sep="\t", index_col=0)
        assert len(table) == 1000
        assert table.loc["ENSMUSG00000076613", "log2_fold_change"] > 5
    assert (out / "models" / "1_treatment" / "report.html").is_file()
