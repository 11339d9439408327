// How many genes of any set are false at most: the post hoc bound of the certificate (Blanchard, Neuvial and Roquain 2020).

// levels: log10 of the p-values of a set; scale, m: lambda of the Simes template and genes tested.
// min over k = 1..n of #{p > scale k / m} + k - 1, at most n, from a histogram of the first k that reaches each gene
export function falseAtMost(levels, scale, m) {
  const n = levels.length;
  if (!n || !(scale > 0)) return n;
  const first = new Uint32Array(n + 2);
  for (const level of levels) {
    // single precision: upwards by its rounding error, so that the bound is never too low
    const c = level === -Infinity ? 1 : Math.ceil((m / scale) * 10 ** (level + Math.abs(level) * 6e-8));
    first[Math.min(Math.max(c, 1), n + 1)]++;
  }
  let [best, reached] = [n, 0];
  for (let k = 1; k <= n; k++) {
    reached += first[k];
    best = Math.min(best, n - reached + k - 1);
  }
  return best;
}

// the sentence on a set of genes; tested: whether a gene is among the m
export function boundText(bound, genes, words, level, tested) {
  const levels = [];
  for (const g of genes) if (tested(g)) levels.push(level(g));
  const count = (v) => v.toLocaleString("en");
  if (!levels.length) return "";
  const left = genes.length - levels.length;
  const rest = left ? ` ${count(left)} others were not tested and are not counted.` : "";
  const sure = `${Number((100 * (1 - bound.level)).toPrecision(3))} %${bound.approximate ? ", approximate" : ""}`;
  return `Of the ${count(levels.length)} ${words} at most ${count(falseAtMost(levels, bound.scale, bound.n_tested))} are false (${sure}).${rest}`;
}
