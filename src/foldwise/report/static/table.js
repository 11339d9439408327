// A table of any number of rows: only the rows in view exist. Sort by heading, filter per column.
import { h, numberFilter } from "./format.js";

const ROW = 30;

// columns: {key, label, help, text(i), value(i), numeric, cls(i)}
export class GeneTable {
  constructor(host, n, columns, { onPick, onChange, state }) {
    Object.assign(this, { n, columns, onPick, onChange, sort: state.sort, filters: state.filters, chosen: -1, extra: null });
    this.inputs = columns.map((c, k) =>
      h("input", {
        type: "search", value: this.filters[c.key] || "", placeholder: c.numeric ? (c.p ? "<0.05" : "any") : "contains",
        "aria-label": `Filter by ${c.label}`, title: c.numeric ? "For example <0.05, >=1, -1..1, |x|>1" : "Part of the text",
        oninput: () => this.filter(k),
      }));
    this.heads = columns.map((c) =>
      h("th", { scope: "col", className: c.numeric ? "num" : "" }, h("button", { type: "button", title: c.help, onclick: () => this.order(c.key) }, c.label)));
    const head = h("thead", {}, h("tr", {}, ...this.heads), h("tr", { className: "filters" }, ...this.inputs.map((input) => h("td", {}, input))));
    this.body = h("tbody");
    this.table = h("table", { className: "genes", "aria-label": "All genes" }, head, this.body);
    this.box = h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "All genes, scrollable" }, this.table);
    host.append(this.box);
    this.box.addEventListener("scroll", () => requestAnimationFrame(() => this.rows()));
    this.box.addEventListener("keydown", (e) => this.key(e));
    new ResizeObserver(() => this.rows()).observe(this.box);
    this.update();
  }
  restore({ sort, filters }) {
    Object.assign(this, { sort, filters });
    this.columns.forEach((c, k) => (this.inputs[k].value = filters[c.key] || ""));
    this.update();
  }
  order(key) {
    const [now, down] = this.sort;
    this.sort = [key, now === key ? !down : false];
    this.update();
  }
  filter(k) {
    this.filters[this.columns[k].key] = this.inputs[k].value;
    clearTimeout(this.wait);
    this.wait = setTimeout(() => this.update(), 120);
  }
  update() {
    const tests = [];
    this.columns.forEach((c, k) => {
      const text = (this.filters[c.key] || "").trim();
      const number = c.numeric && text ? numberFilter(text) : null;
      this.inputs[k].setAttribute("aria-invalid", String(Boolean(text && c.numeric && !number)));
      if (number) tests.push((i) => number(c.value(i)));
      else if (text && !c.numeric) tests.push((i) => c.text(i).toLowerCase().includes(text.toLowerCase()));
    });
    if (this.extra) tests.push(this.extra);
    const view = new Int32Array(this.n);
    let m = 0;
    for (let i = 0; i < this.n; i++) if (tests.every((test) => test(i))) view[m++] = i;
    this.view = view.subarray(0, m);
    this.arrange();
    this.box.scrollTop = 0;
    this.rows();
    this.onChange(this.sort, this.filters, m);
  }
  arrange() {
    const [key, down] = this.sort;
    const column = this.columns.find((c) => c.key === key);
    this.columns.forEach((c, k) => this.heads[k].setAttribute("aria-sort", c === column ? (down ? "descending" : "ascending") : "none"));
    if (!column) return;
    const sign = down ? -1 : 1;
    if (!column.numeric) {
      this.view.sort((a, b) => (column.text(a) < column.text(b) ? -sign : column.text(a) > column.text(b) ? sign : a - b));
      return;
    }
    const keys = new Float64Array(this.n);
    for (const i of this.view) keys[i] = column.value(i);
    this.view.sort((a, b) => {
      const [x, y] = [keys[a], keys[b]];
      if (x !== x || y !== y) return (x !== x) - (y !== y) || a - b;
      return x === y ? a - b : sign * (x - y || (x < y ? -1 : 1));
    });
  }
  rows() {
    const first = Math.max(Math.floor(this.box.scrollTop / ROW) - 4, 0);
    const last = Math.min(first + Math.ceil(this.box.clientHeight / ROW) + 8, this.view.length);
    const gap = (rows) => {
      const cell = h("td", { colSpan: this.columns.length });
      cell.style.height = `${rows * ROW}px`;
      return h("tr", { className: "gap", "aria-hidden": "true", hidden: !rows }, cell);
    };
    const rows = [];
    for (let r = first; r < last; r++) {
      const i = this.view[r];
      const cells = this.columns.map((c) => h("td", { className: `${c.numeric ? "num " : ""}${c.cls?.(i) || ""}`, title: c.numeric ? null : c.text(i).slice(0, 300) }, c.show(i)));
      rows.push(h("tr", { "aria-rowindex": r + 2, "aria-selected": String(i === this.chosen), onclick: () => this.onPick(i) }, ...cells));
    }
    this.table.setAttribute("aria-rowcount", this.view.length + 1);
    this.body.replaceChildren(gap(first), ...rows, gap(this.view.length - last));
  }
  choose(i) {
    this.chosen = i;
    this.rows();
  }
  key(e) {
    const page = Math.max(Math.floor(this.box.clientHeight / ROW) - 4, 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.n, End: this.n }[e.key];
    if (!step || e.target !== this.box) return;
    e.preventDefault();
    const r = Math.min(Math.max(this.view.indexOf(this.chosen) + step, 0), this.view.length - 1);
    if (r < 0) return;
    const top = r * ROW;
    if (top < this.box.scrollTop || top > this.box.scrollTop + this.box.clientHeight - 4 * ROW) this.box.scrollTop = top - this.box.clientHeight / 2;
    this.onPick(this.view[r]);
  }
}
