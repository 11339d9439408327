"""``foldwise convert``: every ending holds the same counts, nothing is replaced unasked, nothing is half-written."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.cli.app import cli
from foldwise.io import write_matrix
from tests.unit.io.format_files import (
    BARCODES,
    SAMPLES,
    VALUES,
    cell_sheet,
    featurecounts_text,
    htseq_files,
    sheet,
    sparse_values,
    tenx_folder,
)

ENDINGS = ("csv", "tsv", "txt", "csv.gz", "tsv.gz", "parquet", "h5ad", "xlsx")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "fc.txt"
    path.write_text(featurecounts_text([f"{name}.bam" for name in SAMPLES]))
    return path


def run(*arguments, code=0):
    done = CliRunner().invoke(cli, ["convert", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize("end", ENDINGS)
def test_what_is_written_reads_as_the_original(tmp_path, source, end):
    out = tmp_path / f"counts.{end}"
    said = run(source, out)
    assert "24 genes × 4 samples" in said
    assert "featureCounts table" in said
    there = fw.read(source, sheet(tmp_path))
    here = fw.read(out, sheet(tmp_path))
    np.testing.assert_array_equal(here.counts, there.counts)
    pd.testing.assert_frame_equal(here.samples, there.samples, check_dtype=False)
    assert here.genes["Length"].tolist() == there.genes["Length"].tolist()
    assert list(here.genes.index) == list(there.genes.index)
    again = tmp_path / f"again.{end}"
    run(out, again)
    if end != "h5ad":
        assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize("end", ENDINGS)
def test_names_that_look_like_something_else_stay(tmp_path, end):
    rows = ["=1+1", "1-2", "007", "a,b", 'q"q', "NA", "ü"]
    values = VALUES[:7]
    frame = pd.DataFrame(values, index=rows, columns=list(SAMPLES))
    frame.to_csv(tmp_path / "c.tsv", sep="\t", index_label="gene_id")
    out = tmp_path / f"out.{end}"
    run(tmp_path / "c.tsv", out, "--samples", sheet(tmp_path))
    experiment = fw.read(out, sheet(tmp_path))
    assert list(experiment.genes.index) == rows
    np.testing.assert_array_equal(experiment.counts, values)


def test_fractions_keep_every_digit(tmp_path):
    values = VALUES * np.random.default_rng(2).uniform(0.1, 1, VALUES.shape)
    frame = pd.DataFrame(values, index=[f"g{i}" for i in range(24)], columns=list(SAMPLES))
    frame.to_csv(tmp_path / "c.tsv", sep="\t", index_label="gene_id")
    for end in ENDINGS:
        run(tmp_path / "c.tsv", tmp_path / f"out.{end}")
        back = fw.read(tmp_path / f"out.{end}", sheet(tmp_path), method="limma-voom", layer="X")
        # Excel keeps 16 digits
        np.testing.assert_allclose(back.counts, values, rtol=1e-15 if end == "xlsx" else 0, atol=0)


def test_a_folder_with_its_sheet_becomes_h5ad(tmp_path):
    htseq_files(tmp_path / "counts")
    (tmp_path / "s.csv").write_text("sample,group,note\n" + "".join(f"{n},{'ab'[i % 2]},{'x' * (i > 1)}\n" for i, n in
                                                                    enumerate(SAMPLES)))  # fmt: skip
    run(tmp_path / "counts", tmp_path / "c.h5ad", "--samples", tmp_path / "s.csv")
    adata = anndata.read_h5ad(tmp_path / "c.h5ad")
    assert adata.obs["group"].tolist() == ["a", "b", "a", "b"]
    assert adata.obs["note"].tolist() == ["", "", "x", "x"]
    said = run(tmp_path / "counts", tmp_path / "c.csv", "--samples", tmp_path / "s.csv")
    assert "not kept: columns about samples (group, note)" in said


def test_cells_stay_cells_unless_a_sheet_sums_them(tmp_path):
    folder = tenx_folder(tmp_path / "x")
    assert "22 genes × 12 cells" in run(folder, tmp_path / "c.h5ad")
    adata = anndata.read_h5ad(tmp_path / "c.h5ad")
    assert adata.X.format == "csr"
    np.testing.assert_array_equal(adata.X.toarray().T, sparse_values()[:22])
    assert tuple(adata.obs_names) == BARCODES
    assert adata.var["gene_name"].tolist()[:2] == ["NAME0", "NAME1"]
    assert "22 genes × 4 samples" in run(folder, tmp_path / "c.tsv", "--samples", cell_sheet(tmp_path))


def test_e_io_003_and_004_nothing_is_replaced_unasked(tmp_path, source):
    out = tmp_path / "c.csv"
    out.write_text("precious")
    assert "E-IO-003" in run(source, out, code=2)
    assert out.read_text() == "precious"
    run(source, out, "--force")
    assert out.read_text().startswith("gene_id,Length,s1")
    assert "E-IO-004" in run(out, tmp_path / "x" / ".." / "c.csv", "--force", code=2)
    assert "E-USAGE-002" in run(source, tmp_path / "c.doc", code=2)
    assert "E-USAGE-002" in run(source, code=2)
    (tmp_path / "d.csv").mkdir()
    assert "E-IO-003" in run(source, tmp_path / "d.csv", "--force", code=2)
    assert "E-IO-001" in run(source, tmp_path / "no" / "c.csv", code=74)


@pytest.mark.parametrize("end", ["csv", "parquet", "h5ad", "xlsx"])
def test_a_failure_leaves_the_old_file(tmp_path, source, end, monkeypatch):
    out = tmp_path / f"c.{end}"
    out.write_bytes(b"precious")

    def fails(path, matrix, end):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(write_matrix._WRITERS, f".{end}", fails)
    assert "E-IO-001" in run(source, out, "--force", code=74)
    assert out.read_bytes() == b"precious"
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_values_that_are_no_counts_are_written_too_but_text_is_refused(tmp_path):
    (tmp_path / "t.tsv").write_text("gene_id\ts1\ts2\ng1\t-1.5\t2\ng2\t3\t0\n")
    assert "2 genes × 2 samples" in run(tmp_path / "t.tsv", tmp_path / "t.csv")
    (tmp_path / "u.tsv").write_text("gene_id\ts1\ts2\ng1\t5 reads\t2\ng2\t3\t0\n")
    assert "E-COUNT-008" in run(tmp_path / "u.tsv", tmp_path / "u.csv", code=3)
    assert not (tmp_path / "u.csv").exists()
