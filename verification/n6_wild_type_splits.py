"""N6, N8: halves drawn from 42 wild-type yeast cultures; foldwise's methods, and R's own on some of the same splits.

Real cultures differ in hidden ways, so the fraction of p < .05 is not 5 % for any method: the gate is R's same method
on the same splits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from verification.analysis import METHODS, two_groups
from verification.beside_r import side_by_side
from verification.rates import null_rates
from verification.reference import yeast


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
    parts = []
    for n in replicates:
        plan = {f"{n}_{i}": columns for i, columns in enumerate(splits(n, number))}
        found = side_by_side(counts, plan)
        parts.append(found.assign(n=n, split=found["split"].str.split("_").str[1].astype(int)))
    joined = pd.concat(parts, ignore_index=True)
    return joined[["method", "n", "split", *(name for name in joined if name not in ("method", "n", "split"))]]


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
