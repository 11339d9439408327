"""Parity rows of whole runs: foldwise from counts to results, beside every stage that R's tables hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from foldwise import pipeline
from foldwise.model.analysis import Analysis
from foldwise.model.design import Design, make_design, r_names
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from tests import fixtures
from tests.reference import data
from tests.reference.rows import IDENTICAL, Limit, Row, compare, number, same

LN2 = np.log(2.0)

FORMULAS = {
    "airway": ("~ cell + dex", "~ cell", {"dex": "untrt"}),
    "pasilla": ("~ type + condition", "~ type", {"condition": "untreated"}),
    "bottomly": ("~ batch + strain", "~ batch", {"strain": "C57BL6J"}),
    "fission": ("~ strain + minute + strain:minute", "~ strain + minute", {"strain": "wt", "minute": "0"}),
    "macrophage": (
        "~ line + IFNg + SL1344 + IFNg:SL1344",
        "~ line + IFNg + SL1344",
        {"IFNg": "no", "SL1344": "no"},
    ),
    "nivolumab": ("~ time", "~ 1", {"time": "Pre"}),
    "yeast48": ("~ condition", "~ 1", {"condition": "WT"}),
}
TESTED = {
    "airway": "dex:trt:untrt",
    "pasilla": "condition:treated:untreated",
    "bottomly": "strain:DBA2J:C57BL6J",
    "fission": "strainmut:minute15",
    "macrophage": "IFNgyes:SL1344yes",
    "nivolumab": "time:On:Pre",
    "yeast48": "condition:Snf2:WT",
}

# E1: p-values and fold changes of a whole run
P_LIMIT = Limit(median=1e-9, q999=1e-5, maximum=5e-4)
LFC_LIMIT = Limit(maximum=1e-5, kind="absolute")
SMALLEST_P = 2.3e-308  # smaller ones lose digits (R's chi-square tail stays at half the smallest normal number)
DISPERSION_NOISE = 1e-6  # below this R's dispersions are its rounding


@cache
def experiment(name: str) -> Experiment:
    """The data set as an Experiment; factors in R's order of levels."""
    counts = data.counts(name)
    samples = data.samples(name).loc[counts.columns].copy()
    for column in samples:
        levels = sorted(samples[column].unique(), key=lambda v: (int(v), v) if v.isdigit() else (0, v))
        samples[column] = pd.Categorical(samples[column], categories=levels)
    values = np.ascontiguousarray(counts.to_numpy().astype(np.int32))
    return Experiment(values, samples, pd.DataFrame(index=counts.index))


@cache
def design(name: str) -> Design:
    """The design of the data set."""
    formula, _, references = FORMULAS[name]
    return make_design(formula, experiment(name).samples, references)


def settings(name: str, contrasts: tuple[str, ...] = (), **method: object) -> AnalysisSpec:
    """Spec of a run with R's default level of the filter, 0.1."""
    spec = AnalysisSpec()
    formula, _, references = FORMULAS[name]
    return replace(
        spec,
        design=replace(
            spec.design,
            formula=formula,
            contrasts=contrasts or (TESTED[name],),
            reference=tuple(f"{variable}={level}" for variable, level in references.items()),
        ),
        method=replace(spec.method, **method),
        correction=replace(spec.correction, fdr=0.1),
    )


@cache
def run(name: str) -> Analysis:
    """The default run of a data set."""
    return pipeline.run(settings(name), experiment(name), design(name))


def unstable(name: str, trend: str = "parametric") -> np.ndarray:
    """Genes (n_genes,) whose numbers in R move with the order of the sample columns."""
    return data.counts(name).index.isin(fixtures.unstable(name, trend))


def r_self(name: str, quantity: str, trend: str = "parametric") -> tuple[float, float]:
    """How far R is from itself with permuted sample columns: 99.9 % and maximum over genes."""
    row = fixtures.self_difference(name, trend).loc[quantity]
    return float(row["q999"]), float(row["max"])


def fallback(name: str) -> np.ndarray:
    """Genes (n_genes,) whose coefficients R took from its fallback optimizer."""
    return (data.table(name, "DESeq2_genes")["betaIter"] >= 100).to_numpy()


def end_to_end(name: str) -> Iterator[Row]:
    """Every stage of the default Wald run."""
    genes = data.table(name, "DESeq2_genes")
    analysis = run(name)
    names = np.asarray(genes.index)
    yield from _normalization(name, analysis, genes)
    yield from _dispersions(name, analysis, genes, names)
    yield from _coefficients(name, analysis, names)
    yield from _outliers(name, analysis, genes, names)
    yield from wald_results(name, analysis, names)


