"""The guessed design: blocks, control levels, and when it refuses."""

from __future__ import annotations

import pandas as pd
import pytest

from foldwise.errors import DesignError
from foldwise.model.design import make_design
from foldwise.model.guess_design import control_level, guess_design, is_blocking, name_words


def sheet(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"s{k}" for k in range(n)])


AIRWAY = sheet(
    cell=["N1", "N1", "N2", "N2", "N3", "N3", "N4", "N4"],
    dex=["untrt", "trt"] * 4,
    albut=["untrt"] * 8,
    length=[126, 126, 126, 87, 120, 126, 101, 98],
    run=[f"SRX{k}" for k in range(8)],
    file=[f"data/{k % 2}.fastq.gz" for k in range(8)],
)


def test_airway():
    guess = guess_design(AIRWAY)
    assert guess.formula == "~ cell + dex"
    assert (guess.variable, guess.blocks, guess.reference) == ("dex", ("cell",), "untrt")
    assert guess.contrasts == (("dex", "trt", "untrt"),)
    assert guess.findings == ()
    assert "paired with 'dex'" in guess.sentences[1]
    assert "up = higher in trt" in guess.sentences[0]
    design = make_design(guess.formula, AIRWAY, guess.references, source="guessed")
    assert design.coefficient_names[-1] == "dex_trt_vs_untrt"


def test_alphabetical_reference_is_said():
    guess = guess_design(sheet(group=["b", "a", "b", "a", "c", "c"]))
    assert (guess.reference, guess.contrasts) == ("a", (("group", "b", "a"), ("group", "c", "a")))
    assert [finding.id for finding in guess.findings] == ["W-DESIGN-003"]


def test_odd_names_are_quoted():
    guess = guess_design(sheet(**{"my group": ["x", "x", "DMSO", "DMSO"]}))
    assert guess.formula == "~ `my group`"
    assert guess.reference == "DMSO"
    make_design(guess.formula, sheet(**{"my group": ["x", "x", "DMSO", "DMSO"]}), guess.references)


@pytest.mark.parametrize(
    "columns",
    [
        {"a": ["x", "x", "y", "y"], "b": ["u", "v", "v", "u"], "c": ["p", "p", "p", "q"]},  # several candidates
        {"age": [1, 2, 3, 4]},  # numbers
        {"age": ["1", "1", "2", "2"]},  # numbers as text
        {"id": ["a", "b", "c", "d"]},  # all unique
        {"replicate": ["r1", "r2", "r1", "r2"]},  # only numbers the samples
        {"g": list("abcdefg") * 2},  # seven groups
        {"g": ["a", "a", None, "b"]},  # missing value
        {"strandedness": ["auto", "auto", "reverse", "reverse"]},  # technical
        {"file": ["/a/1.bam", "/a/1.bam", "/a/2.bam", "/a/2.bam"]},  # paths
    ],
    ids=lambda c: "+".join(c),
)
def test_refuses(columns):
    with pytest.raises(DesignError) as caught:
        guess_design(sheet(**columns))
    assert caught.value.id == "E-DESIGN-010"
    assert "--design" in caught.value.fix


def test_candidates_are_named():
    with pytest.raises(DesignError) as caught:
        guess_design(sheet(a=["x", "x", "x", "y", "y", "y"], b=["u", "v", "v", "u", "u", "u"]))
    assert caught.value.data["candidates"] == ["a", "b"]
    assert "a (x, y)" in caught.value.found


def test_serial_columns_are_no_blocks():
    guess = guess_design(sheet(condition=["ctrl"] * 3 + ["drug"] * 3, replicate=["r1", "r2", "r3"] * 2))
    assert guess.formula == "~ condition"


def test_the_pair_without_a_control_is_the_block():
    guess = guess_design(sheet(person=["p1", "p1", "p2", "p2"], drug=["placebo", "x", "placebo", "x"]))
    assert guess.formula == "~ person + drug"
    # Two and two, no control and no donor words: nothing says which is which.
    with pytest.raises(DesignError):
        guess_design(sheet(a=["p", "p", "q", "q"], b=["x", "y", "x", "y"]))


@pytest.mark.parametrize(
    ("levels", "control"),
    [
        (["trt", "untrt"], "untrt"),
        (["Wild-Type", "ko"], "Wild-Type"),
        (["CTRL", "control"], "control"),
        (["0 h", "2 h"], "0 h"),
        (["a", "b"], None),
        (["controlled", "b"], None),
    ],
)
def test_control_words(levels, control):
    assert control_level(levels) == control


def test_blocking_is_exactly_once():
    assert is_blocking(["a", "b", "a", "b"], ["x", "x", "y", "y"])
    assert not is_blocking(["a", "b", "a", "a"], ["x", "x", "y", "y"])
    assert not is_blocking(["a", "a", "b", "b"], ["x", "x", "y", "y"])
    assert not is_blocking(["a", "a"], ["x", "y"])


def test_words_of_names():
    assert {"donor", "id"} <= name_words("DonorID")
    assert {"cell", "line"} <= name_words("cell_line")
