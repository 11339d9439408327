"""Learned weights: what they find beside IHW and independent filtering, whether it holds, and that nothing is made up.

Weights are taken as they come here; the gate, which takes most of them out again, is shown as a column.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

import foldwise as fw
from foldwise.certify.certificate import delivered
from foldwise.certify.null_runs import Settings, fake_jobs, fakes_for, null_runs
from foldwise.certify.procedure import Outcome, Procedure, classical, reusable_factors
from foldwise.certify.seeds import FAKE
from foldwise.certify.verdict import binomial_quantile
from foldwise.certify.weighted import Weighed, weighed
from foldwise.learn.weighting import gene_facts
from foldwise.model.analysis import Analysis
from foldwise.stats.ihw import ihw
from foldwise.stats.independent_filtering import filtered_padj
from foldwise.stats.multiple_testing import benjamini_hochberg
from verification.plant import drawn_changes, plant
from verification.rates import standard_error
from verification.reference import table, yeast
from verification.simulate import draw

FDR = 0.05
PROFILE = "deseq2-1.44"
SETS = {
    "airway": ("~ cell + dex", ("dex", "trt", "untrt")),
    "pasilla": ("~ type + condition", ("condition", "treated", "untreated")),
    "bottomly": ("~ batch + strain", ("strain", "DBA2J", "C57BL6J")),
}
SHARE_CHANGED = 0.15
DELIVERED, SHUFFLED = "learned weights where the gate is passed", "learned weights, shuffled"


def analyzed(
    counts: pd.DataFrame, samples: pd.DataFrame, design: str, contrast: Sequence[str], method: str
) -> Analysis:
    """Run one comparison."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fw.de(counts, samples, design, contrast=tuple(contrast), method=method, threads=1)
    return found.analysis


def with_learned(analysis: Analysis, fdr: float = FDR, mean: np.ndarray | None = None) -> Weighed:
    """Weigh the first contrast; ``mean`` takes the place of the mean counts (n_genes,)."""
    outcome = delivered(analysis)[0]
    outcome = outcome if mean is None else replace(outcome, base_mean=mean)
    return weighed(outcome, analysis.experiment, analysis.design, gene_facts(analysis.experiment.genes), fdr)


def corrections(outcome: Outcome, fdr: float, seed: int = 1) -> dict[str, np.ndarray]:
    """Adjusted p-values (n_genes,) of the corrections that weights are held against."""
    p, mean = outcome.pvalue, np.nan_to_num(outcome.base_mean, nan=0.0)
    return {
        "bh": benjamini_hochberg(p),
        "independent filtering": filtered_padj(mean, p, fdr, PROFILE).padj,
        "ihw": ihw(p, outcome.base_mean, fdr, seed=seed).padj,
    }


def shuffled(mean: np.ndarray, seed: int) -> np.ndarray:
    """Known means in another order, (n_genes,)."""
    known = np.flatnonzero(np.isfinite(mean))
    found = mean.copy()
    found[known] = np.random.default_rng(seed).permutation(mean[known])
    return found


def counts_of_calls(
    methods: Sequence[str] = ("deseq2", "edger-ql"), levels: Sequence[float] = (0.05, 0.1)
) -> pd.DataFrame:
    """Return calls on whole data sets: learned weights must make at least those of IHW less 1 %."""
    rows = []
    for name, method in product(SETS, methods):
        design, contrast = SETS[name]
        analysis = analyzed(
            table(name, "counts.tsv.gz"), table(name, "samples.tsv").astype(str), design, contrast, method
        )
        outcome = delivered(analysis)[0]
        for level in levels:
            calls = {word: _calls(padj, level) for word, padj in corrections(outcome, level).items()}
            found = with_learned(analysis, level)
            moved = with_learned(analysis, level, shuffled(outcome.base_mean, 1)).n_called / calls["bh"] - 1
            verdict = "pass" if found.n_called >= 0.99 * calls["ihw"] else "FAIL"
            rows.append(
                {"data": name, "method": method, "fdr": level, **calls, "ihw_in_r": _in_r(name, method, level),
                 "learned": found.n_called, "gain_percent": 100 * found.gain, "gate": _gate(found),
                 "shuffled_percent": 100 * moved, "verdict": verdict}
            )  # fmt: skip
    return pd.DataFrame(rows)


