"""T4: corrections that use a covariate, on yeast cultures with planted changes (the design of Korthauer et al. 2019).

Two groups of 5 or 10 wild-type cultures, 2,000 genes changed. The covariate knows much, little or nothing of which
genes these are; a shuffled one must cost and gain nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pandas as pd

from foldwise.correct.storey import storey
from foldwise.learn.weighting import GeneFacts, weigh
from foldwise.stats.ihw import ihw
from foldwise.stats.independent_filtering import filtered_padj
from foldwise.stats.multiple_testing import benjamini_hochberg, benjamini_yekutieli
from verification.analysis import Called, two_groups
from verification.plant import Planted, drawn_changes, plant
from verification.rates import standard_error
from verification.reference import yeast

REPLICATES = (5, 10)
N_CHANGED = 2000
# Odds of a change rise over the covariate from 1/STEEP to STEEP; 1: it says nothing.
COVARIATES = {"strong": 40.0, "weak": 3.0, "none": 1.0}
METHOD = "edger-ql"
FDR = 0.05
PROFILE = "deseq2-1.44"
Corrections = Callable[[np.ndarray, np.ndarray, int], dict[str, np.ndarray]]


def draws(
    number: int, replicates: Sequence[int] = REPLICATES, covariates: Sequence[str] = tuple(COVARIATES),
    correct: Corrections | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return false discovery proportion and power of each draw, covariate and correction, on one method's p-values."""
    counts = yeast("WT")[0].to_numpy()
    rows = []
    for n, word, i in product(replicates, covariates, range(number)):
        steep = COVARIATES[word]
        rng = np.random.default_rng((4, n, list(COVARIATES).index(word), i))
        columns = rng.permutation(counts.shape[1])[: 2 * n]
        covariate = rng.random(len(counts))
        change = _changes(len(counts), covariate, steep, rng)
        made = plant(counts[:, columns], np.repeat([0, 1], n), change, rng)
        called = two_groups(made.counts, made.group, METHOD)
        tested = called.tested
        p, x, truth = called.pvalue[tested], covariate[tested], change[tested] != 0
        order = rng.permutation(len(x))
        for name, padj in {
            **(correct or corrections)(p, x, i),
            "ihw, shuffled": ihw(p, x[order], FDR, seed=i).padj,
            **learned(called, made, covariate, np.flatnonzero(tested), order),
        }.items():
            hits = np.nan_to_num(padj, nan=1.0) < FDR
            rows.append({"planted": word, "n": n, "method": name, "draw": i, "calls": float(hits.sum()),
                         "fdp": float((hits & ~truth).sum() / max(hits.sum(), 1)),
                         "tpr": float((hits & truth).sum() / max(truth.sum(), 1))})  # fmt: skip
    return pd.DataFrame(rows)


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return means per cell, and the gain of power over Benjamini and Hochberg on the same draws (points)."""
    rows = []
    for (word, n), cell in runs.groupby(["planted", "n"], sort=False):
        plain = cell[cell["method"] == "bh"].set_index("draw")["tpr"]
        for method, group in cell.groupby("method", sort=False):
            gain = 100 * (group.set_index("draw")["tpr"] - plain)
            error = standard_error(group["fdp"].to_numpy())
            verdict = "pass" if group["fdp"].mean() <= FDR + 2 * error else "FAIL"
            rows.append(
                {"planted": word, "n": n, "method": method, "runs": len(group), "fdp": group["fdp"].mean(),
                 "fdp_se": error, "calls": group["calls"].mean(), "tpr": group["tpr"].mean(),
                 "gain_points": gain.mean(), "gain_se": standard_error(gain.to_numpy()), "verdict": verdict}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _changes(n_genes: int, covariate: np.ndarray, steep: float, rng: np.random.Generator) -> np.ndarray:
    """Log2 fold changes, about `N_CHANGED` of them not 0, their odds rising with the covariate."""
    odds = steep ** (2 * covariate - 1)
    low, high = 0.0, 1e6
    for _ in range(100):  # the factor of the odds that gives the number of changes
        middle = (low + high) / 2
        low, high = (middle, high) if np.sum(middle * odds / (1 + middle * odds)) < N_CHANGED else (low, middle)
    share = low * odds / (1 + low * odds)
    return np.where(rng.random(n_genes) < share, drawn_changes(n_genes, 1.0, "both", rng), 0.0)


def learned(
    called: Called, made: Planted, covariate: np.ndarray, rows: np.ndarray, order: np.ndarray
) -> dict[str, np.ndarray]:
    """Adjusted p-values of the genes tested by weights learned from the mean and the covariate, or one shuffled."""
    design = np.column_stack([np.ones(len(made.group)), made.group]).astype(float)
    other = covariate.copy()
    other[rows] = covariate[rows][order]
    return {
        name: weigh(called.pvalue, called.mean, made.counts, design, GeneFacts({"covariate": x})).learned.padj[rows]
        for name, x in (("learned weights", covariate), ("learned weights, shuffled", other))
    }


def corrections(p: np.ndarray, covariate: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Adjusted p-values by the name of the correction."""
    return {
        "bh": benjamini_hochberg(p),
        "by": benjamini_yekutieli(p),
        "storey": storey(p)[0],
        "independent filtering": filtered_padj(covariate, p, FDR, PROFILE, benjamini_hochberg).padj,
        "ihw": ihw(p, covariate, FDR, seed=seed).padj,
    }
