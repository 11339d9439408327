"""N6, N8: halves drawn from 42 wild-type yeast cultures; foldwise's methods, and R's own on some of the same splits.

Real cultures differ in hidden ways, so the fraction of p < .05 is not 5 % for any method: the gate is R's same method
on the same splits.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from verification.analysis import METHODS, Called, two_groups
from verification.rates import null_rates
from verification.reference import yeast

# Methods of R that the script runs, by the options that ask foldwise for the same version's rules.
IN_R: dict[str, dict[str, str]] = {
    "deseq2": {}, "edger-ql": {"profile": "edger-3"}, "edger-lrt": {"profile": "edger-3"}, "limma-voom": {},
    "limma-trend": {},
}  # fmt: skip
SCRIPT = Path(__file__).parent / "r" / "same_splits.R"


def splits(n: int, number: int, seed: int = 48) -> list[np.ndarray]:
    """Return ``number`` draws of 2n columns of the wild type: the first n are group 0."""
    n_samples = yeast("WT")[0].shape[1]
    return [np.random.default_rng((seed, n, i)).permutation(n_samples)[: 2 * n] for i in range(number)]


def wild_type_splits(number: int, replicates: Sequence[int], methods: Sequence[str] = METHODS) -> pd.DataFrame:
    """Return `null_rates` per method, n and split, with foldwise's defaults."""
    counts = yeast("WT")[0].to_numpy()
    rows = []
    for n in replicates:
        for i, columns in enumerate(splits(n, number)):
            for method in methods:
                found = two_groups(counts[:, columns], np.repeat([0, 1], n), method)
                rows.append({"method": method, "n": n, "split": i, **null_rates(found)})
    return pd.DataFrame(rows)


def beside_r(number: int, replicates: Sequence[int]) -> pd.DataFrame:
    """Return rates of foldwise and R, and how far their p-values lie apart, per method, n and split."""
    counts = yeast("WT")[0]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        plan = [(n, i, columns) for n in replicates for i, columns in enumerate(splits(n, number))]
        lines = [f"{n}_{i}\t" + ",".join(str(c + 1) for c in columns) for n, i, columns in plan]
        Path(folder, "splits.tsv").write_text("\n".join(lines) + "\n")
        counts.to_csv(Path(folder, "counts.tsv"), sep="\t")
        subprocess.run(["Rscript", str(SCRIPT), folder], check=True, capture_output=True)
        for n, i, columns in plan:
            theirs = pd.read_csv(Path(folder, f"p_{n}_{i}.tsv"), sep="\t", index_col=0).reindex(counts.index)
            for method, options in IN_R.items():
                ours = two_groups(counts.to_numpy()[:, columns], np.repeat([0, 1], n), method, **options)
                rows.append({"method": method, "n": n, "split": i, **_both(ours, theirs, method)})
    return pd.DataFrame(rows)


def _both(ours: Called, theirs: pd.DataFrame, method: str) -> dict[str, float]:
    p, q = ours.pvalue, theirs[f"p.{method}"].to_numpy(dtype=float)
    hits = np.nan_to_num(theirs[f"padj.{method}"].to_numpy(dtype=float), nan=1.0) < 0.05
    both = np.isfinite(p) & np.isfinite(q)
    apart = np.abs(p[both] - q[both]) / q[both]
    return {
        "genes_foldwise": float(np.isfinite(p).sum()),
        "genes_r": float(np.isfinite(q).sum()),
        "below_05_foldwise": float(np.mean(p[np.isfinite(p)] < 0.05)),
        "below_05_r": float(np.mean(q[np.isfinite(q)] < 0.05)),
        "hits_foldwise": float(ours.hits().sum()),
        "hits_r": float(hits.sum()),
        "calls_different": float((ours.hits() != hits).sum()),
        "median_relative_p": float(np.median(apart)),
        "largest_relative_p": float(apart.max()),
    }


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return mean, spread and range over splits of the fraction of p < .05, per method and n."""
    rows = []
    for (method, n), group in runs.groupby(["method", "n"], sort=False):
        fraction = group["below_05"]
        rows.append(
            {"method": method, "n": n, "splits": len(group), "below_05": fraction.mean(), "sd": fraction.std(),
             "least": fraction.min(), "median": fraction.median(), "most": fraction.max(),
             "ratio_001": group["ratio_001"].mean(), "any_hit": (group["hits"] > 0).mean(),
             "median_hits": group["hits"].median(), "most_hits": group["hits"].max()}
        )  # fmt: skip
    return pd.DataFrame(rows)


def summary_beside_r(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the means over splits, and the largest differences, with the verdict of N6 (within .01 of R)."""
    rows = []
    for (method, n), group in runs.groupby(["method", "n"], sort=False):
        apart = (group["below_05_foldwise"] - group["below_05_r"]).abs().max()
        worst = {name: group[name].max() for name in ("calls_different", "median_relative_p", "largest_relative_p")}
        means = {name: group[name].mean() for name in ("below_05_foldwise", "below_05_r", "hits_foldwise", "hits_r")}
        rows.append(
            {"method": method, "n": n, "splits": len(group), **means, "largest_difference_below_05": apart, **worst,
             "verdict": "pass" if apart <= 0.01 else "FAIL"}
        )  # fmt: skip
    return pd.DataFrame(rows)
