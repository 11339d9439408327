"""A1: how often the certificate fails what is right and what is wrong, on people drawn at random (Pickrell)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from verification.null_runs import analysis_of, certificate_of, row, two_groups_of
from verification.reference import table
from verification.residual_components import residual_components

METHODS = ("deseq2", "edger-exact", "edger-ql", "limma-voom", "limma-trend", "residual components")
# Mean reads that a gene must have, and which of these are taken: the claim is of rates, not of numbers of genes.
LEAST_READS, EVERY = 5, 2
# Methods that are known to find too much, and take longest: a quarter of the draws shows it.
DEAR = ("deseq2", "edger-exact")
# Components of the residuals in the wrong adjustment.
COMPONENTS = 3


def people() -> np.ndarray:
    """Counts (n_genes, 69) of lymphoblastoid cells, without the genes of the sex chromosomes that tell sex."""
    counts = table("pickrell", "counts.tsv.gz")
    truth = table("hapmap", "truth.tsv.gz")
    sex = truth.index[truth["msY"].eq(True) | truth["XiE"].eq(True)]
    kept = counts[~counts.index.isin(sex) & (counts.mean(axis=1) >= LEAST_READS)].to_numpy()
    return np.asarray(kept[::EVERY])


def rates(
    draws: int, replicates: Sequence[int] = (3, 5, 10), methods: Sequence[str] = METHODS, n: int = 100,
    source: np.ndarray | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return one row per draw of 2n people in two random groups, and method."""
    counts = people() if source is None else source
    rows = []
    for size in replicates:
        for i in range(draws):
            rng = np.random.default_rng((21, size, i))
            experiment = two_groups_of(counts[:, rng.permutation(counts.shape[1])[: 2 * size]], np.repeat([0, 1], size))
            for method in methods:
                wrong = method == "residual components"
                if (wrong and size < 5) or (method in DEAR and i >= max(draws // 4, 1)):
                    continue  # 6 samples hold no such components beside the design
                analysis = analysis_of(experiment, "limma-trend" if wrong else method)
                procedure = residual_components(analysis.spec, COMPONENTS) if wrong else None
                rows.append({"method": method, "n": size, "draw": i} | row(
                    certificate_of(analysis, n, seed=i + 1, procedure=procedure)))  # fmt: skip
    return pd.DataFrame(rows)


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return verdicts by method and n, and means of what null runs showed."""
    rows = []
    for (method, n), group in runs.groupby(["method", "n"], sort=False):
        verdicts = group["verdict"].value_counts()
        rows.append({
            "method": method, "n": n, "certificates": len(group), "null_runs": group["null_runs"].mean(),
            "p_any": group["p_any"].mean(), "p_any_max": group["p_any"].max(), "mean_false": group["mean_false"].mean(),
            "ratio_05": group["ratio_05"].mean(), "ratio_001": group["ratio_001"].mean(),
            "failed": int(verdicts.get("FAIL", 0)), "warned": int(verdicts.get("WARN", 0)),
            "passed": int(verdicts.get("PASS", 0)),
        })  # fmt: skip
    return pd.DataFrame(rows)
