"""Parity rows of P16, P17 and E2: edgeR's quasi-likelihood, versions 4.5.1 and 3.40, from counts.

Version 4 differs from ours by what P16 declares: edgeR approximates the moments of the deviances, we sum them. The rows
"against exact moments" show both sides' distance from plain sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from foldwise.engine.threads import ThreadEngine
from foldwise.methods.edger_ql import EdgeRQL
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Test
from foldwise.model.normalization import SizeFactors
from foldwise.stats import quasi_likelihood as ql
from foldwise.stats.edger_glm import glm_fit
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.null_design import null_design
from foldwise.stats.squeeze_var import squeeze_var
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, number
from tests.reference.rows_norm_factors import edger_design, filtered_counts, tmm_sizes
from tests.twins.nb_quasi import nb_deviance_moments

SQUEEZE_LIMIT = Limit(1e-8)
LEGACY_P = Limit(1e-7)
SMALLEST_P = 1e-290
# Below this F rounding of the deviances (1e-8) is magnified in p: dp = dLR / sqrt(2 pi LR).
LEAST_F = 1e-3
# Declared deviation of P16.
F_RELATIVE, F_GUARD = 2e-3, 0.01
LOG10_P, LOG10_P_SHARE = 0.004, 0.001
CALLS_SHARE = 0.001
TABLE_LIMIT = Limit(1e-9)
N_EXACT = 60
VARIANTS = {
    "edgeR4_glmQLFTest": EdgeRQL(),
    "edgeR4_glmQLFTest_estimateDisp": EdgeRQL(dispersion="estimate-disp"),
    "edgeR4_glmQLFTest_robust": EdgeRQL(robust=True),
}
LEGACY_VARIANTS = {
    "edgeR4_glmQLFTest_legacyTRUE": EdgeRQL(legacy=True),
    "edgeR_glmQLFTest": EdgeRQL(legacy=True),
    "edgeR_glmQLFTest_robust": EdgeRQL(legacy=True, robust=True),
}
# Weights of the coefficients in the sums tested together.
FISSION_TESTS = {
    "edgeR_glmQLFTest_allcoefs": [{7: 1.0}, {8: 1.0}, {9: 1.0}, {10: 1.0}, {11: 1.0}],
    "edgeR_glmQLFTest_contrast_avg15": [{2: 1.0, 7: 0.5}],
    "edgeR_glmQLFTest_contrast_mut15": [{7: 1.0}],
    "edgeR_glmQLFTest_contrast_wt180": [{6: 1.0}],
    "edgeR_glmQLFTest_contrasts_1_2": [{7: 1.0}, {6: 1.0}],
}


def contrast(vector: np.ndarray) -> Contrast:
    """A contrast of these weights."""
    return Contrast("c", "c", "", np.asarray(vector, dtype=np.float64), "numeric")


@cache
def fitted(name: str, settings: EdgeRQL) -> Fit:
    """Fit of the genes that edgeR's filter kept, with its design."""
    frame = filtered_counts(name)
    counts = np.ascontiguousarray(frame.to_numpy().astype(np.int32))
    matrix, sizes = edger_design(name), counts.sum(axis=0).astype(np.float64)
    factors = tmm_sizes(name) / sizes
    effective = sizes * factors
    design = Design(matrix, tuple(map(str, data.table(name, "edgeR_design").columns)), None, (), (), source="matrix")
    experiment = Experiment(counts, pd.DataFrame(index=frame.columns), pd.DataFrame(index=frame.index))
    size_factors = SizeFactors(effective / effective.mean(), None, "tmm", sizes, factors)
    return settings.fit(experiment, design, size_factors, ThreadEngine(2))


def tested_coefficient(name: str, settings: EdgeRQL) -> Test:
    """Test of the coefficient of R's tables: the last one, of fission the interaction of 15 minutes."""
    fit = fitted(name, EdgeRQL(**{**settings.__dict__, "lfc_threshold": 0.0, "threshold_null": "interval"}))
    return settings.test(fit, contrast(np.eye(fit.design.n_coefficients)[7 if name == "fission" else -1]))


