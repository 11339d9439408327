from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from foldwise.report.sheet import (
    association,
    association_map,
    comparison_members,
    cross_table,
    pairing_column,
    sheet_columns,
    shown_variable,
)

from .fixture import simulated


@pytest.fixture(scope="module")
def analysis():
    return simulated()


def test_design_variables_come_first_and_numbers_become_scales(analysis):
    columns = sheet_columns(analysis)
    assert [c.name for c in columns] == ["donor", "treatment", "age", "batch"]
    assert columns[1].levels == ("control", "drug")
    assert columns[0].in_design
    assert not columns[3].in_design
    assert columns[2].levels  # three ages are groups ...
    many = analysis.experiment.samples.assign(age=["1", "2", "3", "4", "5.5", None])
    wider = dataclasses.replace(analysis, experiment=dataclasses.replace(analysis.experiment, samples=many))
    age = sheet_columns(wider)[2]
    assert not age.levels  # ... and five a scale
    assert age.entry()["values"] == [1, 2, 3, 4, 5.5, None]


def test_pairs_are_found(analysis):
    contrast = analysis.results[0].contrast
    assert pairing_column(analysis, contrast) == "donor"
    assert shown_variable(analysis, contrast) == "treatment"
    assert comparison_members(analysis, contrast).all()


def test_no_pairs_where_a_level_stands_in_one_group_only(analysis):
    donor = dataclasses.replace(analysis.design.factors[0], codes=(0, 1, 0, 1, 2, 2))
    design = dataclasses.replace(analysis.design, factors=(donor, analysis.design.factors[1]))
    assert pairing_column(dataclasses.replace(analysis, design=design), analysis.results[0].contrast) is None


def test_a_contrast_without_variable_shows_the_first_that_it_touches(analysis):
    bare = dataclasses.replace(analysis.results[0].contrast, variable=None, vector=np.array([0, 1, -1, 0]))
    assert shown_variable(analysis, bare) == "donor"
    assert comparison_members(analysis, bare).all()


def test_association_is_zero_crossed_and_one_nested():
    crossed = cross_table(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    nested = cross_table(np.array([0, 1, 2, 3]), np.array([0, 0, 1, 1]))
    assert association(crossed) == 0
    assert association(nested) == pytest.approx(1)
    assert association(cross_table(np.array([0, 0]), np.array([0, 1]))) == 0
    # scipy.stats.contingency.association([[3, 1], [1, 3]]) == 0.5
    assert association(np.array([[3, 1], [1, 3]])) == pytest.approx(0.5)


def test_map_leaves_out_columns_that_say_nothing(analysis):
    names, pairs = association_map(sheet_columns(analysis))
    assert names == ["donor", "treatment", "age"]  # batch has one value
    words = {(a, b): word for a, b, _, word in pairs}
    assert words == {
        ("donor", "treatment"): "crossed evenly",
        ("donor", "age"): "one fixes the other",
        ("treatment", "age"): "crossed evenly",
    }
