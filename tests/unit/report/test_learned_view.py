"""What the page says of hidden factors."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from foldwise.model.certificate import Certificate
from foldwise.model.learned import Learned
from foldwise.report import citations, render_report
from foldwise.report.learned_view import learned_view
from foldwise.report.methods_text import methods_paragraph
from foldwise.report.trust_view import trust_view
from tests.unit.report.fixture import simulated

ANALYSIS = simulated(60)
CANDIDATES = [
    {"k": k, "verdict": "FAIL" if k == 3 else "PASS", "n_any": k, "excess": 1.0, "power": 0.4 + 0.1 * k, "fdp": 0.04}
    for k in range(4)
]
FACTS: dict[str, Any] = {
    "k": 2, "kind": "adjusted", "asked": "auto", "n_controls": None, "reason": "2 hidden factors of at most 3: good.",
    "k_max": 3, "n_runs": 100, "candidates": CANDIDATES, "parallel_analysis": 3,
    "variances": [0.4, 0.2, 0.1, 0.05], "chance": [0.1, 0.09, 0.08, 0.07], "columns": [[0.0, 1.0]] * 6,
    "shared": {"<b>batch</b>": [0.91, 0.02]}, "called_share": 0.1,
    "calls": [{"id": "x", "classical": 10, "learned": 15, "gained": 6, "lost": 1}],
}  # fmt: skip


def analysis_with(facts: dict[str, Any], parts: tuple[str, ...] = ("factors",), primary: bool = True):
    own = Certificate("PASS", ("good",), (), "ols with 2 hidden factors", 0.05, 1, 100, discoveries=np.zeros(100, int))
    learned = Learned(parts, primary, "It passed.", own if parts else None, {"factors": facts})
    return dataclasses.replace(ANALYSIS, learned=learned)


def test_nothing_is_shown_where_nothing_was_asked_for():
    assert learned_view(ANALYSIS) is None
    assert 'id="learned"' not in render_report(ANALYSIS)
    assert "Not used" in next(each.text for each in trust_view(ANALYSIS) if each.name == "Learned corrections")


def test_the_page_shows_number_scree_choice_and_shared_columns():
    found = analysis_with(FACTS)
    view = learned_view(found)
    assert view.factors[0] == "2 hidden factors of at most 3: good."
    assert view.scree.caption.startswith("3 factors above chance (parallel analysis); 2 used")
    assert view.scree.svg.count('class="g0"') == 2
    assert view.choice.svg.count('class="g1"') == 1
    assert view.choice.numbers.rows[2] == ("2", ("60 %", "4 %", "2", "1.00", "PASS"))
    assert view.shared.rows[0] == ("<b>batch</b>", ("0.91", "0.02"))
    assert view.calls.rows[0][1] == ("10", "15", "6", "1")
    assert view.calibration.rows == (("learned", ("PASS", "100", "0", "0 %")),)
    page = render_report(found)
    assert 'id="learned"' in page
    assert 'href="#learned"' in page
    assert "<b>batch</b>" not in page


def test_methods_and_citations_name_what_was_done():
    found = analysis_with(FACTS)
    text = methods_paragraph(found)
    assert "extended by 2 hidden factors" in text
    assert "100 random groupings" in text
    assert "10.1214/16-AOS1511" in text
    assert "wang2017cate" in citations(found)
    by_hand = analysis_with({**FACTS, "asked": "2"})
    assert "the number was set by hand" in methods_paragraph(by_hand)
    assert "gerard2020thinning" not in citations(by_hand)
    assert "plain principal components" in methods_paragraph(analysis_with({**FACTS, "kind": "raw"}))


@pytest.mark.parametrize(
    "facts", [{"k": 0, "kind": "adjusted", "asked": "auto", "n_controls": None, "reason": "None."}]
)
def test_no_factors_are_said_to_be_none(facts):
    found = analysis_with(facts, parts=(), primary=False)
    view = learned_view(found)
    assert view.factors[0] == "No hidden factor is used. None."
    assert view.scree is view.choice is view.calls is view.calibration is None
    assert "hidden factor" not in methods_paragraph(found)
    assert "No hidden factor is used" in render_report(found)