def edger_ql_rows(name: str) -> Iterator[Row]:
    """All rows of one data set; none where edgeR's tables are absent."""
    if data.has(name, "edgeR4_glmQLFTest"):
        yield from _squeezed(name)
        yield from _scalars(name)
        yield _against_exact_moments(name)
    for stem, settings in VARIANTS.items():
        if data.has(name, stem):
            yield from _adjusted(name, stem, settings)
    for stem, settings in LEGACY_VARIANTS.items():
        if data.has(name, stem):
            yield from _legacy(name, stem, settings)
    yield from _treat(name)
    if name == "fission":
        yield from _several(name)


def _rows(name: str, stem: str) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    theirs = data.table(name, stem)
    return theirs, filtered_counts(name).index.get_indexer(theirs.index), np.asarray(theirs.index)


def _squeezed(name: str) -> Iterator[Row]:
    """squeezeVar given R's deviances and degrees of freedom of all genes."""
    whole = data.table(name, "edgeR4_glmQLFTest")
    df, abundance = whole["df.residual.adj"].to_numpy(), whole["logCPM"].to_numpy()
    variance = ql.quasi_variance(whole["deviance.adj"].to_numpy(), df)
    for robust, stem in ((False, "edgeR4_glmQLFTest"), (True, "edgeR4_glmQLFTest_robust")):
        if not data.has(name, stem):
            continue
        theirs = data.table(name, stem)
        pick, names = whole.index.get_indexer(theirs.index), np.asarray(theirs.index)
        found = squeeze_var(variance, df, abundance, robust=robust, legacy=False)
        for column, ours in (("df.prior", found.df_prior), ("s2.prior", found.prior), ("s2.post", found.posterior)):
            what = f"{column} given deviances{', robust' if robust else ''}"
            yield compare("P17", what, name, ours[pick], theirs[column].to_numpy(), SQUEEZE_LIMIT, names=names)


def _scalars(name: str) -> Iterator[Row]:
    extra, theirs = fitted(name, EdgeRQL()).extra, data.scalars(name, "edgeR4_glmQLFTest_scalars")
    # R's own Brent search of the dispersion repeats to 1e-7 only (noise of 1e-13 in its objective); the rest follows
    # the declared deviation of P16.
    yield number("P17", "single dispersion", name, extra["dispersion"], theirs["dispersion_common_used"], 3e-7)
    yield number("P16", "average quasi-dispersion", name, extra["average_quasi_dispersion"],
                 theirs["average.ql.dispersion"], 3e-4)  # fmt: skip
    yield number("P16", "prior df", name, float(extra["df_prior"][0]), theirs["df.prior_1"], 1e-4)


