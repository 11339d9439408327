from __future__ import annotations

import dataclasses
import re

import pytest

from foldwise.report import citations, methods_text, notebook_card
from foldwise.report.card import MAX_BYTES
from foldwise.report.works import WORKS

from ..certificates import certificate
from .fixture import simulated
from .test_html import Elements


@pytest.fixture(scope="module")
def analysis():
    return simulated(contrasts=2)


def _with(analysis, **changes):
    spec = dataclasses.replace(analysis.spec, method=dataclasses.replace(analysis.spec.method, **changes))
    return dataclasses.replace(analysis, spec=spec)


def test_methods_name_what_was_done(analysis):
    text = methods_text(analysis)
    for part in (
        "400 genes in 6 samples (control: 3 and drug: 3)",
        "foldwise 0.1.0",
        "the design ~ donor + treatment",
        "profile deseq2-1.38",
        "higher in drug",
        "Wald tests",
        "Benjamini-Hochberg",
        "independent filtering",
        "Cook's distance",
        "10.1186/s13059-014-0550-8",
        "Random seed 1",
    ):
        assert part in text, part
    result = analysis.results[0]
    assert f"{result.n_up} up and {result.n_down} down of {result.n_tested} tested" in text


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"test": "lrt"}, "likelihood ratio tests"),
        ({"shrink": "apeglm"}, "apeglm; Zhu et al. 2019"),
        ({"shrink": "ashr"}, "ashr; Stephens 2017"),
        ({"engine": "exact"}, "converged optima"),
        ({"alternative": "lessAbs"}, "of at least 0"),
        ({"name": "ols", "transform": "log1p"}, "ordinary least squares of log1p values"),
    ],
)
def test_methods_follow_the_settings(analysis, changes, word):
    assert word in methods_text(_with(analysis, **changes))


def test_only_used_works_are_cited(analysis):
    assert "apeglm" not in citations(analysis)
    assert "zhu2019apeglm" in citations(_with(analysis, shrink="apeglm"))
    assert "bourgon" not in citations(_with(analysis, independent_filtering=False))
    assert "love2014" not in citations(_with(analysis, name="ols"))


def test_bibtex_is_well_formed(analysis):
    text = citations(_with(analysis, shrink="ashr"))
    keys = re.findall(r"^@\w+\{(\w+),$", text, re.MULTILINE)
    assert len(keys) == len(set(keys)) >= 6
    assert text.count("{") == text.count("}")
    assert keys[0] == "foldwise"


def test_dois_look_like_dois():
    for work in WORKS.values():
        assert not work.doi or re.fullmatch(r"10\.\d{4,5}/\S+", work.doi)


def test_names_are_text_in_markdown():
    assert "<img" not in methods_text(simulated(hostile=True))


@pytest.mark.parametrize("hostile", [False, True])
def test_card_is_small_and_has_no_script(hostile):
    card = notebook_card(simulated(20_000, hostile=hostile))
    assert len(card.encode()) <= MAX_BYTES
    for tag, attrs in Elements(card).seen:
        assert tag != "script"
        assert not [name for name in attrs if name.startswith("on")]
    assert "<svg" in card
    assert "genes at FDR 5 %" in card


def test_card_of_the_second_contrast(analysis):
    assert "higher in control" in notebook_card(analysis, 1)


def _certified(analysis, verdict, **changes):
    found = certificate(verdict, tuple(r.contrast.id for r in analysis.results), **changes)
    return dataclasses.replace(analysis, certificate=found)


def test_methods_and_references_name_the_certificate(analysis):
    text = methods_text(_certified(analysis, "PASS", n_runs=100))
    for part in (
        "100 null runs of the whole analysis",
        "2 of 100 called any gene at 5 % (verdict PASS)",
        "For treatment: drug vs control, the estimated false discovery proportion is 4 % (11 % at the 95 % quantile)",
        "at most 11 of the 30 called genes are false (approximately, with a confidence of 90 %",
        "10.1186/s13059-022-02648-4",
        "10.1214/19-AOS1847",
    ):
        assert part in text, part
    bib = citations(_certified(analysis, "PASS", n_runs=100))
    assert {"li2022exaggerated", "hejblum2024", "blanchard2020posthoc"} <= set(re.findall(r"@\w+\{(\w+),", bib))


@pytest.mark.parametrize("verdict", ["NONE", None])
def test_methods_say_nothing_of_null_runs_that_were_not_made(analysis, verdict):
    without = analysis if verdict is None else _certified(analysis, verdict)
    assert "null run" not in methods_text(without)
    assert "blanchard2020posthoc" not in citations(without)


def test_a_failed_certificate_is_named_in_methods(analysis):
    assert "(verdict FAIL)" in methods_text(_certified(analysis, "FAIL"))