def held_out_donors(method: str = "deseq2") -> pd.DataFrame:
    """Return what is found in three donors of airway and how much of it the fourth shows (same sign, half the size)."""
    counts, samples = table("airway", "counts.tsv.gz"), table("airway", "samples.tsv").astype(str)
    rows = []
    for donor in samples["cell"].unique():
        kept = samples["cell"] != donor
        analysis = analyzed(counts.loc[:, kept.to_numpy()], samples[kept], *SETS["airway"], method)
        outcome = delivered(analysis)[0]
        other = _one_pair(counts.loc[:, ~kept.to_numpy()], samples[~kept])
        same = (np.sign(other) == np.sign(outcome.log2_fold_change)) & (
            np.abs(other) >= np.abs(outcome.log2_fold_change) / 2
        )
        lists = {**corrections(outcome, FDR), "learned weights": with_learned(analysis).outcome.padj}
        for word, padj in lists.items():
            hits = np.nan_to_num(padj, nan=1.0) < FDR
            rows.append(
                {"donor": donor, "method": word, "calls": int(hits.sum()), "replicated": float(same[hits].mean())}
            )
    runs = pd.DataFrame(rows)
    means = runs.groupby("method", sort=False)[["calls", "replicated"]].mean().reset_index()
    least = means.set_index("method")["replicated"]["independent filtering"] - 0.01
    means["verdict"] = ["pass" if value >= least else "FAIL" for value in means["replicated"]]
    return means


def thinned(
    number: int, replicates: Sequence[int] = (3, 5, 10), methods: Sequence[str] = ("deseq2", "edger-ql")
) -> pd.DataFrame:  # fmt: skip
    """Return false discoveries and power on wild-type yeast with planted changes, per draw and correction."""
    counts = yeast("WT")[0]
    rows = []
    for n, i in product(replicates, range(number)):
        rng = np.random.default_rng((5, n, i))
        change = drawn_changes(len(counts), SHARE_CHANGED, "both", rng)
        columns = rng.permutation(counts.shape[1])[: 2 * n]
        made = plant(counts.to_numpy()[:, columns], np.repeat([0, 1], n), change, rng)
        samples = pd.DataFrame({"group": ["b" if one else "a" for one in made.group]}, index=counts.columns[columns])
        frame = pd.DataFrame(made.counts, index=counts.index, columns=samples.index)
        for method in methods:
            rows += [
                {"n": n, "method": method, "draw": i, **row}
                for row in _against_truth(frame, samples, method, change, i)
            ]
    return pd.DataFrame(rows)