def _normalization(name: str, analysis: Analysis, genes: pd.DataFrame) -> Iterator[Row]:
    theirs = data.table(name, "DESeq2_sizefactors")
    yield compare("P1", "size factors ratio", name, analysis.size_factors.values, theirs["ratio"], Limit(1.5e-14))
    yield compare("P1", "base mean", name, analysis.fit.base_mean, genes["baseMean"], Limit(1.5e-14))
    yield compare("P1", "base variance", name, analysis.fit.base_variance, genes["baseVar"], Limit(1e-12))
    matrix = data.table(name, "DESeq2_design")
    yield same("-", "design matrix", name, design(name).matrix, matrix.to_numpy(dtype=float))
    yield same("-", "coefficient names", name, np.array(r_names(design(name))), np.array(matrix.columns))


def _dispersions(name: str, analysis: Analysis, genes: pd.DataFrame, names: np.ndarray) -> Iterator[Row]:
    found, scalars, moved = analysis.fit.dispersions, data.scalars(name), unstable(name)
    assert found is not None
    theirs = genes["dispGeneEst"].to_numpy()
    noise = (theirs < DISPERSION_NOISE) & (found.genewise < DISPERSION_NOISE)
    yield compare(
        "P4", "gene-wise dispersion", name, np.where(noise, np.nan, found.genewise), np.where(noise, np.nan, theirs),
        Limit(q999=1e-9, loose=(1e-6, 1e-3), maximum=1e-5), excused=moved, r_self=r_self(name, "dispGeneEst"),
        names=names, note=f"{int(noise.sum())} below 1e-6 in both",
    )  # fmt: skip
    ours_grid, their_grid = (_to_grid(iterations) for iterations in (found.genewise_iterations, genes["dispGeneIter"]))
    large = (theirs > 1e-7) & (found.genewise > 1e-7)
    yield same("P4", "genes sent to the grid", name, ours_grid & large, their_grid & large, excused=moved, names=names)
    yield compare("P5", "trend, end to end", name, found.trend, genes["dispFit"], Limit(1e-8), names=names)
    yield number("P6", "variance of residuals, e2e", name, found.log_residual_variance, scalars["varLogDispEsts"], 1e-8)
    matched = design(name).residual_df <= 3
    yield number(
        "P6", "prior variance, e2e", name, found.prior_variance, scalars["dispPriorVar"], 5e-15 if matched else 1e-8
    )
    limit = Limit(q999=1e-8, maximum=2e-5)
    for quantity, ours, column in (
        ("MAP dispersion, e2e", found.posterior, "dispMAP"),
        ("final dispersion, e2e", found.final, "dispersion"),
    ):
        yield compare(
            "P7", quantity, name, ours, genes[column], limit, excused=moved, r_self=r_self(name, column), names=names
        )
    outliers = genes["dispOutlier"].to_numpy() == True  # noqa: E712  (NA for all-zero genes)
    yield same("P7", "dispersion outliers", name, found.outlier, outliers, excused=moved, names=names)


def _to_grid(iterations: np.ndarray) -> np.ndarray:
    iterations = np.nan_to_num(np.asarray(iterations, dtype=float), nan=0.0)
    return (iterations >= 100) | (iterations == 1)


def _coefficients(name: str, analysis: Analysis, names: np.ndarray) -> Iterator[Row]:
    table = data.table(name, "DESeq2_coefficients")
    p = table.shape[1] // 2
    moved, rare = unstable(name), fallback(name)
    beta, se = table.to_numpy()[:, :p], table.to_numpy()[:, p:]
    ours = analysis.fit.coefficients / LN2
    yield compare("E1", "all coefficients", name, ours, beta, LFC_LIMIT, excused=moved | rare, names=names,
                  r_self=r_self(name, "log2FoldChange"))  # fmt: skip
    diagonal = np.cumsum(np.arange(1, p + 1)) - 1
    yield compare("E1", "standard errors", name, np.sqrt(np.maximum(analysis.fit.covariance[:, diagonal], 0)) / LN2, se,
                  Limit(q999=1e-6, maximum=2e-5), excused=moved | rare, names=names,
                  r_self=r_self(name, "lfcSE"))  # fmt: skip
    if rare.any():
        kept = data.not_replaced(name)
        yield same(
            "P9", "genes of the fallback", name, analysis.fit.used_optim & kept, rare & kept, excused=moved, names=names
        )
        some = rare & ~moved
        yield compare(
            "P9", "fallback coefficients", name, ours[some], beta[some], Limit(1e-3, kind="absolute"), names=names[some]
        )