def _adjusted(name: str, stem: str, settings: EdgeRQL) -> Iterator[Row]:
    theirs, rows, names = _rows(name, stem)
    fit, test = fitted(name, settings), tested_coefficient(name, settings)
    label = stem.replace("edgeR4_glmQLFTest", "QL v4").replace("_", " ")
    robust = np.zeros(len(rows), dtype=bool)
    if settings.robust:
        yield compare("P16", f"{label}: prior df", name, fit.extra["df_prior"][rows], theirs["df.prior"].to_numpy(),
                      Limit(5e-2), names=names)  # fmt: skip
        # Outlier genes take their prior df from a switch at a false discovery rate of 0.3: their p is declared.
        robust = (theirs["df.prior"] < theirs["df.prior"].max() * (1 - 1e-9)).to_numpy()
    yield compare("P16", f"{label}: log2 fold change", name, test.log2_fold_change[rows], theirs["logFC"].to_numpy(),
                  Limit(1e-4, kind="absolute"), names=names)  # fmt: skip
    yield compare("P16", f"{label}: adjusted df", name, fit.residual_df[rows], theirs["df.residual.adj"].to_numpy(),
                  Limit(2e-4, kind="looser"), names=names)  # fmt: skip
    yield compare("P16", f"{label}: adjusted deviance", name, fit.extra["deviance_adjusted"][rows],
                  theirs["deviance.adj"].to_numpy(), Limit(2e-3, kind="looser"), names=names)  # fmt: skip
    # edgeR's defect D4: a null fit out of iterations leaves its deviance unwritten, F falls far below 0.
    unwritten = (theirs["F"] < -1e-3).to_numpy()
    robust, excused = robust | unwritten, "robust outliers or null fits that edgeR left unwritten"
    f, p, p_theirs = theirs["F"].to_numpy(), test.pvalue[rows], theirs["PValue"].to_numpy()
    scaled = np.abs(test.statistic[rows] - f) / (np.abs(f) + F_GUARD)
    yield compare("P16", f"{label}: (F - F of R) / (F + 0.01)", name, scaled, np.zeros(len(f)),
                  Limit(F_RELATIVE, kind="absolute"), excused=robust, excused_as=excused, names=names)  # fmt: skip
    logs, logs_theirs = (-np.log10(np.maximum(v, 1e-300)) for v in (p, p_theirs))
    within = np.maximum(LOG10_P, LOG10_P_SHARE * logs_theirs)
    yield compare("P16", f"{label}: log10 p, part of the tolerance", name, np.abs(logs - logs_theirs) / within,
                  np.zeros(len(f)), Limit(1.0, kind="absolute"), excused=robust, excused_as=excused,
                  names=names)  # fmt: skip
    if len(rows) == len(test.pvalue):
        differ = np.mean((benjamini_hochberg(test.pvalue)[rows] <= 0.05) != (theirs["FDR"] <= 0.05).to_numpy())
        yield compare("P16", f"{label}: share of calls at 0.05 that differ", name, np.array([differ]), np.zeros(1),
                      Limit(CALLS_SHARE, kind="absolute"))  # fmt: skip


def _legacy(name: str, stem: str, settings: EdgeRQL) -> Iterator[Row]:
    theirs, rows, names = _rows(name, stem)
    fit, test = fitted(name, settings), tested_coefficient(name, settings)
    label = stem.replace("edgeR4_glmQLFTest_legacyTRUE", "QL v4 legacy").replace("edgeR_glmQLFTest", "QL v3")
    label = label.replace("_", " ")
    yield compare("E2", f"{label}: prior df", name, fit.extra["df_prior"][rows], theirs["df.prior"].to_numpy(),
                  Limit(1e-9), names=names)  # fmt: skip
    f = theirs["F"].to_numpy()
    yield compare("E2", f"{label}: F", name, test.statistic[rows], f, Limit(1e-7, kind="looser"), names=names)
    counted = ((theirs["PValue"] > SMALLEST_P) & (theirs["F"] > LEAST_F)).to_numpy()
    yield compare("E2", f"{label}: p", name, test.pvalue[rows][counted], theirs["PValue"].to_numpy()[counted], LEGACY_P,
                  names=names[counted])  # fmt: skip


def _treat(name: str) -> Iterator[Row]:
    tables = {
        "edgeR4_glmTreat_lfc1": EdgeRQL(lfc_threshold=1.0),
        "edgeR_glmTreat_ql_lfc1": EdgeRQL(legacy=True, lfc_threshold=1.0),
        "edgeR_glmTreat_ql_lfc1_worstcase": EdgeRQL(legacy=True, lfc_threshold=1.0, threshold_null="worst-case"),
    }
    for stem, settings in tables.items():
        if not data.has(name, stem):
            continue
        theirs, rows, names = _rows(name, stem)
        p, p_theirs = tested_coefficient(name, settings).pvalue[rows], theirs["PValue"].to_numpy()
        label = stem.replace("edgeR4_", "v4 ").replace("edgeR_", "v3 ").replace("_", " ")
        if settings.legacy:
            counted = p_theirs > SMALLEST_P
            yield compare("E2", f"{label}: p", name, p[counted], p_theirs[counted], LEGACY_P, names=names[counted])
        else:
            logs, logs_theirs = (-np.log10(np.maximum(v, 1e-300)) for v in (p, p_theirs))
            part = np.abs(logs - logs_theirs) / np.maximum(LOG10_P, LOG10_P_SHARE * logs_theirs)
            yield compare("P16", f"{label}: log10 p, part of the tolerance", name, part, np.zeros(len(part)),
                          Limit(1.0, kind="absolute"), names=names)  # fmt: skip


