"""Parity rows of P15: dispersions of edgeR 4.5.1 and 3.40, from counts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from foldwise.stats.estimate_disp import EdgerDispersions, estimate_disp
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, number
from tests.reference.rows_norm_factors import edger_design, filtered_counts, tmm_sizes

AVE_LIMIT = Limit(1e-12, kind="absolute")
# R adds terms of the size y ln(mu): its likelihood is off by 1e-7 at counts of 7e6 (fission's ribosomal genes), by 1e-9
# at 1e5, ours by 2e-9 and less (40-digit arithmetic). That is what is left in the trend of abundant genes, and in the
# common dispersion.
TREND_LIMIT = Limit(1e-10, q999=2e-11)
COMMON_TOLERANCE = 5e-12
# edgeR 3.40 loses the fit of 116 genes of this set at dispersion 1e-4: its likelihood is there up to 66,000 below the
# maximum. Version 4.5.1 finds them, as we do.
LOST_FITS = {("macrophage", "3.40"): (1e-4, 1e-6)}
TAGWISE_LIMIT = Limit(3e-7, q999=2e-8)


@cache
def dispersions(name: str, legacy: bool | None = None, robust: bool = False) -> EdgerDispersions:
    """Our dispersions of the genes that edgeR's filter kept."""
    counts = np.ascontiguousarray(filtered_counts(name).to_numpy().astype(np.int32))
    return estimate_disp(counts, edger_design(name), tmm_sizes(name), robust=robust, legacy=legacy)


def edger_dispersion_rows(name: str) -> Iterator[Row]:
    """All rows of one data set; none where edgeR's tables are absent."""
    for stem, version, legacy in (("edgeR4_dispersion", "4.5.1", None), ("edgeR_dispersion", "3.40", True)):
        if data.has(name, f"{stem}_scalars"):
            yield from _version(name, stem, version, legacy)
    if data.has(name, "edgeR_dispersion_robust"):
        ours, theirs = dispersions(name, True, True), data.table(name, "edgeR_dispersion_robust")
        rows = filtered_counts(name).index.get_indexer(theirs.index)
        names = np.asarray(theirs.index)
        yield compare("P15", "robust prior df, edgeR 3.40", name, ours.prior_df[rows], theirs["prior.df"].to_numpy(),
                      Limit(1e-10), names=names)  # fmt: skip
        yield compare("P15", "robust tagwise dispersion, edgeR 3.40", name, ours.tagwise[rows],
                      theirs["tagwise"].to_numpy(), TAGWISE_LIMIT, names=names)  # fmt: skip


def _version(name: str, stem: str, version: str, legacy: bool | None) -> Iterator[Row]:
    ours, scalars = dispersions(name, legacy), data.scalars(name, f"{stem}_scalars")
    common, prior = LOST_FITS.get((name, version), (COMMON_TOLERANCE, 1e-10))
    yield number("P15", f"common dispersion, edgeR {version}", name, ours.common, scalars["common"], common)
    yield number("P15", f"prior df, edgeR {version}", name, float(ours.prior_df[0]), scalars["prior.df"], prior)
    if not data.has(name, stem):
        return
    theirs = data.table(name, stem)
    rows, names = filtered_counts(name).index.get_indexer(theirs.index), np.asarray(theirs.index)
    yield compare("P15", f"average log2 CPM, edgeR {version}", name, ours.mean_log2_cpm[rows],
                  theirs["AveLogCPM"].to_numpy(), AVE_LIMIT, names=names)  # fmt: skip
    for column, limit in (("trended", TREND_LIMIT), ("tagwise", TAGWISE_LIMIT)):
        yield compare("P15", f"{column} dispersion, edgeR {version}", name, getattr(ours, column)[rows],
                      theirs[column].to_numpy(), limit, names=names)  # fmt: skip
