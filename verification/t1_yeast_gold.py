"""T1: small draws from 42 wild-type and 44 knock-out yeast cultures, judged by the calls on all cultures.

Two truths. ``own``: what the same method calls at .05 on all cultures; everything else counts as unchanged, so this
asks whether a method keeps its word. ``common``: changed if deseq2, edger-ql and limma-voom all call it on all
cultures, unchanged if none of them does; the rest is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from verification.analysis import METHODS, Analyze, two_groups
from verification.rates import true_rates
from verification.reference import yeast

REPLICATES = (3, 6, 10)
JUDGES = ("deseq2", "edger-ql", "limma-voom")
FDR = 0.05
MANY_READS = 50


@cache
def full_calls(method: str) -> np.ndarray:
    """Mask of the genes that ``method`` calls on all clean cultures, (n_genes,)."""
    counts, samples = yeast()
    return two_groups(counts.to_numpy(), (samples["condition"] == "Snf2").to_numpy(), method).hits(FDR)


def gold() -> tuple[np.ndarray, np.ndarray]:
    """Return the masks of genes changed and unchanged by common judgment."""
    votes = np.sum([full_calls(method) for method in JUDGES], axis=0)
    expressed = yeast()[0].to_numpy().sum(axis=1) > 0
    return votes == len(JUDGES), (votes == 0) & expressed


def balance(methods: Sequence[str] = METHODS) -> pd.DataFrame:
    """Return how fold changes on all cultures lie about zero, genes of more than `MANY_READS` reads a culture.

    Scaling by library totals turns a difference of the most expressed genes into a shift of all others.
    """
    counts, samples = yeast()
    values, group = counts.to_numpy(), (samples["condition"] == "Snf2").to_numpy()
    often = values.mean(axis=1) > MANY_READS
    runs = {method: two_groups(values, group, method) for method in methods}
    return pd.DataFrame(
        {
            "method": name,
            "median_log2": float(np.nanmedian(called.log2_fold_change[often])),
            "up": int((called.hits() & (called.log2_fold_change > 0)).sum()),
            "down": int((called.hits() & (called.log2_fold_change < 0)).sum()),
        }
        for name, called in runs.items()
    )


def yeast_draws(
    number: int, replicates: Sequence[int] = REPLICATES, methods: Sequence[str] = METHODS, analyze: Analyze = two_groups
) -> pd.DataFrame:
    """Return false discovery proportion and power at .05 of each draw; all methods see the same draws."""
    counts, samples = yeast()
    members = [np.flatnonzero(samples["condition"] == level) for level in ("WT", "Snf2")]
    changed, unchanged = gold()
    rows = []
    for n in replicates:
        for i in range(number):
            rng = np.random.default_rng((1, n, i))
            columns = np.concatenate([rng.permutation(each)[:n] for each in members])
            for method in methods:
                called = analyze(counts.to_numpy()[:, columns], np.repeat([0, 1], n), method)
                own = true_rates(called, full_calls(method), ~full_calls(method))
                common = true_rates(called, changed, unchanged)
                rows += [
                    {"method": method, "n": n, "truth": "own", "draw": i, **own},
                    {"method": method, "n": n, "truth": "common", "draw": i, **common},
                ]
    return pd.DataFrame(rows)