def _several(name: str) -> Iterator[Row]:
    """Version 3: several coefficients at once, and contrasts."""
    fit = fitted(name, EdgeRQL(legacy=True))
    for stem, sums in FISSION_TESTS.items():
        theirs, rows, names = _rows(name, stem)
        tested = np.zeros((len(sums), fit.design.n_coefficients))
        for row, weights in zip(tested, sums, strict=True):
            row[list(weights)] = list(weights.values())
        null, rank = null_design(fit.extra["model"].design, tested)
        model = fit.extra["model"]
        deviance = glm_fit(model.experiment.counts, null, model.offset, fit.extra["fitted_dispersion"], prior_count=0.0,
                           n_threads=2).deviance  # fmt: skip
        f, p, _ = ql.ql_f_test(deviance - fit.extra["deviance"], rank, fit.extra["quasi_dispersion"], fit.residual_df,
                               fit.extra["df_prior"], 1e9)  # fmt: skip
        label = stem.replace("edgeR_glmQLFTest", "QL v3").replace("_", " ")
        yield compare(
            "E2", f"{label}: F", name, f[rows], theirs["F"].to_numpy(), Limit(1e-7, kind="looser"), names=names
        )
        counted = (theirs["F"] > LEAST_F).to_numpy()
        yield compare("E2", f"{label}: p", name, p[rows][counted], theirs["PValue"].to_numpy()[counted], LEGACY_P,
                      names=names[counted])  # fmt: skip


def _against_exact_moments(name: str) -> Row:
    """Adjusted df of some genes at R's dispersion and average quasi-dispersion: ours and R's against plain sums."""
    theirs, scalars = data.table(name, "edgeR4_glmQLFTest"), data.scalars(name, "edgeR4_glmQLFTest_scalars")
    phi, scale = scalars["dispersion_common_used"], scalars["average.ql.dispersion"]
    index = filtered_counts(name).index
    model = fitted(name, EdgeRQL()).extra["model"]
    rows = np.linspace(0, len(index) - 1, 5 * N_EXACT).astype(int)
    counts = np.ascontiguousarray(model.experiment.counts[rows])
    fit = glm_fit(counts, model.design, model.offset, phi / scale, prior_count=0.0, return_fitted=True)
    assert fit.fitted is not None
    small = np.flatnonzero(fit.fitted.max(axis=1) < 3000)[:N_EXACT]
    counts, mu, rows = counts[small], np.ascontiguousarray(fit.fitted[small]), rows[small]
    dispersion = np.full(len(rows), phi)
    ours = ql.adjusted_deviance(counts, mu, model.design, dispersion, scale)[1]
    expectation, variance = nb_deviance_moments(np.maximum(mu / scale, 1e-12).ravel(), np.full(mu.size, phi))
    alpha = (2 * expectation / variance).reshape(mu.shape)
    kappa = alpha * expectation.reshape(mu.shape)
    exact = ql.adjusted_deviance_given(counts, mu, model.design, dispersion, scale, alpha, kappa)[1]
    of_r = theirs.loc[index[rows], "df.residual.adj"].to_numpy()
    note = f"edgeR itself: {np.max(np.abs(of_r / exact - 1)):.1e}"
    row = compare("P16", "adjusted df against exact moments", name, ours, exact, TABLE_LIMIT, note=note)
    closer = np.max(np.abs(ours / exact - 1)) < 0.1 * np.max(np.abs(of_r / exact - 1))
    return row if closer else replace(row, passed=False, note=f"not closer than edgeR; {note}")
