"""What the report and the methods text say of learned weights, used and off, and for hostile names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from foldwise.model.learned import Learned
from foldwise.report.methods_text import methods_text
from foldwise.report.weights_text import weight_works
from foldwise.report.weights_view import weights_view
from tests.unit.certify.data import analyzed, simulated

ANALYSIS = analyzed(simulated(3, 120))
CURVE = [[0.5, 0.011], [12.0, 0.4], [90.0, 1.1], [25000.0, 2.6]]


def contrast(name="group_b_vs_a", **more):
    found = {"id": name, "on": True, "n_called": 1718, "n_plain": 1696, "gain": 0.01297, "folds": "chromosomes",
             "flat": True, "least_flat": "weight", "lower_share": 0.577, "curve": CURVE}  # fmt: skip
    return {**found, **more}


def shown(contrasts, on=True, covariates=("mean count",), **more):
    facts: dict[str, Any] = {"covariates": list(covariates), "fdr": 0.05, "contrasts": contrasts, "on": on,
                             "reason": "" if on else "they gain nothing.", "verdict": "PASS", "n_runs": 100,
                             "n_any": 4, "fdp": 0.0112}  # fmt: skip
    learned = Learned(("weights",) if on else (), False, "So it is.", None, {"weights": {**facts, **more}})
    return replace(ANALYSIS, learned=learned)


def test_nothing_without_weights():
    assert weights_view(ANALYSIS) is None
    assert weight_works(ANALYSIS) == []
    assert "weights" not in methods_text(ANALYSIS)


def test_weights_that_are_used():
    view = weights_view(shown([contrast()]))
    assert view.on
    assert "mean count" in view.sentences[0]
    assert "(chromosomes)" in view.sentences[1]
    found = dict(view.gate.rows)
    assert found["Genes called with weights for those without"][0] == "1,718 genes for 1,696 (+1.30 %)"
    assert found["Null runs, weights learned anew in each"][0] == "4 of 100 runs called a gene: PASS"
    assert {cells[-1] for cells in found.values()} == {"yes"}
    assert view.curve.svg.startswith("<svg")
    assert view.curve.svg.count("<polyline") == 1


def test_weights_that_are_off_say_why_and_show_which_check_failed():
    view = weights_view(shown([contrast(on=False, gain=-0.004, n_called=1689)], on=False))
    assert view.sentences == ("Learned weights are off: they gain nothing.",)
    assert view.gate.rows[0][1][-1] == "no"
    assert "They are not used" in view.curve.caption
    refused = weights_view(shown([], on=False))
    assert refused.gate is None
    assert refused.curve is None
    bad = weights_view(shown([contrast()], on=False, verdict="FAIL", fdp=0.09))
    assert [cells[-1] for _, cells in bad.gate.rows[-2:]] == ["no", "no"]


def test_several_comparisons_and_no_calls():
    first, second = contrast(), contrast("c2", on=False, gain=None, n_plain=0, n_called=0, lower_share=None)
    view = weights_view(shown([first, second]))
    assert "c2" in view.sentences[2]
    assert view.gate.rows[2][1][0] == "0 genes for 0 (–)"
    assert "in 1 comparison" in methods_text(shown([first, second]))


@pytest.mark.parametrize("name", ["<img onerror=alert(1)>", "a" * 500, "\u2028</script>"])
def test_hostile_names_stay_short(name):
    view = weights_view(shown([contrast(name), contrast()], covariates=("mean count", name)))
    assert all(len(text) < 400 for text in view.sentences)
    assert all(len(row) < 120 for row, _ in view.gate.rows)
    assert "<img" not in view.curve.svg


def test_methods_text_says_what_was_done_and_cites_it():
    text = methods_text(shown([contrast()], covariates=("mean count", "length")))
    assert "given the mean count and the covariate length" in text
    assert "100 null runs" in text
    assert "10.1038/nmeth.3885" in text
    assert "10.1186/s13059-019-1716-1" in text
