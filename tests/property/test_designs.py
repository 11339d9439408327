"""Relations that designs and contrasts keep whatever the sheet: order, names, reference levels, ways of writing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from foldwise.errors import DesignError
from foldwise.model.columns import quote_name
from foldwise.model.contrast import make_contrast, samples_in_contrast
from foldwise.model.design import make_design, r_names

LEVELS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=6)
PROFILE = settings(max_examples=60, deadline=None)


@st.composite
def sheets(draw):
    """A sheet of two factors and a covariate with every combination of levels twice."""
    n_a, n_b = draw(st.integers(2, 4)), draw(st.integers(2, 3))
    a = [f"a{k}" for k in range(n_a)] * n_b * 2
    b = [f"b{k // n_a % n_b}" for k in range(len(a))]
    x = draw(st.lists(st.floats(-100, 100, width=32), min_size=len(a), max_size=len(a), unique=True))
    return pd.DataFrame({"a": a, "b": b, "x": x}, index=[f"s{k}" for k in range(len(a))])


FORMULAS = st.sampled_from(
    ["~ a + b", "~ a * b", "~ 0 + a + b", "~ b + a + x", "~ a:b - 1", "~ a + a:b", "~ a + a:x", "~ x"]
)


def built(formula, sheet, references=None):
    try:
        return make_design(formula, sheet, references)
    except DesignError:
        assume(False)


@PROFILE
@given(sheets(), FORMULAS, st.randoms(use_true_random=False))
def test_m2_m3_order_of_samples_and_columns(sheet, formula, random):
    design = built(formula, sheet)
    order = list(range(len(sheet)))
    random.shuffle(order)
    columns = list(sheet.columns)
    random.shuffle(columns)
    shuffled = make_design(formula, sheet.iloc[order][columns])
    assert shuffled.coefficient_names == design.coefficient_names
    np.testing.assert_array_equal(shuffled.matrix, design.matrix[order])


@PROFILE
@given(sheets(), FORMULAS, st.lists(LEVELS, min_size=4, max_size=4, unique=True))
def test_m15_m16_renaming_changes_names_only(sheet, formula, levels):
    """Levels may be any text; with the order kept by a category the matrix is the same."""
    design = built(formula, sheet)
    used = sorted(set(sheet["a"]))
    assume(not {level.strip() for level in levels} & {"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null"})
    renamed = sheet.assign(a=pd.Categorical(sheet["a"].map(dict(zip(used, levels, strict=False))), levels[: len(used)]))
    other = make_design(formula, renamed)
    np.testing.assert_array_equal(other.matrix, design.matrix)
    assert len(set(other.coefficient_names)) == len(design.coefficient_names)


@PROFILE
@given(sheets(), st.text(min_size=1, max_size=8))
def test_any_column_name_works_in_backticks(sheet, name):
    assume(name not in sheet.columns)
    design = make_design(f"~ b + {quote_name(name)}", sheet.rename(columns={"a": name}))
    np.testing.assert_array_equal(design.matrix, make_design("~ b + a", sheet).matrix)
    assert design.factors[1].name == name
    up = make_contrast(design, (name, "a1", "a0"))
    assert up.coefficient == 1 + len(set(sheet["b"])) - 1


@PROFILE
@given(sheets())
def test_m17_m18_unused_column_and_level(sheet):
    design = make_design("~ b + a", sheet)
    wider = sheet.assign(extra="z", b=pd.Categorical(sheet["b"], [*sorted(set(sheet["b"])), "never"]))
    np.testing.assert_array_equal(make_design("~ b + a", wider).matrix, design.matrix)


@PROFILE
@given(sheets(), st.sampled_from(["~ b + a", "~ a * b", "~ 0 + a + b"]), st.integers(0, 10))
def test_m28_m29_other_reference_and_coding_span_the_same_models(sheet, formula, number):
    """Whatever the reference level, a comparison of two levels gives the same difference of fitted values."""
    levels = sorted(set(sheet["a"]))
    reference = levels[number % len(levels)]
    rng = np.random.default_rng(number)
    y = rng.normal(size=len(sheet))
    values = []
    for references in ({}, {"a": reference}):
        design = make_design(formula, sheet, references)
        beta = np.linalg.lstsq(design.matrix, y, rcond=None)[0]
        spec = f"cond(a={levels[1]}, b=b1) - cond(a={levels[0]}, b=b1)"
        values.append(make_contrast(design, spec).vector @ beta)
    np.testing.assert_allclose(values[0], values[1], rtol=1e-9, atol=1e-10)
    cells = make_design("~ 0 + a:b", sheet)
    if formula == "~ a * b":
        beta = np.linalg.lstsq(cells.matrix, y, rcond=None)[0]
        vector = make_contrast(cells, f"a{levels[1]}:bb1 - a{levels[0]}:bb1").vector
        np.testing.assert_allclose(vector @ beta, values[0], rtol=1e-9, atol=1e-10)


@PROFILE
@given(sheets(), st.sampled_from(["~ b + a", "~ 0 + a + b", "~ 0 + b + a"]))
def test_m27_m31_m32_contrasts_agree(sheet, formula):
    design = make_design(formula, sheet)
    levels = sorted(set(sheet["a"]))
    first, second, last = levels[0], levels[1], levels[-1]
    forward = make_contrast(design, ("a", second, first))
    np.testing.assert_array_equal(forward.vector, -make_contrast(design, ("a", first, second)).vector)
    for spec in (
        f"a:{second}:{first}",
        f"{second} - {first}",
        f"`{second}` - `{first}`",
        forward.vector,
        forward.vector.tolist(),
    ):
        np.testing.assert_array_equal(make_contrast(design, spec).vector, forward.vector)
    if last != second:
        onward = make_contrast(design, ("a", last, second)).vector
        np.testing.assert_array_equal(forward.vector + onward, make_contrast(design, ("a", last, first)).vector)
    mask = samples_in_contrast(design, forward)
    np.testing.assert_array_equal(mask, sheet["a"].isin([first, second]))


@PROFILE
@given(sheets(), FORMULAS)
def test_names_lead_back_to_their_coefficient(sheet, formula):
    design = built(formula, sheet)
    for number, (ours, theirs) in enumerate(zip(design.coefficient_names, r_names(design), strict=True)):
        assert make_contrast(design, ours).coefficient == number
        assert make_contrast(design, theirs).coefficient == number


@PROFILE
@given(sheets(), FORMULAS)
def test_parts_rebuild_the_matrix(sheet, formula):
    """Every column is the product of the indicators of its levels and of its covariates."""
    design = built(formula, sheet)
    for k, parts in enumerate(design.parts):
        column = np.ones(len(sheet))
        for name, level in parts:
            column = column * (sheet[name].to_numpy() if level is None else (sheet[name] == level).to_numpy())
        np.testing.assert_array_equal(design.matrix[:, k], column)
    owned = [k for term in design.terms for k in term.columns]
    assert sorted(owned) == list(range(int(design.has_intercept), design.n_coefficients))
