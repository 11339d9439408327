"""Parity rows of edgeR's classic way: dispersions by conditional likelihood, exact test (3.40)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from foldwise.stats.classic_disp import classic_disp
from foldwise.stats.cpm import effective_library_sizes
from foldwise.stats.exact_test import exact_test
from foldwise.stats.filter_by_expr import filter_by_expr
from foldwise.stats.norm_factors import norm_factors
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, same
from tests.reference.rows_norm_factors import filtered_counts

# The factor of the test, and its first level
GROUPS = {
    "airway": ("dex", "untrt"),
    "pasilla": ("condition", "untreated"),
    "bottomly": ("strain", "C57BL6J"),
    "fission": ("strain", "wt"),
    "yeast48": ("condition", "WT"),
}
SMALLEST_P = 1e-290
P_LIMIT = Limit(1e-7)
LFC_LIMIT = Limit(1e-9, kind="absolute")
MEAN_LIMIT = Limit(1e-11, kind="absolute")
# On fission edgeR's search for the common dispersion stands at a fork: of twelve changes of its TMM factors by one unit
# in the last place, five end as far from R as this, seven at 1e-12. Which side a sum of the factors takes is chance.
FORK = {
    "fission": {"mean": Limit(1e-9, kind="absolute"), "lfc": Limit(1e-8, kind="absolute"), "p": Limit(5e-6)},
}


def exact_test_rows(name: str) -> Iterator[Row]:
    """All rows of one data set; none where edgeR's table is absent."""
    if not data.has(name, "edgeR_exactTest") or name not in GROUPS:
        return
    factor, reference = GROUPS[name]
    whole = data.counts(name)
    second = (data.samples(name).loc[whole.columns, factor] != reference).to_numpy()
    kept = data.table(name, "edgeR_filterByExpr").loc[whole.index, "keep_group"].to_numpy(dtype=bool)
    ours = filter_by_expr(whole.to_numpy(), group=second)
    yield same("P14", "filter_by_expr, group", name, ours, kept, names=np.asarray(whole.index))
    frame = filtered_counts(name, "keep_group")
    counts = frame.to_numpy()
    sizes = effective_library_sizes(counts.sum(axis=0), norm_factors(counts))
    dispersions = classic_disp(counts, second, sizes, legacy=True)
    found = exact_test(counts, second, sizes, dispersions.tagwise)
    theirs = data.table(name, "edgeR_exactTest")
    limits = FORK.get(name, {"mean": MEAN_LIMIT, "lfc": LFC_LIMIT, "p": P_LIMIT})
    rows, names = frame.index.get_indexer(theirs.index), np.asarray(theirs.index)
    yield compare("P15", "exact test: average log2 CPM, edgeR 3.40", name, dispersions.mean_log2_cpm[rows],
                  theirs["logCPM"].to_numpy(), limits["mean"], names=names)  # fmt: skip
    yield compare("E2", "exact test: log2 fold change, edgeR 3.40", name, found.log2_fold_change[rows],
                  theirs["logFC"].to_numpy(), limits["lfc"], names=names)  # fmt: skip
    p = theirs["PValue"].to_numpy()
    compared = p > SMALLEST_P
    yield compare("E2", "exact test: p, edgeR 3.40", name, np.where(compared, found.pvalue[rows], np.nan),
                  np.where(compared, p, np.nan), limits["p"], names=names)  # fmt: skip
