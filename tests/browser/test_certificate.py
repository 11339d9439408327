"""The certificate in the page: bounds computed by its script are those of Python, and follow every choice of genes."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from foldwise.model.certificate import PostHocBound
from foldwise.report import write_report
from foldwise.report.assets import joined
from foldwise.stats.posthoc import false_bound

from ..unit.certificates import certificate
from ..unit.report.fixture import simulated

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def call(page):
    helpers = joined(["bound.js"])
    page.driver.get("about:blank")
    return lambda expression, *args: page.run(f"{helpers}; return {expression};", *args)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("scale", [0.02, 0.3, 1.0])
def test_bounds_are_those_of_python(call, seed, scale):
    """Never below the exact bound, and exactly that of the p-values moved up by the error of single precision."""
    rng = np.random.default_rng(seed)
    m = 2_000
    p = np.concatenate([rng.random(1_500), 10.0 ** -rng.uniform(2, 12, 500)])
    for size in (1, 10, 400, 2_000):
        chosen = np.sort(p)[:size] if seed % 2 else rng.choice(p, size, replace=False)
        levels = np.log10(chosen).astype(np.float32).astype(float)
        exact = false_bound(chosen, scale, m)
        shown = call("falseAtMost(args[0], args[1], args[2])", levels.tolist(), scale, m)
        assert exact <= shown <= exact + 1
        assert shown == false_bound(10.0 ** (levels + np.abs(levels) * 6e-8), scale, m)


def test_bounds_at_the_ends(call):
    assert call("falseAtMost([], 0.5, 100)") == 0
    assert call("falseAtMost([-9, -9, -9], 0, 100)") == 3
    assert call("falseAtMost([-300, -Infinity, -400], 0.5, 100)") == 0
    assert call("falseAtMost([0, 0, 0], 0.5, 100)") == 3


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A page of two comparisons, the first with a bound, the second without; and the analysis."""
    analysis = simulated(3000, contrasts=2)
    found = certificate("PASS", tuple(result.contrast.id for result in analysis.results), 100)
    first = dataclasses.replace(found.contrasts[0], bound=PostHocBound(0.05, 0.6, 2749, "Approximate."))
    second = dataclasses.replace(found.contrasts[1], bound=None, bound_false=None)
    analysis = dataclasses.replace(analysis, certificate=dataclasses.replace(found, contrasts=(first, second)))
    path = tmp_path_factory.mktemp("judged") / "report.html"
    write_report(analysis, path)
    return analysis, path


def bound_of(analysis, genes) -> int:
    p = analysis.results[0].table["pvalue"].to_numpy()[genes]
    bound = analysis.certificate.contrasts[0].bound
    with np.errstate(divide="ignore"):
        levels = np.log10(p).astype(np.float32).astype(float)
    finite = np.where(np.isfinite(levels), levels, -400.0)
    return false_bound(10.0 ** (finite + np.abs(finite) * 6e-8), bound.scale, bound.n_tested)


def said(page) -> list[tuple[int, str, int]]:
    text = page.run("return [...document.querySelectorAll('#contrast-0 .posthoc p')].map((p) => p.textContent);")
    pattern = r"Of the ([\d,]+) ([a-z ]+) at most ([\d,]+) are false \(95 %, approximate\)\."
    found = [re.match(pattern, sentence) for sentence in text]
    assert all(found), text
    return [(int(m[1].replace(",", "")), m[2], int(m[3].replace(",", ""))) for m in found]


def test_the_bound_follows_sliders_lasso_and_filters(page, judged):
    analysis, path = judged
    table = analysis.results[0].table
    page.open(path)
    padj, change = table["padj"].to_numpy(), table["log2_fold_change"].to_numpy()
    for fdr, lfc in ((0.05, 0), (0.2, 0), (0.01, 1)):
        page.run("window.foldwise.set({ fdr: args[0], lfc: args[1] });", fdr, lfc)
        called = np.flatnonzero((padj < fdr) & (np.abs(change) >= lfc))
        assert said(page) == [(len(called), "called genes", bound_of(analysis, called))]
    page.run("window.foldwise.set({ fdr: 0.05, lfc: 0 });")
    genes = list(range(100, 900))
    page.run("window.foldwise.sections[0].chosenMany(args[0]);", genes)
    tested = [g for g in genes if padj[g] == padj[g]]
    assert len(tested) < len(genes)
    assert said(page)[1] == (len(tested), "genes in the lasso", bound_of(analysis, tested))
    text = page.run("return document.querySelector('#contrast-0 .posthoc').textContent;")
    assert f"{len(genes) - len(tested)} others were not tested and are not counted" in text
    page.run("window.foldwise.sections[0].clear();")
    assert len(said(page)) == 1
    page.run("const t = window.foldwise.sections[0].table; t.restore({ sort: t.sort, filters: args[0] });",
             {"log2_fold_change": ">2"})  # fmt: skip
    far = np.flatnonzero((change > 2) & np.isfinite(padj))
    assert said(page)[1] == (len(far), "genes in the table", bound_of(analysis, far))
    assert page.console() == []


def test_without_a_bound_nothing_is_said_and_verdicts_stand(page, judged, tmp_path):
    page.open(judged[1])
    assert page.run("return document.querySelectorAll('#contrast-1 .posthoc').length;") == 0
    assert "PASS" in page.run("return document.querySelector('#trust .badge').textContent;")
    assert page.run("return document.querySelectorAll('.banner').length;") == 0
    analysis = simulated(300)
    for verdict in ("FAIL", "NONE"):
        write_report(dataclasses.replace(analysis, certificate=certificate(verdict)), tmp_path / "r.html")
        page.open(tmp_path / "r.html")
        assert page.run("return document.querySelectorAll('.banner[role=alert]').length;") == (verdict == "FAIL")
        assert verdict in page.run("return document.querySelector('#verdict .badge').textContent;")
        assert page.console() == []
