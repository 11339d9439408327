"""T2: exact changes planted into wild-type yeast and untreated airway cells; both directions, or all genes up.

Real cultures differ in hidden ways beside what was planted (N6): calls of genes without a planted change are false
by the truth of this claim, though a hidden difference may be real.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from verification.analysis import METHODS, Analyze, Called, two_groups
from verification.plant import DIRECTIONS, drawn_changes, plant
from verification.rates import standard_error, true_rates
from verification.reference import table, yeast

SHARES = (0.05, 0.15, 0.30)
RATES = (0.01, 0.05, 0.10)
# Part of the area under the curve of power over false positives: up to this share of false positives.
FALSE_POSITIVES = 0.05
CELL = ["data", "n", "planted", "method"]
REPLICATES = {"yeast": (3, 6, 10), "airway": (2,)}


def planted_changes(
    number: int, data: str, methods: Sequence[str] = METHODS, analyze: Analyze = two_groups,
    replicates: Sequence[int] | None = None, shares: Sequence[float] = SHARES,
) -> pd.DataFrame:  # fmt: skip
    """Return rates of each draw: data, n, share of genes changed, direction and method; all see the same counts."""
    counts = source(data)
    rows = []
    for n, share, direction, i in product(replicates or REPLICATES[data], shares, DIRECTIONS, range(number)):
        rng = np.random.default_rng((2, n, round(100 * share), DIRECTIONS.index(direction), i))
        columns = rng.permutation(counts.shape[1])[: 2 * n]
        change = drawn_changes(len(counts), share, direction, rng)
        made = plant(counts[:, columns], np.repeat([0, 1], n), change, rng)
        for method in methods:
            found = rates(analyze(made.counts, made.group, method), made.log2_fold_change, made.counts)
            rows.append({"data": data, "n": n, "planted": f"{share:.0%} {direction}", "method": method, "draw": i}
                        | found)  # fmt: skip
    return pd.DataFrame(rows)


def source(data: str) -> np.ndarray:
    """Counts (n_genes, n_samples) without a known difference: 42 wild-type cultures, or 4 untreated cell lines."""
    if data == "yeast":
        return yeast("WT")[0].to_numpy()
    samples = table("airway", "samples.tsv")
    found = table("airway", "counts.tsv.gz")[samples.index[samples["dex"] == "untrt"]].to_numpy()
    return np.asarray(found[found.sum(axis=1) > 0])


def rates(called: Called, change: np.ndarray, counts: np.ndarray) -> dict[str, float]:
    """False discovery proportion and power at three rates, area under the curve, errors and intervals of changes."""
    read = counts.sum(axis=1) > 0
    changed, unchanged = (change != 0) & read, (change == 0) & read
    found: dict[str, float] = {"calls": true_rates(called, changed, unchanged)["calls"]}
    for rate in RATES:
        both = true_rates(called, changed, unchanged, rate)
        name = "" if rate == 0.05 else f"_{round(100 * rate):02d}"
        found |= {f"fdp{name}": both["fdp"], f"tpr{name}": both["tpr"]}
    apart = called.log2_fold_change - change
    found["partial_auc"] = partial_auc(called.pvalue, changed, unchanged)
    found["mse_log2"] = float(np.mean(apart[called.tested] ** 2))
    found["coverage"] = coverage(called, change)
    found["missing"] = float(np.mean(~called.tested[read]))
    return found


def partial_auc(pvalue: np.ndarray, changed: np.ndarray, unchanged: np.ndarray) -> float:
    """Mean power over false positive rates up to `FALSE_POSITIVES`; genes without a p-value come last."""
    p = np.nan_to_num(pvalue, nan=1.0)
    null, true = np.sort(p[unchanged]), np.sort(p[changed])
    n = max(int(FALSE_POSITIVES * len(null)), 1)
    return float(np.mean(np.searchsorted(true, null[:n], side="left") / max(len(true), 1)))


def coverage(called: Called, change: np.ndarray) -> float:
    """Share of 95 % intervals that hold the planted change; NaN for methods without standard errors."""
    if called.low is None or called.high is None:
        return float("nan")
    known = np.isfinite(called.low) & np.isfinite(called.high)
    return float(np.mean((called.low[known] <= change[known]) & (change[known] <= called.high[known])))


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the means of each cell, the error of the false discovery proportion, and the verdict of T7."""
    names = [name for name in runs.columns if name not in (*CELL, "draw")]
    rows = []
    for key, group in runs.groupby(CELL, sort=False):
        error = standard_error(group["fdp"].to_numpy())
        verdict = "pass" if group["fdp"].mean() <= 0.05 + 2 * error else "FAIL"
        means = {name: group[name].mean() for name in names}
        rows.append({**dict(zip(CELL, key, strict=True)), "runs": len(group), **means, "fdp_se": error,
                     "verdict": verdict})  # fmt: skip
    return pd.DataFrame(rows)
