"""Designs of every reference data set against R's model matrices, and the default contrast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.model.contrast import make_contrast
from foldwise.model.design import make_design, model_matrix_names, r_names
from foldwise.model.guess_design import guess_design
from tests.reference import data

DESIGNS = {
    "airway": ("~ cell + dex", {"dex": "untrt"}, "dex_trt_vs_untrt"),
    "pasilla": ("~ type + condition", {"condition": "untreated"}, "condition_treated_vs_untreated"),
    "bottomly": ("~ batch + strain", {"strain": "C57BL6J"}, "strain_DBA2J_vs_C57BL6J"),
    "fission": ("~ strain + C(minute) + strain:C(minute)", {"strain": "wt"}, "strainmut_minute180"),
    "macrophage": ("~ line + IFNg * SL1344", {}, "IFNgyes_SL1344yes"),
    "yeast48": ("~ condition", {"condition": "WT"}, "condition_Snf2_vs_WT"),
    "nivolumab": ("~ time", {"time": "Pre"}, "time_On_vs_Pre"),
    "pickrell": ("~ gender", {"gender": "male"}, "gender_female_vs_male"),
}


def samples(name):
    return pd.read_csv(data.ROOT / name / "samples.tsv", sep="\t", index_col=0)


CASES = [("DESeq2_design", name) for name in DESIGNS if name != "pickrell"] + [
    ("edgeR_design", name) for name in DESIGNS
]


@pytest.mark.parametrize(("stem", "name"), CASES)
def test_matrix_and_names(stem, name):
    expected = data.table(name, stem)
    formula, references, _ = DESIGNS[name]
    design = make_design(formula, samples(name), references)
    assert list(expected.index) == [str(sample) for sample in samples(name).index]
    names = r_names(design) if stem == "DESeq2_design" else model_matrix_names(design)
    assert list(expected.columns) == list(names)
    np.testing.assert_array_equal(expected.to_numpy(dtype=float), design.matrix)


@pytest.mark.parametrize("name", DESIGNS)
def test_default_contrast(name):
    formula, references, id = DESIGNS[name]
    assert make_contrast(make_design(formula, samples(name), references)).id == id


@pytest.mark.parametrize(
    ("name", "formula"), [("airway", "~ cell + dex"), ("pickrell", "~ gender"), ("srp254919", "~ treatment")]
)
def test_guesses(name, formula):
    assert guess_design(samples(name)).formula == formula
