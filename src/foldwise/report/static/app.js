// The page: data, state in the address, search, recolouring, downloads.
import { decode } from "./decode.js";
import { copy, download, h, s, shorten } from "./format.js";
import { CanvasPen, Scatter, colours } from "./plot.js";
import { Section } from "./section.js";

const $ = (query, root = document) => root.querySelector(query);
const $$ = (query, root = document) => [...root.querySelectorAll(query)];

class App {
  constructor(manifest) {
    this.manifest = manifest;
    this.blocks = new Map(manifest.blocks.map((entry) => [entry.name, entry]));
    this.cache = new Map();
    this.params = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  }
  load(name) {
    if (!this.cache.has(name)) this.cache.set(name, decode(this.blocks.get(name), $(`#b-${CSS.escape(name)}`).textContent));
    return this.cache.get(name);
  }
  async start() {
    const wanted = ["gene_id", "gene_name", "counts", "size_factors", "factors"].map((name) => (this.blocks.has(name) ? this.load(name) : null));
    [this.ids, this.names, this.counts, this.sizes, this.factors] = await Promise.all(wanted);
    const first = this.manifest.contrasts[0];
    const get = (key, other) => (this.params.has(key) ? this.params.get(key) : other);
    this.state = {
      gene: this.ids.indexOf(get("gene", "")), fdr: Number(get("fdr", first?.fdr)), lfc: Number(get("lfc", 0)) || 0,
      raw: get("raw") === "1", log: get("log") !== "0", pairs: get("pairs") !== "0", by: this.params.has("by") ? Number(get("by")) : null,
    };
    if (first && !first.stops.some(([stop]) => stop === this.state.fdr)) this.state.fdr = first.fdr;
    if (!this.manifest.sheet[this.state.by]) this.state.by = null;
    this.sections = $$("[data-contrast]").map((root) => new Section(root, Number(root.dataset.contrast), this));
    for (const section of this.sections) await section.load();
    if (this.state.gene < 0 && this.sections[0]?.rank.length) this.state.gene = this.sections[0].rank[0];
    this.refresh();
    await this.dispersion();
    this.components();
    for (const figure of $$("figure[data-name]")) if (!$(".tools", figure)) this.toolbar(figure, null, figure.dataset.name);
    this.buttons();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    this.addressed = true;
  }
  name = (g) => this.names?.[g] || this.ids[g];
  label = (g) => (this.names?.[g] ? `${shorten(this.names[g], 40)} (${shorten(this.ids[g], 40)})` : shorten(this.ids[g], 60));
  raw(g) {
    const n = this.manifest.samples.length;
    return [...this.counts.subarray(g * n, g * n + n)];
  }
  normalized(g) {
    const n = this.manifest.samples.length;
    return this.raw(g).map((v, j) => v / (this.factors ? this.factors[g * n + j] : this.sizes ? this.sizes[j] : 1));
  }
  set(change) {
    Object.assign(this.state, change);
    this.refresh();
    if ("gene" in change) $("#live").textContent = `${this.label(this.state.gene)} chosen`;
  }
  refresh() {
    for (const section of this.sections) section.refresh();
    if (this.dispersions) (this.dispersions.chosen = this.state.gene), this.dispersions.draw();
    for (const input of $$("[data-option]")) input.type === "checkbox" ? (input.checked = this.state[input.dataset.option]) : (input.value = String(this.state.by ?? ""));
    this.address();
  }
  // state in the address, so that a link opens what was seen
  address() {
    const { state, params } = this;
    const first = this.manifest.contrasts[0] || {};
    const put = (key, value, usual) => (value === usual || value === null ? params.delete(key) : params.set(key, value));
    put("gene", this.ids[state.gene]?.slice(0, 2000) ?? null);
    put("fdr", state.fdr, first.fdr);
    put("lfc", state.lfc, 0);
    put("raw", Number(state.raw), 0);
    put("log", Number(state.log), 1);
    put("pairs", Number(state.pairs), 1);
    put("by", state.by);
    clearTimeout(this.wait);
    if (this.addressed) this.wait = setTimeout(() => history.replaceState(null, "", `#${params}`), 150);
  }
  saved(k) {
    const [key, down] = (this.params.get(`sort${k}`) || "pvalue").split(" ");
    const filters = {};
    for (const [name, value] of this.params) if (name.startsWith(`f${k}.`)) filters[name.slice(`f${k}.`.length)] = value;
    return { sort: [key, down === "down"], filters };
  }
  save(k, [key, down], filters) {
    for (const name of [...this.params.keys()]) if (name.startsWith(`f${k}.`)) this.params.delete(name);
    for (const [name, value] of Object.entries(filters)) if (value) this.params.set(`f${k}.${name}`, value);
    if (key === "pvalue" && !down) this.params.delete(`sort${k}`);
    else this.params.set(`sort${k}`, down ? `${key} down` : key);
    if (this.state) this.address();
  }
  // up to 12 genes: exact, then beginning, then part of id or name
  search(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    this.lower ??= [this.ids, this.names].map((list) => list?.map((t) => t.toLowerCase()));
    const found = [[], [], []];
    for (let i = 0; i < this.ids.length && found[0].length < 12; i++) {
      let best = 3;
      for (const list of this.lower) {
        const at = list ? list[i].indexOf(wanted) : -1;
        if (at >= 0) best = Math.min(best, at ? 2 : list[i].length === wanted.length ? 0 : 1);
      }
      if (best < 3 && found[best].length < 12) found[best].push(i);
    }
    return found.flat().slice(0, 12);
  }
  finder(k) {
    const list = h("ul", { role: "listbox", id: `found-${k}`, hidden: true, "aria-label": "Genes found" });
    const input = h("input", { type: "search", id: `find-${k}`, role: "combobox", autocomplete: "off", placeholder: "Find a gene by id or name", "aria-label": "Find a gene", "aria-controls": list.id, "aria-expanded": "false", "aria-autocomplete": "list" });
    let [genes, at] = [[], 0];
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const take = (i) => { input.value = ""; close(); if (i !== undefined) this.set({ gene: i }); };
    const show = () => {
      list.replaceChildren(...genes.map((g, i) => h("li", { role: "option", id: `found-${k}-${i}`, "aria-selected": String(i === at), onmousedown: (e) => { e.preventDefault(); take(g); } }, h("bdi", {}, shorten(this.ids[g], 60)), this.names?.[g] ? h("small", {}, shorten(this.names[g], 40)) : null)));
      if (!genes.length) list.append(h("li", { className: "none" }, `No gene among ${this.ids.length.toLocaleString("en")} has this in its id or name.`));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      if (genes.length) input.setAttribute("aria-activedescendant", `found-${k}-${at}`);
    };
    input.addEventListener("input", () => { genes = this.search(input.value); at = 0; input.value.trim() ? show() : close(); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (e) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (step && genes.length) { at = (at + step + genes.length) % genes.length; show(); e.preventDefault(); }
      else if (e.key === "Enter") take(genes[at]);
      else if (e.key === "Escape") close();
    });
    return h("div", { className: "finder" }, input, list);
  }
  options(section) {
    const box = (option, text) => h("label", {}, h("input", { type: "checkbox", "data-option": option, onchange: (e) => this.set({ [option]: e.target.checked }) }), ` ${text}`);
    const { sheet } = this.manifest;
    const by = h("select", { "data-option": "by", "aria-label": "Group samples by", onchange: (e) => this.set({ by: e.target.value === "" ? null : Number(e.target.value) }) },
      h("option", { value: "" }, section.info.by === null ? "all samples" : `by ${shorten(sheet[section.info.by].name, 20)}`),
      ...sheet.map((c, i) => h("option", { value: i }, `by ${shorten(c.name, 20)}`)).filter((_, i) => i !== section.info.by));
    return [box("raw", "raw counts"), box("log", "log scale"), section.info.pair === null ? null : box("pairs", "pair lines"), by].filter(Boolean);
  }
  toolbar(figure, plot, name, full, host = figure) {
    const called = () => (typeof name === "function" ? name() : name).replace(/[^\w.-]+/g, "_").slice(0, 80);
    const button = (text, title, onclick) => h("button", { type: "button", title, onclick }, text);
    const svg = () => (plot ? plot.svg() : plain($("svg:not(.key)", figure)));
    const tools = h("div", { className: "tools" });
    if (full) {
      const lasso = button("Lasso", "Draw round genes to list them", () => { plot.mode = plot.mode === "lasso" ? "zoom" : "lasso"; lasso.setAttribute("aria-pressed", String(plot.mode === "lasso")); });
      lasso.setAttribute("aria-pressed", "false");
      tools.append(lasso);
    }
    if (plot) tools.append(button("+", "Zoom in", () => plot.zoom(0.7)), button("−", "Zoom out", () => plot.zoom(1.4)), button("Reset", "Show all", () => plot.reset()));
    tools.append(button("SVG", "Download as SVG", () => download(`${called()}.svg`, svg(), "image/svg+xml")),
      button("PNG", "Download as PNG", async () => download(`${called()}.png`, await png(svg()))));
    host === figure ? host.prepend(tools) : host.append(tools);
  }
  async dispersion() {
    const host = $('[data-part="dispersion"]');
    if (!host || !this.blocks.has("dispersion")) return;
    const [mean, each, used, outlier, trend] = await Promise.all([this.manifest.dispersion_mean, "dispersion_genewise", "dispersion", "dispersion_outlier", "dispersion_trend"].map((name) => this.load(name)));
    const n = mean.length;
    const [x, y, kind] = [new Float32Array(2 * n), new Float32Array(2 * n), new Uint8Array(2 * n)];
    let low = 0;
    for (let i = 0; i < n; i++) {
      x[i] = x[n + i] = Math.log10(mean[i]);
      y[i] = Math.log10(each[i]);
      y[n + i] = Math.log10(used[i]);
      if (y[n + i] < low) low = y[n + i];
    }
    for (let i = 0; i < n; i++) {
      kind[i] = y[i] > low - 1.5 ? 1 : 0;
      kind[n + i] = Number.isFinite(y[n + i]) ? (outlier[i] ? 3 : 2) : 0;
    }
    const m = trend.length / 2;
    const curve = Array.from({ length: m }, (_, i) => [Math.log10(trend[i]), Math.log10(trend[m + i])]);
    const styles = { 1: { shape: "dot", size: 1.2, name: "quiet", alpha: 0.4 }, 2: { shape: "dot", size: 1.2, name: "down", alpha: 0.5 }, 3: { shape: "up", size: 3, name: "up", alpha: 0.9 } };
    this.dispersions = new Scatter(host, {
      n: 2 * n, stride: n, gene: Uint32Array.from({ length: 2 * n }, (_, i) => i % n), x, y, kind, styles, xLog: true, yLog: true,
      xLabel: "mean of normalized counts", yLabel: "dispersion", label: host.dataset.label, name: this.name,
      describe: (g) => `${this.label(g)}\nalone ${each[g].toPrecision(2)}, used ${used[g].toPrecision(2)}`,
      onPick: (g) => this.set({ gene: g }), onStep: (d) => this.sections[0]?.step(d), lines: () => [{ points: curve }],
    });
    this.toolbar(host.closest("figure"), this.dispersions, "dispersion");
    this.dispersions.chosen = this.state.gene;
  }
  // samples on their components, coloured by any column of the sheet
  components() {
    const figure = $('figure[data-name="pca"]');
    const { sheet, palette, shapes } = this.manifest;
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
        const title = $("title", point);
        point.setAttribute("d", shapes[code < 0 ? 0 : code % shapes.length]);
        point.setAttribute("class", code < 0 ? "sample" : `sample g${code % palette.length}`);
        if (known) point.setAttribute("fill", column.values[j] === null ? "#9aa3ad" : blend((column.values[j] - low) / (high - low || 1)));
        title.textContent = `${shorten(this.manifest.samples[j], 80)} · ${shorten(column.name)}: ${shorten(String(column.levels ? column.levels[code] ?? "missing" : column.values[j] ?? "missing"), 80)}`;
      }
      const key = (shape, cls, fill) => s("svg", { viewBox: "-1.6 -1.6 3.2 3.2", class: "key", "aria-hidden": "true" }, s("path", { d: shapes[shape % shapes.length], class: cls, fill }));
      if (known) legend.replaceChildren(...[0, 0.5, 1].map((t) => h("span", { className: "item" }, key(0, "", blend(t)), String(Number((low + t * (high - low)).toPrecision(4))))));
      else legend.replaceChildren(...column.levels.slice(0, 24).map((level, i) => h("span", { className: "item" }, key(i, `g${i % palette.length}`, palette[i % palette.length]), h("bdi", {}, shorten(level)))));
      this.params[k === Number(figure.dataset.column) ? "delete" : "set"]("pca", k);
      this.address();
    };
    const select = h("select", { id: "pca-by", onchange: () => paint(Number(select.value)) }, ...sheet.map((c, i) => h("option", { value: i }, shorten(c.name, 40))));
    const start = Number(this.params.get("pca") ?? figure.dataset.column);
    select.value = sheet[start] ? start : 0;
    $(".legend", figure)?.remove();
    $("figcaption", figure).before(h("label", { className: "by" }, "Colour by ", select), legend);
    paint(Number(select.value));
  }
  buttons() {
    for (const button of $$("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await copy($(button.dataset.copy).textContent);
        const before = button.textContent;
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = before), 1500);
      });
    }
    for (const button of $$("[data-save]")) {
      button.hidden = false;
      button.addEventListener("click", () => download(button.dataset.file, $(button.dataset.save).textContent, "text/plain"));
    }
    for (const link of $$("[data-gene]")) link.addEventListener("click", () => this.set({ gene: Number(link.dataset.gene) }));
    const links = new Map($$("nav a").map((a) => [a.hash.slice(1), a]));
    const watch = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) if (isIntersecting) for (const [id, a] of links) id === target.id ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current");
    }, { rootMargin: "-30% 0px -65% 0px" });
    for (const section of $$("main > section")) watch.observe(section);
    for (const button of $$("[data-table]")) {
      button.hidden = false;
      const section = this.sections[Number(button.dataset.table)];
      const called = button.dataset.rows === "called";
      button.addEventListener("click", () => download(`${section.info.id}${called ? ".called" : ""}.tsv`, section.tsv([...Array(section.n).keys()].filter((i) => !called || section.kind[i] > 1)), "text/tab-separated-values"));
    }
  }
  redraw(root) {
    for (const plot of [...this.sections.flatMap((section) => [section.volcano, section.ma]), this.dispersions]) plot?.render(root);
  }
}

