"""The canvas module, the labels, the table and the groups of genes, apart from any page."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from foldwise.report.assets import SCRIPTS, joined
from foldwise.report.overlap_view import intersections

pytestmark = pytest.mark.browser

HOST = """
document.body.innerHTML = '<div class=paper></div><div id=host></div>';
document.querySelector('#host').style.cssText = 'position: relative; width: 600px; height: 400px';
const host = document.querySelector('#host');
function cloud(n, options = {}) {
  const [x, y] = [new Float32Array(n), new Float32Array(n)];
  let seed = 7;
  const next = () => ((seed = (seed * 48271) % 2147483647) / 2147483647);
  for (let i = 0; i < n; i++) [x[i], y[i]] = [next() + next() - 1, 3 * next()];
  const kind = new Uint8Array(n).fill(1);
  const styles = { 1: { shape: 'dot', size: 1, name: 'quiet', alpha: 0.5 } };
  const gene = Uint32Array.from({ length: n }, (_, i) => i);
  const plot = new Scatter(host, { n, stride: n, x, y, kind, styles, gene, label: 'a cloud', xLabel: 'x', yLabel: 'y',
    name: (g) => 'gene ' + g, describe: (g) => 'gene ' + g, onPick() {}, ...options });
  plot.canvas.style.cssText = 'width: 600px; height: 400px';
  plot.render();
  return plot;
}
"""


@pytest.fixture(scope="module")
def call(page):
    """Return a function that runs a body of script with the functions of the page in reach."""
    script = joined([name for name in SCRIPTS if name != "app.js"])
    page.driver.get("data:text/html,<!doctype html><body></body>")
    return lambda body, *args: page.run(f"{script}\n{HOST}\n{body}", *args)


def test_labels_never_overlap_and_stay_inside(call):
    boxes, wanted = call(
        """let seed = 3; const next = () => ((seed = (seed * 48271) % 2147483647) / 2147483647);
        const one = () => ({ x: 20 + 560 * next(), y: 20 + 360 * next(), width: 40 + 90 * next() });
        const wanted = Array.from({ length: 80 }, one);
        return [placeLabels(wanted, { x: 0, y: 0, w: 600, h: 400 }, () => 0), wanted];"""
    )
    placed = [box for box in boxes if box]
    assert len(placed) > 30
    for i, a in enumerate(placed):
        assert a["x"] >= 0 and a["y"] >= 0 and a["x"] + a["w"] <= 600 and a["y"] + a["h"] <= 400
        for b in placed[i + 1 :]:
            apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
            assert apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        for dot in wanted:
            assert not (a["x"] < dot["x"] < a["x"] + a["w"] and a["y"] < dot["y"] < a["y"] + a["h"])


def test_labels_prefer_places_without_points(call):
    box = call(
        """const ink = (b) => (b.x + b.w > 300 ? 100 : 0);
        return placeLabels([{ x: 300, y: 200, width: 50 }], { x: 0, y: 0, w: 600, h: 400 }, ink)[0];"""
    )
    assert box["x"] + box["w"] <= 300


def test_a_label_without_room_is_left_out(call):
    assert call("return placeLabels([{ x: 20, y: 20, width: 500 }], { x: 0, y: 0, w: 100, h: 40 }, () => 0);") == [None]


def test_the_grid_finds_the_nearest_point(call):
    wrong = call(
        """const plot = cloud(4000); let wrong = 0;
        for (let k = 0; k < 400; k++) {
          const [x, y] = [60 + (k * 37) % 520, 14 + (k * 53) % 330];
          let [best, least] = [-1, 144];
          for (let i = 0; i < plot.n; i++) {
            const d = (plot.xs[i] - x) ** 2 + (plot.ys[i] - y) ** 2 - plot.kind[i];
            if (d < least) [best, least] = [i, d];
          }
          if (plot.nearest(x, y) !== best) wrong++;
        }
        return wrong;"""
    )
    assert wrong == 0


def test_lasso_takes_what_lies_inside_a_loop(call):
    found, expected = call(
        """const plot = cloud(3000);
        const inside = (x, y) => (x - 300) ** 2 + (y - 180) ** 2 < 100 ** 2;
        const at = (turn) => [300 + 100 * Math.cos(turn), 180 + 100 * Math.sin(turn)];
        const loop = Array.from({ length: 720 }, (_, k) => at(k * Math.PI / 360));
        return [plot.within(loop), [...plot.gene].filter((g) => inside(plot.xs[g], plot.ys[g]))];"""
    )
    assert len(expected) > 50
    assert len(set(found) ^ set(expected)) <= 2  # a circle of 720 corners


def test_move_and_zoom_keep_what_is_under_the_pointer(call):
    before, moved, zoomed, reset = call(
        """const plot = cloud(500); const where = () => [plot.toX(plot.x[7]), plot.toY(plot.y[7])];
        const before = where();
        plot.pan(40, -25); plot.render(); const moved = where();
        plot.zoom(0.5, ...moved); plot.render(); const zoomed = where();
        plot.reset(); plot.render();
        return [before, moved, zoomed, where()];"""
    )
    assert np.allclose(np.subtract(moved, before), [40, -25], atol=1e-3)
    assert np.allclose(zoomed, moved, atol=1e-3)
    assert np.allclose(reset, before, atol=1e-3)


def test_keys_zoom_move_and_step(call):
    wide, narrow, moved, steps = call(
        """const steps = []; const plot = cloud(500, { onStep: (d) => steps.push(d) });
        const press = (key, shiftKey = false) => {
          plot.canvas.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey }));
          plot.render();
        };
        const wide = [...plot.view.x];
        press('+'); const narrow = [...plot.view.x];
        press('ArrowRight', true); const moved = [...plot.view.x];
        press('ArrowRight'); press('ArrowUp'); press('0');
        return [wide, narrow, moved, [...steps, plot.view.x[0] === wide[0]]];"""
    )
    assert narrow[1] - narrow[0] < wide[1] - wide[0]
    assert moved[0] > narrow[0] and moved[1] - moved[0] == pytest.approx(narrow[1] - narrow[0])
    assert steps == [1, -1, True]


def test_more_than_300000_points_are_drawn_as_squares(call):
    n_paths, n_squares, longest, count = call(
        """const plot = cloud(300001); const svg = plot.svg();
        const paths = [...svg.matchAll(/<path [^>]*d="([^"]*)"/g)].map((m) => m[1]);
        const found = plot.nearest(plot.xs[9], plot.ys[9]) >= 0;
        return [paths.length, paths.join('').split('M').length - 1, svg.length, found];"""
    )
    assert 2 <= n_paths <= 4
    assert 1000 < n_squares < 30_000
    assert longest < 1_000_000
    assert count is True


def test_the_svg_of_a_plot_is_sound(call):
    text = call("return cloud(200, { name: () => '<b>&\"', labels: () => [1, 2, 3] }).svg();")
    root = ET.fromstring(text)  # noqa: S314 - our own picture
    assert root.find("{http://www.w3.org/2000/svg}title").text == "a cloud"
    assert [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")].count('<b>&"') == 3
    assert not list(root.iter("{http://www.w3.org/2000/svg}b"))


def test_groups_of_genes_are_those_of_the_static_picture(call):
    called = np.random.default_rng(4).random((500, 4)) < [0.3, 0.2, 0.1, 0.4]
    found = call(
        "return patterns(args[0], 500).map(([key, genes]) => [key, genes.length]);", called.T.astype(int).tolist()
    )
    rows, counts = intersections(called)
    assert [["".join("01"[int(v)] for v in row), n] for row, n in zip(rows, counts.tolist(), strict=True)] == found


TABLE = """
const n = 5000; const values = Float64Array.from({ length: n }, (_, i) => (i % 7 === 0 ? NaN : (i * 7919) % n));
const seen = {};
const table = new GeneTable(host, n, [
  { key: 'id', label: 'id', text: (i) => 'g' + i, show: (i) => 'g' + i },
  { key: 'v', label: 'v', numeric: true, value: (i) => values[i], show: (i) => String(values[i]) },
], {
  state: { sort: ['v', false], filters: {} },
  onPick: (i) => { seen.picked = i; table.choose(i); },
  onChange: (sort, filters, m) => Object.assign(seen, { m }),
});
table.box.style.cssText = 'height: 300px; overflow: auto';
"""


def test_table_sorts_with_missing_values_last_and_draws_only_what_is_seen(call):
    up, down, drawn = call(
        TABLE
        + """table.rows(); const up = [...table.view].map((i) => values[i]);
        table.order('v'); const down = [...table.view].map((i) => values[i]);
        return [up.map(String), down.map(String), table.body.querySelectorAll('tr:not(.gap)').length];"""
    )
    n_missing = up.count("NaN")
    for values, sign in ((up, 1), (down, -1)):
        assert values[-n_missing:] == ["NaN"] * n_missing
        assert np.all(sign * np.diff(np.array(values[:-n_missing], dtype=float)) >= 0)
    assert 5 < drawn < 40


def test_table_filters_restores_and_walks_by_key(call):
    n_kept, n_restored, marked, picked = call(
        TABLE
        + """table.inputs[1].value = '<100'; table.filter(1);
        await new Promise((f) => setTimeout(f, 200)); const kept = seen.m;
        table.restore({ sort: ['id', true], filters: { id: 'g49' } }); const restored = [...table.view].length;
        table.inputs[1].value = 'nonsense<'; table.filter(1); await new Promise((f) => setTimeout(f, 200));
        const marked = table.inputs[1].getAttribute('aria-invalid');
        const press = (key) => table.box.dispatchEvent(new KeyboardEvent('keydown', { key }));
        press('ArrowDown'); press('ArrowDown'); press('PageDown'); const far = table.view.indexOf(seen.picked);
        press('End'); const last = table.view.indexOf(seen.picked) === table.view.length - 1; press('Home');
        return [kept, restored, marked, [far > 2, last, table.view.indexOf(seen.picked)]];"""
    )
    assert n_kept == sum(1 for i in range(5000) if i % 7 and (i * 7919) % 5000 < 100)
    assert n_restored == sum(1 for i in range(5000) if "g49" in f"g{i}")
    assert marked == "true"
    assert picked == [True, True, 0]


def test_counts_of_a_gene_are_drawn_one_mark_per_sample(call):
    marks, tilted = call(
        """const shapes = ['M0 0', 'M1 1', 'M2 2']; const palette = ['#000', '#111', '#222'];
        const levels = Array.from({ length: 12 }, (_, k) => 'a rather long name ' + k);
        const by = { name: 'dose', levels, codes: Array.from({ length: 36 }, (_, j) => j % 12) };
        const names = by.codes.map((c, j) => 's' + j);
        const svg = countPlot({ width: 500, values: by.codes.map((c) => 10 * c), by, pair: null,
          members: by.codes.map(() => true), names, log: true, palette, shapes, label: 'x', yLabel: 'y' });
        document.body.append(svg);
        const told = (p) => [p.getAttribute('class'), p.getAttribute('d'), p.textContent];
        const marks = [...svg.querySelectorAll('path')].map(told);
        return [marks, [...svg.querySelectorAll('text[transform*="rotate(-40)"]')].length];"""
    )
    assert len(marks) == 36
    assert tilted == 12
    assert marks[5] == ["g2", "M0 0", "s5: 50"]  # third color; its shape is shifted by one, from the third to the first
    assert len({(look, shape) for look, shape, _ in marks[:9]}) == 9
