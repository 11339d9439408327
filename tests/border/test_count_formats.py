"""Hostile twins of the files of counting programs: cut, ragged, marked, recoded, repeated, bloated, misnamed."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from foldwise.io import raw_bytes
from foldwise.io.read import read
from foldwise.model.spec import InputSettings
from tests.border.tables import genes, same
from tests.unit.io.format_files import (
    SAMPLES,
    VALUES,
    fails,
    featurecounts_text,
    geo_files,
    htseq_files,
    sheet,
    star_files,
)

GSM = tuple(f"GSM{1000 + j}" for j in range(4))
KINDS = ("featurecounts", "htseq", "star", "geo", "plain")


def made(kind: str, folder: Path) -> tuple[Path, Path, tuple[str, ...], list[str]]:
    """Return what is given as counts, one file of it, the samples, and the genes."""
    counts = folder / "counts"
    if kind == "featurecounts":
        counts.mkdir()
        path = counts / "fc.txt"
        path.write_text(featurecounts_text([f"{name}.bam" for name in SAMPLES]))
        return path, path, SAMPLES, genes()
    if kind == "geo":
        path = geo_files(counts, symbols=False, name="GSE1_raw_counts_GRCh38.p13_NCBI.tsv")
        return path, path, GSM, [str(100287102 + i) for i in range(24)]
    if kind == "plain":
        counts.mkdir()
        for j, name in enumerate(SAMPLES):
            lines = [f"{gene}\t{value}" for gene, value in zip(genes(), VALUES[:, j], strict=True)]
            (counts / f"{name}.txt").write_text("gene_id\tcount\n" + "\n".join(lines) + "\n")
        return counts, counts / "s2.txt", SAMPLES, genes()
    if kind == "htseq":
        return htseq_files(counts), counts / "s2.txt", SAMPLES, genes()
    return star_files(counts, 0.5), counts / "s2_ReadsPerGene.out.tab", SAMPLES, genes()


@pytest.fixture(params=KINDS)
def given(request, tmp_path):
    counts, one, samples, rows = made(request.param, tmp_path)
    files = sorted(counts.iterdir()) if request.param == "plain" else counts
    return request.param, files, one, sheet(tmp_path, samples), samples, rows


def test_the_files_as_they_should_be(given):
    kind, counts, _, samples, names, rows = given
    experiment, messages = read(counts, samples)
    # A list given in the order of its names: s1, s10, s11, s2
    order = [list(names).index(name) for name in experiment.samples.index]
    same(experiment, VALUES[:, order], rows, [names[i] for i in order])
    assert not [message.text for message in messages if message.level == "warning"]
    assert [m.data["format"] for m in messages if "format" in m.data] == ([] if kind == "plain" else [kind])


def test_b95_a_truncated_gzip(given):
    _, counts, one, samples, *_ = given
    data = gzip.compress(one.read_bytes())
    one.write_bytes(data[:-10])
    fails("E-FILE-003", one.name, counts=counts, samples=samples)


def test_b93_a_ragged_row(given):
    _, counts, one, samples, *_ = given
    lines = one.read_text().split("\n")
    lines[10] += "\t5"
    one.write_text("\n".join(lines))
    fails("E-FILE-002", f"{one.name}:11", counts=counts, samples=samples)


@pytest.mark.parametrize("change", [
    lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: ("\ufeff" + text).encode("utf-16-le"),
    lambda text: gzip.compress(text.encode()),
    lambda text: text.rstrip("\n").encode(),
])  # fmt: skip
def test_b88_b89_b96_marks_line_ends_and_packing(given, change):
    kind, counts, one, samples, names, rows = given
    one.write_bytes(change(one.read_text()))
    experiment, messages = read(counts, samples)
    order = [list(names).index(name) for name in experiment.samples.index]
    same(experiment, VALUES[:, order], rows, [names[i] for i in order])
    assert [m.data["format"] for m in messages if "format" in m.data] == ([] if kind == "plain" else [kind])


def test_b90_semicolons_make_a_plain_table(tmp_path):
    path = tmp_path / "fc.csv"
    columns = [f"{name}.bam" for name in SAMPLES]
    text = featurecounts_text(columns, program=False).replace("chr1;chr1", "chr1").replace(";9", "").replace(";99", "")
    path.write_text(text.replace("+;+", "+").replace("\t", ";"))
    experiment, messages = read(path, sheet(tmp_path, columns))
    same(experiment, VALUES, genes(), columns)
    assert not [message for message in messages if "format" in message.data]


def test_b20_a_gene_twice(given):
    kind, counts, _, samples, *_ = given
    for path in (
        [counts]
        if isinstance(counts, Path) and counts.is_file()
        else sorted(Path(counts[0]).parent.iterdir() if isinstance(counts, list) else counts.iterdir())
    ):
        first = "100287102" if kind == "geo" else "gene0"
        second = "100287103" if kind == "geo" else "gene1"
        path.write_text(path.read_text().replace(f"\n{second}\t", f"\n{first}\t"))
    fails("E-NAME-001", "--duplicates", counts=counts, samples=samples)


def test_b22_a_sample_twice(tmp_path):
    path = tmp_path / "fc.txt"
    path.write_text(featurecounts_text(["s1.bam", "s1.bam", "s10.bam", "s11.bam"]))
    fails("E-NAME-002", "s1", counts=path, samples=sheet(tmp_path))
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "s1.txt").write_text("gene_id\tcount\ng1\t5\ng2\t6\n")
    fails("E-SHEET-002", counts=[tmp_path / "a" / "s1.txt", tmp_path / "b" / "s1.txt"], samples=sheet(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_b98_an_empty_file_in_a_list(given, content):
    _, _, one, samples, *_ = given
    one.write_bytes(content)
    paths = sorted(one.parent.iterdir())
    with pytest.raises(Exception, match=r"E-FILE-0(06|12)"):
        read(paths, samples)


def test_b117_a_file_that_unpacks_to_far_more(given, monkeypatch):
    _, counts, one, samples, *_ = given
    monkeypatch.setattr(raw_bytes, "RATIO_COUNTS_FROM", 1 << 16)
    head, _, tail = one.read_text().partition("\n")
    one.write_bytes(gzip.compress((head + "\n" + tail + "gene0\t0\t0\t0\n" * 400_000).encode()))
    fails("E-SAFE-002", one.name, "unpacks to more than", counts=counts, samples=samples)


def test_b13_text_in_a_cell(given):
    kind, counts, one, samples, *_ = given
    text = one.read_text()
    line = next(line for line in text.split("\n") if line.startswith(("gene3\t", "100287105\t")))
    one.write_text(text.replace(line, line.rpartition("\t")[0] + "\t5 reads"))
    if kind == "star":  # the last column is that of reverse libraries
        fails("E-COUNT-008", "5 reads", counts=counts, samples=samples, strand="2")
    else:
        fails("E-COUNT-008", "5 reads", counts=counts, samples=samples)


def test_b99_pipes_and_directories_in_a_list(tmp_path):
    folder = htseq_files(tmp_path / "counts")
    os.mkfifo(tmp_path / "pipe")
    fails("E-FILE-007", "pipe", counts=[folder / "s1.txt", tmp_path / "pipe"])
    (tmp_path / "empty").mkdir()
    fails("E-FILE-007", "holds nothing", counts=tmp_path / "empty")
    os.mkfifo(folder / "s3.txt")
    same(read(folder, sheet(tmp_path))[0], VALUES, genes(), SAMPLES)


def test_b114_b118_hostile_file_names(tmp_path):
    names = ["<img src=x onerror=alert(1)>", "$(touch x)", "a b;rm -rf", "ü\u202e"]
    for j, name in enumerate(names):
        text = "".join(f"{gene}\t{value}\n" for gene, value in zip(genes(), VALUES[:, j], strict=True))
        (tmp_path / f"{name}.txt").write_text(text + "__no_feature\t1\n__ambiguous\t1\n")
    rows = "".join(f'"{name}",{"ab"[j % 2]}\n' for j, name in enumerate(names))
    (tmp_path / "s.csv").write_text("sample,group\n" + rows)
    experiment, messages = read([tmp_path / f"{name}.txt" for name in names], tmp_path / "s.csv")
    same(experiment, VALUES, genes(), names)
    assert all(message.text.isprintable() for message in messages)


def test_an_unlikely_number_of_files(tmp_path, monkeypatch):
    from foldwise.io import sources

    monkeypatch.setattr(sources, "MAX_FILES", 3)
    fails("E-FILE-007", "and more", counts=htseq_files(tmp_path / "counts"), samples=sheet(tmp_path))


def test_lists_in_any_order_give_the_same(given):
    kind, _, one, samples, *_ = given
    if kind in ("featurecounts", "geo"):
        return
    paths = sorted(one.parent.iterdir())
    there, _ = read(paths, samples, settings=InputSettings(strand="0"))
    back, _ = read(paths[::-1], samples, settings=InputSettings(strand="0"))
    order = [list(back.samples.index).index(name) for name in there.samples.index]
    np.testing.assert_array_equal(np.asarray(back.counts)[:, order], there.counts)
    assert back.samples.iloc[order].equals(there.samples)
