"""Parity rows of P14: normalization factors, filter_by_expr, log counts per million."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from foldwise.stats.cpm import effective_library_sizes, log_cpm
from foldwise.stats.filter_by_expr import filter_by_expr
from foldwise.stats.norm_factors import norm_factors
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, same

COLUMNS = {"TMM": "tmm", "TMMwsp": "tmmwsp", "RLE": "rle", "upperquartile": "upper-quartile"}
FACTOR_LIMIT = Limit(1e-14)
LOG_CPM_LIMIT = Limit(1e-13, kind="absolute")


def edger_design(name: str) -> np.ndarray:
    """Design matrix (n_samples, p) of edgeR's tables, rows in the order of the counts."""
    return data.table(name, "edgeR_design").loc[data.counts(name).columns].to_numpy(dtype=np.float64)


@cache
def filtered_counts(name: str, column: str = "keep_design") -> pd.DataFrame:
    """Counts of the genes that edgeR's filter kept, as edgeR's other tables used them."""
    kept = data.table(name, "edgeR_filterByExpr")
    return data.counts(name)[kept.loc[data.counts(name).index, column].to_numpy(dtype=bool)]


@cache
def tmm_sizes(name: str) -> np.ndarray:
    """Effective library sizes (n_samples,) of the filtered counts by our own TMM."""
    counts = filtered_counts(name).to_numpy()
    return effective_library_sizes(counts.sum(axis=0), norm_factors(counts))


def norm_factor_rows(name: str) -> Iterator[Row]:
    """All rows of one data set; none where edgeR's tables are absent."""
    if not data.has(name, "edgeR_filterByExpr"):
        return
    counts = data.counts(name)
    kept = data.table(name, "edgeR_filterByExpr").loc[counts.index]
    matrix, names = counts.to_numpy(), np.asarray(counts.index)
    for what, ours in (
        ("design", filter_by_expr(matrix, design=edger_design(name))),
        ("none", filter_by_expr(matrix)),
    ):
        yield same("P14", f"filter_by_expr, {what}", name, ours, kept[f"keep_{what}"].to_numpy(dtype=bool), names=names)
    for stem, frame in (("unfiltered", counts), ("filtered", filtered_counts(name))):
        table = data.table(name, f"edgeR_normfactors_{stem}").loc[counts.columns]
        for column, kind in COLUMNS.items():
            yield compare("P14", f"{column} factors, {stem}", name, norm_factors(frame.to_numpy(), kind),
                          table[column].to_numpy(), FACTOR_LIMIT)  # fmt: skip
    if data.has(name, "edgeR4_normfactors"):
        table = data.table(name, "edgeR4_normfactors").loc[counts.columns]
        yield compare("P14", "TMM factors, edgeR 4.5.1", name, norm_factors(filtered_counts(name).to_numpy()),
                      table["TMM"].to_numpy(), FACTOR_LIMIT)  # fmt: skip
    if data.has(name, "edgeR_logcpm_subset"):
        theirs = data.table(name, "edgeR_logcpm_subset")
        ours = log_cpm(filtered_counts(name).loc[theirs.index, list(theirs.columns)].to_numpy(), tmm_sizes(name))
        yield compare("P14", "log2 CPM, prior 2", name, ours, theirs.to_numpy(), LOG_CPM_LIMIT)
