"""Hostile names, broken addresses, browsers that lack what the page needs."""

from __future__ import annotations

import pytest

from foldwise.report import write_report

from ..unit.report.fixture import ATTACKS, simulated

pytestmark = pytest.mark.browser


def test_S3_hostile_names_are_inert(page, tmp_path):
    path = tmp_path / "report.html"
    write_report(simulated(200, hostile=True, contrasts=2), path)
    page.open(path)
    scripts = page.run("return document.querySelectorAll('script:not([type])').length;")
    for gene in range(8, 60):
        page.run("foldwise.set({ gene: args[0] }); foldwise.sections[0].volcano.point(args[0]);", gene)
    page.run("for (const f of foldwise.sections[0].fields) foldwise.sections[0].table.order(f.key);")
    page.run(
        """const s = document.querySelector('#pca-by');
        for (let i = 0; i < s.options.length; i++) {
          s.value = i;
          s.dispatchEvent(new Event('change'));
        }"""
    )
    page.run(
        """const box = document.querySelector('#find-0');
        for (const id of foldwise.ids.slice(8, 30)) { box.value = id; box.dispatchEvent(new Event('input')); }"""
    )
    page.run(
        "await foldwise.unfold(); document.querySelector('[data-part=upset] .bar')?.dispatchEvent(new Event('click'));"
    )
    page.settle()
    assert page.run("return window.hacked ?? 'no';") == "no"
    assert scripts == 0
    assert page.run("return document.querySelectorAll('main img, main foreignObject, main iframe').length;") == 0
    assert page.run("return foldwise.ids.slice(10, 25);") == list(ATTACKS)
    # B119: the result in words names the groups, which are attacks, as text
    words = page.run("return document.querySelector('#words').textContent;")
    assert f"higher in “{ATTACKS[1]}”" in words
    assert page.run("return document.querySelectorAll('#words script, #words img, #words a').length;") == 0
    assert [r for r in page.requests() if not r.startswith(("file:", "about:"))] == []
    assert page.console() == []
    width = page.run("return [document.documentElement.scrollWidth, innerWidth];")
    assert width[0] <= width[1]


def test_without_unpacking_the_verdict_stands(page, file, tmp_path):
    text = file.read_text(encoding="utf-8")
    driver = page.driver
    script = driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": "delete window.DecompressionStream;"}
    )
    try:
        assert page.load(file) == "static"
        assert driver.execute_script("return document.querySelector('#notice').hidden;") is False
        assert (
            driver.execute_script("return getComputedStyle(document.querySelector('[data-part=volcano] svg')).display;")
            != "none"
        )
        assert driver.execute_script("return getComputedStyle(document.querySelector('.static')).display;") == "block"
        shown = (
            "const all = [...document.querySelectorAll('figure svg:not(.key)')];"
            "return all.filter((svg) => svg.getClientRects().length).length;"
        )
        assert driver.execute_script(shown) >= 16
        assert driver.execute_script("return document.querySelectorAll('.verdict .total dd').length;") == 2
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script["identifier"]})
    assert "noscript" in text


def test_a_cut_page_says_so(page, file, tmp_path):
    broken = tmp_path / "cut.html"
    text = file.read_text(encoding="utf-8")
    start = text.index('id="b-counts">') + len('id="b-counts">')
    broken.write_text(text[:start] + text[start + 400 :], encoding="utf-8")
    assert page.load(broken) == "failed"
    assert page.driver.execute_script("return document.querySelector('#notice').hidden;") is False
    assert page.driver.execute_script("return document.querySelectorAll('.live').length;") == 0
    page.console()
