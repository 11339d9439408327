from __future__ import annotations

import pandas as pd
import pytest

from foldwise.errors import DesignError
from foldwise.model.design import make_design
from foldwise.qc.columns import codes_of, donor_column, read_sexes, sex_column


def sheet(**columns):
    return pd.DataFrame(columns, index=[f"s{k}" for k in range(len(next(iter(columns.values()))))])


@pytest.mark.parametrize("name", ["sex", "Gender", "patient_sex", "SEX"])
def test_sex_is_found_by_name(name):
    assert sex_column(sheet(**{"a": ["x"] * 2, name: ["F", "M"]}), None) == name


@pytest.mark.parametrize("name", ["donor", "Patient", "subject_id", "DonorID", "individual"])
def test_donor_is_found_by_name(name):
    assert donor_column(sheet(**{"a": ["x"] * 2, name: ["p", "q"]}), None, None) == name


def test_a_cell_line_is_a_donor_where_the_design_has_it_as_block():
    samples = sheet(cell=["a", "a", "b", "b", "c", "c"], dex=["t", "u"] * 3)
    assert donor_column(samples, None, None) is None
    assert donor_column(samples, None, make_design("~ dex", samples)) is None
    assert donor_column(samples, None, make_design("~ cell + dex", samples)) == "cell"


def test_names_that_are_no_donor_or_sex():
    samples = sheet(sextant=["1", "2"], batch=["a", "b"], middlesex=["x", "y"])
    assert sex_column(samples, None) is None
    assert donor_column(samples, None, None) is None


def test_a_column_given_must_exist():
    samples = sheet(sex=["F", "M"], donor=["a", "b"])
    assert sex_column(samples, "donor") == "donor"
    with pytest.raises(DesignError) as caught:
        sex_column(samples, "sx")
    assert caught.value.id == "E-SHEET-004"
    assert "sex" in caught.value.fix
    with pytest.raises(DesignError):
        donor_column(samples, "doner", None)


def test_words():
    assert read_sexes(["f", "M", "", "unknown", "3"]) == (("female", "male", "", "", ""), ("3",))
    assert codes_of(["b", "", "a", "b"]).tolist() == [0, -1, 1, 0]
