"""Foldwise and R's own packages (DESeq2, edgeR, limma as black boxes) on the same counts of two groups."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from verification.analysis import Called, two_groups

# Methods of R that the script runs, by the options that ask foldwise for the same version's rules.
EDGER_3 = {"profile": "edger-3"}
IN_R: dict[str, dict[str, str]] = {
    "deseq2": {}, "edger-ql": EDGER_3, "edger-lrt": EDGER_3, "edger-exact": EDGER_3, "limma-voom": {},
    "limma-trend": {},
}  # fmt: skip
SCRIPT = Path(__file__).parent / "r" / "same_splits.R"


def run_r(
    counts: pd.DataFrame, splits: Mapping[str, np.ndarray], methods: Sequence[str] = tuple(IN_R)
) -> dict[str, pd.DataFrame]:
    """Return R's ``p.<method>`` and ``padj.<method>`` of each split (its columns: group 0, then group 1)."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"{name}\t" + ",".join(str(c + 1) for c in columns) for name, columns in splits.items()]
        Path(folder, "splits.tsv").write_text("\n".join(lines) + "\n")
        counts.to_csv(Path(folder, "counts.tsv"), sep="\t")
        subprocess.run(["Rscript", str(SCRIPT), folder, ",".join(methods)], check=True, capture_output=True)
        return {
            name: pd.read_csv(Path(folder, f"p_{name}.tsv"), sep="\t", index_col=0).reindex(counts.index)
            for name in splits
        }


def side_by_side(
    counts: pd.DataFrame, splits: Mapping[str, np.ndarray], methods: Sequence[str] = tuple(IN_R)
) -> pd.DataFrame:
    """Return rates of both and how far their p-values lie apart, one row per split and method."""
    rows = []
    for name, theirs in run_r(counts, splits, methods).items():
        columns = splits[name]
        group = np.repeat([0, 1], len(columns) // 2)
        for method in methods:
            ours = two_groups(counts.to_numpy()[:, columns], group, method, **IN_R[method])
            rows.append({"method": method, "split": name, **_both(ours, theirs, method)})
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
