"""Parity rows of E2: whole runs of limma's methods, from raw counts by our own filter and normalization to results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from foldwise import pipeline
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from tests.reference import data
from tests.reference.end_to_end import FORMULAS, TESTED, experiment
from tests.reference.rows import Limit, Row, compare, same

# trust.md E2
RUN = Limit(1e-9, kind="looser")
RUN_P = Limit(1e-9)
RUNS = {
    "limma_voom_topTable": {"name": "limma-voom"},
    "limma_voom_robust_topTable": {"name": "limma-voom", "robust": True},
    "limma_vwqw_topTable": {"name": "limma-voom", "sample_weights": True},
    "edgeR4_voomLmFit_topTable": {"name": "limma-voom", "structural_zeros": True},
    "limma_trend_topTable": {"name": "limma-trend"},
    "limma_trend_robust_topTable": {"name": "limma-trend", "robust": True},
}
COLUMNS = {
    "log2_fold_change": "logFC",
    "mean_log2_cpm": "AveExpr",
    "statistic": "t",
    "pvalue": "P.Value",
    "padj": "adj.P.Val",
    "log_odds": "B",
}


def limma_run_rows(name: str) -> Iterator[Row]:
    """One run for each table of a data set."""
    for stem, method in RUNS.items():
        if data.has(name, stem):
            yield from _run(name, stem, method)


def _run(name: str, stem: str, method: dict[str, object]) -> Iterator[Row]:
    theirs = data.table(name, stem)
    analysis = pipeline.run(_spec(name, method), _experiment(name))
    ours = analysis.results[0].table
    what = f"run {stem.removesuffix('_topTable').removeprefix('limma_')}"
    kept = data.table(name, "edgeR_filterByExpr")["keep_design"].astype(bool)
    tested = ours["pvalue"].notna()
    yield same("E2", f"{what}: genes tested", name, tested.to_numpy(), kept.loc[ours.index].to_numpy())
    for column, known in COLUMNS.items():
        limit = RUN_P if column in ("pvalue", "padj") else RUN
        yield compare("E2", f"{what}: {column}", name, ours.loc[theirs.index, column].to_numpy(),
                      theirs[known].to_numpy(dtype=float), limit, names=np.asarray(theirs.index))  # fmt: skip


def _experiment(name: str) -> Experiment:
    if name in FORMULAS:
        return experiment(name)
    counts = data.counts(name)
    values = np.ascontiguousarray(counts.to_numpy().astype(np.int32))
    return Experiment(values, data.samples(name).loc[counts.columns], pd.DataFrame(index=counts.index))


def _spec(name: str, method: dict[str, object]) -> AnalysisSpec:
    formula, _, references = FORMULAS.get(name, ("~ gender", "", {"gender": "male"}))
    spec = AnalysisSpec()
    return replace(
        spec,
        design=replace(
            spec.design, formula=formula, reference=tuple(f"{key}={value}" for key, value in references.items()),
            contrasts=(TESTED.get(name, "gender:female:male"),),
        ),
        method=replace(spec.method, **method),  # type: ignore[arg-type]
    )  # fmt: skip
