// One contrast: volcano, MA, table and the chosen gene, tied together.
import { boundText } from "./bound.js";
import { copy, download, h, number, pText, power, shortest, signed } from "./format.js";
import { Scatter } from "./plot.js";
import { GeneTable } from "./table.js";
import { countPlot } from "./gene.js";

const STYLES = {
  1: { shape: "dot", size: 1.3, name: "quiet", alpha: 0.45 },
  2: { shape: "down", size: 3.2, name: "down", alpha: 0.8 },
  3: { shape: "up", size: 3.2, name: "up", alpha: 0.8 },
};

export class Section {
  constructor(root, number_, app) {
    Object.assign(this, { root, number: number_, app, info: app.manifest.contrasts[number_] });
  }
  // numbers only; open() makes the rest when the section comes near
  load() {
    return (this.loading ??= this.unpack());
  }
  async unpack() {
    const { app, info } = this;
    this.column = {};
    for (const c of info.columns) if (c.block) this.column[c.key] = await app.load(c.block);
    for (const c of info.columns) if (c.derive) this.column[c.key] = ratio(this.column);
    Object.assign(this, { n: app.ids.length, lfc: this.column.log2_fold_change, p: this.column.pvalue, padj: this.column.padj });
    this.kind = new Uint8Array(this.n);
    const tested = new Uint32Array(this.n);
    let m = 0;
    for (let i = 0; i < this.n; i++) if (this.p[i] === this.p[i]) tested[m++] = i;
    this.rank = tested.subarray(0, m).sort((a, b) => this.p[a] - this.p[b] || Math.abs(this.lfc[b]) - Math.abs(this.lfc[a]) || a - b);
    this.place = new Int32Array(this.n).fill(-1);
    this.rank.forEach((g, r) => (this.place[g] = r));
    this.classify();
    this.loaded = true;
  }
  open() {
    return (this.opening ??= this.load().then(() => {
      this.controls();
      this.plots();
      this.genes();
      this.panel();
      this.opened = true;
      this.root.classList.add("live");
      this.refresh();
    }));
  }
  order = (g) => (this.place[g] < 0 ? this.n : this.place[g]);
  find = (part) => this.root.querySelector(`[data-part="${part}"]`);
  // 1 tested or fitted, 2 called down, 3 called up, by the sliders; the counts of the two
  classify() {
    const { fdr, lfc } = this.app.state;
    const border = (this.info.stops.find(([stop]) => stop === fdr) || [0, Math.fround(Math.log10(fdr))])[1];
    const cut = Math.fround(lfc);
    let [up, down] = [0, 0];
    for (let i = 0; i < this.n; i++) {
      const [change, called] = [this.lfc[i], this.padj[i] < border && Math.abs(this.lfc[i]) >= cut];
      const kind = change !== change || this.p[i] !== this.p[i] ? (change === change ? 1 : 0) : 1;
      this.kind[i] = called && change > 0 ? (up++, 3) : called && change < 0 ? (down++, 2) : kind;
    }
    Object.assign(this, { up, down, border });
  }
  controls() {
    const { state } = this.app;
    const stops = this.info.stops.map(([stop]) => stop);
    const id = (name) => `${name}-${this.number}`;
    this.fdr = h("input", { type: "range", id: id("fdr"), min: 0, max: stops.length - 1, value: Math.max(stops.indexOf(state.fdr), 0), oninput: (e) => this.app.set({ fdr: stops[e.target.value] }) });
    this.cut = h("input", { type: "range", id: id("lfc"), min: 0, max: 4, step: 0.1, value: state.lfc, oninput: (e) => this.app.set({ lfc: Number(e.target.value) }) });
    this.fdrText = h("output", { htmlFor: id("fdr") });
    this.cutText = h("output", { htmlFor: id("lfc") });
    this.counts = h("p", { className: "recount", "aria-live": "polite" });
    this.find("controls").append(
      h("div", { className: "slider" }, h("label", { htmlFor: id("fdr") }, "False discovery rate"), this.fdr, this.fdrText),
      h("div", { className: "slider", title: "A cut on the estimate, not a test against it" }, h("label", { htmlFor: id("lfc") }, "Smallest |log2 fold change|"), this.cut, this.cutText),
      this.counts);
  }
  plots() {
    const { app, info } = this;
    const y = Float32Array.from(this.p, (l) => -l);
    let top = 0;
    for (const v of y) if (v > top && v < Infinity) top = v;
    for (let i = 0; i < this.n; i++) if (y[i] === Infinity) y[i] = top * 1.05 || 300;
    const common = {
      n: this.n, stride: this.n, gene: Uint32Array.from({ length: this.n }, (_, i) => i), styles: STYLES,
      name: app.name, describe: (g) => this.describe(g), onPick: (g) => app.set({ gene: g }), onStep: (d) => this.step(d),
      onLasso: (genes) => this.chosenMany(genes),
    };
    const kindOf = (values) => ({ ...common, kind: this.kind, x: values.x, y: values.y });
    this.volcano = new Scatter(this.find("volcano"), {
      ...kindOf({ x: this.lfc, y }), xLabel: "log2 fold change", yLabel: "\u2212log10 p", label: this.find("volcano").dataset.label,
      lines: () => this.borders, labels: () => this.labelled,
    });
    const mean = this.column.base_mean;
    const x = mean ? Float32Array.from(mean, Math.log10) : this.column.mean_log2_cpm;
    this.ma = x && new Scatter(this.find("ma"), {
      ...kindOf({ x, y: this.lfc }), xLog: Boolean(mean), xLabel: mean ? "mean of normalized counts" : "mean log2 CPM",
      yLabel: "log2 fold change", label: this.find("ma").dataset.label, lines: () => [{ points: [[-9, 0], [99, 0]], dash: 1 }], labels: () => this.labelled.filter((_, k) => k % 6 < 4),
    });
    if (mean) for (let i = 0; i < this.n; i++) if (x[i] === -Infinity) x[i] = NaN;
    for (const name of ["volcano", "ma"]) if (this[name]) app.toolbar(this.find(name).closest("figure"), this[name], `${info.id}_${name}`, true);
  }
  cuts() {
    const lines = [];
    let edge = Infinity;
    for (let r = this.rank.length - 1; r >= 0 && edge === Infinity; r--) if (this.padj[this.rank[r]] < this.border) edge = -this.p[this.rank[r]];
    if (edge < Infinity) lines.push({ points: [[-99, edge], [99, edge]], dash: 1 });
    const { lfc } = this.app.state;
    if (lfc) for (const v of [-lfc, lfc]) lines.push({ points: [[v, -9], [v, 999]], dash: 1 });
    return lines;
  }
  describe(g) {
    return `${this.app.label(g)}\nlog2 fold change ${signed(this.lfc[g])}\nadjusted p ${pText(this.padj[g])}`;
  }
  genes() {
    const { app } = this;
    const text = (key, label, f) => ({ key, label, help: label, text: f, show: f });
    const words = app.manifest.status;
    this.fields = [text("gene_id", "gene", (i) => app.ids[i])];
    if (app.names) this.fields.push(text("gene_name", "name", (i) => app.names[i] || ""));
    for (const c of this.info.columns) {
      const values = this.column[c.key];
      if (c.kind === "status") this.fields.push({ ...text("status", "status", (i) => words[values[i]].word), help: c.help });
      else if (c.kind === "p") this.fields.push({ ...c, numeric: true, p: true, value: (i) => 10 ** values[i], order: values, show: (i) => pText(values[i]) });
      else this.fields.push({ ...c, numeric: true, value: (i) => values[i], show: ((format) => (i) => format(values[i]))(shownAs(c.key)) });
    }
    this.fields.find((f) => f.key === "log2_fold_change").cls = (i) => ["", "", "is-down", "is-up"][this.kind[i]];
    const saved = app.saved(this.number);
    const only = h("input", { type: "checkbox", onchange: () => this.only() });
    this.onlyCalled = only;
    this.shown = h("span", { className: "shown", "aria-live": "polite" });
    this.find("table-tools").append(
      this.shown, h("label", {}, only, " called genes only"),
      h("button", { type: "button", onclick: () => this.clear() }, "Clear filters"),
      h("button", { type: "button", onclick: () => copy([...this.table.view].map((i) => app.ids[i]).join("\n")) }, "Copy gene ids"),
      h("button", { type: "button", onclick: () => download(`${this.info.id}.tsv`, this.tsv(this.table.view), "text/tab-separated-values") }, "Download TSV"));
    this.table = new GeneTable(this.find("table"), this.n, this.fields, {
      state: saved, onPick: (g) => app.set({ gene: g }),
      onChange: (sort, filters, m) => {
        this.shown.textContent = `${m.toLocaleString("en")} of ${this.n.toLocaleString("en")} genes`;
        this.bounds();
        app.save(this.number, sort, filters);
      },
    });
  }
  restore() {
    if (this.opened) this.table.restore(this.app.saved(this.number));
  }
  tsv(rows) {
    const lines = [this.fields.map((f) => f.key).join("\t")];
    for (const i of rows) lines.push(this.fields.map((f) => (!f.numeric ? f.text(i) : f.p ? exactP(f.order[i]) : shortest(f.value(i)))).join("\t"));
    return lines.join("\n") + "\n";
  }
  only() {
    this.table.extra = this.lassoed ? (i) => this.lassoed.has(i) : this.onlyCalled.checked ? (i) => this.kind[i] > 1 : null;
    this.table.update();
  }
  clear() {
    this.lassoed = null;
    this.onlyCalled.checked = false;
    for (const input of this.table.inputs) input.value = "";
    for (const key of Object.keys(this.table.filters)) delete this.table.filters[key];
    this.only();
  }
  chosenMany(genes) {
    this.lassoed = genes.length ? new Set(genes) : null;
    this.only();
    const bar = this.find("lasso");
    bar.replaceChildren();
    if (!genes.length) return;
    bar.append(`${genes.length.toLocaleString("en")} genes in the lasso; the table shows them. `,
      h("button", { type: "button", onclick: () => copy(genes.map((g) => this.app.ids[g]).join("\n")) }, "Copy gene list"),
      h("button", { type: "button", onclick: () => { this.volcano.reset(); this.ma?.reset(); } }, "Clear"));
  }
  // under the volcano: how many genes of the calls, the lasso or the filtered table are false at most
  bounds() {
    const { bound } = this.info;
    const host = this.find("posthoc");
    if (!bound || !host || !this.table) return;
    const tested = (g) => this.padj[g] === this.padj[g];
    const say = (genes, words) => boundText(bound, genes, words, (g) => this.p[g], tested);
    const called = this.rank.filter((g) => this.kind[g] > 1);
    const filtered = this.lassoed || this.onlyCalled.checked || Object.values(this.table.filters).some((text) => text?.trim());
    const sets = [[called, "called genes"]];
    if (filtered) sets.push([this.table.view, this.lassoed ? "genes in the lasso" : "genes in the table"]);
    host.replaceChildren(...sets.map(([genes, words]) => say(genes, words)).filter(Boolean).map((text) => h("p", {}, text)));
  }
  step(d) {
    const r = Math.max((this.place[this.app.state.gene] ?? -1) + d, 0);
    if (r < this.rank.length) this.app.set({ gene: this.rank[r] });
  }
  panel() {
    const { app, info } = this;
    const box = this.find("gene");
    this.title = h("h3");
    this.status = h("p", { className: "status" });
    this.values = h("dl");
    this.figure = h("figure");
    new ResizeObserver(() => Math.abs(this.figure.clientWidth - this.drawn) > 8 && this.showGene()).observe(this.figure);
    this.others = h("div", { className: "others", tabIndex: 0, role: "region", "aria-label": `The gene in all comparisons (${info.label.slice(0, 60)})`, hidden: true });
    box.append(app.finder(this.number), this.title, this.figure, (this.choices = h("div", { className: "options" }, ...app.options(this))), this.values, this.status, this.others);
    app.toolbar(this.figure, null, () => `${app.ids[app.state.gene]}_counts`, false, this.choices);
  }
  showGene() {
    const { state, manifest, ids, names } = this.app;
    const g = state.gene;
    if (g < 0 || !this.app.counts) return;
    this.title.replaceChildren(h("bdi", { title: ids[g].slice(0, 300) }, ids[g]), ...(names?.[g] ? [" ", h("bdi", { className: "name" }, names[g])] : []));
    this.counted(g);
    this.values.replaceChildren(...this.fields.filter((f) => f.numeric).map((f) => h("div", {}, h("dt", { title: f.help }, f.label), h("dd", {}, f.show(g)))));
    const word = manifest.status[this.column.status ? this.column.status[g] : 0];
    const call = ["", "", "called: lower", "called: higher"][this.kind[g]] || "not called";
    this.everywhere(g);
    this.status.replaceChildren(h("b", { className: ["", "", "is-down", "is-up"][this.kind[g]] }, word.word === "ok" ? call : word.word.replace("_", " ")), ` ${word.word === "ok" ? `at FDR ${percent(state.fdr)}${state.lfc ? ` and |log2 fold change| ≥ ${state.lfc}` : ""}.` : word.sentence}`);
  }
  counted(g) {
    const { state, manifest } = this.app;
    const values = state.raw ? this.app.raw(g) : this.app.normalized(g);
    this.figure.querySelector("svg.counts")?.remove();
    this.choices.hidden = !values;
    if (!values) return this.figure.replaceChildren(h("p", { className: "lead" }, "The counts of this gene are not in this page (see the top of the page)."));
    this.figure.querySelector(".lead")?.remove();
    const by = manifest.sheet[state.by ?? this.info.by];
    const pair = state.pairs ? manifest.sheet[this.info.pair] : null;
    const kind = state.raw ? "counts" : "normalized counts";
    this.drawn = this.figure.clientWidth;
    this.figure.append(countPlot({
      width: Math.min(Math.max(this.drawn, 280), 760),
      values, by, pair: by === manifest.sheet[this.info.by] ? pair : null, members: this.info.members, names: manifest.samples, log: state.log,
      palette: manifest.palette, shapes: manifest.shapes, yLabel: kind,
      label: `${kind} of ${this.app.label(g).slice(0, 80)} in each sample${by ? `, by ${by.name.slice(0, 40)}` : ""}.`,
    }));
  }
  // the chosen gene in every comparison
  everywhere(g) {
    const { sections } = this.app;
    this.others.hidden = sections.length < 2;
    if (this.others.hidden) return;
    const row = (c) => h("tr", { className: c === this ? "here" : "" }, h("th", { scope: "row" }, h("a", { href: `#contrast-${c.number}` }, shorten(c.info.label, 40))), ...(c.loaded
      ? [h("td", { className: `num ${["", "", "is-down", "is-up"][c.kind[g]]}` }, `${["", "", "▼ ", "▲ "][c.kind[g]]}${signed(c.lfc[g])}`), h("td", { className: "num" }, pText(c.padj[g]))]
      : [h("td", { className: "num" }, "…"), h("td", { className: "num" }, "…")]));
    const head = ["comparison", "log2 FC", "adjusted p"].map((t, k) => h("th", { scope: "col", className: k ? "num" : "" }, t));
    this.others.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...sections.map(row))));
  }
  refresh() {
    const { state } = this.app;
    if (!this.loaded) return;
    this.classify();
    if (!this.opened) return;
    this.borders = this.cuts();
    this.fdr.value = this.info.stops.findIndex(([stop]) => stop === state.fdr);
    this.cut.value = state.lfc;
    this.fdrText.textContent = percent(state.fdr);
    this.fdr.setAttribute("aria-valuetext", percent(state.fdr));
    this.cutText.textContent = state.lfc ? `${state.lfc.toFixed(1)} (${(2 ** state.lfc).toFixed(1)}-fold)` : "any";
    this.cut.setAttribute("aria-valuetext", this.cutText.textContent);
    this.counts.replaceChildren(h("b", {}, (this.up + this.down).toLocaleString("en")), " genes: ", h("span", { className: "is-up" }, `▲ ${this.up.toLocaleString("en")} up`), " · ", h("span", { className: "is-down" }, `▼ ${this.down.toLocaleString("en")} down`));
    const best = (kind) => [...this.rank.subarray(0, 2000)].filter((g) => this.kind[g] === kind).slice(0, 6);
    this.labelled = [...best(3), ...best(2)];
    for (const plot of [this.volcano, this.ma]) if (plot) (plot.chosen = state.gene), plot.draw();
    this.onlyCalled.checked ? this.table.update() : this.bounds();
    this.table.choose(state.gene);
    this.showGene();
  }
}

function shownAs(key) {
  if (key.endsWith("_se")) return (v) => (Number.isFinite(v) ? v.toFixed(v < 0.095 ? 3 : 2) : "–");
  if (key.startsWith("log2_fold_change") || key === "log_odds") return signed;
  if (key === "statistic" || key === "mean_log2_cpm") return (v) => (Math.abs(v) < 100 ? signed(v).replace("+", "") : number(v));
  return number;
}

function ratio(column) {
  const [lfc, se] = [column.log2_fold_change, column.log2_fold_change_se];
  return Float32Array.from(lfc, (v, i) => v / se[i]);
}

const exactP = (l) => (Number.isNaN(l) ? "" : l === -Infinity ? "0" : l > -5 ? String(Number((10 ** l).toPrecision(7))) : power(l, 5));
export const percent = (v) => `${Number((100 * v).toPrecision(3))} %`;
