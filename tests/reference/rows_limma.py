"""Parity rows of P18 and E2: limma's voom, moderated tests, trends and weights on every table of every data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from foldwise.stats.contrasts_fit import contrasts_fit
from foldwise.stats.cpm import log_cpm
from foldwise.stats.decide_tests import decide_tests
from foldwise.stats.least_squares import LinearFit, lm_fit
from foldwise.stats.moderated import ModeratedT, log_odds, moderate_variances, moderated_f, moderated_t
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.squeeze_var import SqueezedVariances
from foldwise.stats.treat import treat
from foldwise.stats.voom import Voom, voom
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, number, same
from tests.reference.rows_norm_factors import edger_design, filtered_counts, tmm_sizes

# R writes 15 digits; values that are differences of others keep as many of theirs.
EXACT = Limit(1e-12, kind="looser")
P18 = Limit(1e-10, kind="looser")
P18_P = Limit(1e-10)
# Unequal df: both minimizers stop within their tolerance (trust.md P18).
UNEQUAL = Limit(1e-9, kind="looser")
UNEQUAL_P = Limit(1e-9)


@dataclass(frozen=True, eq=False)
class Case:
    """What limma's tables of a data set start from, and their tests of all coefficients."""

    genes: pd.Index
    counts: np.ndarray  # (n_genes, n_samples) int32
    design: np.ndarray
    names: list[str]
    sizes: np.ndarray  # effective library sizes
    samples: list[str]

    def rows(self, table: pd.DataFrame) -> np.ndarray:
        """Numbers of the genes of a table."""
        found = self.genes.get_indexer(table.index)
        assert np.all(found >= 0)
        return np.asarray(found)


@dataclass(frozen=True, eq=False)
class Tested:
    """Fit, moderated variances, t tests, log odds and prior variances of all coefficients."""

    fit: LinearFit
    squeezed: SqueezedVariances
    tests: ModeratedT
    odds: np.ndarray
    prior_variance: np.ndarray


@cache
def case(name: str) -> Case:
    """Filtered counts, design and TMM sizes of a data set, all our own but the kept genes and the design."""
    frame, design = filtered_counts(name), data.table(name, "edgeR_design")
    return Case(
        frame.index, np.ascontiguousarray(frame.to_numpy().astype(np.int32)), edger_design(name),
        list(design.columns), tmm_sizes(name), list(frame.columns),
    )  # fmt: skip


def tested(fit: LinearFit, **settings: object) -> Tested:
    """Moderated tests of a fit."""
    squeezed = moderate_variances(fit, **settings)  # type: ignore[arg-type]
    tests = moderated_t(fit, squeezed)
    odds, prior = log_odds(fit, squeezed, tests)
    return Tested(fit, squeezed, tests, odds, prior)


@cache
def voomed(name: str) -> Voom:
    """The plain voom of a data set."""
    c = case(name)
    return voom(c.counts, c.design, c.sizes)


@cache
def plain(name: str) -> Tested:
    """Voom, linear models and moderated tests with default settings."""
    v = voomed(name)
    return tested(lm_fit(v.values, case(name).design, v.weights))


@cache
def robust(name: str) -> Tested:
    """As `plain`, robust."""
    return tested(plain(name).fit, robust=True)


@cache
def coefficient(name: str) -> int:
    """The coefficient that the tables test."""
    names = case(name).names
    return names.index("strainmut:minute15") if name == "fission" else len(names) - 1


def limma_rows(name: str) -> Iterator[Row]:
    """Every row that limma's tables of a data set allow."""
    if not data.has(name, "limma_voom_topTable"):
        return
    yield from _voom(name)
    yield from _voom_tests(name)
    yield from _treat(name)
    yield from _trend(name)
    yield from _contrasts(name)


