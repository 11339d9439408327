// What draws: the same few marks on a canvas and as SVG.
export const FONT = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

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
  if (shape === "diamond") return c.moveTo(x, y - 1.3 * r), c.lineTo(x + 1.3 * r, y), c.lineTo(x, y + 1.3 * r), c.lineTo(x - 1.3 * r, y);
  const d = shape === "up" ? -1 : 1;
  c.moveTo(x, y + 1.2 * d * r);
  c.lineTo(x + 1.1 * r, y - 0.8 * d * r);
  c.lineTo(x - 1.1 * r, y - 0.8 * d * r);
}

export const xml = (t) => String(t).replace(/[&<>"\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] || "");
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
      else if (shape === "diamond") d.push(`${at}m0-${px(size * 1.3)}l${px(size * 1.3)} ${px(size * 1.3)}l-${px(size * 1.3)} ${px(size * 1.3)}l-${px(size * 1.3)}-${px(size * 1.3)}z`);
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
