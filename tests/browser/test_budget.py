"""Size of the page and work of the browser: the bundled airway counts, a cohort of 200 samples, twelve comparisons.

Time is that of the processor, not of the clock, so that a busy machine gives the same answer.
"""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.report import write_report

from ..unit.report.cohort import cohort
from ..unit.report.fixture import whole_experiment

pytestmark = pytest.mark.browser


def test_whole_experiment_takes_at_most_2_MB_and_2_seconds_and_is_searched(page, tmp_path):
    airway = tmp_path / "report.html"
    assert write_report(whole_experiment(), airway) < 2_000_000
    page.open(airway)
    assert page.cpu_seconds() < 2.0
    assert page.requests() == [airway.as_uri()]
    assert page.run("return foldwise.ids.length;") == 64102
    missed = page.run(
        "let n = 0; for (let i = 0; i < foldwise.ids.length; i += 211)"
        "if (foldwise.search(foldwise.ids[i])[0] !== i) n++; return n;"
    )
    assert missed == 0
    assert page.console() == []


def test_60000_genes_of_200_samples_take_at_most_25_MB_and_3_seconds(page, tmp_path):
    analysis, path = cohort(60_000, 200), tmp_path / "report.html"
    assert write_report(analysis, path) <= 25_000_000
    assert "MB of data; it may open slowly" in path.read_text(encoding="utf-8")
    page.open(path)
    assert page.cpu_seconds() < 3.0
    rows = [0, 17, 31_415, 59_999]
    shown = page.run("return args[0].map((i) => foldwise.raw(foldwise.search(foldwise.ids[i])[0]));", rows)
    assert np.array_equal(shown, analysis.experiment.counts[rows])
    page.run("await foldwise.unfold(); foldwise.set({ fdr: 0.01, gene: 31415 });")
    result = analysis.results[0]
    called = result.table["padj"] < 0.01
    up = int((called & (result.table["log2_fold_change"] > 0)).sum())
    assert page.run("return foldwise.sections[0].up;") == up
    page.settle()
    assert page.requests() == [path.as_uri()]
    assert page.console() == []


def test_twelve_comparisons_open_one_by_one(page, tmp_path):
    analysis, path = cohort(3000, 39, 13), tmp_path / "report.html"
    write_report(analysis, path)
    page.open(path)
    opened = "return foldwise.sections.map((s) => Boolean(s.opened));"
    assert page.run(opened) == [True] + [False] * 11
    rows = page.run("return document.querySelectorAll('.many tbody tr').length;")
    assert rows == 12
    page.run("await foldwise.sections[7].open();")
    table = page.run("return [...document.querySelectorAll('[data-contrast=\"7\"] .others tbody tr')].length;")
    assert table == 12
    page.run("await foldwise.unfold();")
    assert page.run(opened) == [True] * 12
    counted = page.run("return foldwise.sections.map((s) => [s.up, s.down]);")
    assert counted == [[r.n_up, r.n_down] for r in analysis.results]
    assert page.console() == []


def test_a_page_that_was_cut_to_size_says_so_and_works(page, tmp_path, monkeypatch):
    from foldwise.report import html
    from foldwise.report.payload import build_payload

    analysis, path = cohort(2000, 24), tmp_path / "report.html"
    monkeypatch.setattr(html, "build_payload", lambda analysis: build_payload(analysis, cap=60_000))
    write_report(analysis, path)
    page.open(path)
    notes = page.run("return [...document.querySelectorAll('main > .lead')].map((p) => p.textContent);")
    assert len(notes) == 4
    assert "steps of 0.1" in notes[0] and "tested genes" in notes[1] and "left out" in notes[2]
    known, unknown = page.run(
        """const n = foldwise.ids.length; const seen = Array.from({ length: n }, (_, g) => foldwise.raw(g) !== null);
        return [seen.indexOf(true), seen.indexOf(false)];"""
    )
    gene = page.run("return foldwise.ids[args[0]];", known)
    counts = analysis.experiment.counts[analysis.experiment.genes.index.get_loc(gene)]
    assert np.allclose(
        np.log2(np.array(page.run("return foldwise.raw(args[0]);", known)) + 1), np.log2(counts + 1), atol=0.06
    )
    page.run("foldwise.set({ gene: args[0] });", unknown)
    panel = page.run("return document.querySelector('[data-part=gene]').textContent;")
    assert "counts of this gene are not in this page" in panel
    page.run("foldwise.set({ gene: args[0] });", known)
    assert page.run("return document.querySelectorAll('[data-part=gene] svg.counts path').length;") == 24
    assert page.console() == []
