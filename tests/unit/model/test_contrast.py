"""Contrasts: every way to write one, its direction in words, and the samples it compares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import DesignError
from foldwise.model.contrast import make_contrast, make_contrasts, references_from_contrasts, samples_in_contrast
from foldwise.model.contrast_names import file_safe
from foldwise.model.design import design_from_matrix, make_design


@pytest.fixture
def samples():
    return pd.DataFrame(
        {
            "batch": ["b1", "b2"] * 6,
            "drug": ["ctrl"] * 4 + ["drugA"] * 4 + ["drugB"] * 4,
            "age": [31.0, 45, 52, 38, 29, 61, 47, 33, 55, 40, 36, 58],
            "time": ["0:00", "0:00", "1:00", "1:00"] * 3,
        },
        index=[f"s{k}" for k in range(1, 13)],
    )


@pytest.fixture
def design(samples):
    return make_design("~ batch + drug", samples)


ONE_COMPARISON = [
    "drug:drugB:drugA",
    ("drug", "drugB", "drugA"),
    ["drug", "drugB", "drugA"],
    "drugB - drugA",
    "`drugB` - `drugA`",
    "-drugA + drugB",
    "drug_drugB_vs_ctrl - drug_drugA_vs_ctrl",
    "drugdrugB - drugdrugA",
    "cond(drug='drugB') - cond(drug='drugA')",
    'cond(drug="drugB", batch=b2) - cond(batch=b2, drug=drugA)',
    [["drug_drugB_vs_ctrl"], ["drug_drugA_vs_ctrl"]],
    (("drugdrugB",), ("drugdrugA",)),
    [0, 0, -1, 1],
    np.array([0.0, 0.0, -1.0, 1.0]),
    "[0, 0, -1, 1]",
    "(2*drugB - drugA*2)/2",
]


@pytest.mark.parametrize("spec", ONE_COMPARISON, ids=str)
def test_every_form_gives_the_same_vector(design, spec):
    contrast = make_contrast(design, spec)
    np.testing.assert_array_equal(contrast.vector, [0, 0, -1, 1])
    assert contrast.coefficient is None


def test_triple_in_words(design):
    contrast = make_contrast(design, "drug:drugB:drugA")
    assert (contrast.id, contrast.label) == ("drug_drugB_vs_drugA", "drug: drugB vs drugA")
    assert contrast.direction == "up = higher in drugB"
    assert (contrast.kind, contrast.variable, contrast.target, contrast.reference) == (
        "levels",
        "drug",
        "drugB",
        "drugA",
    )
    assert make_contrast(design, "drugB - drugA").kind == "levels"


def test_against_the_reference_it_is_a_coefficient(design):
    up, down = make_contrast(design, "drug:drugA:ctrl"), make_contrast(design, "drug:ctrl:drugA")
    assert (up.coefficient, up.sign, down.coefficient, down.sign) == (2, 1, 2, -1)
    np.testing.assert_array_equal(up.vector, -down.vector)


@pytest.mark.parametrize("name", ["drug_drugB_vs_ctrl", "drugdrugB"])
def test_coefficient_by_name(design, name):
    contrast = make_contrast(design, name)
    assert (contrast.kind, contrast.coefficient, contrast.sign) == ("coefficient", 3, 1)
    assert contrast.direction == "up = higher in drugB"


def test_default_is_the_last_coefficient(design, samples):
    contrast = make_contrast(design)
    assert (contrast.kind, contrast.id, contrast.coefficient) == ("coefficient", "drug_drugB_vs_ctrl", 3)
    without = make_design("~ 0 + batch + drug", samples)
    assert (make_contrast(without).kind, make_contrast(without).id) == ("levels", "drug_drugB_vs_ctrl")
    only = make_design("~ 0 + drug", samples)
    np.testing.assert_array_equal(make_contrast(only).vector, [-1, 0, 1])
    assert make_contrast(make_design("~ batch + age", samples)).direction == "up = rises with age"


@pytest.mark.parametrize("formula", ["~ 1", "~ 0 + batch:drug"])
def test_default_needs_a_comparison(samples, formula):
    with pytest.raises(DesignError) as caught:
        make_contrast(make_design(formula, samples))
    assert caught.value.id == "E-CONTRAST-001"


def test_expression_over_levels(design):
    contrast = make_contrast(design, "(drugA + drugB)/2 - ctrl")
    np.testing.assert_array_equal(contrast.vector, [0, 0, 0.5, 0.5])
    assert (contrast.kind, contrast.id) == ("expression", "drugA+drugB_2-ctrl")


def test_levels_with_colons(samples):
    design = make_design("~ drug + time", samples)
    for spec in ["time:1:00:0:00", ("time", "1:00", "0:00"), "`1:00` - `0:00`", "time1:00"]:
        np.testing.assert_array_equal(make_contrast(design, spec).vector, [0, 0, 0, 1])
    assert make_contrast(design, "time:1:00:0:00").id == "time_1_00_vs_0_00"


def test_numbers_as_levels():
    sheet = pd.DataFrame({"minute": [0, 0, 15, 15, 30, 30]}, index=list("abcdef"))
    design = make_design("~ C(minute)", sheet)
    np.testing.assert_array_equal(make_contrast(design, ("minute", 30, 15)).vector, [0, -1, 1])
    np.testing.assert_array_equal(make_contrast(design, "minute:30:15").vector, [0, -1, 1])


def test_interactions_say_where_they_hold(samples):
    design = make_design("~ batch * drug", samples)
    assert make_contrast(design, "drug:drugB:ctrl").direction == "up = higher in drugB (where batch=b1)"
    interaction = make_contrast(design, "batchb2:drugdrugB")
    assert interaction.coefficient == 5
    assert interaction.direction == "up = the effect of drug drugB vs ctrl is larger where batch=b2 than where batch=b1"
    simple = make_contrast(design, "cond(batch='b2', drug='drugB') - cond(batch='b2', drug='ctrl')")
    np.testing.assert_array_equal(simple.vector, [0, 0, 0, 1, 0, 1])
    slopes = make_contrast(make_design("~ drug * age", samples), "drugdrugA:age")
    assert slopes.direction == "up = the effect of age is larger where drug=drugA than where drug=ctrl"


def test_condition_with_a_covariate(samples):
    design = make_design("~ drug * age", samples)
    contrast = make_contrast(design, "cond(drug='drugA', age=40) - cond(drug='ctrl', age=40)")
    np.testing.assert_array_equal(contrast.vector, [0, 1, 0, 0, 40, 0])


def test_matrix_designs_take_names_and_numbers():
    design = design_from_matrix(np.array([[1, 0], [1, 0], [1, 1], [1, 1.0]]), ["base", "effect"])
    assert make_contrast(design, "effect").coefficient == 1
    assert make_contrast(design).coefficient == 1
    with pytest.raises(DesignError) as caught:
        make_contrast(design, "group:a:b")
    assert caught.value.id == "E-CONTRAST-001"


def test_samples_of_a_contrast(design):
    drug = np.array(["ctrl"] * 4 + ["drugA"] * 4 + ["drugB"] * 4)
    mask = samples_in_contrast(design, make_contrast(design, "drug:drugA:ctrl"))
    np.testing.assert_array_equal(mask, np.isin(drug, ["ctrl", "drugA"]))
    # Numbers of both signs: samples whose columns with weights do not sum to 0; here those of drugA and drugB.
    mask = samples_in_contrast(design, make_contrast(design, [0, 0, -1, 1]))
    np.testing.assert_array_equal(mask, np.isin(drug, ["drugA", "drugB"]))
    assert samples_in_contrast(design, make_contrast(design, "drugdrugA")) is None
    assert samples_in_contrast(design, make_contrast(design, [0, 0, 1, 1])) is None


def test_references_implied_by_triples(samples):
    specs = ["drug:drugB:drugA", ("batch", "b1", "b2"), "drug:drugA:ctrl", "time:0:00:1:00", "drugB - ctrl", None]
    assert references_from_contrasts(specs, samples) == {"drug": "drugA", "batch": "b2", "time": "1:00"}
    assert references_from_contrasts(["drug:x:y", "nope:a:b", [0, 1]], samples) == {}


def test_ids_of_several_contrasts_differ(design):
    made = make_contrasts(design, ["drug:drugB:ctrl", "drugB - ctrl", "drug_drugB_vs_ctrl"])
    assert [c.id for c in made] == ["drug_drugB_vs_ctrl", "drug_drugB_vs_ctrl_2", "drug_drugB_vs_ctrl_3"]


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("a b/c:d", "a_b_c_d"),
        ("../../etc/passwd", "etc_passwd"),
        ("-a + b", "minus_a+b"),
        ("CON", "_CON"),
        ("...", "contrast"),
        ("größe_ä_vs_ö", "größe_ä_vs_ö"),
        ("a\x00b\nc", "a_b_c"),
    ],
)
def test_file_safe(text, id):
    assert file_safe(text) == id


def test_long_ids_are_cut_and_stay_different():
    first, second = file_safe("x" * 10_000 + "1"), file_safe("x" * 10_000 + "2")
    assert first != second
    assert len(first.encode()) <= 80
    assert len(file_safe("ä" * 5000).encode()) <= 80


@pytest.mark.parametrize(
    ("spec", "id"),
    [
        ("drug:drugC:ctrl", "E-CONTRAST-001"),
        ("drgu:drugA:ctrl", "E-CONTRAST-001"),
        ("age:1:2", "E-CONTRAST-001"),
        ("drugC - drugA", "E-CONTRAST-001"),
        ("drugA", "E-CONTRAST-001"),
        ("drugA + drugB", "E-CONTRAST-001"),
        ("drugA - b1", "E-CONTRAST-001"),
        ("cond(drug=drugA)", "E-CONTRAST-001"),
        ("cond(drug=drugC) - cond(drug=drugA)", "E-CONTRAST-001"),
        ("cond(nope=1) - cond(drug=drugA)", "E-CONTRAST-001"),
        ([["nope"], ["drugdrugA"]], "E-CONTRAST-001"),
        ([0, 0, 0, 0], "E-CONTRAST-001"),
        ([0, 1], "E-CONTRAST-001"),
        ([0, 0, float("nan"), 1], "E-CONTRAST-001"),
        ([0, 0, True, 1], "E-CONTRAST-001"),
        ([0, 0, None, 1], "E-CONTRAST-001"),
        ("[0, 0, x, 1]", "E-CONTRAST-001"),
        ("[]", "E-CONTRAST-001"),
        ("", "E-CONTRAST-001"),
        ("drugA -", "E-CONTRAST-001"),
        ("drugA drugB", "E-CONTRAST-001"),
        ("(drugA - drugB", "E-CONTRAST-001"),
        ("drugA * drugB", "E-CONTRAST-001"),
        ("drugA / 0", "E-CONTRAST-001"),
        ("1 / drugA", "E-CONTRAST-001"),
        ("drugA - drugB + 1", "E-CONTRAST-001"),
        ("1e999*drugA - drugB", "E-CONTRAST-001"),
        ("__import__('os').system('x')", "E-CONTRAST-001"),
        ("drug:drugA:drugA", "E-CONTRAST-003"),
        ("drugA - drugA", "E-CONTRAST-003"),
        ("0 * drugA - 0 * drugB", "E-CONTRAST-003"),
        ([["drugdrugA"], ["drugdrugA"]], "E-CONTRAST-003"),
    ],
    ids=str,
)
def test_wrong_contrasts(design, spec, id):
    with pytest.raises(DesignError) as caught:
        make_contrast(design, spec)
    assert caught.value.id == id
    assert caught.value.fix


def test_level_of_two_factors_is_ambiguous():
    sheet = pd.DataFrame({"a": ["no", "yes"] * 4, "b": ["no", "no", "yes", "yes"] * 2}, index=list("abcdefgh"))
    design = make_design("~ a + b", sheet)
    with pytest.raises(DesignError, match="level of 'a', 'b'"):
        make_contrast(design, "yes - no")
    np.testing.assert_array_equal(make_contrast(design, "ayes - bno + bno - ano").vector, [0, 1, 0])
