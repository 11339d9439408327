// Scatter plot on a canvas: any number of points, hover, zoom, lasso, keyboard; the same drawing as SVG.
import { h, tickText, ticks, shorten } from "./format.js";

const PAD = { left: 58, right: 14, top: 12, bottom: 44 };
const FONT = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const CELL = 16;

export class CanvasPen {
  constructor(ctx) {
    this.ctx = ctx;
  }
  line(points, color, width = 1, dash = []) {
    const c = this.ctx;
    c.strokeStyle = color;
    c.lineWidth = width;
    c.setLineDash(dash);
    c.beginPath();
    points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
    c.stroke();
  }
  text(string, x, y, color, align = "center", turn = 0, bold = false) {
    const c = this.ctx;
    c.save();
    c.translate(x, y);
    c.rotate((turn * Math.PI) / 180);
    c.fillStyle = color;
    c.font = `${bold ? "600 " : ""}12px ${FONT}`;
    c.textAlign = align;
    c.strokeStyle = this.halo;
    c.lineWidth = 3;
    c.setLineDash([]);
    c.lineJoin = "round";
    if (this.halo) c.strokeText(string, 0, 0);
    c.fillText(string, 0, 0);
    c.restore();
  }
  marks(shape, xs, ys, n, size, color, alpha) {
    const c = this.ctx;
    c.fillStyle = c.strokeStyle = color;
    c.globalAlpha = alpha;
    if (shape === "dot") {
      for (let i = 0; i < n; i++) c.fillRect(xs[i] - size, ys[i] - size, 2 * size, 2 * size);
    } else {
      c.beginPath();
      for (let i = 0; i < n; i++) trace(c, shape, xs[i], ys[i], size);
      if (shape === "ring") c.setLineDash([]), (c.lineWidth = 2), c.stroke();
      else c.fill();
    }
    c.globalAlpha = 1;
  }
  clip(x, y, w, height) {
    this.ctx.save();
    this.ctx.beginPath();
    this.ctx.rect(x, y, w, height);
    this.ctx.clip();
  }
  unclip() {
    this.ctx.restore();
  }
  width(string) {
    this.ctx.font = `12px ${FONT}`;
    return this.ctx.measureText(string).width;
  }
}

function trace(c, shape, x, y, r) {
  if (shape === "ring") return c.moveTo(x + r, y), c.arc(x, y, r, 0, 7);
  const d = shape === "up" ? -1 : 1;
  c.moveTo(x, y + 1.2 * d * r);
  c.lineTo(x + 1.1 * r, y - 0.8 * d * r);
  c.lineTo(x - 1.1 * r, y - 0.8 * d * r);
}

