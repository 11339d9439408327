"""A result in the layout of ``adata.uns["rank_genes_groups"]``, which scanpy's plots and getters read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwise.io.write_outputs import table_score
from foldwise.model.results import ResultTable

# Field of the slot, our column, and the number type that scanpy keeps it in.
_FIELDS = (
    ("scores", "statistic", np.float32),
    ("pvals", "pvalue", np.float64),
    ("pvals_adj", "padj", np.float64),
    ("logfoldchanges", "log2_fold_change", np.float32),
)


def rank_genes_groups(results: Sequence[ResultTable], method: str, layer: str | None) -> dict[str, Any]:
    """Return the slot: ``params`` and one record array per quantity, a field per contrast, best score first.

    Genes without a statistic (no reads, an outlier count) are left out, and a contrast with fewer genes than another is
    filled up with empty names at its end. A missing padj stays NaN.

    Parameters
    ----------
    results : sequence of ResultTable
        At least one; their contrasts become the groups, named by target where there is one.
    method : str
        Method id.
    layer : str or None
        Where the counts were taken from.
    """
    groups = _group_names(results)
    orders = [_order(result) for result in results]
    n = max(len(order) for order in orders)
    contrast = results[0].contrast
    params = {
        "groupby": contrast.variable or contrast.label,
        "reference": contrast.reference or "rest",
        "method": f"foldwise:{method}",
        "use_raw": False,
        "layer": layer,
        "corr_method": "benjamini-hochberg",
    }
    slot: dict[str, Any] = {"params": params}
    names = [np.asarray(r.table.index, dtype=object)[order] for r, order in zip(results, orders, strict=True)]
    slot["names"] = _records(groups, [_padded(values, n, "") for values in names], object)
    for field, column, dtype in _FIELDS:
        values = [_values(r, column)[order] for r, order in zip(results, orders, strict=True)]
        slot[field] = _records(groups, [_padded(v, n, np.nan) for v in values], dtype)
    return slot


def _order(result: ResultTable) -> np.ndarray:
    """Return the rows with a statistic, highest first, ties in the order of the table."""
    score = _values(result, "statistic")
    kept = np.flatnonzero(np.isfinite(score))
    return kept[np.argsort(-score[kept], kind="stable")]


def _values(result: ResultTable, column: str) -> np.ndarray:
    """A column of the table; a test without a statistic is scored by its p-value and direction."""
    if column == "statistic" and column not in result.table:
        return table_score(result.table, result.statistic)
    return result.table[column].to_numpy(dtype=float)


def _group_names(results: Sequence[ResultTable]) -> list[str]:
    targets = [result.contrast.target or result.contrast.id for result in results]
    return targets if len(set(targets)) == len(targets) else [result.contrast.id for result in results]


def _padded(values: np.ndarray, n: int, fill: Any) -> np.ndarray:
    return np.concatenate([values, np.full(n - len(values), fill, dtype=values.dtype)])


def _records(groups: list[str], columns: list[np.ndarray], dtype: Any) -> np.ndarray:
    table = np.empty(len(columns[0]), dtype=[(group, dtype) for group in groups])
    for group, column in zip(groups, columns, strict=True):
        table[group] = column
    return table
