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
from tests.reference.given_r import hangs_on_digits, reduced_fallback
from tests.reference.rows import Limit, Row, compare, number

CONTRASTS = {
    "airway": ("cell_N080611_vs_N061011", "cell:N080611:N061011"),
    "bottomly": ("batch_exp7_vs_exp6", "batch:exp7:exp6"),
}
TREND_LIMIT = {"local": 1e-7, "mean": 1e-8}
# P12 bounds threshold tests given the fit; from counts on, an error that moves by 1e-6 moves p by z^2 times as much.
P_THRESHOLD = Limit(median=1e-9, q999=1e-4, maximum=5e-4)
# How far R's own dispersions move with the order of the sample columns (typically)
END_TO_END_DIGITS = 1e-8
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
        # A local trend of accuracy 1e-7 cannot give dispersions of 1e-8.
        yield compare("P7", f"final dispersion, {kind}, e2e", name, found.final[rows], genes["dispersion"].to_numpy(),
                      Limit(q999=max(limit, 1e-8), maximum=2e-5), excused=unstable(name)[rows],
                      r_self=r_self(name, "dispersion"), names=names)  # fmt: skip
        yield from results(name, f"{kind} trend", analysis, 0, data.table(name, f"DESeq2_results_{kind}"))


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
    for kind, limit in (("normal", 1e-6), ("apeglm", 5e-5), ("ashr", 2e-3)):
        if not data.has(name, f"DESeq2_lfcShrink_{kind}"):
            continue
        theirs = data.table(name, f"DESeq2_lfcShrink_{kind}")
        analysis = pipeline.test_again(replace(run(name), spec=settings(name, shrink=kind)))
        ours, rows = analysis.results[0].table, _rows(name, theirs)
        shrunk = ours["log2_fold_change_shrunk"].to_numpy()[rows]
        # ashr gives genes without an estimate its prior; we leave them missing.
        known = theirs["log2FoldChange"].to_numpy() if kind != "ashr" else np.where(
            np.isnan(ours["log2_fold_change"].to_numpy()[rows]), np.nan, theirs["log2FoldChange"].to_numpy()
        )  # fmt: skip
        left_out = (unstable(name) | fallback(name))[rows]
        if kind == "apeglm":
            left_out |= hangs_on_digits(name, END_TO_END_DIGITS)[rows]
        yield compare("P13", f"shrunken fold change {kind}, e2e", name, shrunk, known, Limit(limit, kind="absolute"),
                      excused=left_out, names=np.asarray(theirs.index))  # fmt: skip
        if kind != "normal":
            s_values = ours["s_value"].to_numpy()[rows]
            r_values = np.where(np.isnan(known), np.nan, theirs["svalue"].to_numpy())
            yield compare("P13", f"s-values {kind}, e2e", name, s_values, r_values, Limit(limit, kind="absolute"),
                          excused=left_out, names=np.asarray(theirs.index))  # fmt: skip


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
