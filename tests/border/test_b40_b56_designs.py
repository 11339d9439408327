"""Bad input, rows B40 to B56 of the catalogue: designs."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import DesignError
from foldwise.model.columns import infer_types
from foldwise.model.contrast import make_contrast
from foldwise.model.design import make_design, reduced_design
from foldwise.model.design_checks import check_design, missed_fold
from foldwise.model.guess_design import guess_design


def sheet(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"s{k + 1}" for k in range(n)])


def error_of(formula, samples, references=None):
    with pytest.raises(DesignError) as caught:
        make_design(formula, samples, references)
    assert caught.value.exit_code == 3
    assert caught.value.fix
    return caught.value


def findings(formula, samples, id, **options):
    found = check_design(make_design(formula, samples), samples, **options)
    return [finding for finding in found if finding.id == id]


BALANCED = sheet(group=["a", "a", "a", "b", "b", "b"], batch=["x", "y", "z", "x", "y", "z"], age=[1.0, 3, 2, 4, 6, 9])


def test_b40_one_level():
    error = error_of("~ group", sheet(group=["a", "a", "a"]))
    assert error.id == "E-DESIGN-001"
    assert "'group'" in error.found
    assert "'a'" in error.found


def test_b41_level_with_one_replicate():
    (finding,) = findings("~ group", sheet(group=["a", "a", "a", "b"]), "W-DESIGN-001")
    assert finding.data["cells"] == ["group=b"]
    cells = sheet(a=["p", "p", "p", "q", "q", "q"], b=["u", "u", "v", "u", "v", "v"])
    (finding,) = findings("~ a * b", cells, "W-DESIGN-001")
    assert finding.data["cells"] == ["a=p, b=v", "a=q, b=u"]
    assert not findings("~ batch + group", BALANCED, "W-DESIGN-001")


@pytest.mark.parametrize("formula", ["~ group", "~ a * b", "~ 1"])
def test_b41_no_replicates(formula):
    samples = sheet(group=["g1", "g2", "g3", "g4"], a=["p", "p", "q", "q"], b=["u", "v", "u", "v"])
    error = error_of(formula, samples if formula != "~ 1" else samples.iloc[:1])
    assert error.id == "E-DESIGN-002"
    assert "foldwise check" in error.fix
    assert "no p-value" in error.fix


def test_b42_samples_not_more_than_coefficients():
    error = error_of("~ group + age + size", sheet(group=["a", "a", "b", "b"], age=[1, 2, 4, 9], size=[3, 1, 2, 9]))
    assert error.id == "E-DESIGN-003"
    assert error.data == {"samples": 4, "coefficients": 4}
    assert "4 coefficients" in error.found
    assert "4 samples" in error.found
    error = error_of("~ id + age", sheet(id=["a", "b", "c"], age=[1, 3, 2]))
    assert (error.id, error.data["samples"], error.data["coefficients"]) == ("E-DESIGN-003", 3, 4)


def test_b43_confounded_batch():
    samples = sheet(batch=["1", "1", "1", "2", "2", "2"], treatment=["ctrl"] * 3 + ["drug"] * 3)
    error = error_of("~ batch + treatment", samples)
    assert error.id == "E-DESIGN-004"
    assert "'batch' and 'treatment' say the same thing" in error.found
    assert "treatment=drug only in batch 2 (3 samples)" in error.found
    assert "treatment=ctrl only in batch 1 (3 samples)" in error.found
    assert error.data["columns"] == ["treatment_drug_vs_ctrl"]
    assert error.data["cross_table"] == [[3, 0], [0, 3]]
    assert '"~ treatment"' in error.fix


def test_b43_batch_decides_treatment():
    samples = sheet(batch=["1", "1", "2", "2", "3", "3"], treatment=["ctrl"] * 4 + ["drug"] * 2)
    assert error_of("~ batch + treatment", samples).id == "E-DESIGN-004"
    # Two blocks of levels without overlap, neither within the other.
    samples = sheet(a=["1", "1", "2", "2", "3", "3", "4", "4"], b=["u", "v", "u", "v", "x", "y", "x", "y"])
    error = error_of("~ a + b", samples)
    assert error.id == "E-DESIGN-004"
    assert "fall into parts" in error.found


def test_b44_otherwise_rank_deficient():
    samples = sheet(age=[1.0, 2, 3, 4, 5, 7], months=[12.0, 24, 36, 48, 60, 84], group=["a", "b"] * 3)
    error = error_of("~ age + months + group", samples)
    assert error.id == "E-DESIGN-005"
    assert error.data["columns"] == ["months"]
    assert "months = 12 * age" in error.found
    nested = sheet(group=["p"] * 4 + ["q"] * 4, donor=["1", "1", "2", "2", "3", "3", "4", "4"], t=["u", "v"] * 4)
    error = error_of("~ group + donor + t", nested)
    assert error.id == "E-DESIGN-005"
    assert "each level of 'donor' occurs in one level of 'group' only" in error.found
    assert '"~ group + t"' in error.fix
    summed = sheet(a=list("ppqqpq"), b=list("uvuvuv"), c=[0.0, 1, 1, 2, 0, 2])
    error = error_of("~ a + b + c", summed)
    assert error.id == "E-DESIGN-005"
    assert "c = a_q_vs_p + b_v_vs_u" in error.found


def test_b45_empty_interaction_cell():
    samples = sheet(a=["p", "p", "p", "q", "q", "p"], b=["u", "u", "v", "u", "u", "v"])
    error = error_of("~ a * b", samples)
    assert error.id == "E-DESIGN-006"
    assert "a=q, b=v" in error.found
    assert error.data["cells"] == [["q", "v"]]


@pytest.mark.parametrize(
    "level", ["a b", "a-b", "a/b", "a+b", "a_b", "a:b", "a.b", "(a)", "`a`", "ä", "<img onerror=x>"]
)
def test_b46_levels_are_unchanged(level):
    samples = sheet(**{"my group": [level, level, "ref", "ref"]})
    design = make_design("~ `my group`", samples, {"my group": "ref"})
    assert design.coefficient_names == ("Intercept", f"my group_{level}_vs_ref")
    assert design.factors[0].levels == ("ref", level)
    contrast = make_contrast(design, ("my group", level, "ref"))
    assert (contrast.target, contrast.coefficient) == (level, 1)
    assert make_contrast(design, f"my group:{level}:ref").target == level


def test_b47_numeric_batch():
    samples = sheet(batch=[1, 1, 2, 2, 3, 3, 1, 2, 3], group=["a", "b", "a", "b", "a", "b", "b", "a", "a"])
    (finding,) = findings("~ batch + group", samples, "W-DESIGN-002")
    assert "C(batch)" in finding.fix
    assert not findings("~ C(batch) + group", samples, "W-DESIGN-002")
    as_read = infer_types(samples.assign(batch=samples["batch"].astype(str)))
    assert len(findings("~ batch + group", as_read, "W-DESIGN-002")) == 1
    ages = samples.assign(batch=[31, 25, 47, 52, 38, 29, 60, 44, 33])
    assert not findings("~ batch + group", ages, "W-DESIGN-002")


def test_b48_text_and_truth_values_are_factors():
    samples = sheet(text=["x", "y", "x", "y"], flag=[True, False, False, True])
    design = make_design("~ text + flag", samples)
    assert design.coefficient_names == ("Intercept", "text_y_vs_x", "flag_True_vs_False")


def test_b48_ordered_factor():
    dose = pd.Categorical(["low", "high", "low", "high"], categories=["low", "high"], ordered=True)
    error = error_of("~ dose", sheet(dose=dose))
    assert error.id == "E-DESIGN-007"
    assert "C(dose)" in error.fix
    assert make_design("~ C(dose)", sheet(dose=dose)).coefficient_names[1] == "dose_high_vs_low"


def test_b49_alphabetical_reference():
    samples = sheet(dex=["trt", "trt", "untrt", "untrt"])
    (finding,) = findings("~ dex", samples, "W-DESIGN-003")
    assert "'trt'" in finding.found
    assert "--reference dex=untrt" in finding.fix
    assert not findings("~ dex", samples, "W-DESIGN-003", references={"dex": "trt"})
    assert not findings("~ dex", samples, "W-DESIGN-003", direction_given=True)
    assert not findings("~ C(dex, ref='untrt')", samples, "W-DESIGN-003")
    assert not findings("~ d", sheet(d=["control", "control", "x", "x"]), "W-DESIGN-003")
    own_order = sheet(dex=pd.Categorical(["trt", "trt", "untrt", "untrt"], categories=["untrt", "trt"]))
    assert not findings("~ dex", own_order, "W-DESIGN-003")


def test_b50_unused_level():
    samples = sheet(group=pd.Categorical(["a", "a", "b", "b"], categories=["a", "never", "b"]))
    design = make_design("~ group", samples)
    assert design.coefficient_names == ("Intercept", "group_b_vs_a")
    (finding,) = findings("~ group", samples, "W-DESIGN-004")
    assert finding.data["levels"] == ["never"]
    text = sheet(group=["a", "a", "b", "b"])
    (finding,) = findings("~ C(group, levels=['b', 'a', 'never'])", text, "W-DESIGN-004")
    assert finding.data["levels"] == ["never"]
    np.testing.assert_array_equal(design.matrix, make_design("~ group", text).matrix)


def test_b51_unscaled_covariate():
    samples = sheet(reads=[0.0, 1e6, 5e5, 2.5e5, 9e5, 1e5], group=["a", "b"] * 3)
    (finding,) = findings("~ reads + group", samples, "W-DESIGN-006")
    assert "scale(reads)" in finding.fix
    assert np.all(np.isfinite(make_design("~ reads + group", samples).matrix))
    assert not findings("~ scale(reads) + group", samples, "W-DESIGN-006")


@pytest.mark.parametrize("formula", ["~ x + group", "~ scale(x) + group", "~ poly(x, 2) + group"])
def test_b52_constant_covariate(formula):
    error = error_of(formula, sheet(x=[7, 7, 7, 7], group=["a", "a", "b", "b"]))
    assert error.id == "E-DESIGN-008"
    assert "'x'" in error.found


@pytest.mark.parametrize(
    "reduced", ["~ age", "~ batch + group", "~ group + batch", "~ 0 + batch + group", "~ batch + age"]
)
def test_b53_reduced_is_not_nested_or_equal(reduced):
    design = make_design("~ batch + group", BALANCED)
    with pytest.raises(DesignError) as caught:
        reduced_design(design, reduced, BALANCED)
    assert caught.value.id == "E-DESIGN-009"


def test_b53_nested_is_taken():
    design = make_design("~ batch + group", BALANCED)
    assert reduced_design(design, "~ batch", BALANCED).n_coefficients == 3
    assert reduced_design(design, "~ 1", BALANCED).n_coefficients == 1


def test_b54_factor_with_70_levels():
    levels = [f"donor{k:02d}" for k in range(70)]
    samples = sheet(donor=levels * 2, group=["a"] * 70 + ["b"] * 70)
    start = time.perf_counter()
    design = make_design("~ donor + group", samples)
    assert time.perf_counter() - start < 2
    assert design.n_coefficients == 71
    assert len(check_design(design, samples)) == 1


def test_b55_no_design_and_no_single_candidate():
    with pytest.raises(DesignError) as caught:
        guess_design(sheet(a=["p", "p", "p", "q", "q", "q"], b=["u", "v", "v", "u", "u", "u"]))
    assert caught.value.id == "E-DESIGN-010"
    assert caught.value.data["candidates"] == ["a", "b"]


def test_b56_unused_donor_column():
    samples = sheet(donor=["d1", "d1", "d2", "d2", "d3", "d3"], dex=["u", "t"] * 3)
    (finding,) = findings("~ dex", samples, "W-DESIGN-005")
    assert "~ donor + dex" in finding.fix
    assert not findings("~ donor + dex", samples, "W-DESIGN-005")
    partial = sheet(patient=["1", "1", "2", "2", "3", "4", "5"], time=["pre", "on", "pre", "on", "pre", "on", "on"])
    (finding,) = findings("~ time", partial, "W-DESIGN-005")
    assert "2 values that occur in several groups" in finding.found
    numbered = sheet(replicate=["r1", "r2", "r3"] * 2, dex=["u"] * 3 + ["t"] * 3)
    assert not findings("~ dex", numbered, "W-DESIGN-005")


def test_b132_fewer_than_five_samples():
    samples = sheet(dex=["u"] * 4 + ["t"] * 4)
    (finding,) = findings("~ dex", samples, "W-DESIGN-007")
    assert not finding.counted
    assert "4 samples per group" in finding.found
    assert "1.6-fold" in finding.found
    uneven = sheet(dex=["u"] * 9 + ["t"] * 3)
    (finding,) = findings("~ dex", uneven, "W-DESIGN-007")
    assert "3 samples in 't'" in finding.found
    assert not findings("~ dex", sheet(dex=["u", "t"] * 5), "W-DESIGN-007")
    assert missed_fold([3, 3]) > missed_fold([4, 4]) > missed_fold([20, 20]) > 1
