"""Parity rows of single stages, each fed with R's output of the stage before."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from foldwise.stats.apeglm import prior_scale, shrink_apeglm
from foldwise.stats.ash import prior_sds, shrink_ash
from foldwise.stats.cooks import cooks_cutoff, outlier_mask
from foldwise.stats.dispersion_prior import (
    dispersion_outliers,
    log_residual_variance,
    log_residuals,
    prior_variance,
)
from foldwise.stats.dispersion_trend import ParametricTrend, fit_trend
from foldwise.stats.independent_filtering import filtered_padj
from foldwise.stats.lrt import lrt_statistics
from foldwise.stats.nb_glm import fit_coefficients
from foldwise.stats.numeric_contrast import numeric_contrast
from foldwise.stats.size_factors import poscounts
from foldwise.stats.vst import vst_parametric
from foldwise.stats.wald import wald_statistics
from tests.reference import data
from tests.reference.end_to_end import FORMULAS, LN2, design, experiment, fallback, unstable
from tests.reference.rows import Limit, Row, compare, number, same

SUFFIX = {"parametric": "", "local": "_local", "mean": "_mean"}
TREND_LIMIT = {"parametric": 1e-12, "local": 1e-7, "mean": 1e-14}
SCALAR_NAMES = {"asymptotic": "asymptDisp", "extra_poisson": "extraPois", "mean": "mean"}
APEGLM_LIMIT = 5e-5
R_ROUNDING = 1e-14  # two numbers of 15 digits


@cache
def fitted_counts(name: str) -> np.ndarray:
    """The counts of R's last fit: those after replacement of outliers, (n_genes, n_samples) int32."""
    frame = data.counts(name)
    if data.has(name, "DESeq2_replaced_counts"):
        frame = frame.copy()
        table = data.table(name, "DESeq2_replaced_counts")
        frame.loc[table.index] = table.to_numpy(dtype=float)
    return np.ascontiguousarray(frame.to_numpy().astype(np.int32))


def given_r(name: str) -> Iterator[Row]:
    """All stages that the tables of a data set allow."""
    yield _poscounts(name)
    if name not in data.REPLACED_SETS:
        yield from _trends(name)
        yield from _prior(name)
    yield from _coefficients(name)
    yield from _likelihood_ratio(name)
    yield from _filtering(name)
    yield from _thresholds(name)
    yield from _contrasts(name)
    yield from _shrinkage(name)
    yield from _vst(name)


def _poscounts(name: str) -> Row:
    theirs = data.table(name, "DESeq2_sizefactors")["poscounts"]
    return compare("P1", "size factors poscounts", name, poscounts(experiment(name).counts), theirs, Limit(1.5e-14))


def _trends(name: str) -> Iterator[Row]:
    genes = data.table(name, "DESeq2_genes")
    genes = genes[~genes["allZero"]]
    means, genewise = genes["baseMean"].to_numpy(), genes["dispGeneEst"].to_numpy()
    for kind, suffix in SUFFIX.items():
        if not data.has(name, f"DESeq2_genes{suffix}"):
            continue
        trend, limit = fit_trend(means, genewise, kind), TREND_LIMIT[kind] + R_ROUNDING
        theirs = data.table(name, f"DESeq2_genes{suffix}")["dispFit"].dropna()
        ours = trend.predict(genes.loc[theirs.index, "baseMean"].to_numpy())
        yield compare("P5", f"trend {kind} given gene-wise", name, ours, theirs.to_numpy(), Limit(limit))
        scalars = data.scalars(name, f"DESeq2_scalars{suffix}")
        for key, value in trend.coefficients.items():
            yield number("P5", f"trend {kind}: {key}", name, value, scalars[SCALAR_NAMES[key]], limit)


