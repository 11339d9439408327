"""T3: simulations with known changes in which one count in a hundred is fifty times too large."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from verification.analysis import METHODS, Analyze, two_groups
from verification.rates import true_rates
from verification.simulate import draw
from verification.t7_false_discoveries import FDR, SHARE_CHANGED

REPLICATES = (3, 6, 10)
SHARE_OUTLIERS, TIMES = 0.01, 50
# Settings against outliers, beside the methods' own.
VARIANTS = {"edger-ql --robust": {"robust": True}, "limma-voom --robust": {"robust": True}}


def with_outliers(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Multiply one count in a hundred (at least one read) by fifty."""
    hit = rng.random(counts.shape) < SHARE_OUTLIERS
    return np.where(hit, TIMES * np.maximum(counts, 1), counts)


def simulated_outliers(
    runs: int, methods: Sequence[str] = (*METHODS, *VARIANTS), replicates: Sequence[int] = REPLICATES,
    analyze: Analyze = two_groups, n_genes: int = 2000,
) -> pd.DataFrame:  # fmt: skip
    """Return false discovery proportion and power of each run, with and without outliers, on the same counts."""
    rows = []
    for n, run in product(replicates, range(runs)):
        seed = (zlib.crc32(f"outliers {n}".encode()), run)
        data = draw(n_genes, n, "deep", "usual", seed, SHARE_CHANGED)
        changed = data.log2_fold_change != 0
        spoiled = with_outliers(data.counts, np.random.default_rng((*seed, 1)))
        for method, (planted, counts) in product(methods, (("none", data.counts), ("1 % x 50", spoiled))):
            called = analyze(counts, data.group, method.split(" ")[0], **VARIANTS.get(method, {}))
            apart = (called.log2_fold_change - data.log2_fold_change)[called.tested]
            rows.append(
                {"method": method, "n": n, "planted": planted, "run": run, **true_rates(called, changed, ~changed, FDR),
                 "rmse_log2": float(np.sqrt(np.mean(apart**2))), "missing": float(np.mean(~called.tested))}
            )  # fmt: skip
    return pd.DataFrame(rows)
