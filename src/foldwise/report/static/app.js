// The page: data, state in the address, search, downloads.
import { decode } from "./decode.js";
import { $, $$, copy, download, h, s, shorten } from "./format.js";
import { Overlaps } from "./overlap.js";
import { components, distances, heatmap, spreadPlot } from "./samples.js";
import { Section } from "./section.js";

class App {
  constructor(manifest) {
    this.manifest = manifest;
    this.blocks = new Map(manifest.blocks.map((entry) => [entry.name, entry]));
    this.cache = new Map();
    this.sections = [];
    this.waiting = [];
  }
  load(name) {
    if (!this.cache.has(name)) {
      const element = $(`#b-${CSS.escape(name)}`);
      this.cache.set(name, decode(this.blocks.get(name), element.textContent));
    }
    return this.cache.get(name);
  }
  async start() {
    const some = (names) => Promise.all(names.map((name) => (this.blocks.has(name) ? this.load(name) : null)));
    [this.ids, this.names] = await some(["gene_id", "gene_name"]);
    this.read();
    this.sections = $$("[data-contrast]").map((root) => new Section(root, Number(root.dataset.contrast), this));
    await this.sections[0]?.load();
    this.settle();
    await this.sections[0]?.open();
    [this.counts, this.sizes, this.factors, this.counted] = await some(["counts", "size_factors", "factors", "counted"]);
    this.refresh();
    $('[data-part="nav-search"]').append(this.finder("all"));
    components(this);
    distances(this);
    this.frame = heatmap(this);
    this.near($("#quality"), async () => { this.spread = await spreadPlot(this); });
    for (const section of this.sections.slice(1)) this.near(section.root, () => section.open());
    const together = $("#overlaps");
    if (together) this.near(together, async () => { await this.everything(); this.overlaps = new Overlaps(together, this); });
    for (const figure of $$("figure[data-name]")) if (!$(".tools", figure)) this.toolbar(figure, null, figure.dataset.name);
    this.buttons();
    this.frame?.(this.state.gene);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    this.addressed = true;
    addEventListener("hashchange", () => this.follow());
  }
  // columns of the other comparisons, one after another, while nothing else is to do
  async everything() {
    for (const section of this.sections) {
      if (section.loaded) continue;
      await section.load();
      await new Promise((next) => setTimeout(next));
    }
    for (const section of this.sections) if (section.opened) section.showGene();
  }
  // do something once an element is about to be seen
  near(element, todo) {
    if (!element) return;
    let done = null;
    const once = () => (watch.disconnect(), (done ??= todo()));
    const watch = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && once(), { rootMargin: "900px 0px" });
    watch.observe(element);
    this.waiting.push(once);
  }
  // make all that would be made on the way down the page
  async unfold() {
    for (const once of this.waiting) await once();
  }
  // state out of the address; what it does not know takes its usual value
  read() {
    this.params = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    const first = this.manifest.contrasts[0];
    const get = (key, other) => (this.params.has(key) ? this.params.get(key) : other);
    this.state = {
      gene: this.ids.indexOf(get("gene", "")), fdr: Number(get("fdr", first?.fdr)), lfc: Math.min(Math.max(Number(get("lfc", 0)) || 0, 0), 4),
      raw: get("raw") === "1", log: get("log") !== "0", pairs: get("pairs") !== "0", by: this.params.has("by") ? Number(get("by")) : null,
    };
    if (first && !first.stops.some(([stop]) => stop === this.state.fdr)) this.state.fdr = first.fdr;
    if (!this.manifest.sheet[this.state.by]) this.state.by = null;
  }
  settle() {
    const first = this.sections[0];
    if (this.state.gene >= 0 || !first?.rank.length) return;
    this.state.gene = first.rank.find((g) => first.padj[g] === first.padj[g]) ?? first.rank[0];
  }
  // another address in the same page: a place of the page, or a state to take over
  follow() {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return this.address(hash);
    if (hash === String(this.params)) return;
    this.read();
    this.settle();
    for (const section of this.sections) section.restore?.();
    this.refresh();
  }
  name = (g) => this.names?.[g] || this.ids[g];
  label = (g) => (this.names?.[g] ? `${shorten(this.names[g], 40)} (${shorten(this.ids[g], 40)})` : shorten(this.ids[g], 60));
  // row of a gene among the genes with counts; -1 where its counts were left out
  counts_row(g) {
    if (!this.counted) return g;
    this.rows ??= new Map([...this.counted].map((gene, row) => [gene, row]));
    return this.rows.get(g) ?? -1;
  }
  raw(g) {
    const [n, r] = [this.manifest.samples.length, this.counts_row(g)];
    return r < 0 || !this.counts ? null : [...this.counts.subarray(r * n, r * n + n)];
  }
  normalized(g) {
    const [n, r] = [this.manifest.samples.length, this.counts_row(g)];
    return this.raw(g)?.map((v, j) => v / (this.factors ? this.factors[r * n + j] : this.sizes ? this.sizes[j] : 1));
  }
  set(change) {
    Object.assign(this.state, change);
    this.refresh("fdr" in change || "lfc" in change);
    if ("gene" in change) $("#live").textContent = `${this.label(this.state.gene)} chosen`;
  }
  refresh(recount = true) {
    for (const section of this.sections) section.refresh();
    if (this.spread) (this.spread.chosen = this.state.gene), this.spread.draw();
    this.frame?.(this.state.gene);
    if (this.overlaps) recount ? this.overlaps.refresh() : ((this.overlaps.plot.chosen = this.state.gene), this.overlaps.plot.draw());
    for (const input of $$("[data-option]")) input.type === "checkbox" ? (input.checked = this.state[input.dataset.option]) : (input.value = String(this.state.by ?? ""));
    this.address();
  }
  // state in the address, so that a link opens what was seen
  address(at) {
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
    if (at !== undefined) put("at", at, "verdict");
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
    const input = h("input", { type: "search", id: `find-${k}`, role: "combobox", autocomplete: "off", spellcheck: false, placeholder: k === "all" ? "Find a gene  ( / )" : "Find a gene by id or name", "aria-label": "Find a gene", "aria-controls": list.id, "aria-expanded": "false", "aria-autocomplete": "list" });
    let [genes, at] = [[], 0];
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const take = (i) => {
      input.value = "";
      close();
      if (i === undefined) return;
      this.set({ gene: i });
      if (k === "all") this.show();
    };
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
  // bring the panel of the chosen gene into view: that of the comparison in sight, else the first
  show() {
    const seen = this.sections.find(({ root }) => { const box = root.getBoundingClientRect(); return box.top < innerHeight / 2 && box.bottom > innerHeight / 2; });
    (seen || this.sections[0])?.find("gene").scrollIntoView({ block: "center" });
  }
  options(section) {
    const box = (option, text) => h("label", {}, h("input", { type: "checkbox", "data-option": option, checked: this.state[option], onchange: (e) => this.set({ [option]: e.target.checked }) }), ` ${text}`);
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
    const modes = [["lasso", "Lasso", "Draw round genes to list them"], ["move", "Move", "Drag moves the picture; otherwise it zooms"]];
    const buttons = plot ? modes.slice(full ? 0 : 1).map(([mode, text, title]) => button(text, title, () => {
      plot.mode = plot.mode === mode ? "zoom" : mode;
      buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.textContent.toLowerCase() === plot.mode)));
    })) : [];
    for (const b of buttons) b.setAttribute("aria-pressed", "false");
    tools.append(...buttons);
    if (plot) tools.append(button("+", "Zoom in", () => plot.zoom(0.7)), button("−", "Zoom out", () => plot.zoom(1.4)), button("Reset", "Show all", () => plot.reset()));
    tools.append(button("SVG", "Download as SVG", () => download(`${called()}.svg`, svg(), "image/svg+xml")),
      button("PNG", "Download as PNG", async () => download(`${called()}.png`, await png(svg()))));
    (host === figure ? $(".head", figure) : host).append(tools);
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
    addEventListener("keydown", (e) => {
      if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
      e.preventDefault();
      $("#find-all").focus();
    });
    const links = new Map($$("nav a").map((a) => [a.hash.slice(1), a]));
    const watch = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) if (isIntersecting) for (const [id, a] of links) id === target.id ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current");
    }, { rootMargin: "-30% 0px -65% 0px" });
    for (const section of $$("main > section")) watch.observe(section);
    for (const button of $$("[data-table]")) {
      button.hidden = false;
      const section = this.sections[Number(button.dataset.table)];
      const called = button.dataset.rows === "called";
      button.addEventListener("click", async () => {
        await section.open();
        download(`${section.info.id}${called ? ".called" : ""}.tsv`, section.tsv([...Array(section.n).keys()].filter((i) => !called || section.kind[i] > 1)), "text/tab-separated-values");
      });
    }
  }
  // all live pictures in the colours of an element; for paper with more dots to the inch
  redraw(root, ratio) {
    for (const plot of [...this.sections.flatMap((section) => [section.volcano, section.ma]), this.spread, this.overlaps?.plot]) plot?.render(root, ratio);
  }
}

