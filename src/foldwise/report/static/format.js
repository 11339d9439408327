// Numbers as text, ticks, filters and elements.
const MINUS = "\u2212";
export const $ = (query, root = document) => root.querySelector(query);
export const $$ = (query, root = document) => [...root.querySelectorAll(query)];

export function number(v, digits = 3) {
  if (v === undefined || Number.isNaN(v)) return "–";
  if (!Number.isFinite(v)) return v > 0 ? "∞" : MINUS + "∞";
  const a = Math.abs(v);
  let s;
  if (a === 0) s = "0";
  else if (a >= 1000) s = Math.round(a).toLocaleString("en");
  else if (a < 1e-4) s = a.toExponential(1);
  else s = a >= 100 ? a.toFixed(0) : a.toPrecision(digits);
  return v < 0 ? MINUS + s : s;
}

export const signed = (v) => (Number.isFinite(v) ? (v < 0 ? MINUS : "+") + Math.abs(v).toFixed(2) : "–");

// p from its log10: two digits, also far below the smallest double
export function pText(l) {
  if (Number.isNaN(l)) return "–";
  if (l === -Infinity) return "< 1e-307";
  if (l > -3) return String(Number((10 ** l).toPrecision(2)));
  return power(l, 1);
}

export function power(l, digits) {
  let e = Math.floor(l);
  let m = (10 ** (l - e)).toFixed(digits);
  if (m.startsWith("10")) [m, e] = [(1).toFixed(digits), e + 1];
  return `${m}e${e}`;
}

// shortest text that gives the same float32 again
export function shortest(v) {
  if (Number.isNaN(v)) return "";
  if (!Number.isFinite(v)) return v > 0 ? "inf" : "-inf";
  for (let d = 6; d < 9; d++) if (Math.fround(Number(v.toPrecision(d))) === v) return String(Number(v.toPrecision(d)));
  return String(Number(v.toPrecision(9)));
}

export function ticks(low, high, n = 6) {
  if (!(high > low)) return [low];
  const raw = (high - low) / n;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((m) => m * unit >= raw * 0.999) * unit;
  const out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) out.push(Number((k * step).toPrecision(12)));
  return out;
}

export function tickText(v) {
  const a = Math.abs(v);
  if (a >= 1e6) return `${Number((v / 1e6).toPrecision(4))} M`;
  if (a >= 1e4) return `${Number((v / 1e3).toPrecision(4))} k`;
  return String(Number(v.toPrecision(4))).replace("-", MINUS);
}

// "<0.05", ">= 1", "-1..1", "|x|>1": a test of a number; null if the text is none of these
export function numberFilter(text) {
  const t = text.replaceAll(MINUS, "-").replace(/\s/g, "");
  let m = /^(-?[\d.]+(?:e[-+]?\d+)?)\.\.(-?[\d.]+(?:e[-+]?\d+)?)$/i.exec(t);
  if (m) return (v) => v >= Number(m[1]) && v <= Number(m[2]);
  m = /^(\|x?\||abs)?(<=|>=|<|>|=)?(-?[\d.]+(?:e[-+]?\d+)?)$/i.exec(t);
  if (!m || Number.isNaN(Number(m[3]))) return null;
  const [size, sign, limit] = [m[1] ? Math.abs : (v) => v, m[2] || "=", Number(m[3])];
  const test = { "<": (v) => v < limit, "<=": (v) => v <= limit, ">": (v) => v > limit, ">=": (v) => v >= limit };
  const near = (v) => Math.abs(v - limit) <= Math.abs(limit) * 5e-3;
  return (v) => !Number.isNaN(v) && (test[sign] || near)(size(v));
}

// shape of a group: beyond the colors the shapes are shifted, so that all groups differ
export const shapeOf = (k, shapes, palette) => shapes[(k + Math.floor(k / palette.length)) % shapes.length];

export const shorten = (s, n = 24) => (s.length > n ? s.slice(0, Math.ceil(n * 0.66)) + "…" + s.slice(1 - Math.floor(n * 0.34)) : s);

// element with attributes, listeners (on...) and children; text is always text, never markup
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key in el && key !== "list" && !key.startsWith("aria")) el[key] = value;
    else if (value !== null) el.setAttribute(key, value);
  }
  el.append(...children.filter((c) => c !== null));
  return el;
}

export function s(tag, props = {}, ...children) {
  const el = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(props)) el.setAttribute(key, value);
  el.append(...children);
  return el;
}

export function download(name, data, type) {
  const url = URL.createObjectURL(data instanceof Blob ? data : new Blob([data], { type }));
  const a = h("a", { href: url, download: name });
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { value: text, className: "hidden" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
