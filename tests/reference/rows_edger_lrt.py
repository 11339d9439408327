"""Parity rows of E2, edgeR's likelihood ratio tests: from counts to p-values."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from foldwise.stats.edger_glm import GlmFit, glm_fit
from foldwise.stats.edger_lrt import glm_lrt, log2_fold_change
from foldwise.stats.edger_treat import treat_lrt
from foldwise.stats.elementary import log
from tests.reference import data
from tests.reference.rows import Limit, Row, compare
from tests.reference.rows_edger_dispersion import dispersions
from tests.reference.rows_norm_factors import edger_design, filtered_counts, tmm_sizes

COEFFICIENT = {"fission": "strainmut:minute15", "macrophage": "IFNgyes:SL1344yes"}
LR_LIMIT = Limit(2e-7, kind="looser")
P_LIMIT = Limit(1e-7)
SMALLEST_P = 1e-290
LFC_LIMIT = Limit(2e-7, q999=1e-8, kind="absolute")


def tested(name: str) -> np.ndarray:
    """Contrast (p,) of the tested coefficient: the last, but where the data set's README says otherwise."""
    columns = [c.replace(".", ":") for c in data.table(name, "edgeR_design").columns]
    contrast = np.zeros(len(columns))
    contrast[columns.index(COEFFICIENT[name]) if name in COEFFICIENT else -1] = 1.0
    return contrast


@cache
def counts_of(name: str) -> np.ndarray:
    return np.ascontiguousarray(filtered_counts(name).to_numpy().astype(np.int32))


@cache
def fit_of(name: str, legacy: bool | None) -> GlmFit:
    """Our fit at tagwise dispersions."""
    return glm_fit(counts_of(name), edger_design(name), log(tmm_sizes(name)), dispersions(name, legacy).tagwise)


def edger_lrt_rows(name: str) -> Iterator[Row]:
    """All rows of one data set; none where edgeR's tables are absent."""
    for stem, version, legacy in (("edgeR4_glmLRT", "4.5.1", None), ("edgeR_glmLRT", "3.40", True)):
        if data.has(name, stem):
            yield from _lrt(name, stem, version, legacy)
    if data.has(name, "edgeR_glmTreat_lrt_lfc1"):
        yield from _treat(name)
    if data.has(name, "edgeR_glmQLFit_coefficients"):
        theirs = data.table(name, "edgeR_glmQLFit_coefficients")
        rows = filtered_counts(name).index.get_indexer(theirs.index)
        fit = glm_fit(counts_of(name), edger_design(name), log(tmm_sizes(name)), dispersions(name, True).trended)
        yield compare("P15", "coefficients at the trend, edgeR 3.40", name, fit.coefficients[rows], theirs.to_numpy(),
                      LFC_LIMIT, names=np.asarray(theirs.index))  # fmt: skip


def _lrt(name: str, stem: str, version: str, legacy: bool | None) -> Iterator[Row]:
    theirs = data.table(name, stem)
    rows, names = filtered_counts(name).index.get_indexer(theirs.index), np.asarray(theirs.index)
    offset, phi = log(tmm_sizes(name)), dispersions(name, legacy).tagwise
    fit, contrast = fit_of(name, legacy), tested(name)
    found = glm_lrt(fit, counts_of(name), edger_design(name), offset, phi, contrast)
    lfc = log2_fold_change(fit.coefficients, contrast)[rows]
    yield compare("E2", f"LRT log2 fold change, edgeR {version}", name, lfc, theirs["logFC"].to_numpy(), LFC_LIMIT,
                  names=names)  # fmt: skip
    lr = theirs["LR"].to_numpy()
    yield compare("E2", f"LRT statistic, edgeR {version}", name, found.statistic[rows], lr, LR_LIMIT, names=names)
    p = theirs["PValue"].to_numpy()
    compared = (p > SMALLEST_P) & (lr > 1e-3)
    yield compare("E2", f"LRT p, edgeR {version}", name, np.where(compared, found.pvalue[rows], np.nan),
                  np.where(compared, p, np.nan), P_LIMIT, names=names,
                  note=f"{int((~compared).sum())} genes with LR < 1e-3 or p < 1e-290 left out")  # fmt: skip


def _treat(name: str) -> Iterator[Row]:
    theirs = data.table(name, "edgeR_glmTreat_lrt_lfc1")
    rows, names = filtered_counts(name).index.get_indexer(theirs.index), np.asarray(theirs.index)
    p, roots = treat_lrt(counts_of(name), edger_design(name), log(tmm_sizes(name)), dispersions(name, True).tagwise,
                         tested(name), 1.0)  # fmt: skip
    yield compare("E2", "treat on LRT: log2 fold change, edgeR 3.40", name, roots.log2_fold_change[rows],
                  theirs["logFC"].to_numpy(), LFC_LIMIT, names=names)  # fmt: skip
    compared = theirs["PValue"].to_numpy() > SMALLEST_P
    yield compare("E2", "treat on LRT: p, edgeR 3.40", name, np.where(compared, p[rows], np.nan),
                  np.where(compared, theirs["PValue"].to_numpy(), np.nan), P_LIMIT, names=names)  # fmt: skip
