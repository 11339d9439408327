"""Behaviour, safety and accessibility of the page (interfaces, report section)."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from ..unit.report.fixture import simulated

pytestmark = pytest.mark.browser

# a download is caught where the page hands it to the browser
CATCH = """
const real = URL.createObjectURL; let caught = null;
URL.createObjectURL = (blob) => { caught = blob; return real.call(URL, blob); };
const click = HTMLAnchorElement.prototype.click; let name = null;
HTMLAnchorElement.prototype.click = function () { name = this.download; };
try { %s } finally { URL.createObjectURL = real; HTMLAnchorElement.prototype.click = click; }
"""


@pytest.fixture
def opened(page, file):
    return page.open(file)


def test_no_request_and_no_complaint(page, file):
    page.open(file)
    page.run("foldwise.set({ gene: 17, fdr: 0.1 });")
    page.settle()
    assert page.requests() == [file.as_uri()]
    assert page.console() == []


def test_every_gene_is_found_by_search_and_its_counts_are_the_input(opened, analysis):
    found = opened.run(
        """const bad = [];
        for (let i = 0; i < foldwise.ids.length; i++) if (foldwise.search(foldwise.ids[i])[0] !== i) bad.push(i);
        return bad;"""
    )
    assert found == []
    by_name = opened.run("return foldwise.names.map((name) => foldwise.search(name)[0]);")
    assert by_name == list(range(3000))
    counts = opened.run("return foldwise.ids.map((_, i) => foldwise.raw(i));")
    assert np.array_equal(counts, analysis.experiment.counts)


def test_chosen_gene_shows_its_counts_and_numbers(opened, analysis):
    opened.run("foldwise.set({ raw: true, log: false, gene: 123 });")
    panel = "document.querySelector('[data-part=gene]')"
    assert opened.run(f"return {panel}.querySelector('h3').textContent") == "GENE00123 Name123"
    titles = opened.run(f"return [...{panel}.querySelectorAll('svg.counts path title')].map((t) => t.textContent);")
    shown = {t.split(": ")[0]: t.split(": ")[1] for t in titles}
    counts = dict(zip(analysis.experiment.samples.index, analysis.experiment.counts[123], strict=True))
    assert {k: float(v) for k, v in shown.items()} == {k: float(f"{v:.4g}") for k, v in counts.items()}
    values = opened.run(
        f"const parts = [...{panel}.querySelectorAll('dl div')].map((d) => [...d.children].map((c) => c.textContent));"
        "return Object.fromEntries(parts);"
    )
    row = analysis.results[0].table.iloc[123]
    assert float(values["log2 fold change"].replace("\u2212", "-")) == pytest.approx(
        row["log2_fold_change"], abs=0.0051
    )
    assert float(values["p"]) == pytest.approx(row["pvalue"], rel=0.06)


def test_normalized_counts_are_counts_over_size_factors(opened, analysis):
    shown = opened.run("return foldwise.normalized(40);")
    assert np.allclose(shown, analysis.experiment.counts[40] / analysis.size_factors.values, rtol=1e-12)


def test_pair_lines_join_partners(opened):
    opened.run("foldwise.set({ gene: 20, pairs: true });")
    lines = "return document.querySelectorAll('[data-contrast=\"0\"] svg.counts .pair').length;"
    assert opened.run(lines) == 3
    opened.run("foldwise.set({ pairs: false });")
    assert opened.run(lines) == 0


def test_sliders_recount_as_results_do(opened, analysis):
    stops = opened.run("return foldwise.manifest.contrasts[0].stops.map(([s]) => s);")
    assert 0.05 in stops
    for number, result in enumerate(analysis.results):
        padj, change = result.table["padj"].to_numpy(), result.table["log2_fold_change"].to_numpy()
        for stop in stops:
            for cut in (0, 0.7, 1, 2.5):
                up, down = opened.run(
                    "foldwise.set({ fdr: args[0], lfc: args[1] });"
                    "const { up, down } = foldwise.sections[args[2]]; return [up, down];",
                    stop,
                    cut,
                    number,
                )
                called = (padj < stop) & (np.abs(change) >= cut)
                assert (up, down) == ((called & (change > 0)).sum(), (called & (change < 0)).sum()), (stop, cut)
    text = opened.run("foldwise.set({ fdr: 0.05, lfc: 0 }); return document.querySelector('.recount').textContent;")
    assert f"▲ {analysis.results[0].n_up} up" in text


def test_moving_the_slider_by_hand_counts(opened, analysis):
    opened.run(
        """const input = document.querySelector('#fdr-0'); input.value = input.max;
        input.dispatchEvent(new Event('input', { bubbles: true }));"""
    )
    assert (
        opened.run("return foldwise.sections[0].up;")
        == ((analysis.results[0].table["padj"] < 0.2) & (analysis.results[0].table["log2_fold_change"] > 0)).sum()
    )


def test_downloaded_table_is_the_table(opened, analysis):
    text, name = opened.run(
        CATCH
        % """document.querySelector('[data-table="0"]').click();
        for (let i = 0; i < 100 && !caught; i++) await new Promise((f) => setTimeout(f, 20));
        return [await caught.text(), name];"""
    )
    assert name == "treatment_0.tsv"
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    table = analysis.results[0].table
    assert [row["gene_id"] for row in rows] == table.index.tolist()
    assert list(rows[0]) == ["gene_id", *table.columns]
    for column in table.columns:
        shown = [row[column] for row in rows]
        if column in ("gene_name", "status"):
            assert shown == table[column].tolist()
            continue
        values, expected = np.array([float(v or "nan") for v in shown]), table[column].to_numpy(dtype=float)
        assert np.array_equal(np.isnan(values), np.isnan(expected))
        tolerance = 4e-5 if column in ("pvalue", "padj") else 2e-7
        assert np.allclose(values, expected, rtol=tolerance, atol=0, equal_nan=True), column


def test_pictures_can_be_downloaded(opened):
    buttons = opened.run("return document.querySelectorAll('.tools button').length;")
    assert buttons > 20
    svgs = opened.run(
        CATCH
        % """const out = [];
        await foldwise.unfold();
        for (const b of document.querySelectorAll('.tools button')) if (b.textContent === 'SVG') {
          b.click();
          out.push([name, await caught.text()]);
        }
        return out;"""
    )
    assert {"treatment_0_volcano.svg", "treatment_0_ma.svg", "spread.svg", "pca.svg", "GENE00003_counts.svg"} <= {
        n for n, _ in svgs
    }
    import xml.etree.ElementTree as ET

    for name, text in svgs:
        root = ET.fromstring(text)  # noqa: S314 - our own page
        assert root.tag == "{http://www.w3.org/2000/svg}svg", name
        assert "var(" not in text
    png = opened.run(
        CATCH
        % """const buttons = [...document.querySelectorAll('[data-name=pca] .tools button')];
        buttons.find((b) => b.textContent === 'PNG').click();
        for (let i = 0; i < 100 && !(name || '').endsWith('.png'); i++) await new Promise((f) => setTimeout(f, 30));
        return [name, caught.type, [...new Uint8Array(await caught.slice(0, 4).arrayBuffer())]];"""
    )
    assert png == ["pca.png", "image/png", [0x89, 0x50, 0x4E, 0x47]]


def test_table_sorts_filters_and_draws_few_rows(opened, analysis):
    table = analysis.results[0].table
    drawn = opened.run("return document.querySelectorAll('[data-contrast=\"0\"] .genes tbody tr:not(.gap)').length;")
    assert 5 < drawn < 60
    view = "return [...foldwise.sections[0].table.view];"
    first = opened.run("foldwise.sections[0].table.order('log2_fold_change'); " + view)
    known = table["log2_fold_change"].notna().sum()
    assert np.all(np.diff(table["log2_fold_change"].to_numpy(dtype=np.float32)[first[:known]]) >= 0)
    assert table["log2_fold_change"].iloc[first[known:]].isna().all()
    opened.run(
        """const t = foldwise.sections[0].table; const set = (key, v) => { t.filters[key] = v; };
        set('padj', '<0.05'); set('log2_fold_change', '|x|>1'); t.update();"""
    )
    expected = table[(table["padj"] < 0.05) & (table["log2_fold_change"].abs() > 1)]
    assert sorted(opened.run(view)) == sorted(table.index.get_indexer(expected.index))
    assert opened.run("return document.querySelector('.shown').textContent;") == f"{len(expected)} of 3,000 genes"
    opened.run("foldwise.sections[0].clear();")
    assert len(opened.run(view)) == 3000
    status = opened.run("const t = foldwise.sections[0].table; t.filters.status = 'outlier'; t.update(); " + view)
    assert table["status"].iloc[status].unique().tolist() == ["count_outlier"]


def test_table_scrolls_to_its_end(opened):
    last = opened.run(
        """const t = foldwise.sections[0].table; t.box.scrollTop = t.box.scrollHeight;
        await new Promise((f) => setTimeout(f, 200));
        return [...t.body.querySelectorAll('tr:not(.gap)')].at(-1).getAttribute('aria-rowindex');"""
    )
    assert int(last) == 3001


def test_typing_in_the_search_box_chooses(opened):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    box = opened.driver.find_element(By.ID, "find-0")
    box.send_keys("name77")
    options = opened.run("return [...document.querySelectorAll('#found-0 li')].map((l) => l.textContent);")
    assert options[0] == "GENE00077Name77"
    box.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert opened.run("return foldwise.state.gene;") == 770
    box.send_keys("no such gene")
    assert "No gene among 3,000" in opened.run("return document.querySelector('#found-0').textContent;")


def test_clicking_a_point_chooses_it(opened):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By

    canvas = opened.driver.find_element(By.CSS_SELECTOR, "[data-part=volcano] canvas")
    opened.run("args[0].scrollIntoView({ block: 'center', behavior: 'instant' });", canvas)
    opened.settle()
    x, y, w, h, gene = opened.run(
        """const v = foldwise.sections[0].volcano; const g = foldwise.sections[0].rank[4];
        return [v.xs[g], v.ys[g], v.canvas.clientWidth, v.canvas.clientHeight, g];"""
    )
    ActionChains(opened.driver).move_to_element_with_offset(
        canvas, round(x - w / 2), round(y - h / 2)
    ).click().perform()
    assert opened.run("return foldwise.state.gene;") == gene
    tip = opened.run("return document.querySelector('[data-part=volcano] .tip').textContent;")
    assert tip.startswith(f"Name{gene} (GENE{gene:05d})")


def test_drag_zooms_and_double_click_resets(opened):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By

    canvas = opened.driver.find_element(By.CSS_SELECTOR, "[data-part=volcano] canvas")
    opened.run("args[0].scrollIntoView({ block: 'center', behavior: 'instant' });", canvas)
    before = opened.run("return foldwise.sections[0].volcano.home().x;")
    ActionChains(opened.driver).move_to_element_with_offset(canvas, -60, -60).click_and_hold().move_by_offset(
        120, 120
    ).release().perform()
    zoomed = opened.run("return foldwise.sections[0].volcano.view.x;")
    assert before[0] < zoomed[0] < zoomed[1] < before[1]
    ActionChains(opened.driver).double_click(canvas).perform()
    opened.settle()
    assert opened.run("return foldwise.sections[0].volcano.view.x;") == before


def test_lasso_lists_what_is_inside(opened):
    genes = opened.run(
        """const v = foldwise.sections[0].volcano;
        const [l, r, t, b] = [0, v.canvas.clientWidth / 2, 0, v.canvas.clientHeight];
        const found = v.within([[l, t], [r, t], [r, b], [l, b]]);
        v.onLasso(found);
        const expected = [...v.gene].filter((g) => v.kind[g] && v.ys[g] === v.ys[g] && v.xs[g] < r);
        return [found.length, expected.length, foldwise.sections[0].table.view.length];"""
    )
    assert genes[0] == genes[1] == genes[2] > 0


def test_keyboard_alone_walks_the_genes(opened):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    canvas = opened.driver.find_element(By.CSS_SELECTOR, "[data-part=volcano] canvas")
    opened.run("foldwise.set({ gene: foldwise.sections[0].rank[0] });")
    canvas.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert opened.run("return foldwise.sections[0].rank.indexOf(foldwise.state.gene);") == 2
    canvas.send_keys(Keys.ARROW_LEFT)
    assert opened.run("return foldwise.sections[0].rank.indexOf(foldwise.state.gene);") == 1
    assert "chosen" in opened.run("return document.querySelector('#live').textContent;")
    box = opened.driver.find_element(By.CSS_SELECTOR, "[data-contrast='0'] .scroll")
    box.send_keys(Keys.ARROW_DOWN)
    assert opened.run("return foldwise.sections[0].table.view.indexOf(foldwise.state.gene);") == 2


def test_address_keeps_the_state(page, file):
    page.open(file)
    page.run(
        """foldwise.set({ gene: 55, fdr: 0.1, lfc: 1, raw: true, by: 0 });
        foldwise.sections[0].table.filters.status = 'ok'; foldwise.sections[0].table.order('base_mean');
        await new Promise((f) => setTimeout(f, 400));"""
    )
    fragment = page.run("return location.hash;")
    page.open(file, fragment)
    state = page.run("return foldwise.state;")
    assert (state["gene"], state["fdr"], state["lfc"], state["raw"], state["by"]) == (55, 0.1, 1, True, 0)
    assert page.run("const t = foldwise.sections[0].table; return [t.sort, t.filters];") == [
        ["base_mean", False],
        {"status": "ok"},
    ]
    assert page.run("return document.querySelector('#fdr-0').getAttribute('aria-valuetext');") == "10 %"


@pytest.mark.parametrize(
    "fragment", ["#fdr=x&lfc=NaN&gene=%00&by=99&sort0=zzz&f0.padj=%3C%3C&pca=-3", "#quality", "#=&=&"]
)
def test_a_broken_address_does_no_harm(page, file, fragment):
    page.open(file, fragment)
    assert page.console() == []
    assert page.run("return foldwise.state.fdr;") == 0.05
    assert page.run("return foldwise.state.gene;") >= 0


def test_samples_take_the_colour_of_any_column(opened):
    opened.run("const s = document.querySelector('#pca-by'); s.value = 0; s.dispatchEvent(new Event('change'));")
    classes = opened.run(
        "return [...document.querySelectorAll('[data-name=pca] [data-i]')].map((p) => p.getAttribute('class'));"
    )
    assert classes == ["sample g0", "sample g0", "sample g1", "sample g1", "sample g2", "sample g2"]
    assert opened.run("return document.querySelector('[data-name=pca] .legend').textContent;") == "d0d1d2"


def test_the_downloaded_table_is_the_written_one(page, tmp_path):
    """A real run: the file of the browser against the file of the run, cell by cell."""
    import foldwise as fw

    analysis = simulated(300)
    counts = tmp_path / "counts.tsv"
    frame = analysis.experiment.samples.drop(columns=["age", "batch"])
    rows = [["gene_id", *frame.index], *([g, *map(str, c)] for g, c in zip(analysis.experiment.genes.index,
            analysis.experiment.counts.tolist(), strict=True))]  # fmt: skip
    counts.write_text("\n".join("\t".join(row) for row in rows) + "\n")
    result = fw.de(counts, frame, "~ donor + treatment", contrast=("treatment", "drug", "control"))
    folder = result.write(tmp_path / "out")
    page.open(folder / "report.html")
    text, name = page.run(
        CATCH
        % """document.querySelector('[data-table="0"]').click();
        for (let i = 0; i < 100 && !caught; i++) await new Promise((f) => setTimeout(f, 20));
        return [await caught.text(), name];"""
    )
    written = (folder / "results" / name).read_text().splitlines()
    shown = text.splitlines()
    assert shown[0] == written[0]
    assert len(shown) == len(written) == 301
    for a, b in zip(shown[1:], written[1:], strict=True):
        for x, y in zip(a.split("\t"), b.split("\t"), strict=True):
            assert x == y or float(x) == pytest.approx(float(y), rel=4e-5), (a, b)


def test_the_lasso_and_move_buttons(opened):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By

    opened.run(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (t) => { window.copied = t; } } });"
    )
    canvas = opened.driver.find_element(By.CSS_SELECTOR, "[data-part=volcano] canvas")
    opened.run("args[0].scrollIntoView({ block: 'center', behavior: 'instant' });", canvas)
    press = "const b = [...document.querySelectorAll('[data-contrast=\"0\"] .tools button')]"
    opened.run(f"{press}.find((b) => b.textContent === 'Move').click();")
    before = opened.run("foldwise.sections[0].volcano.render(); return foldwise.sections[0].volcano.view.x;")
    ActionChains(opened.driver).move_to_element(canvas).click_and_hold().move_by_offset(60, 0).release().perform()
    after = opened.run("return foldwise.sections[0].volcano.view.x;")
    assert after[0] < before[0] and after[1] - after[0] == pytest.approx(before[1] - before[0])
    opened.run(f"foldwise.sections[0].volcano.reset(); {press}.find((b) => b.textContent === 'Lasso').click();")
    states = opened.run(f"{press}.slice(0, 2).map((b) => b.getAttribute('aria-pressed')); return b;")
    assert states == ["true", "false"]
    chain = ActionChains(opened.driver).move_to_element_with_offset(canvas, -200, 100).click_and_hold()
    for dx, dy in ((300, 0), (100, 0), (0, 70), (0, 70), (-200, 0), (-200, 0), (0, -70), (0, -60)):
        chain = chain.move_by_offset(dx, dy)
    chain.release().perform()
    opened.settle()
    text = opened.run("return document.querySelector('[data-part=lasso]').textContent;")
    assert "genes in the lasso" in text
    opened.run(
        "document.querySelector('[data-part=lasso] button').click(); await new Promise((f) => setTimeout(f, 50));"
    )
    copied = opened.run("return window.copied;").split("\n")
    assert f"{len(copied):,} genes in the lasso" in text
    assert set(copied) <= set(opened.run("return foldwise.ids;"))
    assert len(copied) == opened.run("return foldwise.sections[0].table.view.length;") > 100


def test_labels_of_the_page_do_not_overlap(opened):
    boxes = opened.run(
        """for (const p of [foldwise.sections[0].volcano, foldwise.sections[0].ma]) p.render();
        return [foldwise.sections[0].volcano.placed, foldwise.sections[0].ma.placed];"""
    )
    for placed in boxes:
        found = [box for box in placed if box]
        assert len(found) > 4
        for i, a in enumerate(found):
            for b in found[i + 1 :]:
                apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
                assert apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]


def test_what_comparisons_share_follows_the_sliders(opened, analysis):
    opened.run("await foldwise.unfold(); foldwise.set({ fdr: 0.1, lfc: 1 });")
    bars = opened.run("return [...document.querySelectorAll('[data-part=upset] .bar')].map((b) => b.ariaLabel);")
    called = [(r.table["padj"] < 0.1) & (r.table["log2_fold_change"].abs() >= 1) for r in analysis.results]
    both = int((called[0] & called[1]).sum())
    assert bars[0].startswith(f"{both} genes called in ")
    opened.run(
        """const s = document.querySelector('[data-part=upset] select'); s.value = 'up';
        s.dispatchEvent(new Event('change'));"""
    )
    bars = opened.run("return [...document.querySelectorAll('[data-part=upset] .bar')].map((b) => b.ariaLabel);")
    ups = [int((c & (r.table["log2_fold_change"] > 0)).sum()) for c, r in zip(called, analysis.results, strict=True)]
    assert sorted(int(bar.split(" ")[0]) for bar in bars) == sorted(ups)
    text = opened.run("return document.querySelector('[data-part=pair-text]').textContent;")
    assert text.startswith(f"◆ {both} genes called in both, 0 of them in the same direction")
    assert "\u22121.00" in text


def test_the_heatmap_chooses_and_marks_genes(opened):
    row = opened.run(
        """const svg = document.querySelector('[data-part=heatmap] svg:not(.key)');
        svg.scrollIntoView({ block: 'center', behavior: 'instant' });
        const [left, top, w, h] = foldwise.manifest.heatmap.place;
        const p = new DOMPoint(left + w / 2, top + 4.5 * h).matrixTransform(svg.getScreenCTM());
        const at = { clientX: p.x, clientY: p.y, bubbles: true };
        svg.dispatchEvent(new PointerEvent('pointermove', at)); svg.dispatchEvent(new MouseEvent('click', at));
        return [foldwise.state.gene === foldwise.manifest.heatmap.rows[4],
          document.querySelector('[data-part=heatmap] .tip').textContent,
          svg.querySelector('.frame').getAttribute('visibility')];"""
    )
    assert row[0] is True
    assert "normalized" in row[1]
    assert row[2] == "visible"


def test_the_chosen_gene_is_shown_in_every_comparison(opened, analysis):
    opened.run("await foldwise.unfold(); foldwise.set({ gene: 123 });")
    cells = opened.run(
        "const all = document.querySelectorAll('[data-contrast=\"1\"] .others td:nth-child(2)');"
        "return [...all].map((cell) => cell.textContent);"
    )
    for text, result in zip(cells, analysis.results, strict=True):
        number = float(text.split(" ")[-1].replace("\u2212", "-"))
        assert number == pytest.approx(result.table["log2_fold_change"].iloc[123], abs=0.0051)


def test_another_address_in_the_open_page_is_followed(page, file):
    page.open(file)
    page.run("location.hash = '#gene=GENE00031&fdr=0.1'; await new Promise((f) => setTimeout(f, 300));")
    assert page.run("return [foldwise.state.gene, foldwise.state.fdr];") == [31, 0.1]
    page.run("location.hash = '#contrast-1'; await new Promise((f) => setTimeout(f, 400));")
    fragment = page.run("return location.hash;")
    assert "gene=GENE00031" in fragment and "at=contrast-1" in fragment
    page.open(file, fragment)
    page.settle()
    assert page.run("return Math.abs(document.querySelector('#contrast-1').getBoundingClientRect().top);") < 400


def test_the_address_keeps_which_comparisons_are_shown_together(page, file):
    page.open(file, "#pair=1.0&shared=up")
    page.run("await foldwise.unfold();")
    assert page.run("const o = foldwise.overlaps; return [o.a, o.b, o.which];") == [1, 0, "up"]
    page.run(
        """const s = document.querySelector('[data-part=upset] select'); s.value = 'down';
        s.dispatchEvent(new Event('change')); await new Promise((f) => setTimeout(f, 300));"""
    )
    assert "shared=down" in page.run("return location.hash;")
    page.open(file, "#pair=7.x&shared=sideways")
    page.run("await foldwise.unfold();")
    assert page.run("const o = foldwise.overlaps; return [o.a, o.b, o.which];") == [0, 1, "called"]
    assert page.console() == []