def top_table(
    name: str, stem: str, what: str, t: Tested, k: int, code: str = "P18", limit: Limit = P18, p_limit: Limit = P18_P,
    genes: pd.Index | None = None,
) -> Iterator[Row]:  # fmt: skip
    """Columns of a topTable of one coefficient."""
    if not data.has(name, stem):
        return
    theirs = data.table(name, stem)
    rows = (case(name).genes if genes is None else genes).get_indexer(theirs.index)
    ids = np.asarray(theirs.index)
    ours = {
        "logFC": t.fit.coefficients[:, k],
        "AveExpr": t.fit.mean,
        "t": t.tests.statistic[:, k],
        "P.Value": t.tests.pvalue[:, k],
        "adj.P.Val": benjamini_hochberg(t.tests.pvalue[:, k]),
        "B": t.odds[:, k],
        "s2.prior": np.broadcast_to(t.squeezed.prior, t.fit.sigma.shape),
        "df.prior": np.broadcast_to(t.squeezed.df_prior, t.fit.sigma.shape),
    }
    for column, values in ours.items():
        if column in theirs:
            bound = p_limit if column in ("P.Value", "adj.P.Val") else limit
            known = theirs[column].to_numpy(dtype=float)
            yield compare(code, f"{what}: {column}", name, values[rows], known, bound, names=ids)


def scalars(name: str, stem: str, what: str, t: Tested, prefix: str = "", tolerance: float = 1e-10) -> Iterator[Row]:
    """Prior df, variances and the prior variances of the first and last coefficient."""
    if not data.has(name, stem):
        return
    known = data.scalars(name, stem)
    ours = {
        "n_genes": float(len(t.fit.sigma)),
        "df.prior": float(np.max(t.squeezed.df_prior)),
        "s2.prior": float(np.max(t.squeezed.prior)),
        "var.prior_first": float(t.prior_variance[0]),
        "var.prior_last": float(t.prior_variance[-1]),
    }
    for key, value in ours.items():
        if prefix + key in known:
            yield number(
                "P18", f"{what}: {key}", name, value, known[prefix + key], 0 if key == "n_genes" else tolerance
            )


def subset(name: str, stem: str, what: str, values: np.ndarray, limit: Limit) -> Iterator[Row]:
    """A matrix (n_genes, n_samples) at the rows of a table."""
    if data.has(name, stem):
        theirs, c = data.table(name, stem), case(name)
        known = theirs[c.samples].to_numpy(dtype=float)
        yield compare("P18", what, name, values[c.rows(theirs)], known, limit, names=np.asarray(theirs.index))


def _voom(name: str) -> Iterator[Row]:
    v, fit, c = voomed(name), plain(name).fit, case(name)
    known = data.table(name, "limma_voom_libsize").loc[c.samples]
    yield compare("P18", "voom: library sizes", name, c.sizes, known["lib.size"].to_numpy(), Limit(1e-13))
    yield from subset(name, "limma_voom_E_subset", "voom: log counts", v.values, EXACT)
    yield from subset(name, "limma_voom_weights_subset", "voom: weights", v.weights, P18)
    if not data.has(name, "limma_voom_fit"):
        return
    theirs = data.table(name, "limma_voom_fit")
    rows, ids = c.rows(theirs), np.asarray(theirs.index)
    for label, prefix, values in (
        ("coefficients", "coef.", fit.coefficients),
        ("unscaled se", "su.", fit.stdev_unscaled),
    ):
        columns = theirs[[prefix + n for n in c.names]].to_numpy(dtype=float)
        yield compare("P18", f"voom fit: {label}", name, values[rows], columns, P18, names=ids)
    others = {
        "sigma": fit.sigma, "df.residual": fit.df_residual, "Amean": fit.mean,
        "s2.post": plain(name).squeezed.posterior,
    }  # fmt: skip
    for column, one in others.items():
        yield compare(
            "P18", f"voom fit: {column}", name, one[rows], theirs[column].to_numpy(dtype=float), P18, names=ids
        )


def _voom_tests(name: str) -> Iterator[Row]:
    k = coefficient(name)
    yield from top_table(name, "limma_voom_topTable", "voom", plain(name), k, "E2")
    yield from scalars(name, "limma_voom_scalars", "voom", plain(name))
    yield from scalars(name, "limma363_voom_scalars", "voom 3.63", plain(name))
    yield from top_table(name, "limma_voom_robust_topTable", "voom robust", robust(name), k)
    yield from scalars(name, "limma_voom_robust_scalars", "voom robust", robust(name))
    unequal = tested(plain(name).fit, legacy=False)
    yield from top_table(name, "limma363_voom_legacyFALSE_topTable", "voom legacy=FALSE", unequal, k, "P18", UNEQUAL,
                         UNEQUAL_P)  # fmt: skip
    yield from scalars(name, "limma363_voom_scalars", "voom legacy=FALSE", unequal, "legacyFALSE.", 1e-9)
    if len(case(name).names) == 2:
        yield from top_table(name, "limma_voom_topTableF", "voom, all coefficients", plain(name), k)
    elif data.has(name, "limma_voom_topTableF"):
        theirs, c, t = data.table(name, "limma_voom_topTableF"), case(name), plain(name)
        used = [c.names.index(n) for n in c.names if n in theirs.columns or n.replace(":", ".") in theirs.columns]
        fit = contrasts_fit(t.fit, np.eye(len(c.names))[:, used])
        f, p, _ = moderated_f(fit, t.squeezed, moderated_t(fit, t.squeezed))
        rows, ids = c.rows(theirs), np.asarray(theirs.index)
        known = theirs["F"].to_numpy(dtype=float)
        yield compare("P18", f"voom F of {len(used)} coefficients", name, f[rows], known, P18, names=ids)
        for column, values in (("P.Value", p), ("adj.P.Val", benjamini_hochberg(p))):
            yield compare("P18", f"voom F: {column}", name, values[rows], theirs[column].to_numpy(dtype=float), P18_P,
                          names=ids)  # fmt: skip


