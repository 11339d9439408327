"""Options: one table for command line, Python and config."""

from __future__ import annotations

import dataclasses

import pytest

from foldwise.errors import UsageError
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import OPTIONS, option_at, with_options

# Settings that no option reaches yet: each leaves this list with the part that reads it.
UNREACHED: set[tuple[str, str]] = set()


def test_every_option_has_a_place_and_a_default_that_it_accepts():
    spec = AnalysisSpec()
    for option in OPTIONS.values():
        default = getattr(getattr(spec, option.section), option.field)
        assert option_at(option.section, option.field) is option
        assert with_options(spec, {option.name: default}) == spec


def test_every_setting_has_an_option():
    spec = AnalysisSpec()
    places = {(s.name, f.name) for s in dataclasses.fields(spec) for f in dataclasses.fields(getattr(spec, s.name))}
    assert {place for place in places if option_at(*place) is None} == UNREACHED


def test_lists_become_tuples():
    spec = with_options(AnalysisSpec(), {"contrast": ["a:b:c"], "fdr": 0.1})
    assert spec.design.contrasts == ("a:b:c",)
    assert spec.correction.fdr == 0.1


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("method", "deseq", "Did you mean 'deseq2'?"),
        ("shrink", "apeglmm", "Did you mean 'apeglm'?"),
        ("sizefactors", "ratio", "Did you mean 'size_factors'?"),
        ("size_factors", "ration", "Did you mean 'ratio'?"),
    ],
)
def test_b123_unknown_option_or_method_names_the_nearest(name, value, words):
    with pytest.raises(UsageError, match="E-USAGE-001") as caught:
        with_options(AnalysisSpec(), {name: value})
    assert words in caught.value.fix
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fdr", 0),
        ("fdr", 1.0),
        ("fdr", -0.1),
        ("fdr", float("nan")),
        ("lfc", -1.0),
        ("lfc", float("inf")),
        ("threads", 0),
        ("seed", -1),
        ("fdr", "0.05"),
        ("threads", True),
        ("exclude", "S1"),
        ("round", 1),
        ("min_replicates_for_replace", 2),
    ],
)
def test_b124_values_out_of_range_or_of_another_type(name, value):
    with pytest.raises(UsageError, match="E-USAGE-002") as caught:
        with_options(AnalysisSpec(), {name: value})
    assert caught.value.exit_code == 2
    assert name in caught.value.found


def test_size_factors_may_be_a_file():
    assert with_options(AnalysisSpec(), {"size_factors": "factors.tsv"}).normalization.size_factors == "factors.tsv"


def test_nothing_is_changed_in_place():
    spec = AnalysisSpec()
    with_options(spec, {"fdr": 0.2})
    assert spec.correction.fdr == 0.05
