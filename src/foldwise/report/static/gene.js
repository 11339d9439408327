// The counts of one gene as points, group by group, with lines between partners.
import { h, s, shapeOf, shorten, tickText, ticks } from "./format.js";

const [H, LEFT, TOP] = [310, 64, 12];

// values: one per sample; by, pair: columns of the sheet; members: samples of the comparison
export function countPlot({ width: W, values, by, pair, members, names, log, palette, shapes, label, yLabel }) {
  const levels = by?.levels;
  const room = levels && (W - LEFT - 14) / levels.length;
  const tilted = Boolean(levels) && levels.some((level) => Math.min(level.length, 16) * 7 > room);
  const bottom = tilted ? 96 : 46;
  const svg = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label, class: "counts" });
  const up = (v) => (log ? Math.log10(v + 0.5) : v);
  const top = Math.max(...values, 1);
  const low = log ? up(Math.min(...values)) : 0;
  const span = log ? [low - 0.1, up(top) + 0.1] : [0, top * 1.06];
  if (span[1] - span[0] < 0.6) span[1] = span[0] + 0.6;
  const y = (v) => H - bottom - ((up(v) - span[0]) / (span[1] - span[0])) * (H - bottom - TOP);
  let marks = ticks(0, top, 5);
  if (log) marks = [0, 1, 2, 5].flatMap((m) => (m ? [0, 1, 2, 3, 4, 5, 6, 7, 8].map((e) => m * 10 ** e) : [0])).filter((v) => up(v) >= span[0] && up(v) <= span[1]);
  if (marks.length > 7) marks = marks.filter((v) => !v || Number.isInteger(Math.log10(v)));
  for (const v of marks) {
    svg.append(s("line", { x1: LEFT, x2: W - 10, y1: y(v), y2: y(v), class: "grid" }));
    svg.append(s("text", { x: LEFT - 7, y: y(v) + 4, "text-anchor": "end", class: "tick" }, tickText(v)));
  }
  svg.append(s("text", { transform: `translate(13 ${(H - bottom + TOP) / 2}) rotate(-90)`, "text-anchor": "middle" }, yLabel));
  const x = places(svg, W, by, values.length, bottom, tilted);
  const shown = [...values.keys()].filter((j) => Number.isFinite(x.at[j]));
  for (const [a, b] of partners(pair, by, members)) {
    svg.append(s("line", { x1: x.at[a], y1: y(values[a]), x2: x.at[b], y2: y(values[b]), class: "pair" }));
  }
  for (let k = 0; k < (by?.levels?.length || 0); k++) {
    const group = shown.filter((j) => by.codes[j] === k).map((j) => up(values[j]));
    if (group.length < 2) continue;
    const mean = group.reduce((a, b) => a + b) / group.length;
    const at = H - bottom - ((mean - span[0]) / (span[1] - span[0])) * (H - bottom - TOP);
    svg.append(s("line", { x1: x.mid(k) - x.half, x2: x.mid(k) + x.half, y1: at, y2: at, class: "mean" }));
  }
  for (const j of shown) {
    const k = by?.levels ? by.codes[j] : 0;
    const move = `translate(${x.at[j].toFixed(1)} ${y(values[j]).toFixed(1)}) scale(5.5)`;
    const look = { d: shapeOf(k, shapes, palette), transform: move, fill: palette[k % palette.length], class: `g${k % palette.length}${members[j] ? "" : " other"}` };
    svg.append(s("path", look, s("title", {}, `${shorten(names[j], 80)}: ${tickText(values[j])}`)));
  }
  return svg;
}

// x of each sample: by level, or along a scale
function places(svg, W, by, n, bottom, tilted) {
  const width = W - LEFT - 14;
  if (by && !by.levels) {
    const known = by.values.filter((v) => v !== null);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const to = (v) => LEFT + 12 + ((v - low) / (high - low || 1)) * (width - 24);
    for (const v of ticks(low, high, 5)) svg.append(s("text", { x: to(v), y: H - bottom + 18, "text-anchor": "middle", class: "tick" }, tickText(v)));
    svg.append(s("text", { x: LEFT + width / 2, y: H - 6, "text-anchor": "middle" }, shorten(by.name, 40)));
    return { at: by.values.map((v) => (v === null ? NaN : to(v))) };
  }
  const levels = by ? by.levels : [""];
  const step = width / levels.length;
  const mid = (k) => LEFT + step * (k + 0.5);
  const half = Math.min(step * 0.3, 46);
  levels.forEach((level, k) => {
    const name = shorten(level, tilted ? 16 : Math.max(Math.floor(step / 7), 3));
    const place = tilted ? { transform: `translate(${mid(k) + 4} ${H - bottom + 14}) rotate(-40)`, "text-anchor": "end" } : { x: mid(k), y: H - bottom + 18, "text-anchor": "middle" };
    svg.append(s("text", place, name, s("title", {}, level.slice(0, 300))));
  });
  if (by) svg.append(s("text", { x: LEFT + width / 2, y: H - 6, "text-anchor": "middle", class: "tick" }, shorten(by.name, 40)));
  const seen = levels.map(() => 0);
  const at = Array.from({ length: n }, (_, j) => {
    const k = by ? by.codes[j] : 0;
    return k < 0 ? NaN : mid(k) + (((seen[k]++ * 0.618 + 0.25) % 1) - 0.5) * 1.2 * half;
  });
  return { at, mid, half };
}

// neighbours within each level of the pairing column
function partners(pair, by, members) {
  if (!pair?.codes || !by?.codes) return [];
  return pair.levels.flatMap((_, level) => {
    const row = [...pair.codes.keys()].filter((j) => pair.codes[j] === level && members[j]).sort((a, b) => by.codes[a] - by.codes[b]);
    return row.slice(1).map((j, i) => [row[i], j]);
  });
}
