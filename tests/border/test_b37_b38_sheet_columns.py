"""Bad input, rows B37 and B38 of the catalogue: columns that a formula names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import DesignError
from foldwise.model.columns import infer_types
from foldwise.model.design import make_design
from foldwise.model.design_checks import check_design

SAMPLES = pd.DataFrame({"cell_line": ["a", "a", "b", "b"], "Treatment": ["x", "y", "x", "y"]}, index=list("pqrs"))


@pytest.mark.parametrize(
    ("name", "near"), [("treatment", "Treatment"), ("cell.line", "cell_line"), ("Treatmnet", "Treatment")]
)
def test_b37_missing_column_names_the_nearest(name, near):
    with pytest.raises(DesignError) as caught:
        make_design(f"~ {name}", SAMPLES)
    assert caught.value.id == "E-SHEET-004"
    assert caught.value.data["nearest"][0] == near


@pytest.mark.parametrize("hole", [None, np.nan, pd.NA, "", "NA", "NaN", " "])
def test_b38_missing_value_in_a_factor(hole):
    with pytest.raises(DesignError) as caught:
        make_design("~ Treatment", SAMPLES.assign(Treatment=["x", hole, "x", "y"]))
    assert caught.value.id == "E-SHEET-005"
    assert caught.value.data["samples"] == ["q"]
    assert "--drop-na" in caught.value.fix


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_b38_missing_value_in_a_covariate(hole):
    with pytest.raises(DesignError) as caught:
        make_design("~ age", SAMPLES.assign(age=[1.0, 2.0, hole, 5.0]))
    assert caught.value.id == "E-SHEET-005"
    assert caught.value.data["samples"] == ["r"]


def test_b38_a_missing_value_elsewhere_does_not_matter():
    samples = SAMPLES.assign(other=[None, None, 1.0, 2.0])
    assert make_design("~ Treatment", samples).n_samples == 4


def test_b27_numbers_as_text():
    sheet = pd.DataFrame(
        {
            "age": ["31", "25.5", "1e2", "-4"],
            "batch": ["1", "2", "1", "2"],
            "code": ["001", "002", "001", "002"],
            "mixed": ["1", "two", "3", "4"],
            "holes": ["1", "NA", "", "4"],
            "none": ["NA", "NA", "NA", "NA"],
        },
        dtype=object,
    )
    typed = infer_types(sheet)
    assert typed["age"].tolist() == [31, 25.5, 100, -4]
    assert typed["batch"].dtype == np.int64
    assert typed["code"].tolist() == ["001", "002", "001", "002"]
    assert typed["mixed"].tolist() == ["1", "two", "3", "4"]
    assert typed["holes"].isna().tolist() == [False, True, True, False]
    assert typed["none"].tolist() == ["NA"] * 4


def test_columns_named_by_numbers():
    """A data frame may name its columns by numbers; formulas name them in backticks."""
    samples = pd.DataFrame({7: ["a", "a", "b", "b"], "x": [1, 1, 2, 3]}, index=list("pqrs"))
    design = make_design("~ x + `7`", samples)
    assert design.coefficient_names == ("Intercept", "x", "7_b_vs_a")
    assert {finding.id for finding in check_design(design, samples)} == {"W-DESIGN-003", "W-DESIGN-007"}


def test_two_columns_of_one_name():
    samples = pd.DataFrame([["a", "x"], ["b", "y"], ["a", "y"]], columns=["g", "g"], index=list("pqr"))
    with pytest.raises(DesignError, match="2 columns named 'g'"):
        make_design("~ g", samples)