const xml = (t) => String(t).replace(/[&<>"\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] || "");
const px = (v) => String(Math.round(v * 10) / 10);

export class SvgPen {
  parts = [];
  constructor(measure) {
    this.width = measure;
  }
  line(points, color, width = 1, dash = []) {
    const d = points.map(([x, y]) => `${px(x)},${px(y)}`).join(" ");
    this.parts.push(`<polyline points="${d}" fill="none" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dash}"/>`);
  }
  text(string, x, y, color, align = "center", turn = 0, bold = false) {
    const anchor = { center: "middle", left: "start", right: "end" }[align];
    const move = `translate(${px(x)} ${px(y)}) rotate(${turn})`;
    this.parts.push(`<text transform="${move}" text-anchor="${anchor}" fill="${color}"${this.halo ? ` stroke="${this.halo}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"` : ""}${bold ? ' font-weight="600"' : ""}>${xml(string)}</text>`);
  }
  marks(shape, xs, ys, n, size, color, alpha) {
    const d = [];
    const r = px(size * 1.1);
    for (let i = 0; i < n; i++) {
      const at = `M${px(xs[i])} ${px(ys[i])}`;
      if (shape === "dot") d.push(at + "h0");
      else if (shape === "ring") d.push(`${at}m-${px(size)} 0a${px(size)} ${px(size)} 0 1 0 ${px(2 * size)} 0a${px(size)} ${px(size)} 0 1 0 -${px(2 * size)} 0`);
      else d.push(shape === "up" ? `${at}m0-${px(size * 1.2)}l${r} ${px(2 * size)}h-${px(2.2 * size)}z` : `${at}m0 ${px(size * 1.2)}l${r}-${px(2 * size)}h-${px(2.2 * size)}z`);
    }
    const stroke = shape === "dot" ? px(2 * size) : shape === "ring" ? 2 : 0;
    const look = stroke ? `fill="none" stroke="${color}" stroke-width="${stroke}" stroke-linecap="round"` : `fill="${color}"`;
    if (n) this.parts.push(`<path ${look} opacity="${alpha}" d="${d.join("")}"/>`);
  }
  clip(x, y, w, height) {
    this.parts.push(`<clipPath id="c"><rect x="${x}" y="${y}" width="${w}" height="${height}"/></clipPath><g clip-path="url(#c)">`);
  }
  unclip() {
    this.parts.push("</g>");
  }
}

export function colours(el) {
  const style = getComputedStyle(el);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

// data: {x, y (on log axes log10), gene, kind (0 hidden), n}; styles[kind]: {shape, size, colour, alpha}
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
  render(root = document.documentElement) {
    const [w, hgt] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!w || !hgt) return;
    const ratio = window.devicePixelRatio || 1;
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
    const [left, right, top, bottom] = [PAD.left, w - PAD.right, PAD.top, hgt - PAD.bottom];
    this.toX = (v) => left + ((v - x0) / (x1 - x0)) * (right - left);
    this.toY = (v) => bottom - ((v - y0) / (y1 - y0)) * (bottom - top);
    this.axes(pen, colour, left, right, top, bottom);
    pen.clip(left, top, right - left, bottom - top);
    for (const { points, dash, width, name } of this.lines?.() ?? []) {
      if (dash) pen.line(points.map(([x, y]) => [this.toX(Math.max(x0, Math.min(x1, x))), this.toY(Math.max(y0, Math.min(y1, y)))]), colour(name || "muted"), 1, [5, 4]);
    }
    for (const key of Object.keys(this.styles)) this.layer(pen, Number(key), colour, left, right, top, bottom);
    for (const { points, dash, width, name } of this.lines?.() ?? []) {
      if (!dash) pen.line(points.map(([x, y]) => [this.toX(x), this.toY(y)]), colour(name || "ink"), width || 2);
    }
    this.emphasize(pen, colour, left, right, top, bottom);
    pen.unclip();
  }
  axes(pen, colour, left, right, top, bottom) {
    const mark = (axis) => {
      const wanted = ticks(...this.view[axis], axis === "x" ? Math.max(3, (right - left) / 80) : 6);
      return this[`${axis}Log`] ? wanted.filter(Number.isInteger).map((v) => [v, v > 6 || v < -3 ? `1e${v}` : tickText(10 ** v)]) : wanted.map((v) => [v, tickText(v)]);
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
  layer(pen, kind, colour, left, right, top, bottom) {
    const { shape, size, alpha, name } = this.styles[kind];
    const across = Math.ceil((right - left) / 2) + 1;
    const seen = new Uint8Array(across * (Math.ceil((bottom - top) / 2) + 1));
    const [px, py] = [new Float32Array(this.n), new Float32Array(this.n)];
    let n = 0;
    for (let i = 0; i < this.n; i++) {
      if (this.kind[i] !== kind) continue;
      const [x, y] = [(this.xs[i] = this.toX(this.x[i])), (this.ys[i] = this.toY(this.y[i]))];
      if (!(x >= left && x <= right && y >= top && y <= bottom)) continue;
      const cell = ((y - top) >> 1) * across + ((x - left) >> 1);
      if (seen[cell]++ > 5) { seen[cell] = 7; continue; }
      px[n] = x;
      py[n++] = y;
    }
    pen.marks(shape, px, py, n, shape === "dot" && this.n < 4000 ? 1.6 * size : size, colour(name), alpha);
  }
  emphasize(pen, colour, left, right, top, bottom) {
    const taken = [];
    const inside = (x, y) => x >= left && x <= right && y >= top && y <= bottom;
    const label = (i, bold) => {
      const [x, y] = [this.toX(this.x[i]), this.toY(this.y[i])];
      if (!inside(x, y)) return;
      const text = shorten(this.name(this.gene[i]), 18);
      const width = pen.width(text) * (bold ? 1.08 : 1);
      const spots = [[8, 4], [-8 - width, 4], [-width / 2, -9], [-width / 2, 18], [7, -7], [7, 15], [-7 - width, -7], [-7 - width, 15]];
      for (const [dx, dy] of spots) {
        const b = { x: x + dx - 2, y: y + dy - 11, w: width + 4, h: 15 };
        if (b.x < left || b.x + b.w > right || b.y < top || b.y + b.h > bottom) continue;
        if (taken.some((t) => b.x < t.x + t.w && t.x < b.x + b.w && b.y < t.y + t.h && t.y < b.y + b.h)) continue;
        taken.push(b, { x: x - 4, y: y - 4, w: 8, h: 8 });
        return pen.text(text, x + dx, y + dy, colour("ink"), "left", 0, bold);
      }
    };
    pen.halo = colour("surface");
    const here = this.chosen < 0 ? [] : this.at(this.chosen);
    for (const i of here) this.ring(pen, i, 7, colour("ring"));
    if (here.length) label(here[here.length - 1], true);
    for (const i of this.labels?.() ?? []) if (!here.includes(i)) label(i, false);
    pen.halo = null;
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
      this.canvas.setPointerCapture(e.pointerId);
      if (this.mode === "lasso") this.lasso = [start];
    });
    on("pointermove", (e) => {
      const here = at(e);
      if (!start) return this.point(this.nearest(...here));
      if (this.mode === "lasso") this.lasso.push(here);
      else if (Math.hypot(here[0] - start[0], here[1] - start[1]) > 5) this.box = [start, here];
      this.over();
    });
    on("pointerup", (e) => {
      const box = this.box;
      start = this.box = null;
      if (this.mode === "lasso" && this.lasso?.length > 4) this.onLasso?.(this.within(this.lasso));
      else if (box && e.pointerType !== "touch") this.zoomTo(box);
      else {
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
      keys.ArrowRight = keys.ArrowDown = () => this.onStep?.(1);
      keys.ArrowLeft = keys.ArrowUp = () => this.onStep?.(-1);
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
