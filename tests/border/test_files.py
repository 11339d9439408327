"""Bad-input catalogue, rows B88 to B99: files, encodings and layouts."""

from __future__ import annotations

import gzip
import os
import socket

import numpy as np
import pytest

from foldwise.io import raw_bytes
from tests.border.tables import SAMPLES, Folder, cells, counts, genes, same, text


@pytest.mark.parametrize(
    ("codec", "mark", "said"),
    [
        ("utf-8", b"\xef\xbb\xbf", "UTF-8 with byte-order mark"),
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-16-be", b"", "UTF-16"),
        ("latin-1", b"", "Latin-1"),
        ("cp1252", b"", "Latin-1"),
    ],
)
def test_b88_encodings(folder, codec, mark, said):
    rows = ["gène", *genes()[1:]]
    folder.counts(mark + text(counts(), rows).encode(codec))
    experiment, messages = folder.read()
    same(experiment, counts(), rows)
    assert any(said in message.text for message in messages)


def test_b88_a_sheet_with_a_byte_order_mark(folder):
    folder.counts(text(counts()))
    folder.samples.write_bytes(b"\xef\xbb\xbf" + folder.samples.read_bytes())
    assert list(folder.experiment().samples.columns) == ["group"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_b89_line_ends(folder, end, last):
    content = text(counts(), end=end)
    folder.counts(content if last else content[: -len(end)])
    folder.sheet(end.join(f"{name}\tx" for name in SAMPLES), f"sample\tgroup{end}")
    same(folder.experiment(), counts(), genes())


def test_b89_blank_lines_are_skipped(folder):
    lines = text(counts()).splitlines()
    folder.counts("\n\n" + "\n".join([*lines[:4], "", *lines[4:], "", "\t\t\t\t"]) + "\n\n")
    same(folder.experiment(), counts(), genes())


def test_b90_semicolon_and_decimal_comma(folder):
    table = cells()
    table[0][0], table[1][1] = "5000,5", "6000,25"
    folder.counts(text(table, sep=";"), "counts.csv")
    experiment, _ = folder.read(needs_integers=False)
    assert experiment.counts[0, 0] == 5000.5
    assert experiment.counts[1, 1] == 6000.25
    np.testing.assert_array_equal(experiment.counts[2:], counts()[2:])


def test_b90_semicolon_and_decimal_point(folder):
    table = cells()
    table[0][0] = "5000.5"
    folder.counts(text(table, sep=";"), "counts.csv")
    assert folder.read(needs_integers=False)[0].counts[0, 0] == 5000.5


@pytest.mark.parametrize("cell", ["1.234", "1,234", "1.234.567", "1.234,5"])
def test_b90_thousands_or_decimals(folder, cell):
    table = cells()
    table[5][2] = cell
    folder.counts(text(table, sep=";"), "counts.csv")
    folder.fails("E-FILE-001", f"'{cell}'", "thousands", needs_integers=False)


def test_b91_csv_holding_tabs(folder):
    folder.counts(text(counts()), "counts.csv")
    same(folder.experiment(), counts(), genes())


@pytest.mark.parametrize("sep", ["\t", ",", ";", " "])
def test_b91_header_one_field_short(folder, sep):
    lines = text(counts(), sep=sep).splitlines()
    folder.counts("\n".join([sep.join(SAMPLES), *lines[1:]]) + "\n")
    same(folder.experiment(), counts(), genes())


@pytest.mark.parametrize("sep", ["\t", ",", ";", " ", "   "])
def test_b91_delimiters(folder, sep):
    folder.counts(text(counts(), sep=sep))
    same(folder.experiment(), counts(), genes())


@pytest.mark.parametrize("sep", ["\t", ",", " "])
def test_b92_everything_quoted_as_r_writes_it(folder, sep):
    rows = [f'"{name}"' for name in genes()]
    columns = [f'"{name}"' for name in SAMPLES]
    folder.counts(text(counts(), rows, columns, sep=sep, corner='""'))
    same(folder.experiment(), counts(), genes())
    lines = text(counts(), rows, columns, sep=sep).splitlines()
    folder.counts("\n".join([sep.join(columns), *lines[1:]]))
    same(folder.experiment(), counts(), genes())


def test_b92_quotes_and_embedded_delimiters(folder):
    rows = ['"a,b"', '"say ""x"""', "5'UTR", '5"UTR', *genes()[4:]]
    folder.counts(text(counts(), rows, sep=","), "counts.csv")
    same(folder.experiment(), counts(), ["a,b", 'say "x"', "5'UTR", '5"UTR', *genes()[4:]])


def test_b92_newline_in_an_id(folder):
    folder.counts(text(counts(), ['"a\nb"', *genes()[1:]]))
    folder.fails("E-NAME-003", "line feed", "line 2")


def test_b92_newline_in_a_description(folder):
    content = "gene_id,description,c1,c2,t1,t2\n" + "".join(
        f'g{i},"one\ntwo, three",{",".join(map(str, row))}\n' for i, row in enumerate(counts())
    )
    folder.counts(content, "counts.csv")
    experiment = folder.experiment()
    np.testing.assert_array_equal(experiment.counts, counts())
    assert experiment.genes["description"].iloc[0] == "one\ntwo, three"


def test_b92_quote_that_is_not_closed(folder):
    folder.counts(text(counts(), ['"a', *genes()[1:]]))
    folder.fails("E-FILE-002", "counts.tsv:2", "quotes")


@pytest.mark.parametrize(("cells_", "found"), [("1\t2\t3", 4), ("1\t2\t3\t4\t5", 6)])
def test_b93_ragged_row(folder, cells_, found):
    lines = text(counts()).splitlines()
    lines[7] = f"gene6\t{cells_}"
    folder.counts("\n".join(lines) + "\n")
    error = folder.fails("E-FILE-002", f"counts.tsv:8 has {found} fields where 5 are expected")
    assert error.where == "counts.tsv:8"


def test_b93_ragged_sheet(folder):
    folder.counts(text(counts()))
    folder.sheet("c1\tctrl\nc2\nt1\tdrug\nt2\tdrug\n")
    folder.fails("E-FILE-002", "samples.tsv:3 has 1 fields where 2 are expected")


def test_b93_line_numbers_count_comments_blank_lines_and_quoted_line_feeds(folder):
    folder.counts('# made by x\n\ngene_id,description,c1,c2,t1,t2\na,"x\ny",1,2,3,4\nb,z,1,2,3\n', "counts.csv")
    folder.fails("E-FILE-002", "counts.csv:6")


@pytest.mark.parametrize(
    "names",
    [
        ["__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned", "__alignment_not_unique"],
        ["no_feature", "ambiguous", "too_low_aQual", "not_aligned", "alignment_not_unique"],
        ["N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"],
    ],
)
def test_b94_tallies_of_counting_programs(folder, names):
    values = counts(24 + len(names))
    folder.counts(text(values, [*genes(), *names]))
    experiment = folder.warns(
        "W-FILE-001", f"{len(names)} rows", f"{names[0]} ({values[24].sum():,})", f"({values[-1].sum():,})"
    )
    same(experiment, values[:24], genes())


def test_b94_a_gene_called_ambiguous_stays(folder):
    rows = ["ambiguous", *genes()[1:]]
    folder.counts(text(counts(), rows))
    same(folder.silent(), counts(), rows)


def test_b94_featurecounts_columns(folder):
    head = "# Program:featureCounts v2.0.1; Command:x\nGeneid\tChr\tStart\tEnd\tStrand\tLength\tc1\tc2\tt1\tt2\n"
    rows = [f"g{i}\t1;1\t10;20\t15;30\t+;+\t{100 + i}\t" + "\t".join(map(str, row)) for i, row in enumerate(counts())]
    folder.counts(head + "\n".join(rows) + "\n", "counts.txt")
    experiment, messages = folder.read()
    same(experiment, counts(), [f"g{i}" for i in range(24)])
    assert list(experiment.genes.columns) == ["Length"]
    assert list(experiment.genes["Length"]) == list(range(100, 124))
    assert any("featureCounts" in message.text for message in messages)


def test_b95_truncated_gzip(folder):
    packed = gzip.compress(text(counts()).encode())
    folder.counts(packed[:-9], "counts.tsv.gz")
    error = folder.fails("E-FILE-003", "ends early", f"byte {len(packed) - 9:,}")
    assert error.data["offset"] == len(packed) - 9


@pytest.mark.parametrize("position", [-6, -2])
def test_b95_wrong_checksum(folder, position):
    packed = bytearray(gzip.compress(text(counts()).encode()))
    packed[position] ^= 0xFF
    folder.counts(bytes(packed), "counts.tsv.gz")
    folder.fails("E-FILE-003", "near byte", "damaged gzip")


def test_b95_several_members_and_padding(folder):
    content = text(counts()).encode()
    packed = gzip.compress(content[:100]) + gzip.compress(content[100:]) + bytes(512)
    folder.counts(packed, "counts.tsv.gz")
    same(folder.experiment(), counts(), genes())


def test_b96_wrong_extension(folder):
    folder.gz(text(counts()), "counts.csv")
    same(folder.experiment(), counts(), genes())
    folder.counts(text(counts()), "counts.tsv.gz")
    same(folder.experiment(), counts(), genes())


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"PK\x03\x04" + bytes(100), "xlsx"),
        (b"PAR1" + bytes(100) + b"PAR1", "Parquet"),
        (b"%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 5\n", "Matrix Market"),
        (bytes(range(256)) * 20, "unknown binary format"),
        (b"\0" + np.random.default_rng(3).bytes(4096), "unknown binary format"),
        (b"gene\nx\ny\n", "one column"),
        (b"<!DOCTYPE html><html></html>\n", "web page"),
    ],
)
def test_b96_unknown_format(folder, content, word):
    folder.counts(content)
    folder.fails("E-FILE-004", word, "counts.tsv")


