// Pictures of samples and of the fit that answer: components by any column, spread of genes, the heatmap.
import { $, $$, h, s, shapeOf, shorten, tickText } from "./format.js";
import { Scatter } from "./plot.js";

const SPREAD = {
  1: { shape: "dot", size: 1.2, name: "quiet", alpha: 0.4 },
  2: { shape: "dot", size: 1.2, name: "down", alpha: 0.5 },
  3: { shape: "up", size: 3, name: "up", alpha: 0.9 },
};

export async function spreadPlot(app) {
  const host = $('[data-part="spread"]');
  const info = app.manifest.spread;
  if (!host || !info) return null;
  const load = (name) => (app.blocks.has(name) ? app.load(name) : null);
  const [mean, alone, used, outlier, trend] = await Promise.all([info.mean, "spread_alone", "spread_used", "spread_outlier", "spread_trend"].map(load));
  const n = mean.length;
  const [x, y, kind] = [new Float32Array(2 * n), new Float32Array(2 * n), new Uint8Array(2 * n)];
  const across = info.log ? (v) => v : Math.log10;
  let low = 0;
  for (let i = 0; i < n; i++) {
    x[i] = x[n + i] = across(mean[i]);
    y[i] = Math.log10(alone[i]);
    y[n + i] = used ? Math.log10(used[i]) : NaN;
    if (y[n + i] < low) low = y[n + i];
  }
  for (let i = 0; i < n; i++) {
    const placed = Number.isFinite(x[i]);
    kind[i] = placed && y[i] > low - 1.5 ? 1 : 0;
    kind[n + i] = placed && Number.isFinite(y[n + i]) ? (outlier?.[i] ? 3 : 2) : 0;
  }
  const m = trend.length / 2;
  const curve = Array.from({ length: m }, (_, i) => [across(trend[i]), Math.log10(trend[m + i])]);
  const plot = new Scatter(host, {
    n: 2 * n, stride: n, gene: Uint32Array.from({ length: 2 * n }, (_, i) => i % n), x, y, kind, styles: SPREAD, xLog: !info.log, yLog: true,
    xLabel: info.x, yLabel: info.y, label: host.dataset.label, name: app.name, chosen: app.state.gene,
    describe: (g) => `${app.label(g)}\nalone ${alone[g].toPrecision(2)}${used ? `, used ${used[g].toPrecision(2)}` : ""}`,
    onPick: (g) => app.set({ gene: g }), onStep: (d) => app.sections[0]?.step(d), lines: () => (m ? [{ points: curve }] : []),
  });
  host.classList.add("live");
  app.toolbar(host.closest("figure"), plot, "spread");
  return plot;
}

// samples on their components, coloured by any column of the sheet
export function components(app) {
  const figure = $('figure[data-name="pca"]');
  const { sheet, palette, shapes, samples } = app.manifest;
  if (!figure || !sheet.length) return;
  const points = $$("[data-i]", figure);
  const legend = h("p", { className: "legend" });
  const paint = (k) => {
    const column = sheet[k];
    const known = column.values?.filter((v) => v !== null);
    const [low, high] = known ? [Math.min(...known), Math.max(...known)] : [];
    for (const point of points) {
      const j = Number(point.dataset.i);
      const code = column.levels ? column.codes[j] : -1;
      point.setAttribute("d", shapeOf(Math.max(code, 0), shapes, palette));
      point.setAttribute("class", code < 0 ? "sample" : `sample g${code % palette.length}`);
      if (known) point.setAttribute("fill", column.values[j] === null ? "#9aa3ad" : blend((column.values[j] - low) / (high - low || 1)));
      $("title", point).textContent = `${shorten(samples[j], 80)} · ${shorten(column.name)}: ${shorten(String(column.levels ? column.levels[code] ?? "missing" : column.values[j] ?? "missing"), 80)}`;
    }
    const key = (shape, cls, fill) => s("svg", { viewBox: "-1.6 -1.6 3.2 3.2", class: "key", "aria-hidden": "true" }, s("path", { d: shapeOf(shape, shapes, palette), class: cls, fill }));
    if (known) legend.replaceChildren(...[0, 0.5, 1].map((t) => h("span", { className: "item" }, key(0, "", blend(t)), String(Number((low + t * (high - low)).toPrecision(4))))));
    else legend.replaceChildren(...column.levels.slice(0, 24).map((level, i) => h("span", { className: "item" }, key(i, `g${i % palette.length}`, palette[i % palette.length]), h("bdi", {}, shorten(level)))));
    app.params[k === Number(figure.dataset.column) ? "delete" : "set"]("pca", k);
    app.address();
  };
  const select = h("select", { id: "pca-by", onchange: () => paint(Number(select.value)) }, ...sheet.map((c, i) => h("option", { value: i }, shorten(c.name, 40))));
  const start = Number(app.params.get("pca") ?? figure.dataset.column);
  select.value = sheet[start] ? start : 0;
  $("figcaption", figure).before(h("label", { className: "by" }, "Color by ", select), legend);
  paint(Number(select.value));
}

