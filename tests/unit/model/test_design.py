"""Designs against R's `model.matrix` (validation/r/model_matrix.R), their names, and the reduced design."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import DesignError
from foldwise.model.design import (
    _build,
    design_from_matrix,
    make_design,
    model_matrix_names,
    r_name,
    r_names,
    reduced_design,
)
from foldwise.model.formula import parse_formula

DATA = Path(__file__).parent / "data"


def r_matrices():
    columns = defaultdict(list)
    for line in (DATA / "model_matrix.tsv").read_text().splitlines():
        formula, name, *values = line.split("\t")
        columns[formula].append((name, np.array(values, dtype=float)))
    return columns


R_MATRICES = r_matrices()
SHEET = pd.read_csv(DATA / "model_matrix_samples.tsv", sep="\t", index_col=0)


@pytest.mark.parametrize("formula", R_MATRICES)
def test_matrix_is_that_of_r(formula):
    # R keeps dependent columns, so the matrix is compared before it is checked.
    design = _build(parse_formula(formula), SHEET, {}, "given")
    names, columns = zip(*R_MATRICES[formula], strict=True)
    assert model_matrix_names(design) == names
    np.testing.assert_allclose(design.matrix, np.stack(columns, axis=1), rtol=1e-12, atol=1e-13)


@pytest.fixture
def samples():
    return pd.DataFrame(
        {
            "cell": ["c1", "c1", "c2", "c2", "c3", "c3", "c4", "c4"],
            "dex": ["untrt", "trt"] * 4,
            "minute": [0, 15, 120, 0, 15, 120, 0, 15],
            "age": [30.5, 41, 38, 52, 47, 33, 60, 29],
            "day one": ["x-1", "x-1", "x/2", "x/2", "x-1", "x/2", "x-1", "x+3"],
            "flag": [True, False, False, True, True, False, True, True],
        },
        index=[f"s{k}" for k in range(1, 9)],
    )


def test_names_levels_and_reference(samples):
    design = make_design("~ cell + dex", samples, {"dex": "untrt"})
    assert design.coefficient_names == (
        "Intercept",
        "cell_c2_vs_c1",
        "cell_c3_vs_c1",
        "cell_c4_vs_c1",
        "dex_trt_vs_untrt",
    )
    assert design.factors[1].levels == ("untrt", "trt")
    assert design.factors[1].codes == (0, 1) * 4
    assert design.parts[4] == (("dex", "trt"),)
    assert [term.columns for term in design.terms] == [(1, 2, 3), (4,)]
    assert (design.n_samples, design.n_coefficients, design.residual_df) == (8, 5, 3)
    assert design.matrix.flags.c_contiguous


def test_interaction_and_no_intercept_names(samples):
    design = make_design("~ dex * age", samples, {"dex": "untrt"})
    assert design.coefficient_names == ("Intercept", "dex_trt_vs_untrt", "age", "dextrt:age")
    design = make_design("~ 0 + dex + flag", samples)
    assert design.coefficient_names == ("dextrt", "dexuntrt", "flagTrue")
    assert not design.has_intercept


def test_numbers_as_factor_sort_as_numbers(samples):
    design = make_design("~ C(minute)", samples)
    assert design.coefficient_names == ("Intercept", "minute_15_vs_0", "minute_120_vs_0")
    as_text = samples.assign(minute=samples["minute"].astype(str))
    assert make_design("~ minute", as_text).coefficient_names == design.coefficient_names
    assert make_design("~ minute", samples).coefficient_names == ("Intercept", "minute")


def test_levels_are_unchanged_and_r_names_are_syntactic(samples):
    design = make_design("~ `day one`", samples)
    assert design.coefficient_names == ("Intercept", "day one_x-1_vs_x+3", "day one_x/2_vs_x+3")
    assert r_names(design) == ("Intercept", "day.one_x.1_vs_x.3", "day.one_x.2_vs_x.3")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1a", "X1a"),
        ("_a", "X_a"),
        (".1", "X.1"),
        (".a", ".a"),
        ("a b-c", "a.b.c"),
        ("if", "if."),
        ("a:b", "a.b"),
        ("", "X"),
    ],
)
def test_r_name_is_make_names(text, name):
    assert r_name(text) == name


def test_call_in_formula_sets_levels_and_reference(samples):
    design = make_design("~ C(dex, ref='untrt') + factor(cell, levels=c('c4','c3','c2','c1'))", samples)
    assert design.factors[0].levels == ("untrt", "trt")
    assert design.factors[1].levels == ("c4", "c3", "c2", "c1")
    assert design.factors[1].name == "cell"


def test_categories_keep_their_order(samples):
    samples["dex"] = pd.Categorical(samples["dex"], categories=["untrt", "trt", "never"])
    assert make_design("~ dex", samples).factors[0].levels == ("untrt", "trt")


def test_same_column_as_number_and_factor_has_two_names(samples):
    design = make_design("~ age + C(minute) + minute:age", samples)
    assert [f.name for f in design.factors] == ["C(minute)"]
    assert design.numeric == ("age", "minute")
    twins = make_design("~ dex + C(dex):age", samples)
    assert [f.name for f in twins.factors] == ["dex"]


def test_colliding_names_stay_apart():
    sheet = pd.DataFrame({"a": ["x", "y", "x", "y", "x", "y"], "ax": [1.0, 2, 4, 3, 5, 6.5]}, index=list("abcdef"))
    names = make_design("~ 0 + a + ax", sheet).coefficient_names
    assert len(set(names)) == 3
    assert names == ("a[x]", "ay", "ax")


@pytest.mark.parametrize(
    ("references", "id"),
    [({"dex": "nope"}, "E-CONTRAST-001"), ({"nope": "a"}, "E-SHEET-004"), ({"age": "30.5"}, "E-CONTRAST-001")],
)
def test_wrong_references(samples, references, id):
    with pytest.raises(DesignError) as caught:
        make_design("~ dex + age", samples, references)
    assert caught.value.id == id


def test_two_references_for_one_factor(samples):
    with pytest.raises(DesignError) as caught:
        make_design("~ C(dex, ref='trt')", samples, {"dex": "untrt"})
    assert caught.value.id == "E-FORMULA-003"


def test_reduced_design_keeps_references(samples):
    full = make_design("~ cell + dex", samples, {"cell": "c3", "dex": "untrt"})
    reduced = reduced_design(full, "~ cell", samples)
    assert reduced.coefficient_names == ("Intercept", "cell_c1_vs_c3", "cell_c2_vs_c3", "cell_c4_vs_c3")
    assert reduced_design(full, "~ 1", samples).n_coefficients == 1
    without = make_design("~ 0 + cell + dex", samples)
    assert reduced_design(without, "~ cell", samples).n_coefficients == 4


def test_matrix_given():
    matrix = np.array([[1, 0], [1, 0], [1, 1], [1, 1]])
    design = design_from_matrix(matrix, ["one", "treated"])
    assert (design.source, design.formula, design.has_intercept) == ("matrix", None, True)
    assert design.matrix.dtype == np.float64
    with pytest.raises(DesignError, match="E-DESIGN-005"):
        design_from_matrix(np.ones((4, 2)), ["one", "two"])
    with pytest.raises(DesignError, match="E-DESIGN-005"):
        design_from_matrix(matrix, ["one"])


def test_intercept_only(samples):
    design = make_design("~ 1", samples)
    assert design.coefficient_names == ("Intercept",)
    np.testing.assert_array_equal(design.matrix, np.ones((8, 1)))
