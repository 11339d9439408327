"""Parity rows of runs with other settings: trends, likelihood ratio, thresholds, contrasts, shrinkage, VST, t tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from foldwise import pipeline
from foldwise.model.design import make_design
from tests.reference import data
from tests.reference.end_to_end import (
    FORMULAS,
    P_LIMIT,
    design,
    experiment,
    fallback,
    r_self,
    results,
    run,
    settings,
    unstable,
)
from tests.reference.given_r import reduced_fallback
from tests.reference.rows import Limit, Row, compare, number

CONTRASTS = {
    "airway": ("cell_N080611_vs_N061011", "cell:N080611:N061011"),
    "bottomly": ("batch_exp7_vs_exp6", "batch:exp7:exp6"),
}
TREND_LIMIT = {"local": 1e-7, "mean": 1e-8}
# P12 bounds threshold tests given the fit; from counts on, an error that moves by 1e-6 moves p by z^2 times as much.
P_THRESHOLD = Limit(median=1e-9, maximum=5e-4)
# P13 bounds apeglm given the fit. From counts on, inputs off by 1e-9 lead R's optimizer, which stops early, to another
# stopping point where the likelihood is flat: at most 2 % of the genes (fission, 12 coefficients; elsewhere fewer).
SHRINKAGE_LIMIT = {
    "normal": Limit(1e-6, kind="absolute"),
    "apeglm": Limit(1e-3, loose=(5e-5, 0.02), kind="absolute"),
    "ashr": Limit(2e-3, kind="absolute"),
}
# The reference run of bottomly's LRT took Cook's distances from the Wald fit that the object had been through.
COOKS_OF_WALD = ("bottomly",)


def variants(name: str) -> Iterator[Row]:
    """Every other run that R's tables of a data set allow."""
    yield from _trends(name)
    yield from _likelihood_ratio(name)
    yield from _thresholds(name)
    yield from _contrasts(name)
    yield from _shrinkage(name)
    yield from _vst(name)
    yield from _t_test(name)


def _rows(name: str, table: pd.DataFrame) -> np.ndarray:
    return data.counts(name).index.get_indexer(table.index)


def _trends(name: str) -> Iterator[Row]:
    for kind in ("local", "mean"):
        if not data.has(name, f"DESeq2_genes_{kind}"):
            continue
        analysis = pipeline.run(settings(name, trend=kind), experiment(name), design(name))
        genes, scalars = data.table(name, f"DESeq2_genes_{kind}"), data.scalars(name, f"DESeq2_scalars_{kind}")
        found, rows = analysis.fit.dispersions, _rows(name, genes)
        assert found is not None
        names = np.asarray(genes.index)
        limit = TREND_LIMIT[kind]
        yield compare("P5", f"trend {kind}, e2e", name, found.trend[rows], genes["dispFit"].to_numpy(), Limit(limit))
        if kind == "mean" or design(name).residual_df <= 3:
            grid = design(name).residual_df <= 3
            yield number("P6", f"prior variance, {kind}, e2e", name, found.prior_variance, scalars["dispPriorVar"],
                         5e-15 if grid else limit)  # fmt: skip
        # R's local trend is itself good to 1e-8, which flips the last step of a search in a few genes; these tables
        # hold every fourth gene, so that one or two of those decide the 99.9 % point.
        yield compare("P7", f"final dispersion, {kind}, e2e", name, found.final[rows], genes["dispersion"].to_numpy(),
                      Limit(q999=5e-6 if kind == "local" else 1e-6, maximum=2e-5), excused=unstable(name, kind)[rows],
                      r_self=r_self(name, "dispersion", kind), names=names)  # fmt: skip
        yield from results(name, f"{kind} trend", analysis, 0, data.table(name, f"DESeq2_results_{kind}"), trend=kind)