// a picture of the page as a file of its own: the colours of the page written into it, on white
function plain(svg) {
  document.documentElement.classList.add("exporting");
  const clone = svg.cloneNode(true);
  const sources = [svg, ...svg.querySelectorAll("*")];
  [clone, ...clone.querySelectorAll("*")].forEach((node, i) => {
    const style = getComputedStyle(sources[i]);
    for (const name of ["fill", "stroke", "stroke-width", "fill-opacity", "font-size", "font-weight", "visibility"]) if (style[name] || style.getPropertyValue(name)) node.setAttribute(name, style.getPropertyValue(name));
    for (const name of ["class", "tabindex", "role"]) node.removeAttribute(name);
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
  addEventListener("beforeprint", () => app.redraw($(".paper"), 3));
  addEventListener("afterprint", () => app.redraw());
  performance.mark("foldwise-drawn");
  root.dataset.state = "ready";
  const at = app.params.get("at");
  if (at && $(`#${CSS.escape(at)}`)) $(`#${CSS.escape(at)}`).scrollIntoView({ behavior: "instant" });
  if (app.sections.length > 1) (window.requestIdleCallback || setTimeout)(() => app.everything());
}

main().catch((error) => {
  for (const live of $$(".live")) live.classList.remove("live");
  document.documentElement.classList.remove("js");
  document.documentElement.dataset.state = "failed";
  $("#notice").hidden = false;
  console.error(error);
});