def simulated(
    number: int, replicates: Sequence[int] = (3, 5, 10), methods: Sequence[str] = ("deseq2", "edger-ql"),
    n_genes: int = 6000,
) -> pd.DataFrame:  # fmt: skip
    """Return the same on simulated counts, where nothing differs but what was changed."""
    rows = []
    for n, i in product(replicates, range(number)):
        made = draw(n_genes, n, "shallow", "usual", (6, n, i), SHARE_CHANGED)
        samples = pd.DataFrame(
            {"group": ["b" if one else "a" for one in made.group]}, index=[f"s{j}" for j in range(2 * n)]
        )
        frame = pd.DataFrame(made.counts, index=[f"g{j}" for j in range(n_genes)], columns=samples.index)
        for method in methods:
            found = _against_truth(frame, samples, method, made.log2_fold_change, i)
            rows += [{"n": n, "method": method, "draw": i, **row} for row in found]
    return pd.DataFrame(rows)


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return means per cell, gains over independent filtering and over BH on the same draws, and verdicts.

    What is delivered, weights where the gate is passed: false discoveries at most .055 and at least the power of
    independent filtering, by their errors. Shuffled means: within half a point of BH. Others are shown beside them.
    """
    rows = []
    for (n, method), cell in runs.groupby(["n", "method"], sort=False):
        of = {word: part.set_index("draw") for word, part in cell.groupby("correction", sort=False)}
        filtered, plain = of["independent filtering"]["tpr"], of["bh"]["tpr"]
        for word, part in of.items():
            gain, moved = 100 * (part["tpr"] - filtered), 100 * (part["tpr"] - plain)
            error = standard_error(part["fdp"].to_numpy())
            lost = 2 * standard_error(gain.to_numpy())
            verdict = ""
            if word == DELIVERED:
                fine = part["fdp"].mean() <= 0.055 + 2 * error and gain.mean() >= -lost
                verdict = "pass" if fine else "FAIL"
            elif word == SHUFFLED:
                verdict = "pass" if abs(moved.mean()) <= 0.5 else "FAIL"
            rows.append(
                {"n": n, "method": method, "correction": word, "runs": len(part), "fdp": part["fdp"].mean(),
                 "fdp_se": error, "tpr": part["tpr"].mean(), "gain_over_filtering": gain.mean(),
                 "gain_se": standard_error(gain.to_numpy()), "gain_over_bh": moved.mean(),
                 "verdict": verdict}
            )  # fmt: skip
    return pd.DataFrame(rows)


def null_calls(number: int, cells: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return the share of runs with a fake factor in which a gene is called, with and without weights.

    Parameters
    ----------
    number : int
        Runs, where there are so many groupings.
    cells : sequence of (data, method)
    """
    rows = []
    for name, method in cells:
        analysis = _null_analysis(name, method)
        inner = classical(analysis.spec, reusable_factors(analysis.spec, analysis.size_factors))
        labelings = fakes_for(method, analysis.design, number, 1)
        jobs = list(fake_jobs(analysis.experiment, analysis.design, labelings))
        runs = null_runs(_both(inner, analysis), jobs, Settings(FDR, 1), component=FAKE)
        for k, word in enumerate(("without weights", "learned weights")):
            found = runs.discoveries[:, k]
            limit = binomial_quantile(len(found), FDR)
            rows.append(
                {"data": name, "method": method, "list": word, "runs": len(found), "any": float(np.mean(found > 0)),
                 "limit": limit / len(found), "mean_called": float(found.mean()), "most_called": int(found.max()),
                 "verdict": "pass" if (found > 0).sum() <= limit else "FAIL"}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _both(inner: Procedure, analysis: Analysis) -> Procedure:
    """Return the analysis without and with weights, learned anew and taken as they come."""
    facts = gene_facts(analysis.experiment.genes)

    def run(experiment, design, contrasts, seed):  # type: ignore[no-untyped-def]
        outcome = inner(experiment, design, contrasts, seed)[0]
        return outcome, weighed(outcome, experiment, design, facts, FDR).outcome

    return run


def _null_analysis(name: str, method: str) -> Analysis:
    if name in SETS:
        return analyzed(table(name, "counts.tsv.gz"), table(name, "samples.tsv").astype(str), *SETS[name], method)
    if name == "pickrell":
        samples = table("pickrell", "samples.tsv").astype(str)
        return analyzed(table("pickrell", "counts.tsv.gz"), samples, "~ gender", ("gender", "male", "female"), method)
    made = draw(8000, 6, "deep", "usual", (7,))
    samples = pd.DataFrame({"group": ["b" if one else "a" for one in made.group]}, index=[f"s{j}" for j in range(12)])
    frame = pd.DataFrame(made.counts, index=[f"g{j}" for j in range(8000)], columns=samples.index)
    return analyzed(frame, samples, "~ group", ("group", "b", "a"), method)


def _against_truth(
    counts: pd.DataFrame, samples: pd.DataFrame, method: str, change: np.ndarray, seed: int
) -> list[dict[str, object]]:
    analysis = analyzed(counts, samples, "~ group", ("group", "b", "a"), method)
    outcome = delivered(analysis)[0]
    read = counts.to_numpy().sum(axis=1) > 0
    found = with_learned(analysis)
    lists = {
        **corrections(outcome, FDR, seed), "learned weights": found.outcome.padj,
        DELIVERED: found.outcome.padj if found.worthwhile else outcome.padj,
        SHUFFLED: with_learned(analysis, FDR, shuffled(outcome.base_mean, seed)).outcome.padj,
    }  # fmt: skip
    rows: list[dict[str, object]] = []
    for word, padj in lists.items():
        hits = np.nan_to_num(padj, nan=1.0) < FDR
        false, true = int((hits & (change == 0)).sum()), int((hits & (change != 0)).sum())
        power = true / max(int(((change != 0) & read).sum()), 1)
        rows.append({"correction": word, "calls": false + true, "fdp": false / max(false + true, 1), "tpr": power})
    return rows


def _calls(padj: np.ndarray, level: float) -> int:
    return int((np.nan_to_num(padj, nan=1.0) < level).sum())


def _in_r(name: str, method: str, level: float) -> float:
    """Calls of R's IHW on DESeq2's p-values; known at .1 only."""
    if method != "deseq2" or level != 0.1:
        return float("nan")
    scalars = table(name, "ref/IHW_qvalue_scalars.tsv.gz")["value"]
    return float(scalars["ihw_rejections"])


def _gate(found: Weighed) -> str:
    return "on" if found.worthwhile else "off"


def _one_pair(counts: pd.DataFrame, samples: pd.DataFrame) -> np.ndarray:
    """Log2 ratio of treated and untreated cells of one donor, by the median of ratios of genes with many reads."""
    treated = counts.loc[:, (samples["dex"] == "trt").to_numpy()].to_numpy().sum(axis=1)
    control = counts.loc[:, (samples["dex"] == "untrt").to_numpy()].to_numpy().sum(axis=1)
    ratio = np.log2((treated + 0.5) / (control + 0.5))
    return np.asarray(ratio - np.median(ratio[(treated > 50) & (control > 50)]))