def _likelihood_ratio(name: str) -> Iterator[Row]:
    theirs = data.table(name, "DESeq2_results_lrt")
    spec = settings(name, test="lrt")
    spec = replace(spec, design=replace(spec.design, reduced=FORMULAS[name][1]))
    analysis = pipeline.run(spec, experiment(name), design(name))
    left_out = unstable(name) | fallback(name) | reduced_fallback(name)
    if name in COOKS_OF_WALD:
        ours = analysis.results[0].table
        both = (ours["pvalue"].notna() & theirs["pvalue"].notna()).to_numpy()
        yield compare("P12", "LRT: p, e2e", name, ours["pvalue"].to_numpy()[both], theirs["pvalue"].to_numpy()[both],
                      P_LIMIT, excused=left_out[both], r_self=r_self(name, "pvalue"),
                      names=np.asarray(theirs.index)[both], note="R's run had the Cook's mask of Wald")  # fmt: skip
        return
    yield from results(name, "LRT", analysis, 0, theirs, "P12", excused=left_out)


def _thresholds(name: str) -> Iterator[Row]:
    for alternative in ("greaterAbs", "lessAbs", "greater", "less"):
        stem = f"DESeq2_results_lfc1_{alternative}"
        if not data.has(name, stem):
            continue
        theirs = data.table(name, stem)
        spec = settings(name, alternative=alternative)
        spec = replace(spec, correction=replace(spec.correction, lfc=1.0))
        analysis = pipeline.test_again(replace(run(name), spec=spec))
        yield from results(name, f"threshold {alternative}", analysis, 0, theirs, "P12", P_THRESHOLD)


def _contrasts(name: str) -> Iterator[Row]:
    if name not in CONTRASTS:
        return
    stem, text = CONTRASTS[name]
    analysis = pipeline.test_again(replace(run(name), spec=settings(name, (text,))))
    yield from results(name, f"contrast {stem}", analysis, 0, data.table(name, f"DESeq2_results_contrast_{stem}"))


def _shrinkage(name: str) -> Iterator[Row]:
    for kind, limit in SHRINKAGE_LIMIT.items():
        if not data.has(name, f"DESeq2_lfcShrink_{kind}"):
            continue
        theirs = data.table(name, f"DESeq2_lfcShrink_{kind}")
        analysis = pipeline.test_again(replace(run(name), spec=settings(name, shrink=kind)))
        ours, names = analysis.results[0].table.loc[theirs.index], np.asarray(theirs.index)
        known = theirs["log2FoldChange"].to_numpy()
        if kind == "ashr":  # gives genes without an estimate its prior; we leave them missing
            known = np.where(ours["log2_fold_change"].isna(), np.nan, known)
        left_out = (unstable(name) | fallback(name))[_rows(name, theirs)]
        shrunk = ours["log2_fold_change_shrunk"].to_numpy()
        yield compare("P13", f"shrunken fold change {kind}, e2e", name, shrunk, known, limit, excused=left_out,
                      names=names)  # fmt: skip
        if kind != "normal":
            # The s-value of a gene is a mean over all genes that rank before it.
            r_values = np.where(np.isnan(known), np.nan, theirs["svalue"].to_numpy())
            off = np.abs(shrunk - known) > 5e-5
            yield compare("P13", f"s-values {kind}, e2e", name, ours["s_value"].to_numpy(), r_values,
                          Limit(2e-3, kind="absolute"), excused=left_out | off, excused_as="left out as above",
                          names=names)  # fmt: skip


def _vst(name: str) -> Iterator[Row]:
    limit = Limit(1e-8, kind="absolute")
    if data.has(name, "DESeq2_vst_blindFALSE_subset"):
        theirs = data.table(name, "DESeq2_vst_blindFALSE_subset")
        vst = run(name).vst
        assert vst is not None
        yield compare("P5", "VST of the design, e2e", name, vst[_rows(name, theirs)], theirs.to_numpy(), limit)
    if data.has(name, "DESeq2_vst_blindTRUE_subset"):
        theirs = data.table(name, "DESeq2_vst_blindTRUE_subset")
        spec = settings(name, ("Intercept",))
        blind = make_design("~ 1", experiment(name).samples)
        spec = replace(spec, design=replace(spec.design, formula="~ 1", reference=()))
        vst = pipeline.run(spec, experiment(name), blind).vst
        assert vst is not None
        yield compare("P5", "VST blind, e2e", name, vst[_rows(name, theirs)], theirs.to_numpy(), limit)


def _t_test(name: str) -> Iterator[Row]:
    if data.has(name, "DESeq2_results_useT"):
        analysis = pipeline.run(settings(name, use_t=True), experiment(name), design(name))
        yield from results(name, "t distribution", analysis, 0, data.table(name, "DESeq2_results_useT"))
