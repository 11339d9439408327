// Places for labels: none over another, as few points below them as can be, a thin line where they stand apart.
const TALL = 15;
const RINGS = [9, 19, 31, 46, 62];
const TURNS = Array.from({ length: 16 }, (_, k) => [Math.cos((k * Math.PI) / 8), Math.sin((k * Math.PI) / 8)]);

const hit = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

// wanted: [{x, y, width}] in order of importance; area: {x, y, w, h}; weight(box): how much lies below it
// returns for each a box {x, y, w, h} with line (its end at the box, or null), or null where there is no place
export function placeLabels(wanted, area, weight) {
  const dots = wanted.map((p) => ({ x: p.x - 5, y: p.y - 5, w: 10, h: 10 }));
  const taken = [];
  return wanted.map((p) => {
    let [best, least] = [null, Infinity];
    for (const r of RINGS) {
      if (r >= least) break;
      for (const [c, s] of TURNS) {
        const [ax, ay] = [p.x + r * c, p.y + r * s];
        const w = p.width + 4;
        const box = { x: c > 0.35 ? ax - 2 : c < -0.35 ? ax - w + 2 : ax - w / 2, y: s > 0.35 ? ay - 3 : s < -0.35 ? ay - TALL + 3 : ay - TALL / 2, w, h: TALL };
        if (box.x < area.x || box.x + w > area.x + area.w || box.y < area.y || box.y + TALL > area.y + area.h) continue;
        if (taken.some((t) => hit(t, box)) || dots.some((d) => hit(d, box))) continue;
        const line = r > 12 ? [Math.max(box.x, Math.min(p.x, box.x + w)), Math.max(box.y + 2, Math.min(p.y, box.y + TALL - 2))] : null;
        const crossed = line && [0.25, 0.5, 0.75].some((t) => taken.some((b) => hit(b, { x: p.x + t * (line[0] - p.x), y: p.y + t * (line[1] - p.y), w: 1, h: 1 })));
        const cost = r + weight(box) + (crossed ? 80 : 0) + (c < 0 ? 1 : 0);
        if (cost < least) [best, least] = [{ ...box, line }, cost];
      }
    }
    if (best) taken.push(best);
    return best;
  });
}