def _prior(name: str) -> Iterator[Row]:
    genes = data.table(name, "DESeq2_genes")
    genes = genes[~genes["allZero"]]
    scalars, df = data.scalars(name), design(name).residual_df
    genewise, trend = genes["dispGeneEst"].to_numpy(), genes["dispFit"].to_numpy()
    residuals = log_residuals(genewise, trend)
    variance = log_residual_variance(residuals)
    yield number("P6", "variance of residuals given trend", name, variance, scalars["varLogDispEsts"], 1e-12)
    tolerance = 5e-15 if df <= 3 else 1e-12  # bit-identical but for R's 15 digits
    yield number(
        "P6", "prior variance given trend", name, prior_variance(residuals, df), scalars["dispPriorVar"], tolerance
    )
    outliers = dispersion_outliers(genewise, trend, scalars["varLogDispEsts"])
    yield same("P7", "dispersion outliers given trend", name, outliers, genes["dispOutlier"].to_numpy(dtype=bool))


@cache
def refit(name: str, formula: str = "full") -> dict[str, np.ndarray]:
    """Coefficients of all genes at R's final dispersions; rows of NaN where R has none."""
    alpha = data.table(name, "DESeq2_genes")["dispersion"].to_numpy()
    matrix = design(name).matrix if formula == "full" else _reduced(name)
    return _fit_rows(name, alpha, matrix, fitted_counts(name))


