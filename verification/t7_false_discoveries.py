"""T7: on simulated data with known changes the mean false discovery proportion at .05 is .05 or less (+ 2 SE)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from verification.analysis import METHODS, Analyze, two_groups
from verification.rates import standard_error, true_rates
from verification.simulate import DISPERSIONS, draw

REPLICATES = (3, 6, 10)
SHARE_CHANGED = 0.15
FDR = 0.05


def simulated_changes(
    runs: int,
    n_genes: int = 2000,
    replicates: Sequence[int] = REPLICATES,
    methods: Sequence[str] = METHODS,
    dispersions: Sequence[str] = tuple(DISPERSIONS),
    analyze: Analyze = two_groups,
) -> pd.DataFrame:
    """Return false discovery proportion and power of each run; 15 % of the genes change, as many up as down."""
    rows = []
    for n, dispersion, run in product(replicates, dispersions, range(runs)):
        seed = (zlib.crc32(f"changes {n} {dispersion}".encode()), run)
        data = draw(n_genes, n, "deep", dispersion, seed, SHARE_CHANGED)
        changed = data.log2_fold_change != 0
        for method in methods:
            called = analyze(data.counts, data.group, method)
            apart = called.log2_fold_change - data.log2_fold_change
            rows.append(
                {"method": method, "n": n, "dispersion": dispersion, "run": run,
                 **true_rates(called, changed, ~changed, FDR),
                 "rmse_log2": float(np.sqrt(np.mean(apart[called.tested] ** 2)))}
            )  # fmt: skip
    return pd.DataFrame(rows)


def false_discoveries(runs: pd.DataFrame, cell: Sequence[str] = ("method", "n", "dispersion")) -> pd.DataFrame:
    """Return mean false discovery proportion and power of each cell, with the verdict on the former."""
    rows = []
    for key, group in runs.groupby(list(cell), sort=False):
        error = standard_error(group["fdp"].to_numpy())
        verdict = "pass" if group["fdp"].mean() <= FDR + 2 * error else "FAIL"
        means = {name: group[name].mean() for name in ("calls", "tpr", "rmse_log2") if name in group}
        rows.append(
            {**dict(zip(cell, key, strict=True)), "runs": len(group), "fdp": group["fdp"].mean(), "fdp_se": error,
             **means, "verdict": verdict}
        )  # fmt: skip
    return pd.DataFrame(rows)
