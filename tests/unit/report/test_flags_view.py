from __future__ import annotations

import re
from dataclasses import replace

import pytest

from foldwise.model.design import make_design
from foldwise.qc.flags import check_samples
from foldwise.report.flags_view import MAX_SHOWN, flags_view
from tests.unit.qc.data import exchanged, people


def checked(experiment, formula="~ donor + treatment"):
    return check_samples(experiment, make_design(formula, experiment.samples))


def figure(view, name):
    return next(figure for figure in view.figures if figure.name == name)


def test_clean_samples_say_so_and_show_both_pictures():
    view = flags_view(checked(people(5, 2)))
    assert view.lines == ()
    assert (view.summary.level, view.summary.text) == ("ok", "No sample stands out.")
    assert [figure.name for figure in view.figures] == ["sex_score", "donor_match"]
    assert {done for _, done, _ in view.checks} == {"checked"}
    for figure_ in view.figures:
        assert figure_.svg.count("<path") >= 10
        assert len(figure_.numbers.rows) == 10
        assert re.search(r'role="img" aria-label="[^"]{40,}"', figure_.svg)


def test_flags_are_lines_with_ids_and_are_named_in_the_pictures():
    view = flags_view(checked(exchanged(exchanged(people(5, 4), "donor", 0, 4), "sex", 8, 12)))
    assert view.summary.level == "warning"
    assert "4 samples of 20 flagged; none was changed." in view.summary.text
    assert [(line.name, line.id) for line in view.lines] == [
        ("s8 · sex", "W-QC-001"), ("s12 · sex", "W-QC-001"), ("s0 · donor", "W-QC-002"), ("s4 · donor", "W-QC-002"),
    ]  # fmt: skip
    sex, donor = figure(view, "sex_score"), figure(view, "donor_match")
    assert "Against the sheet: " in sex.svg
    assert ">s8</text>" in sex.svg
    assert ">s9</text>" not in sex.svg
    assert "Flagged: s0, s4." in donor.svg
    assert dict(sex.numbers.rows)["s8"][:2] == ("male", "female")
    assert dict(donor.numbers.rows)["s0"][3].endswith("(d0)")


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "x" * 5000, '"><script>'])
def test_hostile_names(name):
    data = exchanged(people(6, 2), "sex", 0, 2)
    samples = data.samples.rename(index={"s0": name}).assign(
        donor=[name if d == "d0" else d for d in data.samples["donor"]]
    )
    view = flags_view(checked(replace(data, samples=samples)))
    for picture in view.figures:
        assert "<img" not in picture.svg
        assert "<script" not in picture.svg
        assert len(picture.svg) < 40_000


def test_many_flags_are_cut_and_counted():
    data = people(60, 1)
    data = replace(data, samples=data.samples.assign(sex=data.samples["sex"].map({"male": "female", "female": "male"})))
    view = flags_view(check_samples(data))
    assert len(view.lines) == MAX_SHOWN
    assert view.n_hidden == 60 - MAX_SHOWN
    assert flags_view(None) is None