def _treat(name: str) -> Iterator[Row]:
    k = coefficient(name)
    runs = (("limma_voom_treat_log2_1.2", plain, float(np.log2(1.2))), ("limma_voom_treat_lfc1_robust", robust, 1.0))
    for stem, run, lfc in runs:
        if not data.has(name, stem):
            continue
        theirs, t = data.table(name, stem), run(name)
        found = treat(t.fit, t.squeezed, lfc)
        rows, ids = case(name).rows(theirs), np.asarray(theirs.index)
        p = found.pvalue[:, k]
        known = theirs["t"].to_numpy(dtype=float)
        yield compare("P18", f"treat {lfc:.2g}: t", name, found.statistic[rows, k], known, P18, names=ids)
        for column, values in (("P.Value", p), ("adj.P.Val", benjamini_hochberg(p))):
            yield compare("P18", f"treat {lfc:.2g}: {column}", name, values[rows], theirs[column].to_numpy(dtype=float),
                          P18_P, names=ids)  # fmt: skip


@cache
def trend_fit(name: str) -> LinearFit:
    """Linear models on log2 counts per million with prior count 3."""
    c = case(name)
    return lm_fit(log_cpm(c.counts.astype(float), c.sizes, 3.0), c.design)


def _trend(name: str) -> Iterator[Row]:
    fit, k = trend_fit(name), coefficient(name)
    t = tested(fit, covariate=fit.mean)
    yield from top_table(name, "limma_trend_topTable", "trend", t, k)
    yield from scalars(name, "limma_trend_scalars", "trend", t)
    if data.has(name, "limma_trend_robust_topTable"):
        yield from top_table(
            name, "limma_trend_robust_topTable", "trend robust", tested(fit, covariate=fit.mean, robust=True), k
        )


def _contrasts(name: str) -> Iterator[Row]:
    if not data.has(name, "limma_contrasts_matrix"):
        return
    # One coefficient per cell of strain and minute, as the rows of the matrix are called.
    c, known = case(name), data.table(name, "limma_contrasts_matrix")
    sheet = data.samples(name).loc[c.samples]
    cell = (sheet["strain"] + "_" + sheet["minute"]).to_numpy()
    design = (cell[:, None] == np.asarray(known.index)[None, :]).astype(float)
    v = voom(c.counts, design, c.sizes)
    fit = contrasts_fit(lm_fit(v.values, design, v.weights), known.to_numpy(dtype=float))
    t = tested(fit)
    columns = list(known.columns)
    for k, column in enumerate(columns):
        yield from top_table(name, f"limma_contrast_{column}", f"contrast {column}", t, k)
    f, p, _ = moderated_f(fit, t.squeezed, t.tests)
    theirs = data.table(name, "limma_contrasts_F")
    rows, ids = c.rows(theirs), np.asarray(theirs.index)
    yield compare("P18", "contrasts: F", name, f[rows], theirs["F"].to_numpy(dtype=float), P18, names=ids)
    yield compare("P18", "contrasts: F p", name, p[rows], theirs["P.Value"].to_numpy(dtype=float), P18_P, names=ids)
    theirs = data.table(name, "limma_contrasts_decideTests_global")
    called = decide_tests(t.tests.pvalue, fit.coefficients, mode="global")
    yield same(
        "P18", "contrasts: global decisions", name, called[c.rows(theirs)], theirs[columns].to_numpy(dtype=float)
    )
