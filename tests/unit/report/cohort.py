"""A simulated cohort of any size: several groups against one, two batches. The statistics are simple, not DESeq2's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from foldwise.model.analysis import Analysis
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design, Factor, Term
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors
from foldwise.model.results import ResultTable

from .fixture import _fit, simulated


def cohort(n_genes: int, n_samples: int, n_groups: int = 2, *, seed: int = 3) -> Analysis:
    """Return comparisons of each group with the first; a tenth of the genes changes in each, half of them in all.

    Parameters
    ----------
    n_genes, n_samples, n_groups : int
    seed : int
    """
    rng = np.random.default_rng(seed)
    group, batch = np.arange(n_samples) % n_groups, (np.arange(n_samples) // n_groups) % 2
    size = np.exp(rng.normal(0, 0.3, n_samples))
    mean = np.exp(rng.normal(3.0, 2.2, n_genes))
    shared = np.where(rng.random(n_genes) < 0.05, rng.normal(0, 2, n_genes), 0.0)
    change = np.zeros((n_genes, n_groups))
    for k in range(1, n_groups):
        change[:, k] = shared + np.where(rng.random(n_genes) < 0.05, rng.normal(0, 2, n_genes), 0.0)
    expected = mean[:, None] * size * 2.0 ** change[:, group]
    counts = rng.poisson(rng.gamma(5, expected / 5)).astype(np.int32)
    ids = [f"ENSG{i:011d}" for i in range(n_genes)]
    levels = ("control", *(f"compound {k:02d}" for k in range(1, n_groups)))
    samples = [f"{levels[g].replace(' ', '')}_{i + 1:03d}" for i, g in enumerate(group.tolist())]
    sheet = pd.DataFrame(
        {"treatment": [levels[g] for g in group], "batch": [f"b{b}" for b in batch]},
        index=pd.Index(samples, name="sample"),
    )
    base = simulated(20)
    design = _design(group, batch, levels)
    normalized = counts / size
    names = [f"Gene{i}" for i in range(n_genes)]
    return dataclasses.replace(
        base,
        experiment=Experiment(counts, sheet, pd.DataFrame({"gene_name": names}, index=pd.Index(ids, name="gene_id"))),
        design=design,
        size_factors=SizeFactors(size),
        fit=_fit(counts, size, design),
        results=tuple(
            ResultTable(_contrast(levels, k, design), _table(normalized, group, k, ids, names))
            for k in range(1, n_groups)
        ),
        vst=np.log2(normalized + 1),
    )


def _design(group: np.ndarray, batch: np.ndarray, levels: tuple[str, ...]) -> Design:
    columns = [np.ones(group.size), batch == 1, *(group == k for k in range(1, len(levels)))]
    names = ("Intercept", "batch_b1_vs_b0", *(f"treatment_{level}_vs_{levels[0]}" for level in levels[1:]))
    factors = (Factor("batch", ("b0", "b1"), tuple(batch.tolist())), Factor("treatment", levels, tuple(group.tolist())))
    terms = (
        Term("Intercept", (), (0,)),
        Term("batch", ("batch",), (1,)),
        Term("treatment", ("treatment",), tuple(range(2, len(columns)))),
    )
    return Design(np.column_stack(columns).astype(float), names, "~ batch + treatment", factors, terms)


def _contrast(levels: tuple[str, ...], k: int, design: Design) -> Contrast:
    vector = np.zeros(design.matrix.shape[1])
    vector[k + 1] = 1
    label, direction = f"treatment: {levels[k]} vs {levels[0]}", f"up = higher in {levels[k]}"
    name = f"treatment_{k:02d}_vs_control"
    return Contrast(name, label, direction, vector, "levels", "treatment", levels[k], levels[0], k + 1, 1)


def _table(normalized: np.ndarray, group: np.ndarray, k: int, ids: list[str], names: list[str]) -> pd.DataFrame:
    from foldwise.stats.multiple_testing import benjamini_hochberg
    from foldwise.stats.tails import normal_two_sided

    logs, members = np.log2(normalized + 0.5), (group == k) | (group == 0)
    a, b = logs[:, group == k], logs[:, group == 0]
    change = a.mean(axis=1) - b.mean(axis=1)
    error = np.sqrt(a.var(axis=1, ddof=1) / a.shape[1] + b.var(axis=1, ddof=1) / b.shape[1] + 0.01)
    base_mean = normalized.mean(axis=1)
    pvalue = normal_two_sided(change / error)
    status = np.where(base_mean < 1, "low_count", "ok").astype(object)
    status[normalized[:, members].sum(axis=1) == 0] = "all_zero"
    for column in (change, error, pvalue):
        column[status == "all_zero"] = np.nan
    return pd.DataFrame(
        {
            "gene_name": names,
            "base_mean": base_mean,
            "log2_fold_change": change,
            "log2_fold_change_se": error,
            "statistic": change / error,
            "pvalue": pvalue,
            "padj": benjamini_hochberg(np.where(status == "ok", pvalue, np.nan)),
            "status": status,
        },
        index=pd.Index(ids, name="gene_id"),
    )
