"""A3: changes planted into people drawn at random: the true share of false discoveries against what is stated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from foldwise.model.certificate import PostHocBound
from foldwise.stats.posthoc import false_bound
from verification.a1_certificate_rates import people
from verification.null_runs import analysis_of, certificate_of, two_groups_of
from verification.plant import drawn_changes, plant

SHARE = 0.10
# Sets of genes chosen after looking: the called ones, and the best of them.
SETS = (20, 100, None)


def stated_and_true(
    draws: int, n_samples: int = 6, method: str = "limma-trend", n: int = 100, source: np.ndarray | None = None,
    n_genes: int = 3000,
) -> pd.DataFrame:  # fmt: skip
    """Return one row per draw: the false discovery proportion, its estimate with its bound, and post hoc bounds."""
    counts = people() if source is None else source
    rows = []
    for i in range(draws):
        rng = np.random.default_rng((24, n_samples, i))
        genes, people_of = rng.permutation(len(counts))[:n_genes], rng.permutation(counts.shape[1])[: 2 * n_samples]
        chosen = counts[np.ix_(genes, people_of)]
        change = drawn_changes(len(chosen), SHARE, "both", rng)
        made = plant(chosen, np.repeat([0, 1], n_samples), change, rng)
        analysis = analysis_of(two_groups_of(made.counts, made.group), method)
        (of,) = certificate_of(analysis, n, i + 1, bounds=True).contrasts
        table = analysis.results[0].table
        called = (table["padj"] < 0.05).to_numpy()
        n_called = int(called.sum())
        fdp = float((called & (change == 0)).sum()) / max(n_called, 1)
        row = {"method": method, "n": n_samples, "draw": i, "called": n_called, "fdp": fdp, "stated": of.fdp,
               "stated_upper": of.fdp_upper}  # fmt: skip
        rows.append(row | _sets(table, change, of.bound, n_called))
    return pd.DataFrame(rows)


def _sets(table: pd.DataFrame, change: np.ndarray, bound: PostHocBound | None, n_called: int) -> dict[str, float]:
    """False genes of sets and their bounds; a set is violated where it holds more than its bound."""
    pvalue = table["pvalue"].to_numpy()
    order = np.argsort(np.where(np.isnan(pvalue), 2.0, pvalue), kind="stable")
    violated = 0
    tightest = 1.0
    for size in SETS:
        best = order[: n_called if size is None else min(size, n_called)]
        if bound is None or not len(best):
            continue
        at_most = false_bound(pvalue[best], bound.scale, bound.n_tested)
        violated += int((change[best] == 0).sum()) > at_most
        tightest = min(tightest, at_most / len(best))
    return {"violated": float(violated > 0), "tightest_bound": tightest}


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return how often the statements held, with binomial standard errors."""
    rows = []
    for (method, n), group in runs.groupby(["method", "n"], sort=False):
        held = float((group["fdp"] <= group["stated_upper"] + 1e-12).mean())
        rows.append({
            "method": method, "n": n, "runs": len(group), "called": group["called"].mean(), "fdp": group["fdp"].mean(),
            "stated": group["stated"].mean(), "bias": (group["stated"] - group["fdp"]).mean(),
            "upper_held": held, "upper_held_se": float(np.sqrt(held * (1 - held) / len(group))),
            "bound_held": 1 - group["violated"].mean(), "tightest_bound": group["tightest_bound"].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def claims(
    draws: int, methods: Sequence[str] = ("limma-trend", "edger-ql"), sizes: Sequence[int] = (5, 10)
) -> pd.DataFrame:
    """Return the runs of all methods and sizes; edgeR's with a quarter of the draws, as it takes longer."""
    source = people()
    return pd.concat([
        stated_and_true(draws if method == "limma-trend" else max(draws // 4, 1), n, method, source=source)
        for method in methods for n in sizes
    ])  # fmt: skip
