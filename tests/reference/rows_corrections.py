"""Parity rows of corrections: adjusted p-values, q-values, weighted p-values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from foldwise.stats.ihw import ihw, strata
from foldwise.stats.multiple_testing import benjamini_hochberg, benjamini_yekutieli, holm
from foldwise.stats.qvalue import q_values
from foldwise.stats.tails import normal_two_sided
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, number, same

ALPHA = 0.1
EXACT = Limit(1e-13)
# R's tables have 15 digits, of which the linear program spends one.
WEIGHTS = Limit(1e-12, kind="looser")


def correction_rows(name: str) -> Iterator[Row]:
    """All rows of one data set; none where R's tables are absent."""
    if data.has(name, "p_adjust"):
        p, mean = _tests(name)
        yield from _adjusted(name, p)
        yield from _weighted(name, p, mean)


def _tests(name: str) -> tuple[np.ndarray, np.ndarray]:
    """P-values before Cook's filter, and mean counts, (n_genes,)."""
    table = data.table(name, "DESeq2_results_wald")
    p, stat = table["pvalue"].to_numpy(float), table["stat"].to_numpy(float)
    return np.where(np.isnan(p), normal_two_sided(stat), p), table["baseMean"].to_numpy(float)


def _rows_of(name: str, stem: str) -> np.ndarray:
    return data.table(name, "DESeq2_results_wald").index.get_indexer(data.table(name, stem).index)


def _adjusted(name: str, p: np.ndarray) -> Iterator[Row]:
    theirs, rows = data.table(name, "p_adjust"), _rows_of(name, "p_adjust")
    for column, rule in (("BH", benjamini_hochberg), ("BY", benjamini_yekutieli), ("holm", holm)):
        yield compare("P11", f"adjusted p, {column}", name, rule(p)[rows], theirs[column].to_numpy(), EXACT)
    found, scalars = q_values(p), data.scalars(name, "IHW_qvalue_scalars")
    yield number("P11", "share of nulls, smoother", name, found.pi0, scalars["pi0_smoother"], 1e-12)
    yield number(
        "P11", "share of nulls, bootstrap", name, q_values(p, "bootstrap").pi0, scalars["pi0_bootstrap"], 1e-14
    )
    curve = data.table(name, "qvalue_pi0_curve")["pi0_lambda"].to_numpy()
    yield compare("P11", "share of nulls at lambda", name, found.curve, curve, EXACT)
    q, rows = data.table(name, "qvalue")["qvalue"].to_numpy(), _rows_of(name, "qvalue")
    yield compare("P11", "q-value", name, found.q[rows], q, Limit(1e-12))


def _weighted(name: str, p: np.ndarray, mean: np.ndarray) -> Iterator[Row]:
    """The deterministic variant; R breaks ties of the covariate at random, ours stay together: few strata differ."""
    stem = "IHW_nfolds1_nbins8_lambdaInf"
    theirs, rows = data.table(name, stem), _rows_of(name, stem)
    group = np.where(np.isnan(p), -1, 0)
    group[~np.isnan(p)] = strata(mean[~np.isnan(p)], 8)
    other = group[rows] != theirs["group"].to_numpy() - 1
    tied = np.isin(mean, np.unique(mean[rows][other]))
    yield same("P11", "IHW strata, genes of untied mean", name, other[~tied[rows]], np.zeros(np.sum(~tied[rows]), bool))
    group[rows] = theirs["group"].to_numpy() - 1
    found = ihw(p, mean, ALPHA, n_bins=8, n_folds=1, group=group)
    for column, ours in (("weight", found.weight), ("adj_pvalue", found.padj)):
        yield compare("P11", f"IHW {column}, one fold", name, ours[rows], theirs[column].to_numpy(), WEIGHTS)
