"""D2: power predicted from a pilot of yeast cultures against the power that draws of 42 v 44 cultures have.

Right are genes with ten reads per culture whose change on all cultures is at least 1.4 or twofold, and called there by
all of ``deseq2``, ``edger-ql`` and ``limma-voom``. Pilots are small draws of the same cultures; nothing of the others
enters.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

import foldwise as fw
from verification.analysis import two_groups
from verification.reference import yeast
from verification.t1_yeast_gold import gold

METHODS = ("deseq2", "edger-ql", "limma-voom")
PILOTS = (4, 6, 10)
SIZES = (3, 4, 6, 10, 15)
LEAST_LOG2 = (0.5, 1.0)
LEAST_READS = 10.0
WITHIN = 0.10


def right_genes(lfc: float) -> np.ndarray:
    """Mask of the genes that ought to be found, (n_genes,)."""
    counts, samples = yeast()
    values, group = counts.to_numpy(), (samples["condition"] == "Snf2").to_numpy()
    sizes = [np.abs(two_groups(values, group, method).log2_fold_change) for method in METHODS]
    return np.asarray(gold()[0] & (np.median(sizes, axis=0) >= lfc) & (values.mean(axis=1) >= LEAST_READS))


def drawn(n: int, seed: tuple[int, ...]) -> np.ndarray:
    """Columns of n wild-type and n knock-out cultures, (2 n,)."""
    samples = yeast()[1]
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.permutation(np.flatnonzero(samples["condition"] == level))[:n] for level in ("WT", "Snf2")]
    )


def realized(number: int, methods: Sequence[str] = METHODS, sizes: Sequence[int] = SIZES) -> pd.DataFrame:
    """Return the mean power of draws of each size."""
    counts, right = yeast()[0].to_numpy(), {lfc: right_genes(lfc) for lfc in LEAST_LOG2}
    rows = []
    for method in methods:
        for n in sizes:
            hits = [
                two_groups(counts[:, drawn(n, (92, n, i))], np.repeat([0, 1], n), method).hits() for i in range(number)
            ]
            for lfc, genes in right.items():
                found = [called[genes].mean() for called in hits]
                rows.append({"method": method, "n": n, "log2": lfc, "realized": np.mean(found),
                             "realized_se": np.std(found, ddof=1) / np.sqrt(number)})  # fmt: skip
    return pd.DataFrame(rows)


def predicted(number: int, runs: int, methods: Sequence[str] = METHODS, sizes: Sequence[int] = SIZES) -> pd.DataFrame:
    """Return what ``fw.power`` says from ``number`` pilots of each size."""
    counts, samples = yeast()
    rows = []
    for pilot in PILOTS:
        for i in range(number):
            columns = drawn(pilot, (91, pilot, i))
            sheet = samples.iloc[columns][["condition"]]
            for method, lfc in product(methods, LEAST_LOG2):
                wanted = [n for n in sizes if n <= 3 * pilot]
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    curve = fw.power(
                        counts.iloc[:, columns], "~ condition", ("condition", "Snf2", "WT"), samples=sheet, n=wanted,
                        lfc=lfc, runs=runs, method=method, threads=1,
                    )  # fmt: skip
                whole = curve.table[curve.table["expression"] == "all"]
                rows += [
                    {
                        "method": method,
                        "log2": lfc,
                        "pilot": pilot,
                        "draw": i,
                        "n": int(n),
                        "kind": kind,
                        "predicted": power,
                    }
                    for n, kind, power in zip(whole["n"], whole["kind"], whole["power"], strict=True)
                ]
    return pd.DataFrame(rows)


def compared(pilots: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return predicted beside realized power by method, pilot and n, and the share of pilots within ten points."""
    joined = pilots.merge(truth, on=["method", "n", "log2"])
    joined["apart"] = joined["predicted"] - joined["realized"]
    rows = []
    for (method, lfc, pilot, n, kind), part in joined.groupby(["method", "log2", "pilot", "n", "kind"], sort=False):
        rows.append({
            "method": method, "log2": lfc, "pilot": pilot, "n": n, "kind": kind, "pilots": len(part),
            "predicted": part["predicted"].mean(), "realized": part["realized"].iloc[0],
            "points_apart": 100 * part["apart"].mean(), "most_apart": 100 * part["apart"].abs().max(),
            "within_10": (part["apart"].abs() <= WITHIN).mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def summary(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the same over pilots of all sizes: by method, change and n."""
    rows = []
    for (method, lfc, n), part in cells.groupby(["method", "log2", "n"], sort=True):
        pilots = part["pilots"].to_numpy(dtype=float)
        share = pilots / pilots.sum()
        rows.append({
            "method": method, "log2": lfc, "n": n, "pilots": int(pilots.sum()),
            "predicted": float((part["predicted"] * share).sum()), "realized": part["realized"].iloc[0],
            "points_apart": float((part["points_apart"] * share).sum()), "most_apart": part["most_apart"].max(),
            "within_10": float((part["within_10"] * share).sum()),
        })  # fmt: skip
    return pd.DataFrame(rows)