// pale to dark blue
const blend = (t) => `rgb(${[[253, 8], [214, 69], [130, 110]].map(([a, b]) => Math.round(a + (b - a) * t)).join(",")})`;

// a picture of the page as a file of its own: the colours of the page written into it, on white
function plain(svg) {
  document.documentElement.classList.add("exporting");
  const clone = svg.cloneNode(true);
  const sources = [svg, ...svg.querySelectorAll("*")];
  [clone, ...clone.querySelectorAll("*")].forEach((node, i) => {
    const style = getComputedStyle(sources[i]);
    for (const name of ["fill", "stroke", "stroke-width", "fill-opacity", "font-size", "font-weight"]) if (style[name] || style.getPropertyValue(name)) node.setAttribute(name, style.getPropertyValue(name));
    node.removeAttribute("class");
  });
  document.documentElement.classList.remove("exporting");
  const box = svg.viewBox.baseVal;
  for (const [name, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width: box.width, height: box.height, "font-family": "system-ui,Segoe UI,Helvetica,Arial,sans-serif" })) clone.setAttribute(name, value);
  clone.prepend(s("rect", { width: "100%", height: "100%", fill: "#fff" }));
  return new XMLSerializer().serializeToString(clone);
}

async function png(svg) {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  await new Promise((done, fail) => Object.assign(image, { onload: done, onerror: fail, src: url }));
  const canvas = h("canvas", { width: image.width * 3, height: image.height * 3 });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((done) => canvas.toBlob(done));
}

async function main() {
  const root = document.documentElement;
  if (typeof DecompressionStream === "undefined") {
    $("#notice").hidden = false;
    root.dataset.state = "static";
    return;
  }
  root.classList.add("js");
  const app = new App(JSON.parse($("#manifest").textContent));
  window.foldwise = app;
  await app.start();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => app.redraw());
  addEventListener("beforeprint", () => app.redraw($(".paper")));
  addEventListener("afterprint", () => app.redraw());
  performance.mark("foldwise-drawn");
  root.dataset.state = "ready";
}

main().catch((error) => {
  document.documentElement.classList.remove("js");
  document.documentElement.dataset.state = "failed";
  $("#notice").hidden = false;
  console.error(error);
});
