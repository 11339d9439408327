from __future__ import annotations

import math

import pytest

from foldwise.report.svg import clean, nice_ticks, shorten, tick_text
from foldwise.report.words import listed, p_text, percent, plural, redact, short_labels, short_number, signed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foldwise run /home/ann/x/counts.tsv ~/s.tsv -o out/", "foldwise run counts.tsv s.tsv -o out/"),
        ('a = "/home/ann smith/x.csv"', 'a = "x.csv"'),
        ("'/tmp/with space/y.tsv'", "'y.tsv'"),
        (r"C:\Users\ann\c.csv", "c.csv"),
        (r"\\server\share\d.csv", "d.csv"),
        ('counts = ["/home/a/b.tsv", "c.tsv"]', 'counts = ["b.tsv", "c.tsv"]'),
        ("see https://doi.org/10.1/x", "see https://doi.org/10.1/x"),
        ("HLA-A/B and ../x/y.tsv and counts / samples", "HLA-A/B and ../x/y.tsv and counts / samples"),
        ("--counts=/root/a.tsv", "--counts=a.tsv"),
    ],
)
def test_B121_absolute_paths_are_cut_to_names(text, expected):
    assert redact(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.05, "5 %"), (0.01, "1 %"), (0.001, "0.1 %"), (0.025, "2.5 %"), (0.5, "50 %"), (0.1, "10 %"), (1.0, "100 %")],
)
def test_percent(value, expected):
    assert percent(value) == expected


def test_numbers_as_words():
    assert signed(-0.314) == "\u22120.31"
    assert signed(2.0) == "+2.00"
    assert signed(math.nan) == "–"
    assert p_text(4.04e-132) == "4.0e-132"
    assert p_text(0.0432) == "0.043"
    assert p_text(0.0) == "< 1e-307"
    assert p_text(math.nan) == "–"
    assert short_number(20_637_971) == "20.6 M"
    assert short_number(997.4) == "997"
    assert short_number(0.0312) == "0.0312"
    assert plural(1, "gene") == "1 gene"
    assert plural(1200, "gene") == "1,200 genes"
    assert listed([]) == ""
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefgh"), 3) == "a, b, c and 5 more"


def test_shorten_keeps_both_ends():
    assert shorten("abc", 5) == "abc"
    assert shorten("x" * 50 + "end", 22).endswith("end")
    assert len(shorten("y" * 10_000, 22)) == 22


def test_ticks_are_round_and_inside():
    assert nice_ticks(0, 10) == [0, 2, 4, 6, 8, 10]
    assert nice_ticks(-0.31, 0.29, 3) == [-0.2, 0, 0.2]
    assert nice_ticks(1, 1) == [1]
    assert nice_ticks(math.nan, 1) == []
    assert tick_text(2e7) == "20 M"
    assert tick_text(0.25) == "0.25"


def test_markup_text_is_escaped_and_free_of_control_characters():
    assert clean('<a b="c">&\x00\x1b[31m') == "&lt;a b=&quot;c&quot;&gt;&amp;[31m"
    assert clean("\ud800x") == "x"


def test_labels_lose_what_all_begin_with():
    assert short_labels(["dex: a vs b", "dex: a vs c"]) == ["a vs b", "a vs c"]
    assert short_labels(["dose 1 vs 0", "dose 2 vs 0"]) == ["dose 1 vs 0", "dose 2 vs 0"]
    assert short_labels(["abc", "abd"]) == ["abc", "abd"]
    assert short_labels(["same", "same"]) == ["same", "same"]
    assert short_labels(["only one: a"]) == ["only one: a"]
    assert short_labels([]) == []