def _outliers(name: str, analysis: Analysis, genes: pd.DataFrame, names: np.ndarray) -> Iterator[Row]:
    theirs = genes["maxCooks"].to_numpy(dtype=float)
    ours = analysis.fit.max_cooks if analysis.fit.max_cooks is not None else np.full(len(theirs), np.nan)
    yield same("P10", "missing Cook's distances", name, np.isnan(ours), np.isnan(theirs), names=names)
    if np.isfinite(theirs).any():
        yield compare("P10", "largest Cook's distance, e2e", name, ours, theirs, Limit(1e-6), names=names,
                      excused=unstable(name) | fallback(name))  # fmt: skip
    if data.has(name, "DESeq2_replaced_counts"):
        table = data.table(name, "DESeq2_replaced_counts")
        rows = analysis.fit.refit_rows if analysis.fit.refit_rows is not None else np.empty(0, dtype=int)
        flagged = genes["replace"].to_numpy() == True  # noqa: E712
        replaced = analysis.fit.replaced
        assert replaced is not None
        yield same("P10", "replaced genes", name, replaced, flagged, names=names)
        ours_counts = pd.DataFrame(analysis.fit.refit_counts, index=names[rows]).reindex(table.index)
        both = ours_counts.notna().all(axis=1).to_numpy()
        yield same("P10", "replaced counts", name, ours_counts.to_numpy()[both], table.to_numpy(dtype=float)[both],
                   note=f"{int((~both).sum())} genes without any count left")  # fmt: skip


def wald_results(name: str, analysis: Analysis, names: np.ndarray) -> Iterator[Row]:
    """The result table of the tested coefficient."""
    theirs = data.table(name, "DESeq2_results_wald")
    yield from results(name, "Wald", analysis, 0, theirs)
    facts, filtered = analysis.results[0].facts, data.scalars(name, "DESeq2_results_wald_filter")
    yield number("P11", "filter threshold, e2e", name, facts["filter_threshold"], filtered["filterThreshold"], 1e-12)
    yield number("P11", "filter quantile, e2e", name, facts["filter_theta"], filtered["filterTheta"], 1e-12)


def results(
    name: str,
    what: str,
    analysis: Analysis,
    which: int,
    theirs: pd.DataFrame,
    code: str = "E1",
    p_limit: Limit = P_LIMIT,
    excused: np.ndarray | None = None,
    trend: str = "parametric",
) -> Iterator[Row]:
    """Fold change, error, p, padj, missing values and calls of one result table (all genes or every fourth)."""
    ours = analysis.results[which].table.loc[theirs.index]
    names = np.asarray(theirs.index)
    rows = data.counts(name).index.get_indexer(theirs.index)
    left_out = (unstable(name, trend) | fallback(name) if excused is None else excused)[rows]
    yield compare(code, f"{what}: log2 fold change", name, ours["log2_fold_change"], theirs["log2FoldChange"],
                  LFC_LIMIT, excused=left_out, r_self=r_self(name, "log2FoldChange", trend), names=names)  # fmt: skip
    for quantity, column in (("p", "pvalue"), ("padj", "padj")):
        # One p-value that moves carries the adjusted ones of its neighbors along: for these no 99.9 %.
        limit = p_limit if column == "pvalue" else replace(p_limit, q999=None)
        yield compare(code, f"{what}: {quantity}", name, _normal(ours[column]), _normal(theirs[column]), limit,
                      excused=left_out, r_self=r_self(name, column, trend), names=names)  # fmt: skip
    for quantity, column in (("missing p", "pvalue"), ("missing padj", "padj")):
        yield same(code, f"{what}: {quantity}", name, ours[column].isna(), theirs[column].isna(), names=names)
    for level in (0.05, 0.1):
        yield same(code, f"{what}: calls at {level}", name, ours["padj"] < level, theirs["padj"] < level, names=names)


def _normal(p: pd.Series) -> np.ndarray:
    values = p.to_numpy()
    return np.where(values < SMALLEST_P, 0.0, values)


__all__ = ["IDENTICAL", "design", "end_to_end", "experiment", "results", "run", "settings"]
