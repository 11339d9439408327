"""Real files of each counting program run, as they are, from the command line to a report.

Programs that leave one file per sample are represented by one file or two; the other samples of such a run are that
file with its counts drawn anew (Poisson), written in the same form. The real files are not touched.
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from foldwise.cli.app import cli
from foldwise.io.read import read
from foldwise.model.spec import InputSettings
from tests.reference.data import ROOT

FORMATS = ROOT / "formats"
YEAST = FORMATS / "featurecounts" / "yeast_gene_counts.txt.gz"
BACTERIA = FORMATS / "featurecounts" / "bacteria_counts.txt.gz"
MOUSE = FORMATS / "htseq"
STAR = FORMATS / "star" / "ERR458837_ReadsPerGene.out.tab.gz"
DEXSEQ = FORMATS / "dexseq"
TENX = FORMATS / "tenx"


def sheet(path: Path, groups: dict[str, str]) -> Path:
    path.write_text("sample,group\n" + "".join(f"{sample},{group}\n" for sample, group in groups.items()))
    return path


def run(out: Path, *arguments: object, code: int = 0) -> tuple[dict, str]:
    """Run the command; return run.json and what was said."""
    done = CliRunner().invoke(cli, ["run", *map(str, arguments), "--design", "~ group", "-o", str(out)])
    assert done.exit_code == code, done.output
    if code:
        return {}, done.output
    assert (out / "report.html").stat().st_size > 100_000
    return json.loads((out / "run.json").read_text()), done.output


def tables(out: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((out / "results").glob("*.tsv"))]


def by_pandas(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, sep="\t", comment="#", index_col=0)
    return frame.iloc[:, 5:]


YEAST_GROUPS = {f"SRR94181{i}": "ab"[i > 7] for i in (6, 7, 8, 9)}
BACTERIA_GROUPS = {f"{kind}_{i}": kind for kind in ("DlpsB", "DpbpG", "WT") for i in (1, 2, 3)}


@pytest.mark.parametrize(
    ("path", "groups", "shape", "length"),
    [(YEAST, YEAST_GROUPS, (6452, 4), 363), (BACTERIA, BACTERIA_GROUPS, (3683, 9), 1398)],
)
def test_featurecounts(tmp_path, path, groups, shape, length):
    facts, said = run(tmp_path / "out", path, sheet(tmp_path / "s.csv", groups))
    assert facts["input_format"] == "featurecounts"
    assert tuple(facts["shape"].values()) == shape
    assert set(facts["input_tallies"]) == set(groups)
    assert all(tallies["Assigned"] > 0 for tallies in facts["input_tallies"].values())
    assert "Reads assigned to genes, by the .summary file" in said
    assert sorted(item["name"] for item in facts["inputs"]) == sorted([path.name, path.stem + ".summary", "s.csv"])
    experiment, _ = read(path, tmp_path / "s.csv")
    np.testing.assert_array_equal(experiment.counts, by_pandas(path).to_numpy())
    assert list(experiment.samples.index) == list(groups)
    assert experiment.genes["Length"].iloc[0] == length


def test_the_order_of_the_sheet_changes_no_byte_and_that_of_the_table_no_call(tmp_path):
    run(tmp_path / "there", YEAST, sheet(tmp_path / "s.csv", YEAST_GROUPS))
    raw = gzip.decompress(YEAST.read_bytes()).decode().split("\n", 1)[1]
    frame = pd.read_csv(io.StringIO(raw), sep="\t", dtype=str, keep_default_na=False)
    order = [0, 1, 2, 3, 4, 5, 9, 7, 6, 8]
    turned = tmp_path / "turned.txt"
    frame.iloc[:, order].to_csv(turned, sep="\t", index=False)
    run(tmp_path / "sheet", YEAST, sheet(tmp_path / "r.csv", dict(reversed(YEAST_GROUPS.items()))))
    run(tmp_path / "table", turned, tmp_path / "s.csv")
    assert tables(tmp_path / "sheet") == tables(tmp_path / "there")
    ours, theirs = (pd.read_csv(next((tmp_path / name / "results").glob("*_vs_?.tsv")), sep="\t", index_col=0)
                    for name in ("there", "table"))  # fmt: skip
    # Sums over samples round in another order, so that iterations may end one step apart.
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-4, atol=1e-12)
    assert ours["status"].equals(theirs["status"])


def drawn(path: Path, target: Path, seed: int) -> Path:
    """A file of the same form with its counts drawn anew; columns of STAR keep their sum."""
    rng = np.random.default_rng(seed)
    rows = [line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().rstrip("\n").split("\n")]
    for row in rows:
        if row[1].isdigit():
            values = rng.poisson([int(cell) for cell in row[1:]])
            if len(values) == 3:
                values[0] = values[1] + values[2]
            row[1:] = map(str, values)
    target.write_bytes(gzip.compress(("\n".join("\t".join(row) for row in rows) + "\n").encode()))
    return target


def test_htseq(tmp_path):
    folder = tmp_path / "counts"
    folder.mkdir()
    for name in ("counts", "counts1"):
        shutil.copy(MOUSE / f"{name}.tsv.gz", folder / f"{name}.tsv.gz")
        for i in range(2):
            drawn(MOUSE / f"{name}.tsv.gz", folder / f"{name}_{i}.tsv.gz", i)
    groups = {name: "ab"["1" in name.split("_")[0]] for name in
              ("counts", "counts_0", "counts_1", "counts1", "counts1_0", "counts1_1")}  # fmt: skip
    facts, said = run(tmp_path / "out", folder, sheet(tmp_path / "s.csv", groups), "--size-factors", "poscounts")
    assert facts["input_format"] == "htseq"
    assert tuple(facts["shape"].values()) == (49768, 6)
    assert facts["input_tallies"]["counts"] == {
        "no_feature": 200124, "ambiguous": 548327, "too_low_aQual": 0, "not_aligned": 3766951,
        "alignment_not_unique": 456741,
    }  # fmt: skip
    assert "5 rows of reads outside genes left out" in said
    experiment, _ = read(folder, tmp_path / "s.csv")
    plain = pd.read_csv(MOUSE / "counts.tsv.gz", sep="\t", index_col=0).iloc[:-5]
    column = list(experiment.samples.index).index("counts")
    np.testing.assert_array_equal(experiment.counts[:, column], plain["count"])
    files = [folder / f"{name}.tsv.gz" for name in groups]
    run(tmp_path / "list", *files, tmp_path / "s.csv", "--size-factors", "poscounts")
    assert len(tables(tmp_path / "list")) == len(tables(tmp_path / "out"))


def test_htseq_without_header_beside_another_species_is_refused(tmp_path):
    _, said = run(tmp_path / "out", MOUSE, sheet(tmp_path / "s.csv", {"counts": "a", "counts1": "b"}), code=3)
    assert "E-FILE-012" in said
    assert "57,773 genes only in '232902658.txt.gz'" in said
    experiment, _ = read(MOUSE / "232902658.txt.gz", settings=InputSettings(groups="a=232902658"))
    assert experiment.counts.shape == (57773, 1)
    assert experiment.counts[0, 0] == 1456


def test_star(tmp_path):
    folder = tmp_path / "star"
    folder.mkdir()
    shutil.copy(STAR, folder / STAR.name)
    for i in range(3):
        drawn(STAR, folder / f"S{i}_ReadsPerGene.out.tab.gz", i)
    groups = {"ERR458837": "a", "S0": "a", "S1": "b", "S2": "b"}
    facts, said = run(tmp_path / "out", folder, sheet(tmp_path / "s.csv", groups))
    assert facts["input_format"] == "star"
    assert tuple(facts["shape"].values()) == (57773, 4)
    assert "Counts of column 3 (forward library): 95 % of the reads in genes are forward." in said
    assert facts["input_tallies"]["ERR458837"] == {
        "N_unmapped": 5304, "N_multimapping": 6904, "N_noFeature": 29769, "N_ambiguous": 1331,
    }  # fmt: skip
    plain = pd.read_csv(STAR, sep="\t", index_col=0, header=None).iloc[4:]
    for strand, column in (("auto", 2), ("0", 1), ("1", 2), ("2", 3)):
        experiment, _ = read(folder, tmp_path / "s.csv", settings=InputSettings(strand=strand))
        np.testing.assert_array_equal(experiment.counts[:, 0], plain[column])


def test_dexseq_is_refused_with_what_to_do(tmp_path):
    groups = {"treated1fb": "a", "untreated1fb": "b"}
    _, said = run(tmp_path / "out", DEXSEQ, sheet(tmp_path / "s.csv", groups), code=3)
    assert "E-FILE-010" in said
    assert "'FBgn0000003:001'" in said
    assert "Count per gene" in said


def cells(path: Path, barcodes: list[str], n_samples: int) -> Path:
    rows = [f"{cell},d{i % n_samples},{'ab'[i % 2]}" for i, cell in enumerate(barcodes)]
    path.write_text("\n".join(["barcode,sample,group", *rows]) + "\n")
    return path


def lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().split()


@pytest.mark.parametrize(
    ("folder", "file", "n_samples", "options", "n_genes", "n_reads"),
    [
        ("3.0.0/filtered_feature_bc_matrix", "3.0.0/filtered_feature_bc_matrix.h5", 6, [], 507, None),
        ("1.2.0/filtered_gene_bc_matrices/hg19_chr21", "1.2.0/filtered_gene_bc_matrices_h5.h5", 4,
         ["--method", "t"], 343, 12),
    ],
)  # fmt: skip
def test_cell_ranger(tmp_path, folder, file, n_samples, options, n_genes, n_reads):
    barcodes = lines(TENX / folder / "barcodes.tsv.gz")
    samples = cells(tmp_path / "cells.csv", barcodes, n_samples)
    facts, said = run(tmp_path / "folder", TENX / folder, samples, *options)
    assert facts["input_format"] == "10x"
    assert tuple(facts["shape"].values()) == (n_genes, n_samples)
    assert f"{len(barcodes):,} cells summed to {n_samples} samples" in said
    run(tmp_path / "file", TENX / file, samples, *options)
    assert tables(tmp_path / "folder") == tables(tmp_path / "file")
    with gzip.open(TENX / folder / "matrix.mtx.gz") as file:
        matrix = np.loadtxt(file, comments="%", dtype=int)
    expected = np.zeros((n_genes, n_samples), dtype=int)
    np.add.at(expected, (matrix[1:, 0] - 1, (matrix[1:, 1] - 1) % n_samples), matrix[1:, 2])
    np.testing.assert_array_equal(read(TENX / folder, samples)[0].counts, expected)
    assert n_reads is None or expected.sum() >= n_reads
    _, said = run(tmp_path / "cells", TENX / folder, sheet(tmp_path / "s.csv", dict.fromkeys(barcodes, "a")), code=3)
    assert "E-CELL-001" in said


@pytest.mark.parametrize("end", ["csv", "tsv.gz", "parquet", "h5ad", "xlsx"])
def test_real_counts_converted_give_the_same_tables(tmp_path, end):
    samples = sheet(tmp_path / "s.csv", YEAST_GROUPS)
    run(tmp_path / "there", YEAST, samples)
    done = CliRunner().invoke(cli, ["convert", str(YEAST), str(tmp_path / f"c.{end}")])
    assert done.exit_code == 0, done.output
    run(tmp_path / "here", tmp_path / f"c.{end}", samples)
    assert tables(tmp_path / "here") == tables(tmp_path / "there")
