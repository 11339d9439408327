"""B4: counts in which nothing is hidden: the number of factors chosen is to be 0."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from verification.hidden import chosen, expressed
from verification.null_runs import two_groups_of
from verification.simulate import draw


def noise(n: int, sizes: Sequence[int] = (10, 20), n_genes: int = 2000) -> pd.DataFrame:
    """Return the number of factors chosen for each simulation, by samples per group."""
    rows = []
    for size in sizes:
        for i in range(n):
            made = draw(n_genes, size, "deep", "usual", (51, size, i))
            of, design = expressed(two_groups_of(made.counts, made.group), "~ group")
            choice = chosen(of, design, seed=i + 1)
            stand_out = 0 if choice.scree is None else choice.scree.rank
            rows.append({"n": size, "run": i, "parallel_analysis": stand_out, "k": choice.k})
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame, least: float = 0.95) -> pd.DataFrame:
    """Return the share of simulations without a factor; 95 % are wanted."""
    rows = []
    for n, group in table.groupby("n", sort=False):
        none = float((group["k"] == 0).mean())
        alone = float((group["parallel_analysis"] == 0).mean())
        rows.append({"n": n, "runs": len(group), "none_by_parallel_analysis": alone, "none": none,
                     "verdict": "pass" if none >= least else "FAIL"})  # fmt: skip
    return pd.DataFrame(rows)