def _fit_rows(name: str, alpha: np.ndarray, matrix: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
    rows = np.flatnonzero(~np.isnan(alpha) & (counts.sum(axis=1) > 0))
    fit = fit_coefficients(
        np.ascontiguousarray(counts[rows]), data.size_factors(name), np.ascontiguousarray(matrix),
        np.ascontiguousarray(alpha[rows]), n_threads=2,
    )  # fmt: skip
    whole = {}
    for key, value in fit.items():
        whole[key] = np.full((len(alpha), *value.shape[1:]), np.nan)
        whole[key][rows] = value
    return whole


def reduced_fallback(name: str) -> np.ndarray:
    """Genes (n_genes,) whose reduced model takes the fallback optimizer."""
    return refit(name, "reduced")["used_optim"] == 1


def _reduced(name: str) -> np.ndarray:
    from foldwise.model.design import reduced_design

    return reduced_design(design(name), FORMULAS[name][1], experiment(name).samples).matrix


def _coefficients(name: str) -> Iterator[Row]:
    table = data.table(name, "DESeq2_coefficients")
    genes = data.table(name, "DESeq2_genes")
    p = table.shape[1] // 2
    names, rare = np.asarray(table.index), fallback(name)
    fit = refit(name)
    beta, se = table.to_numpy()[:, :p], table.to_numpy()[:, p:]
    diagonal = np.cumsum(np.arange(1, p + 1)) - 1
    ours, ours_se = fit["beta"] / LN2, np.sqrt(fit["covariance"][:, diagonal]) / LN2
    usual = ~rare
    yield compare("P8", "coefficients given dispersion", name, ours[usual], beta[usual],
                  Limit(1e-12, kind="absolute"), names=names[usual])  # fmt: skip
    yield compare(
        "P8", "standard errors given dispersion", name, ours_se[usual], se[usual], Limit(1e-12), names=names[usual]
    )
    if p > 1:
        yield same("P8", "IRLS iterations given dispersion", name, np.nan_to_num(fit["iterations"]),
                   np.nan_to_num(genes["betaIter"].to_numpy(dtype=float)), names=names)  # fmt: skip
    yield from _wald(name, ours, ours_se, usual)
    if (some := rare & ~unstable(name)).any():
        yield compare("P9", "fallback coefficients given dispersion", name, ours[some], beta[some],
                      Limit(1e-3, kind="absolute"), names=names[some])  # fmt: skip


def printed_digits(statistic: np.ndarray, lfc: np.ndarray, se: np.ndarray) -> np.ndarray:
    """Relative error of p that 15 digits of R's inputs leave open: fold changes to 1e-14, times the slope of ln p."""
    z_error = 1e-14 * np.maximum(1.0, np.abs(lfc)) / se
    return (1.0 + np.abs(statistic)) * z_error


def _wald(name: str, beta: np.ndarray, se: np.ndarray, usual: np.ndarray) -> Iterator[Row]:
    """Statistic and p of the tested coefficient, from our fit at R's dispersions."""
    results = data.table(name, "DESeq2_results_wald")
    usual = usual & results["pvalue"].notna().to_numpy() & (results["lfcSE"] > 0).to_numpy()
    column, names = results_column(name), np.asarray(results.index)
    statistic, pvalue = wald_statistics(beta[:, column], se[:, column])
    large = np.abs(results["stat"].to_numpy()) > 30
    yield compare("P8", "statistic given dispersion", name, statistic[usual], results["stat"].to_numpy()[usual],
                  Limit(1e-12, kind="looser"), names=names[usual])  # fmt: skip
    for what, some, limit in (("", usual & ~large, 1e-11), (", |stat| > 30", usual & large, 1e-9)):
        if some.any():
            slack = printed_digits(statistic[some], beta[some, column], se[some, column])
            yield compare("P8", f"p given dispersion{what}", name, pvalue[some], results["pvalue"].to_numpy()[some],
                          Limit(limit), slack=slack, names=names[some])  # fmt: skip


def _likelihood_ratio(name: str) -> Iterator[Row]:
    """LRT at R's dispersions; a run with replaced outliers has other dispersions in its LRT."""
    if name in data.REPLACED_SETS:
        return
    theirs = data.table(name, "DESeq2_results_lrt")
    masked = theirs["pvalue"].isna().to_numpy()
    full, small = refit(name)["log_likelihood"], refit(name, "reduced")["log_likelihood"]
    _, pvalue = lrt_statistics(full, small, design(name).n_coefficients - _reduced(name).shape[1])
    rare = fallback(name) | reduced_fallback(name)
    pvalue = np.where(masked, np.nan, pvalue)
    yield compare("P12", "LRT p given dispersion", name, pvalue, theirs["pvalue"].to_numpy(), Limit(1e-6),
                  excused=rare, excused_as="of the fallback", names=np.asarray(theirs.index))  # fmt: skip


def _filtering(name: str) -> Iterator[Row]:
    results = data.table(name, "DESeq2_results_wald")
    found = filtered_padj(results["baseMean"].to_numpy(), results["pvalue"].to_numpy(), 0.1)
    theirs = data.scalars(name, "DESeq2_results_wald_filter")
    curve = data.table(name, "DESeq2_results_wald_filter_curve")
    yield compare("P11", "padj given p", name, found.padj, results["padj"].to_numpy(), Limit(1e-12))
    yield same("P11", "missing padj given p", name, np.isnan(found.padj), results["padj"].isna().to_numpy())
    yield number("P11", "filter threshold given p", name, found.threshold, theirs["filterThreshold"], 1e-12)
    yield same("P11", "rejections at 50 quantiles", name, found.n_rejected, curve["numRej"].to_numpy())
    yield compare("P11", "smoothed rejections", name, found.smooth, curve["lowess"].to_numpy(), Limit(1e-12))
    n, p = data.design(name).shape
    if p > 2:
        genes = data.table(name, "DESeq2_genes")
        masked = outlier_mask(genes["maxCooks"].to_numpy(), cooks_cutoff(p, n))
        none = results["pvalue"].isna().to_numpy() & ~genes["allZero"].to_numpy()
        yield same("P10", "p left out for Cook's, given distances", name, masked, none, names=np.asarray(genes.index))


def _thresholds(name: str) -> Iterator[Row]:
    for alternative in ("greaterAbs", "lessAbs", "greater", "less"):
        stem = f"DESeq2_results_lfc1_{alternative}"
        if not data.has(name, stem):
            continue
        theirs = data.table(name, stem)
        lfc, se = theirs["log2FoldChange"].to_numpy(), theirs["lfcSE"].to_numpy()
        statistic, pvalue = wald_statistics(lfc, se, 1.0, alternative)
        masked = theirs["pvalue"].isna().to_numpy()
        yield compare("P12", f"threshold {alternative}: statistic", name, statistic, theirs["stat"].to_numpy(),
                      Limit(1e-12, kind="looser"))  # fmt: skip
        slack = printed_digits(statistic, lfc, se)
        pvalue = np.where(masked, np.nan, pvalue)
        yield compare("P12", f"threshold {alternative}: p", name, pvalue, theirs["pvalue"].to_numpy(), Limit(1e-12),
                      slack=slack, names=np.asarray(theirs.index))  # fmt: skip


def _contrasts(name: str) -> Iterator[Row]:
    """Numeric contrasts at R's dispersions: one level against another, neither of them the reference."""
    levels = {
        "airway": ("cell_N080611_vs_N061011", "cell_N080611_vs_N052611", "cell_N061011_vs_N052611"),
        "bottomly": ("batch_exp7_vs_exp6", "batch_exp7_vs_exp4", "batch_exp6_vs_exp4"),
    }
    if name not in levels:
        return
    stem, plus, minus = levels[name]
    coefficients = list(data.table(name, "DESeq2_design").columns)
    vector = np.zeros(len(coefficients))
    vector[coefficients.index(plus)], vector[coefficients.index(minus)] = 1.0, -1.0
    theirs = data.table(name, f"DESeq2_results_contrast_{stem}")
    rows = data.counts(name).index.get_indexer(theirs.index)
    table = data.table(name, "DESeq2_coefficients").to_numpy()
    alpha = data.table(name, "DESeq2_genes")["dispersion"].to_numpy()
    lfc, se = numeric_contrast(
        np.ascontiguousarray(fitted_counts(name)[rows]), data.size_factors(name), design(name).matrix,
        np.ascontiguousarray(alpha[rows]), np.ascontiguousarray(table[rows, : len(vector)] * LN2), vector,
    )  # fmt: skip
    # Genes without a count in either level get fold change 0 by rule.
    kept = (theirs["log2FoldChange"] != 0).to_numpy() & theirs["lfcSE"].notna().to_numpy()
    yield compare("P8", f"contrast {stem}: fold change", name, lfc[kept], theirs["log2FoldChange"].to_numpy()[kept],
                  Limit(1e-12, kind="looser"), names=np.asarray(theirs.index)[kept])  # fmt: skip
    yield compare("P8", f"contrast {stem}: error", name, se[kept], theirs["lfcSE"].to_numpy()[kept], Limit(1e-12),
                  names=np.asarray(theirs.index)[kept])  # fmt: skip


def _shrinkage(name: str) -> Iterator[Row]:
    results = data.table(name, "DESeq2_results_wald")
    if data.has(name, "DESeq2_lfcShrink_apeglm"):
        theirs = data.table(name, "DESeq2_lfcShrink_apeglm")
        genes = data.table(name, "DESeq2_genes")
        coefficient = results_column(name)
        lfc, se = (data.table(name, "DESeq2_results_wald")[c].to_numpy() * LN2 for c in ("log2FoldChange", "lfcSE"))
        scale = data.scalars(name, "DESeq2_lfcShrink_apeglm_prior")["prior.scale"]
        yield number("P13", "apeglm: prior scale given fit", name, prior_scale(lfc, se), scale, 1e-12)
        found = shrink_apeglm(
            np.ascontiguousarray(data.counts(name).to_numpy().astype(np.int32)), data.size_factors(name),
            design(name).matrix, genes["dispersion"].to_numpy(), coefficient, lfc / LN2, se / LN2, n_threads=2,
        )  # fmt: skip
        rows = data.counts(name).index.get_indexer(theirs.index)
        whole = np.full(len(lfc), np.nan)
        whole[rows] = theirs["log2FoldChange"]
        ours, note = settle_digits(name, found.lfc, whole, 5e-16, APEGLM_LIMIT)
        yield compare("P13", "apeglm: fold change given fit", name, ours[rows], whole[rows],
                      Limit(APEGLM_LIMIT, kind="absolute"), names=np.asarray(theirs.index), note=note)  # fmt: skip
    if data.has(name, "DESeq2_lfcShrink_ashr"):
        theirs = data.table(name, "DESeq2_lfcShrink_ashr")
        prior = data.table(name, "DESeq2_lfcShrink_ashr_prior")
        lfc, se = results["log2FoldChange"].to_numpy(), results["lfcSE"].to_numpy()
        rows = data.counts(name).index.get_indexer(theirs.index)
        usable = np.isfinite(lfc) & np.isfinite(se) & (se > 0)
        given = np.zeros(len(prior_sds(lfc[usable], se[usable])))
        weights = prior.index.to_numpy(dtype=float)
        yield compare("P13", "ashr: grid of the prior", name, prior_sds(lfc[usable], se[usable])[-len(weights) :],
                      np.sort(prior["sd"].to_numpy()), Limit(1e-12))  # fmt: skip
        given[-len(weights) :] = weights[np.argsort(prior["sd"].to_numpy(), kind="stable")]
        for what, w, limit in (("given R's weights", given, 1e-6), ("own weights", None, 2e-3)):
            found = shrink_ash(lfc, se, weights=w)
            yield compare("P13", f"ashr: fold change {what}", name, found.lfc[rows],
                          theirs["log2FoldChange"].to_numpy(), Limit(limit, kind="absolute"),
                          names=np.asarray(theirs.index))  # fmt: skip


def settle_digits(
    name: str, ours: np.ndarray, theirs: np.ndarray, jitter: float, limit: float
) -> tuple[np.ndarray, str]:
    """Where ours is off by more than ``limit``, take the nearest value that inputs moved by ``jitter`` lead to.

    R's optimizer stops early: which of several stopping points it ends in, where the likelihood is flat, hangs on the
    last digits of dispersion and fold change. Both arrays hold all genes; a note tells how many genes were settled so.
    """
    off = np.flatnonzero(np.abs(ours - theirs) > limit)
    if not len(off):
        return ours, ""
    genes, results = data.table(name, "DESeq2_genes"), data.table(name, "DESeq2_results_wald")
    counts = np.ascontiguousarray(data.counts(name).to_numpy().astype(np.int32))
    rng = np.random.default_rng(1)
    best = ours.copy()
    for _ in range(8):
        moved = [genes["dispersion"], results["log2FoldChange"], results["lfcSE"]]
        moved = [v.to_numpy() * (1.0 + jitter * rng.normal(size=len(genes))) for v in moved]
        found = shrink_apeglm(
            counts, data.size_factors(name), design(name).matrix, moved[0], results_column(name), moved[1], moved[2],
            n_threads=2,
        ).lfc  # fmt: skip
        nearer = np.abs(found[off] - theirs[off]) < np.abs(best[off] - theirs[off])
        best[off[nearer]] = found[off[nearer]]
    worst = float(np.max(np.abs(ours[off] - theirs[off])))
    return best, f"{len(off)} of {len(ours)} genes decided by the last digits of the inputs: {worst:.1e}"


def results_column(name: str) -> int:
    """Number of the tested coefficient."""
    table, results = data.table(name, "DESeq2_coefficients"), data.table(name, "DESeq2_results_wald")
    p = table.shape[1] // 2
    lfc = results["log2FoldChange"].to_numpy()
    fitted = np.flatnonzero(np.isfinite(lfc) & (lfc != 0))[:100]
    return int(np.argmin(np.abs(table.to_numpy()[fitted, :p] - lfc[fitted, None]).sum(axis=0)))


def _vst(name: str) -> Iterator[Row]:
    for blind in (False, True):
        stem = f"DESeq2_vst_blind{str(blind).upper()}_subset"
        if not data.has(name, stem):
            continue
        theirs = data.table(name, stem)
        values = data.scalars(name, "DESeq2_vst_blindTRUE_scalars" if blind else "DESeq2_scalars")
        trend = ParametricTrend(values["asymptDisp"], values["extraPois"])
        normalized = data.counts(name).loc[theirs.index].to_numpy() / data.size_factors(name)
        ours = vst_parametric(normalized, *trend.coefficients.values())
        yield compare(
            "-", f"VST given trend, {'blind' if blind else 'design'}", name, ours, theirs.to_numpy(), Limit(2e-14)
        )
