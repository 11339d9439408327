// Several comparisons at once: groups of genes they share, and one against another. Follows the sliders.
import { copy, h, s, shorten, signed } from "./format.js";
import { Scatter } from "./plot.js";

const PAIR = {
  1: { shape: "dot", size: 1.3, name: "quiet", alpha: 0.4 },
  2: { shape: "down", size: 3, name: "down", alpha: 0.7 },
  3: { shape: "up", size: 3, name: "up", alpha: 0.7 },
  4: { shape: "diamond", size: 3, name: "both", alpha: 0.85 },
};
const BARS = 24;

// patterns of membership and their genes, largest first; sets: arrays of 0/1 per gene
export function patterns(sets, n) {
  const found = new Map();
  for (let i = 0; i < n; i++) {
    let key = "";
    for (const set of sets) key += set[i] ? "1" : "0";
    if (!key.includes("1")) continue;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(i);
  }
  const degree = (key) => key.replaceAll("0", "").length;
  return [...found].sort(([a, x], [b, y]) => y.length - x.length || degree(a) - degree(b) || (a < b ? 1 : -1));
}

export class Overlaps {
  constructor(root, app) {
    const [a, b] = (app.params.get("pair") || "").split(".").map(Number);
    this.start = a !== b && app.sections[a] && app.sections[b] ? [a, b] : [0, 1];
    Object.assign(this, { root, app, which: { up: "up", down: "down" }[app.params.get("shared")] || "called", sets: app.manifest.sets.map((k) => app.sections[k]) });
    this.find = (part) => root.querySelector(`[data-part="${part}"]`);
    this.build();
  }
  build() {
    const { app } = this;
    const figure = this.find("upset");
    const option = (value, text) => h("option", { value }, text);
    const which = h("select", { onchange: () => { this.which = which.value; this.keep("shared", this.which, "called"); this.refresh(); } }, option("called", "called in either direction"), option("up", "called up"), option("down", "called down"));
    which.value = this.which;
    figure.querySelector(".head").after(h("div", { className: "options" }, h("label", {}, "Genes ", which)));
    this.caption = figure.querySelector("figcaption");
    const choose = (start, key) => {
      const select = h("select", { onchange: () => { this[key] = Number(select.value); this.keep("pair", `${this.a}.${this.b}`, "0.1"); this.pair(); } }, ...app.sections.map((c, k) => h("option", { value: k }, shorten(c.info.label, 50))));
      select.value = this[key] = start;
      return select;
    };
    this.find("pair-choice").append(h("label", {}, "To the right ", choose(this.start[0], "a")), h("label", {}, "upwards ", choose(this.start[1], "b")));
    const n = app.ids.length;
    Object.assign(this, { kind: new Uint8Array(n), x: new Float32Array(n), y: new Float32Array(n) });
    const host = this.find("pair");
    this.plot = new Scatter(host, {
      n, stride: n, gene: Uint32Array.from({ length: n }, (_, i) => i), kind: this.kind, x: this.x, y: this.y, styles: PAIR,
      label: host.dataset.label, name: app.name, xLabel: "", yLabel: "", labels: () => this.labelled,
      describe: (g) => `${app.label(g)}\n${signed(this.x[g])} to the right, ${signed(this.y[g])} upwards`,
      onPick: (g) => app.set({ gene: g }), onStep: (d) => app.sections[this.a].step(d), onLasso: (genes) => this.list(genes, "in the lasso", this.find("pair-text")),
      lines: () => [{ points: [[-99, 0], [99, 0]], dash: 1 }, { points: [[0, -99], [0, 99]], dash: 1 }, { points: [[-99, -99], [99, 99]], width: 1, name: "muted" }],
    });
    host.classList.add("live");
    app.toolbar(host.closest("figure"), this.plot, () => `${app.sections[this.a].info.id}_against_${app.sections[this.b].info.id}`, true);
    this.refresh();
  }
  keep(key, value, usual) {
    this.app.params[value === usual ? "delete" : "set"](key, value);
    this.app.address();
  }
  member = (section) => {
    const [low, high] = { called: [2, 3], up: [3, 3], down: [2, 2] }[this.which];
    return section.kind.map((k) => (k >= low && k <= high ? 1 : 0));
  };
  refresh() {
    const sets = this.sets.map(this.member);
    this.groups = patterns(sets, this.app.ids.length);
    const sizes = sets.map((set) => set.reduce((a, b) => a + b, 0));
    const { fdr, lfc } = this.app.state;
    const shown = this.groups.slice(0, BARS);
    const figure = this.find("upset");
    figure.querySelector("svg:not(.key)").replaceWith(this.drawing(shown, sizes));
    this.caption.textContent = `Genes ${this.which} at FDR ${Number((100 * fdr).toPrecision(3))} %${lfc ? ` and |log2 fold change| ≥ ${lfc}` : ""}. ${this.groups.length > BARS ? `The ${BARS} largest of ${this.groups.length} groups. ` : ""}Choose a bar to list its genes.`;
    this.pair();
  }
  drawing(groups, sizes) {
    const labels = this.sets.map((c) => c.info.label);
    const names = Math.min(Math.max(...labels.map((l) => Math.min(l.length, 34))) * 7.4, 220);
    const [left, top, bars, row, column] = [names + 130, 22, 150, 24, 34];
    const grid = top + bars + 12;
    const w = Math.max(left + column * groups.length + 20, 520);
    const svg = s("svg", { viewBox: `0 0 ${w} ${grid + 6 + row * labels.length}`, width: w, height: grid + 6 + row * labels.length, role: "group", "aria-label": "Groups of genes and how many there are", "font-size": 12 });
    const text = (x, y, value, anchor, cls = "tick") => s("text", { x, y, "text-anchor": anchor, class: cls, "font-size": cls ? 11 : 12 }, value);
    const [tall, wide] = [Math.max(groups[0]?.[1].length || 1, 1), Math.max(...sizes, 1)];
    svg.append(s("line", { x1: left - 6, x2: w - 8, y1: top + bars, y2: top + bars, class: "axis" }));
    labels.forEach((label, j) => {
      const y = grid + row * (j + 0.5);
      if (j % 2 === 0) svg.append(s("rect", { x: 0, y: y - row / 2, width: w, height: row, rx: 3, class: "stripe" }));
      const length = (60 * sizes[j]) / wide;
      svg.append(text(6, y + 4, shorten(label, 34), "start", ""), s("rect", { x: left - 18 - length, y: y - 5, width: length, height: 10, class: "g0" }), text(left - 24 - length, y + 4, sizes[j].toLocaleString("en"), "end"));
    });
    groups.forEach(([key, genes], k) => {
      const x = left + column * (k + 0.5);
      const members = [...key].map((c, j) => (c === "1" ? j : -1)).filter((j) => j >= 0);
      const words = `called in ${members.map((j) => shorten(labels[j], 40)).join(" and ")}${members.length < labels.length ? " only" : ""}`;
      const open = () => this.list(genes, words, this.find("shared"));
      const height = (bars * genes.length) / tall;
      const y = (j) => grid + row * (j + 0.5);
      const group = s("g", { class: "bar", tabindex: 0, role: "button", "aria-label": `${genes.length} genes ${words}` }, s("title", {}, `${genes.length.toLocaleString("en")} genes ${words}`),
        s("rect", { x: x - column / 2, y: 0, width: column, height: grid + row * labels.length, class: "clear" }),
        s("rect", { x: x - 10, y: top + bars - height, width: 20, height, rx: 1, class: "ink" }), text(x, top + bars - height - 5, genes.length.toLocaleString("en"), "middle"));
      if (members.length > 1) group.append(s("line", { x1: x, x2: x, y1: y(members[0]), y2: y(members.at(-1)), class: "join" }));
      labels.forEach((_, j) => group.append(s("circle", { cx: x, cy: y(j), r: 5, class: key[j] === "1" ? "ink" : "hole" })));
      group.addEventListener("click", open);
      group.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") e.preventDefault(), open(); });
      svg.append(group);
    });
    return svg;
  }
  // genes with a button that copies them; the first are links that choose
  list(genes, words, host) {
    if (!genes.length) return this.pair();
    const { app } = this;
    const first = [...genes].sort((a, b) => app.sections[0].order(a) - app.sections[0].order(b)).slice(0, 12);
    host.replaceChildren(h("p", { className: "picked" }, h("b", {}, genes.length.toLocaleString("en")), ` genes ${words}: `,
      ...first.flatMap((g) => [h("button", { type: "button", className: "plain", onclick: () => app.set({ gene: g }) }, shorten(app.name(g), 24)), " "]),
      genes.length > first.length ? `and ${(genes.length - first.length).toLocaleString("en")} more. ` : "", h("button", { type: "button", onclick: () => copy(genes.map((g) => app.ids[g]).join("\n")) }, "Copy gene list")));
  }
  pair() {
    const [a, b] = [this.app.sections[this.a], this.app.sections[this.b]];
    let [both, same, onlyA, onlyB] = [0, 0, 0, 0];
    const sum = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < this.kind.length; i++) {
      const [x, y] = [(this.x[i] = a.lfc[i]), (this.y[i] = b.lfc[i])];
      const [in_a, in_b] = [a.kind[i] > 1, b.kind[i] > 1];
      this.kind[i] = x === x && y === y ? (in_a && in_b ? 4 : in_a ? 2 : in_b ? 3 : 1) : 0;
      if (!this.kind[i]) continue;
      if (in_a && in_b) both++, (same += x > 0 === y > 0 ? 1 : 0);
      else if (in_a) onlyA++;
      else if (in_b) onlyB++;
      if (in_a || in_b) [1, x, y, x * x, y * y, x * y].forEach((v, k) => (sum[k] += v));
    }
    const [n, x, y, xx, yy, xy] = sum;
    const r = (n * xy - x * y) / Math.sqrt((n * xx - x * x) * (n * yy - y * y));
    const count = (v) => v.toLocaleString("en");
    this.find("pair-text").replaceChildren(h("span", { className: "is-both" }, `◆ ${count(both)} genes called in both`), `, ${count(same)} of them in the same direction; `, h("span", { className: "is-down" }, `▼ ${count(onlyA)} only to the right`), "; ", h("span", { className: "is-up" }, `▲ ${count(onlyB)} only upwards`), `.${n > 2 && r === r ? ` Correlation of the fold changes of genes called in either: ${signed(r)}.` : ""}`);
    Object.assign(this.plot, { xLabel: `log2 fold change, ${shorten(a.info.label, 40)}`, yLabel: `log2 fold change, ${shorten(b.info.label, 40)}`, view: null, chosen: this.app.state.gene });
    const strongest = [...a.rank.subarray(0, 400)].filter((g) => this.kind[g] === 4).slice(0, 8);
    this.labelled = [...strongest, ...[...b.rank.subarray(0, 200)].filter((g) => this.kind[g] === 3).slice(0, 4)];
    this.plot.draw();
  }
}
