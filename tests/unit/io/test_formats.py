"""Formats of count files: recognized by content, read from one file, a list or a folder."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pytest

from foldwise.errors import FoldwiseError
from foldwise.io.formats import FORMATS, TITLES, recognize
from foldwise.io.htseq import refuse_exons
from foldwise.io.read import read
from foldwise.model.spec import InputSettings
from foldwise.model.spec_options import INPUT_FORMATS
from tests.border.tables import genes, same
from tests.unit.io.format_files import (
    SAMPLES,
    TALLIES,
    VALUES,
    fails,
    featurecounts_text,
    geo_files,
    htseq_files,
    htseq_text,
    sheet,
    star_files,
    star_text,
)


def test_every_format_has_a_reader_a_title_and_an_option():
    assert tuple(FORMATS) == tuple(TITLES) == INPUT_FORMATS
    for target in FORMATS.values():
        module, _, function = target.partition(":")
        assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("ending", [".txt", ".txt.gz", "_htseq_counts.tsv", ".htseq-count.txt.gz", ".counts"])
@pytest.mark.parametrize("header", ["", "feature\tcount\n"])
def test_a_folder_of_htseq_files(tmp_path, ending, header):
    folder = htseq_files(tmp_path / "counts", ending, header=header)
    experiment, messages = read(folder, sheet(tmp_path))
    same(experiment, VALUES, genes(), SAMPLES)
    (said,) = [m for m in messages if "format" in m.data]
    assert said.data["format"] == "htseq" and "htseq-count table: its last rows are" in said.text
    assert said.data["qc"]["s10"] == dict(zip([t[2:] for t in TALLIES], range(100, 105), strict=True))
    assert any("5 rows of reads outside genes left out (no_feature 400" in m.text for m in messages)
    assert not [m for m in messages if m.level == "warning"]


def test_the_order_of_files_and_sheet_changes_nothing(tmp_path):
    folder = htseq_files(tmp_path / "counts")
    there, _ = read(folder, sheet(tmp_path))
    files = [folder / f"{name}.txt" for name in SAMPLES]
    back, _ = read(files[::-1], sheet(tmp_path, SAMPLES[::-1]))
    order = list(SAMPLES)
    np.testing.assert_array_equal(back.counts[:, [list(back.samples.index).index(s) for s in order]], there.counts)
    assert list(there.samples.loc[order, "group"]) == ["a", "b", "a", "b"]


def test_a_pattern_sorts_by_number(tmp_path):
    htseq_files(tmp_path / "counts")
    experiment, _ = read(str(tmp_path / "counts" / "s*.txt"), settings=InputSettings(groups="a=s1,s10; b=s2,s11"))
    same(experiment, VALUES, genes(), SAMPLES)
    fails("E-FILE-007", "No file fits", counts=str(tmp_path / "counts" / "x*.txt"))


def test_files_whose_names_say_nothing_are_called_by_the_sheet_or_the_folder(tmp_path):
    for j, name in enumerate(SAMPLES):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "counts.txt").write_text(htseq_text(VALUES[:, j]))
    same(read(tmp_path / "runs", sheet(tmp_path))[0], VALUES, genes(), SAMPLES)
    other = ("w", "x", "y", "z")
    files = [f"{name}/counts.txt" for name in SAMPLES]
    same(read(tmp_path / "runs", sheet(tmp_path, other, files))[0], VALUES, genes(), other)


def test_htseq_genes_in_another_order_are_aligned_by_name(tmp_path):
    folder = htseq_files(tmp_path / "counts")
    turned = htseq_text(VALUES[::-1, 1], rows=genes()[::-1])
    (folder / "s2.txt").write_text(turned)
    same(read(folder, sheet(tmp_path))[0], VALUES, genes(), SAMPLES)


def test_e_file_012_lists_that_do_not_belong_together(tmp_path):
    folder = htseq_files(tmp_path / "counts")
    (folder / "s2.txt").write_text(htseq_text(VALUES[:, 1], rows=[f"other{i}" for i in range(24)]))
    fails("E-FILE-012", "hold different genes: 24 genes only in 's1.txt'", counts=folder, samples=sheet(tmp_path))
    (folder / "s2.txt").write_text(featurecounts_text(["s2.bam"], VALUES[:, 1:2]))
    fails("E-FILE-012", "several formats: featurecounts (1 file), htseq (3 files)", counts=folder)
    paths = [folder / "s1.txt", folder / "s2.txt"]
    fails("E-FILE-012", "'s1.txt (htseq)', 's2.txt (featurecounts)'", counts=paths)


def test_e_name_001_repeated_genes_in_another_order(tmp_path):
    folder = htseq_files(tmp_path / "counts", rows=["gene0", *genes(23)])
    (folder / "s2.txt").write_text(htseq_text(VALUES[::-1, 1], rows=["gene0", *genes(23)][::-1]))
    fails("E-NAME-001", "in another order", counts=folder, samples=sheet(tmp_path))


def test_b102_e_file_010_exon_counts_are_refused(tmp_path):
    rows = [f"FBgn{i // 4:07d}:{i % 4 + 1:03d}" for i in range(24)]
    tallies = ("_ambiguous", "_empty", "_lowaqual", "_notaligned")
    folder = htseq_files(tmp_path / "counts", rows=rows, tallies=tallies)
    assert recognize(folder / "s1.txt", InputSettings()).name == "htseq"
    fails("E-FILE-010", "'FBgn0000000:001'", "24 of 24", counts=folder, samples=sheet(tmp_path))
    refuse_exons(["chr1:123", *genes(24)], "table")
    refuse_exons([f"chr{i}:101" for i in range(24)], "table")


def test_b94_a_folder_of_unmarked_htseq_tallies(tmp_path):
    folder = htseq_files(tmp_path / "counts", tallies=[name[2:] for name in TALLIES])
    same(read(folder, sheet(tmp_path))[0], VALUES, genes(), SAMPLES)


@pytest.mark.parametrize("program", [True, False])
@pytest.mark.parametrize("form", ["data/{}.sorted.bam", "/x y/{}Aligned.sortedByCoord.out.bam", "{}.markdup.sorted.bam",
                                  "{}.cram", "{}"])  # fmt: skip
def test_featurecounts_names_and_summary(tmp_path, form, program):
    columns = [form.format(name) for name in SAMPLES]
    table = tmp_path / "counts.txt"
    table.write_text(featurecounts_text(columns, program=program))
    summary = ["\t".join(["Status", *columns]), "Assigned\t60\t70\t80\t90", "Unassigned_NoFeatures\t40\t30\t20\t10"]
    (tmp_path / "counts.txt.summary").write_text("\n".join(summary) + "\n")
    experiment, messages = read(table, sheet(tmp_path))
    same(experiment, VALUES, genes(), SAMPLES)
    assert experiment.genes["Length"].tolist() == [100 + i for i in range(24)]
    assert any("by the .summary file: 60 % to 90 %" in m.text for m in messages)
    (said,) = [m for m in messages if "format" in m.data]
    assert said.data["qc"]["s2"] == {"Assigned": 70.0, "Unassigned_NoFeatures": 30.0}


def test_featurecounts_names_stay_apart(tmp_path):
    table = tmp_path / "counts.txt"
    table.write_text(featurecounts_text(["a/x.bam", "b/x.bam", "a/y.bam", "b/y.bam"]))
    names = ["a/x.bam", "b/x.bam", "a/y.bam", "b/y.bam"]
    same(read(table, sheet(tmp_path, names))[0], VALUES, genes(), names)


def test_featurecounts_of_single_samples_are_joined(tmp_path):
    for j, name in enumerate(SAMPLES):
        (tmp_path / f"{name}.featureCounts.txt").write_text(featurecounts_text([f"{name}.bam"], VALUES[:, j : j + 1]))
    experiment, _ = read(str(tmp_path / "*.txt"), sheet(tmp_path))
    same(experiment, VALUES, genes(), SAMPLES)


def test_plain_lists_with_and_without_header(tmp_path):
    for j, name in enumerate(SAMPLES):
        head = "gene,count\n" if j % 2 else ""
        lines = [f"{g},{v}" for g, v in zip(genes(), VALUES[:, j], strict=True)]
        (tmp_path / f"{name}.csv").write_text(head + "\n".join(lines) + "\n")
    same(read([tmp_path / f"{name}.csv" for name in SAMPLES], sheet(tmp_path))[0], VALUES, genes(), SAMPLES)


def test_format_overrides_content(tmp_path):
    folder = htseq_files(tmp_path / "counts", tallies=())
    same(read(folder, sheet(tmp_path), settings=InputSettings(format="htseq"))[0], VALUES, genes(), SAMPLES)
    fails("E-FILE-007", "is a directory", counts=folder, samples=sheet(tmp_path))


@pytest.mark.parametrize(("share", "strand", "column"), [(0.97, 1, "forward"), (0.03, 2, "reverse"),
                                                         (0.5, 0, "unstranded")])  # fmt: skip
@pytest.mark.parametrize("form", ["{}_ReadsPerGene.out.tab", "{}.ReadsPerGene.out.tab.gz", "{}/ReadsPerGene.out.tab"])
def test_star_takes_the_column_of_the_library(tmp_path, share, strand, column, form):
    folder = star_files(tmp_path / "star", share, form)
    forward = np.round(VALUES * share).astype(int)
    expected = VALUES if strand == 0 else forward if strand == 1 else VALUES - forward
    experiment, messages = read(folder, sheet(tmp_path))
    same(experiment, expected, genes(), SAMPLES)
    assert any(f"Counts of column {strand + 2} ({column} library)" in m.text for m in messages)
    (said,) = [m for m in messages if "format" in m.data]
    assert said.data["format"] == "star"
    assert said.data["qc"]["s1"] == {name: 10.0 * (strand + 1) + i for i, name in enumerate(
        ["N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"])}  # fmt: skip


@pytest.mark.parametrize("shares", [0.7, 0.3, [0.9, 0.9, 0.9, 0.5], [0.9, 0.9, 0.1, 0.1]])
def test_b102_e_file_009_strandedness_that_cannot_be_told(tmp_path, shares):
    folder = star_files(tmp_path / "star", shares)
    words = ("the share of forward reads in genes is", "'s1'", "%", "--strand 0 (unstranded), 1 (forward)")
    error = fails("E-FILE-009", *words, counts=folder, samples=sheet(tmp_path))
    assert set(error.data["forward"]) == set(SAMPLES)
    experiment, messages = read(folder, sheet(tmp_path), settings=InputSettings(strand="0"))
    same(experiment, VALUES, genes(), SAMPLES)
    assert any("as --strand says" in message.text for message in messages)


def test_b102_star_without_reads_has_no_strand(tmp_path):
    folder = star_files(tmp_path / "star", 0.9)
    (folder / "s1_ReadsPerGene.out.tab").write_text(star_text(0 * VALUES[:, 0], 0.9))
    fails("E-FILE-009", "'s1' nan %", counts=folder, samples=sheet(tmp_path))


def test_geo_counts_with_symbols(tmp_path):
    table = geo_files(tmp_path)
    names = [f"GSM{1000 + j}" for j in range(4)]
    experiment, messages = read(table, sheet(tmp_path, names))
    same(experiment, VALUES, [str(100287102 + i) for i in range(24)], names)
    assert experiment.genes["gene_name"].tolist() == [*(f"SYM{i}" for i in range(23)), ""]
    assert experiment.genes["description"].iloc[1] == 'gene "1"'
    assert any("gives symbols for 23 of 24 genes" in message.text for message in messages)
    assert not [message for message in messages if message.level == "warning"]


def test_geo_counts_alone_say_how_to_get_symbols(tmp_path):
    table = geo_files(tmp_path, symbols=False)
    experiment, messages = read(table, sheet(tmp_path, [f"GSM{1000 + j}" for j in range(4)]))
    assert not len(experiment.genes.columns)
    assert any("annot.tsv.gz" in message.text for message in messages)


@pytest.mark.parametrize("kind", ["TPM", "FPKM"])
def test_b03_geo_normalized_tables_are_refused(tmp_path, kind):
    table = geo_files(tmp_path, name=f"GSE1_norm_counts_{kind}_GRCh38.p13_NCBI.tsv.gz")
    fails("E-COUNT-002", f"holds {kind} values", "*_raw_counts_*_NCBI.tsv.gz", counts=table)


@pytest.mark.parametrize("flag", [False, True])
def test_the_command_line_takes_files_and_the_sheet_last(tmp_path, flag):
    from click.testing import CliRunner

    from foldwise.cli.app import cli

    folder = htseq_files(tmp_path / "counts")
    files = [str(folder / f"{name}.txt") for name in SAMPLES]
    sample_file = str(sheet(tmp_path))
    arguments = ["--samples", sample_file, *files] if flag else [*files, sample_file]
    out = tmp_path / "out"
    done = CliRunner().invoke(cli, ["run", *arguments, "--no-report", "-o", str(out), "--filter", "none"])
    assert done.exit_code == 0, done.output
    facts = json.loads((out / "run.json").read_text())
    assert facts["input_format"] == "htseq"
    assert facts["input_tallies"]["s1"]["no_feature"] == 100
    assert [item["name"] for item in facts["inputs"]] == [*(f"{name}.txt" for name in SAMPLES), "samples.csv"]
    again = CliRunner().invoke(cli, ["verify", str(out)])
    assert again.exit_code == 0, again.output
    without = CliRunner().invoke(cli, ["run", *files, "--no-report", "-o", str(tmp_path / "x")])
    assert without.exit_code != 0 and "E-DESIGN-010" in without.output


def test_files_of_a_folder_that_are_no_counts_are_named(tmp_path):
    folder = htseq_files(tmp_path / "counts")
    sheet(folder)
    (folder / "README").write_text("counted with htseq-count\n")
    experiment, messages = read(folder, folder / "samples.csv")
    same(experiment, VALUES, genes(), SAMPLES)
    (said,) = [message.text for message in messages if "left out, not being like them" in message.text]
    assert "2 files of the folder" in said and "'README', 'samples.csv'" in said


def test_e_name_004_a_table_without_header(tmp_path):
    rows = ["\t".join([gene, *map(str, row)]) for gene, row in zip(genes(), VALUES, strict=True)]
    (tmp_path / "c.txt").write_text("\n".join(rows) + "\n")
    fails("E-NAME-004", "has no header", "--with-header", counts=tmp_path / "c.txt", samples=sheet(tmp_path))


def test_e_file_004_a_format_that_the_file_does_not_have(tmp_path):
    folder = htseq_files(tmp_path / "counts")
    for name in ("featurecounts", "star"):
        with pytest.raises(FoldwiseError, match=r"E-FILE-00[24]"):
            read(folder / "s1.txt", sheet(tmp_path), settings=InputSettings(format=name))
    path = tmp_path / "fc.txt"
    path.write_text(featurecounts_text([f"{name}.bam" for name in SAMPLES]))
    fails("E-FILE-004", "4 columns of counts", counts=path, samples=sheet(tmp_path), format="htseq")