@pytest.mark.parametrize("content", ["", "gene_id\tc1\tc2\tt1\tt2\n", "gene_id\tc1\tc2\tt1\tt2", "\n\n\n", "# x\n"])
def test_b98_empty_or_header_only(folder, content):
    folder.counts(content)
    folder.fails("E-FILE-006", "counts.tsv")
    folder.gz(content)
    folder.fails("E-FILE-006", "counts.tsv.gz")


def test_b98_empty_sheet(folder):
    folder.counts(text(counts()))
    folder.sheet("")
    folder.fails("E-FILE-006", "samples.tsv")


def unreadable(folder: Folder, name: str, *words: str, exit_code: int = 3) -> None:
    folder.table = folder.path / name
    folder.fails("E-FILE-007", *words, exit_code=exit_code)


def test_b99_directory(folder):
    (folder.path / "data").mkdir()
    unreadable(folder, "data", "is a directory")


def test_b99_fifo_is_not_opened(folder):
    os.mkfifo(folder.path / "pipe")
    unreadable(folder, "pipe", "is a pipe")


def test_b99_device(folder):
    unreadable(folder, "/dev/zero", "is a device")
    (folder.path / "link.tsv").symlink_to("/dev/zero")
    unreadable(folder, "link.tsv", "is a device")


def test_b99_socket(folder, monkeypatch):
    monkeypatch.chdir(folder.path)  # paths of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
        unreadable(folder, "sock", "is a socket")


def test_b99_missing(folder):
    folder.counts(text(counts()), "counts.tsv")
    unreadable(folder, "count.tsv", "does not exist", "Did you mean 'counts.tsv'?")
    unreadable(folder, "no/such/place.tsv", "does not exist")
    unreadable(folder, "counts.tsv/inside.tsv", "does not exist")
    unreadable(folder, "a\0b.tsv", r"a\x00b.tsv", "cannot be read")


def test_b99_no_permission(folder, monkeypatch):
    folder.counts(text(counts()))

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(raw_bytes.os, "open", refuse)
    unreadable(folder, "counts.tsv", "no permission", exit_code=74)


def test_b99_the_sheet_too(folder):
    folder.counts(text(counts()))
    folder.samples = folder.path / "sample.tsv"
    folder.fails("E-FILE-007", "sample.tsv does not exist", "'samples.tsv'")
