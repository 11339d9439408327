"""Delimiters, cells, names and spelling: the small decisions of reading."""

from __future__ import annotations

import math

import pytest

from foldwise.io.cells import decimal_mark, number, numbers, suggestion
from foldwise.io.delimiter import sniff
from foldwise.io.matching import lookalikes, spelling_key
from foldwise.io.wording import counted, listed, percent, shown


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("g\ta\tb\nx\t1\t2\n", "\t"),
        ("g,a,b\nx,1,2\n", ","),
        ("g;a;b\nx;1,5;2,5\n", ";"),
        ("g;a\nx;1,5\ny;2,5\n", ";"),
        ("g a b\nx 1 2\n", " "),
        ("a b\nx  1   2\n", " "),
        ("g,name;x,s\na,b;c,1\nb,d;e,2\n", ","),
        ("g\tdesc\ts\na\tx, y\t1\nb\tz, w\t2\n", "\t"),
        ("a\tb\nx\t1\t2\ny\t3\t4\n", "\t"),
        ('"a","b"\n"x","1"\n', ","),
        ("g,a,b\nx,1,2\ny,3\nz,4,5\n", ","),
        ("gene\nx\n", None),
        ("gene\n", None),
    ],
)
def test_delimiters(text, delimiter):
    assert sniff(text.encode()).delimiter == delimiter


def test_comments_and_blank_lines_before_the_header():
    layout = sniff(b"# a, b\n#\n\ng\ta\nx\t1\n")
    assert (layout.delimiter, layout.start, layout.first_line) == ("\t", 10, 4)
    layout = sniff(b"#gene_id\ts1\ts2\nx\t1\t2\n")
    assert (layout.delimiter, layout.start, layout.first_line) == ("\t", 0, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("1.50", 1.5), ("-3", -3), ("+4", 4), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("007", 7)],
)
def test_numbers(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    "text", ["1_000", "٣", "0x10", "1,5", "e5", ".", "-", "1 2", "5 reads", "#N/A", "infinit", "--1"]
)
def test_what_is_no_number(text):
    assert number(text) is None
    assert numbers([text]) is None
    assert suggestion(text)


@pytest.mark.parametrize("text", ["", "NA", "NaN", "nan", "N/A", "null"])
def test_missing(text):
    assert math.isnan(number(text))


def test_whole_numbers_beyond_a_double_are_told_apart():
    assert number(str(2**53)) == 2**53
    assert number(str(2**53 + 1)) > 2**53
    assert number("1e400") < math.inf
    assert number("inf") == math.inf


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1,5", "2"], ","),
        (["1.5", "2"], "."),
        (["1", "2", "a.b", "c,d"], "."),
        (["1,234", "0,5"], ","),
        (["1.234", "0.5"], "."),
        (["1,234", "5,678"], None),
        (["1.234"], None),
        (["1.234,5"], None),
        (["1.5", "1,5"], None),
    ],
)
def test_decimal_marks(cells, mark):
    assert decimal_mark(cells)[0] == mark


@pytest.mark.parametrize(
    ("a", "b"),
    [("ctrl-1", "ctrl.1"), ("ctrl 1", "CTRL_1"), ("X1.a", "1-a"), ("01", "1"), ("s1.bam", "s1"), (" a ", "a")],
)
def test_spellings_that_mean_one_name(a, b):
    assert spelling_key(a) == spelling_key(b)


@pytest.mark.parametrize(("a", "b"), [("s1", "s11"), ("xylose", "ylose"), ("a1", "1"), ("c1", "t1")])
def test_spellings_that_do_not(a, b):
    assert spelling_key(a) != spelling_key(b)


def test_lookalikes_are_unique_or_none():
    assert lookalikes(["a-1", "b"], ["a.1", "A_1", "B"]) == {"b": "B"}


def test_names_in_messages():
    assert shown("a\x1b[31m\u202e") == r"'a\x1b[31m\u202e'"
    assert len(shown("x" * 10_000)) < 70
    assert listed(list("abcdefg")) == "'a', 'b', 'c', 'd', 'e', … (7 in all)"
    assert (counted(1, "gene"), counted(2_000, "gene")) == ("1 gene", "2,000 genes")
    assert [percent(x) for x in (0.31, 1e-9, 1.0, 0.9999)] == ["31 %", "less than 0.01 %", "100 %", "99.99 %"]