// a note at the pointer over the cells of a picture; words(row, column) says what
function cellTips(figure, info, words, pick) {
  const svg = $("svg:not(.key)", figure);
  const [left, top, width, height] = info.place;
  const tip = h("div", { className: "tip", hidden: true });
  figure.append(tip);
  const cell = (e) => {
    const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const [r, c] = [Math.floor((p.y - top) / height), Math.floor((p.x - left) / width)];
    return r >= 0 && r < info.rows.length && p.x >= left ? [r, c] : [];
  };
  svg.addEventListener("click", (e) => { const [r] = cell(e); if (r !== undefined) pick?.(r); });
  svg.addEventListener("pointermove", (e) => {
    const [r, c] = cell(e);
    const text = r === undefined ? "" : words(r, c);
    tip.hidden = !text;
    tip.textContent = text;
    const box = figure.getBoundingClientRect();
    const flip = e.clientX - box.left > box.width / 2;
    tip.style.left = flip ? "" : `${e.clientX - box.left + 14}px`;
    tip.style.right = flip ? `${box.right - e.clientX + 14}px` : "";
    tip.style.top = `${e.clientY - box.top + 10}px`;
  });
  svg.addEventListener("pointerleave", () => (tip.hidden = true));
  return svg;
}

export function distances(app) {
  const figure = $('figure[data-name="distances"]');
  const info = app.manifest.distances;
  if (!figure || !info) return;
  const name = (k) => shorten(app.manifest.samples[info.rows[k]], 60);
  cellTips(figure, info, (r, c) => (c < info.rows.length ? `${name(r)}\n${name(c)}` : ""));
}

// rows of the heatmap choose genes, by pointer or arrow keys
export function heatmap(app) {
  const figure = $('[data-part="heatmap"]');
  const info = app.manifest.heatmap;
  if (!figure || !info) return null;
  const { rows: genes, columns: samples } = info;
  const [left, top, width, height] = info.place;
  const pick = (r) => genes[r] >= 0 && app.set({ gene: genes[r] });
  const words = (r, c) => {
    if (genes[r] < 0) return "";
    const count = c < samples.length ? app.normalized(genes[r])?.[samples[c]] : undefined;
    return app.label(genes[r]) + (count === undefined ? "" : `\n${shorten(app.manifest.samples[samples[c]], 60)}: ${tickText(count)} normalized`);
  };
  const svg = cellTips(figure, info, words, pick);
  const frame = s("rect", { x: left - 1, width: width * samples.length + 2, height: height + 1, class: "frame" });
  svg.append(frame);
  svg.setAttribute("tabindex", "0");
  svg.addEventListener("keydown", (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    pick(Math.min(Math.max(genes.indexOf(app.state.gene) + step, 0), genes.length - 1));
  });
  return (gene) => {
    const r = genes.indexOf(gene);
    frame.setAttribute("y", top + height * r - 0.5);
    frame.setAttribute("visibility", r < 0 ? "hidden" : "visible");
  };
}

// pale to dark blue
const blend = (t) => `rgb(${[[253, 8], [214, 69], [130, 110]].map(([a, b]) => Math.round(a + (b - a) * t)).join(",")})`;
