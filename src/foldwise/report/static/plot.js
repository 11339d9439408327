// Scatter plot on a canvas: any number of points, hover, zoom, move, lasso, keyboard; the same drawing as SVG.
import { h, tickText, ticks, shorten } from "./format.js";
import { placeLabels } from "./labels.js";
import { CanvasPen, FONT, SvgPen, colours, xml } from "./pen.js";

const PAD = { left: 58, right: 14, top: 12, bottom: 44 };
const CELL = 16;
const INK = 6;
const MANY = 300000;

// data: {x, y (on log axes log10), gene, kind (0 hidden), n}; styles[kind]: {shape, size, name, alpha}
export class Scatter {
  constructor(host, options) {
    Object.assign(this, { mode: "zoom", view: null, hover: -1, chosen: -1, lasso: null, box: null }, options);
    this.canvas = h("canvas", { tabIndex: 0, role: "img", "aria-label": options.label });
    this.tip = h("div", { className: "tip", hidden: true });
    host.append(this.canvas, this.tip);
    this.xs = new Float32Array(this.n);
    this.ys = new Float32Array(this.n);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(host);
  }
  home() {
    const range = (values) => {
      let [low, high] = [Infinity, -Infinity];
      for (let i = 0; i < this.n; i++) {
        if (!this.kind[i]) continue;
        if (values[i] < low) low = values[i];
        if (values[i] > high) high = values[i];
      }
      if (!(high >= low)) [low, high] = [0, 1];
      const pad = 0.03 * (high - low || 1);
      return [low - pad, high + pad];
    };
    return { x: range(this.x), y: range(this.y) };
  }
  reset() {
    this.view = this.lasso = null;
    this.onLasso?.([]);
    this.draw();
  }
  // drawings asked for within one frame become one
  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.render();
    });
  }
  render(root = document.documentElement, ratio = window.devicePixelRatio || 1) {
    const [w, hgt] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!w || !hgt) return;
    this.canvas.width = w * ratio;
    this.canvas.height = hgt * ratio;
    const ctx = this.canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.colour = colours(root);
    this.paint(new CanvasPen(ctx), w, hgt, this.colour);
    this.grid = null;
    this.base = h("canvas", { width: this.canvas.width, height: this.canvas.height });
    this.base.getContext("2d").drawImage(this.canvas, 0, 0);
    this.over();
  }
  // what moves with the pointer, over the picture kept from the last full drawing
  over() {
    if (!this.base) return;
    const ctx = this.canvas.getContext("2d");
    const [w, hgt] = [this.canvas.clientWidth, this.canvas.clientHeight];
    ctx.clearRect(0, 0, w, hgt);
    ctx.drawImage(this.base, 0, 0, w, hgt);
    const pen = new CanvasPen(ctx);
    if (this.hover >= 0) this.ring(pen, this.hover, 6, this.colour("ink"));
    if (this.lasso?.length > 1) pen.line([...this.lasso, this.lasso[0]], this.colour("ring"), 1.5, [4, 3]);
    if (this.box) {
      const [[ax, ay], [bx, by]] = this.box;
      pen.line([[ax, ay], [bx, ay], [bx, by], [ax, by], [ax, ay]], this.colour("ring"), 1.5, [4, 3]);
    }
  }
  ring(pen, i, size, color) {
    pen.marks("ring", [this.toX(this.x[i])], [this.toY(this.y[i])], 1, size, color, 1);
  }
  svg(w = 640, hgt = 480) {
    const measure = new CanvasPen(document.createElement("canvas").getContext("2d"));
    const pen = new SvgPen((t) => measure.width(t));
    this.paint(pen, w, hgt, colours(document.querySelector(".paper")));
    this.render();
    const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${hgt}" width="${w}" height="${hgt}" font-family="${FONT}" font-size="12">`;
    return `${head}<title>${xml(this.label)}</title><rect width="100%" height="100%" fill="#fff"/>${pen.parts.join("")}</svg>`;
  }
  paint(pen, w, hgt, colour) {
    this.view ??= this.home();
    const [x0, x1] = this.view.x;
    const [y0, y1] = this.view.y;
    const area = { left: PAD.left, right: w - PAD.right, top: PAD.top, bottom: hgt - PAD.bottom };
    const { left, right, top, bottom } = area;
    this.toX = (v) => left + ((v - x0) / (x1 - x0)) * (right - left);
    this.toY = (v) => bottom - ((v - y0) / (y1 - y0)) * (bottom - top);
    this.axes(pen, colour, area);
    pen.clip(left, top, right - left, bottom - top);
    const lines = this.lines?.() ?? [];
    for (const { points, dash, name } of lines) if (dash) pen.line(points.map(([x, y]) => [this.toX(Math.max(x0, Math.min(x1, x))), this.toY(Math.max(y0, Math.min(y1, y)))]), colour(name || "muted"), 1, [5, 4]);
    this.across = Math.ceil(w / INK) + 1;
    this.ink = new Uint8Array(this.across * (Math.ceil(hgt / INK) + 1));
    for (const key of Object.keys(this.styles)) this.layer(pen, Number(key), colour, area);
    for (const { points, dash, width, name } of lines) if (!dash) pen.line(points.map(([x, y]) => [this.toX(x), this.toY(y)]), colour(name || "ink"), width || 2);
    this.emphasize(pen, colour, area);
    pen.unclip();
  }
  axes(pen, colour, { left, right, top, bottom }) {
    const mark = (axis) => {
      const wanted = ticks(...this.view[axis], axis === "x" ? Math.max(3, (right - left) / 80) : 6);
      const whole = wanted.filter(Number.isInteger);
      if (!this[`${axis}Log`]) return wanted.map((v) => [v, tickText(v)]);
      const text = (v) => (v > 6 || v < -3 ? `1e${v}` : tickText(10 ** v));
      return whole.length > 1 ? whole.map((v) => [v, text(v)]) : wanted.map((v) => [v, String(Number((10 ** v).toPrecision(2)))]);
    };
    for (const [v, name] of mark("x")) {
      pen.line([[this.toX(v), top], [this.toX(v), bottom]], colour("grid"));
      pen.text(name, this.toX(v), bottom + 17, colour("muted"));
    }
    for (const [v, name] of mark("y")) {
      pen.line([[left, this.toY(v)], [right, this.toY(v)]], colour("grid"));
      pen.text(name, left - 7, this.toY(v) + 4, colour("muted"), "right");
    }
    pen.text(this.xLabel, (left + right) / 2, bottom + 37, colour("ink"));
    pen.text(this.yLabel, 14, (top + bottom) / 2, colour("ink"), "center", -90);
  }
  // points of one kind; of many on the same two pixels only the first few are drawn
  layer(pen, kind, colour, { left, right, top, bottom }) {
    const { shape, size, alpha, name } = this.styles[kind];
    const step = this.n > MANY && shape === "dot" ? 3 : 2;
    const across = Math.ceil((right - left) / step) + 1;
    const seen = new Uint32Array(across * (Math.ceil((bottom - top) / step) + 1));
    const [px, py] = [new Float32Array(this.n), new Float32Array(this.n)];
    let n = 0;
    for (let i = 0; i < this.n; i++) {
      if (this.kind[i] !== kind) continue;
      const [x, y] = [(this.xs[i] = this.toX(this.x[i])), (this.ys[i] = this.toY(this.y[i]))];
      if (!(x >= left && x <= right && y >= top && y <= bottom)) continue;
      const cell = Math.floor((y - top) / step) * across + Math.floor((x - left) / step);
      if (seen[cell]++ > 5 || step > 2) continue;
      px[n] = x;
      py[n++] = y;
      const at = Math.floor(y / INK) * this.across + Math.floor(x / INK);
      if (this.ink[at] < 8) this.ink[at] += kind > 1 ? 3 : 1;
    }
    if (step > 2) return this.bins(pen, seen, across, left, top, colour(name));
    pen.marks(shape, px, py, n, shape === "dot" && this.n < 4000 ? (this.n < 400 ? 2.2 : 1.6) * size : size, colour(name), alpha);
  }
  // beyond 300,000 points: squares of three pixels, darker where more points lie
  bins(pen, seen, across, left, top, color) {
    const levels = [0.2, 0.4, 0.65, 0.9].map((alpha) => ({ alpha, x: [], y: [] }));
    seen.forEach((count, cell) => {
      if (!count) return;
      const level = levels[Math.min(Math.floor(Math.log2(count) / 2), 3)];
      level.x.push(left + 3 * (cell % across) + 1.5);
      level.y.push(top + 3 * Math.floor(cell / across) + 1.5);
    });
    for (const { alpha, x, y } of levels) pen.marks("dot", x, y, x.length, 1.5, color, alpha);
  }
  emphasize(pen, colour, { left, right, top, bottom }) {
    const here = this.chosen < 0 ? [] : this.at(this.chosen);
    const points = [...(this.labels?.() ?? []).filter((i) => !here.includes(i))];
    if (here.length) points.unshift(here[here.length - 1]);
    const wanted = [];
    for (const i of points) {
      const [x, y] = [this.toX(this.x[i]), this.toY(this.y[i])];
      if (!(x >= left && x <= right && y >= top && y <= bottom)) continue;
      const text = shorten(this.name(this.gene[i]), 18);
      const bold = here.includes(i);
      wanted.push({ x, y, text, bold, width: pen.width(text) * (bold ? 1.08 : 1) });
    }
    const area = { x: left, y: top, w: right - left, h: bottom - top };
    this.placed = placeLabels(wanted, area, (box) => this.covered(box));
    for (const i of here) this.ring(pen, i, 7, colour("ring"));
    pen.halo = colour("surface");
    this.placed.forEach((box, k) => {
      if (!box) return;
      const { x, y, text, bold } = wanted[k];
      if (box.line) pen.line([[x, y], box.line], colour("muted"), 0.8);
      pen.text(text, box.x + 2, box.y + 11.5, colour("ink"), "left", 0, bold);
    });
    pen.halo = null;
  }
  // how much ink lies below a box
  covered({ x, y, w, h: high }) {
    let sum = 0;
    for (let r = Math.floor(y / INK); r <= (y + high) / INK; r++) for (let c = Math.floor(x / INK); c <= (x + w) / INK; c++) sum += this.ink[r * this.across + c];
    return sum;
  }
  at(gene) {
    const out = [];
    for (let i = gene; i < this.n; i += this.stride) if (this.kind[i]) out.push(i);
    return out;
  }
  nearest(x, y) {
    this.grid ??= this.index();
    const { cols, rows, heads, next } = this.grid;
    const [cx, cy] = [Math.floor(x / CELL), Math.floor(y / CELL)];
    let [best, distance] = [-1, 144];
    for (let r = Math.max(cy - 1, 0); r <= Math.min(cy + 1, rows - 1); r++) {
      for (let c = Math.max(cx - 1, 0); c <= Math.min(cx + 1, cols - 1); c++) {
        for (let i = heads[r * cols + c]; i >= 0; i = next[i]) {
          const d = (this.xs[i] - x) ** 2 + (this.ys[i] - y) ** 2 - this.kind[i];
          if (d < distance) [best, distance] = [i, d];
        }
      }
    }
    return best;
  }
  index() {
    const cols = Math.ceil(this.canvas.clientWidth / CELL) + 1;
    const rows = Math.ceil(this.canvas.clientHeight / CELL) + 1;
    const heads = new Int32Array(cols * rows).fill(-1);
    const next = new Int32Array(this.n);
    for (let i = 0; i < this.n; i++) {
      const [c, r] = [Math.floor(this.xs[i] / CELL), Math.floor(this.ys[i] / CELL)];
      if (!this.kind[i] || !(c >= 0 && r >= 0 && c < cols && r < rows)) continue;
      next[i] = heads[r * cols + c];
      heads[r * cols + c] = i;
    }
    return { cols, rows, heads, next };
  }
  listen() {
    const at = (e) => [e.offsetX, e.offsetY];
    let start = null;
    const on = (type, f) => this.canvas.addEventListener(type, f);
    on("pointerdown", (e) => {
      if (e.button) return;
      start = at(e);
      this.moving = this.mode === "move" || e.shiftKey;
      this.canvas.setPointerCapture(e.pointerId);
      if (this.mode === "lasso") this.lasso = [start];
    });
    on("pointermove", (e) => {
      const here = at(e);
      if (!start) return this.point(this.nearest(...here));
      if (this.mode === "lasso") this.lasso.push(here);
      else if (this.moving) {
        this.pan(here[0] - start[0], here[1] - start[1]);
        this.moved = true;
        start = here;
      } else if (Math.hypot(here[0] - start[0], here[1] - start[1]) > 5) this.box = [start, here];
      this.over();
    });
    on("pointerup", (e) => {
      const { box, moved } = this;
      start = this.box = null;
      this.moved = false;
      if (this.mode === "lasso" && this.lasso?.length > 4) this.onLasso?.(this.within(this.lasso));
      else if (box && e.pointerType !== "touch") this.zoomTo(box);
      else if (!moved) {
        this.lasso = null;
        const i = this.nearest(...at(e));
        if (i >= 0) this.onPick(this.gene[i]);
      }
      this.draw();
    });
    on("pointercancel", () => { start = this.box = null; });
    on("pointerleave", () => this.point(-1));
    on("dblclick", () => this.reset());
    on("wheel", (e) => {
      if (!e.ctrlKey) return;
      e.preventDefault();
      this.zoom(e.deltaY < 0 ? 0.8 : 1.25, ...at(e));
    });
    on("keydown", (e) => {
      const keys = { "+": () => this.zoom(0.7), "-": () => this.zoom(1.4), 0: () => this.reset(), Escape: () => this.reset() };
      const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
      if (by) keys[e.key] = e.shiftKey ? () => this.pan(-60 * by[0], -60 * by[1]) : () => this.onStep?.(by[0] + by[1]);
      if (!keys[e.key] || e.ctrlKey || e.metaKey) return;
      e.preventDefault();
      keys[e.key]();
    });
  }
  zoomTo([[ax, ay], [bx, by]]) {
    const back = ([a, b], p, q, r, s) => [a + ((p - r) / (s - r)) * (b - a), a + ((q - r) / (s - r)) * (b - a)];
    const [left, right, top, bottom] = [PAD.left, this.canvas.clientWidth - PAD.right, PAD.top, this.canvas.clientHeight - PAD.bottom];
    this.view = {
      x: back(this.view.x, Math.min(ax, bx), Math.max(ax, bx), left, right),
      y: back(this.view.y, Math.max(ay, by), Math.min(ay, by), bottom, top),
    };
    this.lasso = null;
    this.draw();
  }
  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const [w, hgt] = [this.canvas.clientWidth * factor, this.canvas.clientHeight * factor];
    const [l, t] = [x - x * factor, y - y * factor];
    this.zoomTo([[l + PAD.left * factor, t + PAD.top * factor], [l + w - PAD.right * factor, t + hgt - PAD.bottom * factor]]);
  }
  pan(dx, dy) {
    const [w, hgt] = [this.canvas.clientWidth, this.canvas.clientHeight];
    this.zoomTo([[PAD.left - dx, PAD.top - dy], [w - PAD.right - dx, hgt - PAD.bottom - dy]]);
  }
  point(i) {
    if (i === this.hover) return;
    this.hover = i;
    this.canvas.classList.toggle("over", i >= 0);
    this.tip.hidden = i < 0;
    if (i >= 0) {
      this.tip.textContent = this.describe(this.gene[i]);
      const flip = this.xs[i] > this.canvas.clientWidth / 2;
      this.tip.style.left = flip ? "" : `${this.xs[i] + 12}px`;
      this.tip.style.right = flip ? `${this.canvas.clientWidth - this.xs[i] + 12}px` : "";
      this.tip.style.top = `${Math.max(this.ys[i] - 14, 0)}px`;
    }
    this.over();
  }
  within(loop) {
    const found = new Set();
    for (let i = 0; i < this.n; i++) {
      if (!this.kind[i]) continue;
      let inside = false;
      for (let a = 0, b = loop.length - 1; a < loop.length; b = a++) {
        const [[ax, ay], [bx, by]] = [loop[a], loop[b]];
        if (ay > this.ys[i] !== by > this.ys[i] && this.xs[i] < ((bx - ax) * (this.ys[i] - ay)) / (by - ay) + ax) inside = !inside;
      }
      if (inside) found.add(this.gene[i]);
    }
    return [...found];
  }
}
