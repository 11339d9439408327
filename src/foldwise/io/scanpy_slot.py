"""A result in the layout of ``adata.uns["rank_genes_groups"]``, which scanpy's plots and getters read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from foldwise.io.write_outputs import table_score
from foldwise.model.results import ResultTable

# Field of the slot, our column, and the number type that scanpy keeps it in (scores: float32 too).
_FIELDS = (
    ("pvals", "pvalue", np.float64),
    ("pvals_adj", "padj", np.float64),
    ("logfoldchanges", "log2_fold_change", np.float32),
)


def rank_genes_groups(
    results: Sequence[ResultTable],
    method: str,
    layer: str | None,
    *,
    correction: str = "bh",
    fractions: pd.DataFrame | None = None,
    rest_fractions: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return the slot: ``params`` and one record array per quantity, a field per contrast, best score first.

    Every group holds every gene. Genes without a statistic (no reads, an outlier count) stand at the end with NaN; a
    missing padj stays NaN. Scores have a sign: where the statistic is F or LR they are sign(log2 fold change) times
    its root, so that the genes at the top are those that are higher in the group.

    Parameters
    ----------
    results : sequence of ResultTable
        At least one; their contrasts become the groups, named by target where there is one.
    method : str
        Method id.
    layer : str or None
        Where the counts were taken from.
    correction : str
        Word of the correction for multiple testing.
    fractions, rest_fractions : DataFrame, genes x groups, optional
        Share of cells with a read, in the group and in what it is compared with.
    """
    groups = _group_names(results)
    scores = [table_score(result.table, result.statistic) for result in results]
    orders = [np.argsort(np.where(np.isfinite(score), -score, np.inf), kind="stable") for score in scores]
    contrast = results[0].contrast
    params = {
        "groupby": contrast.variable or contrast.label,
        "reference": contrast.reference or "rest",
        "method": f"foldwise:{method}",
        "use_raw": False,
        "layer": layer,
        "corr_method": "benjamini-hochberg" if correction == "bh" else correction,
    }
    slot: dict[str, Any] = {"params": params}
    named = [np.asarray(r.table.index, dtype=object)[order] for r, order in zip(results, orders, strict=True)]
    slot["names"] = _records(groups, named, object)
    slot["scores"] = _records(groups, [score[order] for score, order in zip(scores, orders, strict=True)], np.float32)
    for field, column, dtype in _FIELDS:
        values = [r.table[column].to_numpy(dtype=float)[order] for r, order in zip(results, orders, strict=True)]
        slot[field] = _records(groups, values, dtype)
    if fractions is not None:
        slot["pts"] = fractions.set_axis(groups, axis=1)
    if rest_fractions is not None:
        slot["pts_rest"] = rest_fractions.set_axis(groups, axis=1)
    return slot


def _group_names(results: Sequence[ResultTable]) -> list[str]:
    targets = [result.contrast.target or result.contrast.id for result in results]
    return targets if len(set(targets)) == len(targets) else [result.contrast.id for result in results]


def _records(groups: list[str], columns: list[np.ndarray], dtype: Any) -> np.ndarray:
    table = np.empty(len(columns[0]), dtype=[(group, dtype) for group in groups])
    for group, column in zip(groups, columns, strict=True):
        table[group] = column
    return table.view(np.recarray)
