"""Reading without a mouse, without seeing, in the dark, on a small screen and on paper."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(page, file):
    return page.open(file)


def test_narrow_screens_do_not_scroll_sideways(page, file):
    page.width(360)
    try:
        page.open(file)
        page.run("await foldwise.unfold(); for (const d of document.querySelectorAll('details')) d.open = true;")
        page.settle()
        assert page.run("return document.documentElement.scrollWidth;") <= 360
    finally:
        page.width(None)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_of_text_is_at_least_4_5(page, file, scheme):
    page.media(prefers_color_scheme=scheme)
    try:
        page.open(file)
        page.run("await foldwise.unfold(); for (const d of document.querySelectorAll('details')) d.open = true;")
        faint = page.run(
            """const lum = (c) => { const f = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
              return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
            const rgb = (s) => s.match(/[\\d.]+/g).map(Number);
            const ground = (el) => {
              for (let e = el; e; e = e.parentElement) {
                const c = rgb(getComputedStyle(e).backgroundColor);
                if (c.length < 4 || c[3] > 0.99) return c;
              }
              return [255, 255, 255];
            };
            const bad = [];
            for (const el of document.querySelectorAll('main *, nav *')) {
              if (![...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
              if (!el.getClientRects().length) continue;
              if (el.closest('.hidden, title, option, noscript')) continue;
              const svg = el instanceof SVGElement;
              if (svg && el.classList.contains('on')) continue;
              const ink = rgb(getComputedStyle(el)[svg ? 'fill' : 'color']);
              const [a, b] = [lum(ink), lum(ground(el))].sort((p, q) => q - p);
              const ratio = (a + 0.05) / (b + 0.05);
              if (ratio < 4.5) {
                const name = el.className.baseVal ?? el.className;
                bad.push([el.tagName, name, el.textContent.slice(0, 30), ratio.toFixed(2)].join(' | '));
              }
            }
            return [...new Set(bad)].slice(0, 20);"""
        )
        assert faint == []
    finally:
        page.media()


def test_everything_has_a_name(opened):
    nameless = opened.run(
        """const bad = [];
        for (const el of document.querySelectorAll('button, input, select, canvas, svg, [role=region]')) {
          if (el.closest('[aria-hidden=true]') || el.hidden) continue;
          const label = el.getAttribute('aria-label') || el.labels?.[0]?.textContent.trim();
          if (!(label || el.textContent.trim() || el.title)) bad.push(el.outerHTML.slice(0, 120));
        }
        return bad;"""
    )
    assert nameless == []
    doubled = opened.run(
        "const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);"
        "return ids.filter((id, i) => ids.indexOf(id) !== i);"
    )
    assert doubled == []


def test_axe_finds_nothing_serious(opened):
    opened.run("await foldwise.unfold(); for (const d of document.querySelectorAll('details')) d.open = true;")
    axe = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    source = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    opened.driver.execute_script(source)
    found = opened.run(
        "const found = (await axe.run()).violations;"
        "return found.map((v) => [v.impact, v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200))]);"
    )
    assert [v for v in found if v[0] in ("serious", "critical")] == []


def test_every_picture_has_a_sentence_and_numbers(opened):
    silent = opened.run(
        """await foldwise.unfold();
        const bad = [];
        for (const picture of document.querySelectorAll('figure svg:not(.key), figure canvas')) {
          if (!picture.getClientRects().length) continue;
          const label = picture.getAttribute('aria-label') || '';
          if (!label.includes(' ')) bad.push(['no sentence', picture.outerHTML.slice(0, 100)]);
          const card = picture.closest('.card, section');
          const near = picture.closest('section').querySelector('table, [data-part=table], dl');
          if (!(card.querySelector('table, dl') || near)) bad.push(['no numbers', label]);
        }
        return bad;"""
    )
    assert silent == []


def test_the_whole_page_can_be_walked_by_tab(opened):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    opened.run("document.activeElement.blur(); scrollTo(0, 0);")
    seen = []
    for _ in range(30):
        ActionChains(opened.driver).send_keys(Keys.TAB).perform()
        seen.append(
            opened.run(
                """const e = document.activeElement; const style = getComputedStyle(e);
                const visible = style.outlineStyle !== 'none' || e.matches('.skip');
                return [e.tagName, e.getAttribute('href') ?? e.id, visible];"""
            )
        )
    assert seen[0][:2] == ["A", "#verdict"]
    assert seen[1][:2] == ["INPUT", "find-all"]
    assert all(visible for _, _, visible in seen), seen
    unreachable = opened.run(
        """await foldwise.unfold();
        const busy = 'button, select, input, summary, a[href], canvas, [role=button], .scroll, pre, .wide';
        return [...document.querySelectorAll(busy)].filter((e) => e.getClientRects().length && e.tabIndex < 0
          && !e.disabled).map((e) => e.outerHTML.slice(0, 120));"""
    )
    assert unreachable == []


def test_search_choice_and_groups_by_keyboard_alone(opened):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    def press(*keys):
        ActionChains(opened.driver).send_keys(*keys).perform()

    opened.run("document.activeElement.blur();")
    press("/")
    assert opened.run("return document.activeElement.id;") == "find-all"
    press("name78", Keys.ARROW_DOWN, Keys.ENTER)
    assert opened.run("return foldwise.names[foldwise.state.gene];") == "Name780"
    opened.run("await foldwise.unfold(); document.querySelector('[data-part=upset] .bar').focus();")
    press(Keys.ENTER)
    listed = opened.run("return document.querySelector('[data-part=shared]').textContent;")
    assert "genes called in" in listed
    opened.run("document.querySelector('[data-part=heatmap] svg:not(.key)').focus();")
    press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    rows = opened.run("return foldwise.manifest.heatmap.rows;")
    assert opened.run("return foldwise.state.gene;") == rows[1]


def test_less_motion_where_it_is_asked_for(page, file):
    page.media(prefers_reduced_motion="reduce")
    try:
        page.open(file)
        assert page.run("return getComputedStyle(document.documentElement).scrollBehavior;") == "auto"
    finally:
        page.media()


def test_paper_has_pictures_and_tables_and_no_controls(page, file):
    import base64

    page.open(file)
    page.run("await foldwise.unfold();")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.width(690)
    try:
        page.settle()
        hidden = page.run(
            """return ['nav', '.tools', '.slider', '.scroll', '#downloads', '.finder'].filter(
              (q) => [...document.querySelectorAll(q)].some((e) => e.getClientRects().length));"""
        )
        assert hidden == []
        assert page.run("return getComputedStyle(document.querySelector('.static')).display;") == "block"
        assert page.run("return document.documentElement.scrollWidth;") <= 690
        dark = page.run("return getComputedStyle(document.documentElement).getPropertyValue('--surface');")
        assert dark.strip() == "#ffffff"
    finally:
        page.width(None)
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    printed = page.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    pdf = base64.b64decode(printed)
    assert pdf.startswith(b"%PDF")
    assert 4 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 20
