"""Size and time of the page on a whole experiment: the bundled airway counts."""

from __future__ import annotations

import pytest

from foldwise.report import write_report

from ..unit.report.fixture import whole_experiment

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def airway(tmp_path_factory):
    path = tmp_path_factory.mktemp("airway") / "report.html"
    write_report(whole_experiment(), path)
    return path


def test_whole_experiment_takes_at_most_2_MB(airway):
    assert airway.stat().st_size < 2_000_000


def test_whole_experiment_is_drawn_within_2_seconds(page, airway):
    times = []
    for _ in range(4):
        page.open(airway)
        times.append(page.run("return performance.getEntriesByName('foldwise-drawn')[0].startTime;"))
    assert min(times) < 2000, times


def test_whole_experiment_can_be_searched(page, airway):
    page.open(airway)
    assert page.run("return foldwise.ids.length;") == 64102
    missed = page.run(
        "let n = 0; for (let i = 0; i < foldwise.ids.length; i += 211)"
        "if (foldwise.search(foldwise.ids[i])[0] !== i) n++; return n;"
    )
    assert missed == 0
    assert page.console() == []
