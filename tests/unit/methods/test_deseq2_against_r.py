"""Method deseq2 from counts to results beside R's DESeq2 1.38.3, on small simulated data sets of special designs.

The letters P1, P4, ... are the rows of the parity table; whole public data sets are in ``tests/reference``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from foldwise import pipeline
from foldwise.model.analysis import Analysis
from foldwise.model.design import r_names
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.size_factors import normalization_factors, poscounts, ratio
from tests import fixtures

LN2 = np.log(2.0)
NAMES = fixtures.NAMES
THRESHOLD = 0.5
ALTERNATIVES = ("greaterAbs", "lessAbs", "greater", "less")


def contrast_text(parts: list[str]) -> str:
    """A contrast of R in our words: a triple, a numeric vector, or a pair of coefficient names."""
    if len(parts) == 2:
        return f"{parts[0]} - {parts[1]}"
    try:
        return str([float(part) for part in parts])
    except ValueError:
        return ":".join(parts)


def spec_of(
    fixture: fixtures.Fixture, contrasts: tuple[str, ...] = (), fdr: float = 0.1, **method: object
) -> AnalysisSpec:
    settings, spec = fixture.settings, AnalysisSpec()
    options = {
        "trend": settings["fitType"],
        "test": "lrt" if settings["reduced"] else "wald",
        "use_t": settings["useT"] == "TRUE",
        **method,
    }
    return replace(
        spec,
        design=replace(
            spec.design, formula=settings["formula"], reduced=settings["reduced"] or None,
            contrasts=contrasts or (last_contrast(fixture),),
        ),
        normalization=replace(spec.normalization, size_factors=settings["sfType"]),
        method=replace(spec.method, **options),
        correction=replace(spec.correction, fdr=fdr),
    )  # fmt: skip


def last_contrast(fixture: fixtures.Fixture) -> str:
    """What R's results() shows by default: the last coefficient; without intercept last level against first."""
    if fixture.name == "no_intercept":
        return "group:C:A"
    if fixture.name == "interaction":
        return "strainmut:treatmentyes"
    if fixture.name == "intercept_only":
        return "Intercept"
    variable = fixture.settings["formula"].replace("~", "").split("+")[-1].strip()
    levels = fixture.settings[f"levels:{variable}"].split(",")
    return f"{variable}_{levels[-1]}_vs_{levels[0]}"


@cache
def experiment(name: str) -> Experiment:
    fixture = fixtures.load(name)
    counts = fixture.counts()
    weights = fixture.table("weights").to_numpy() if fixture.has("weights") else None
    matrix = np.ascontiguousarray(counts.to_numpy().astype(np.int32))
    return Experiment(matrix, fixture.samples(), pd.DataFrame(index=counts.index), weights=weights)


def given_factors(name: str) -> SizeFactors | None:
    fixture = fixtures.load(name)
    if not fixture.has("normalization_factors"):
        return None
    matrix = np.ascontiguousarray(fixture.table("normalization_factors").to_numpy())
    return SizeFactors(np.exp(np.log(matrix).mean(axis=0)), matrix, "given")


@cache
def run(name: str) -> Analysis:
    return pipeline.run(spec_of(fixtures.load(name)), experiment(name), size_factors=given_factors(name))


def test_again(name: str, spec: AnalysisSpec) -> pd.DataFrame:
    return pipeline.test_again(replace(run(name), spec=spec)).results[0].table


test_again.__test__ = False  # type: ignore[attr-defined]


def relative(ours: object, theirs: object) -> np.ndarray:
    """Relative differences (n,); infinite where only one is missing."""
    a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.abs(a - b) / np.abs(b)
    found = np.where(a == b, 0.0, found)
    return np.where(np.isnan(a) != np.isnan(b), np.inf, np.nan_to_num(found))


def fallback(name: str) -> np.ndarray:
    """Genes whose coefficients R took from its fallback optimizer."""
    return (fixtures.load(name).table("genes")["betaIter"] >= 100).to_numpy()


def assert_results(name: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Fold change, error, statistic, p and padj as E1 asks, the same missing values and the same calls."""
    usual = ~fallback(name)
    columns = {"log2_fold_change": "log2FoldChange", "log2_fold_change_se": "lfcSE", "statistic": "stat"}
    for mine, yours in columns.items():
        if yours in theirs:
            np.testing.assert_allclose(ours[mine][usual], theirs[yours][usual], rtol=2e-5, atol=1e-5, err_msg=mine)
    for column in ("pvalue", "padj"):
        np.testing.assert_array_equal(ours[column].isna(), theirs[column].isna(), err_msg=f"missing {column}")
    difference = relative(ours["pvalue"], theirs["pvalue"])[usual]
    assert np.median(difference) < 1e-9
    assert difference.max() < 5e-4
    for level in (0.05, 0.1):
        np.testing.assert_array_equal(ours["padj"] < level, theirs["padj"] < level, err_msg=f"calls at {level}")


@pytest.mark.parametrize("name", NAMES)
def test_p1_normalization(name):
    fixture, genes = fixtures.load(name), fixtures.load(name).table("genes")
    if given_factors(name) is None:
        np.testing.assert_allclose(run(name).size_factors.values, fixture.size_factors(), rtol=1e-14)
    np.testing.assert_allclose(run(name).fit.base_mean, genes["baseMean"], rtol=1e-14)
    np.testing.assert_allclose(run(name).fit.base_variance, genes["baseVar"], rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", NAMES)
def test_design(name):
    genes = fixtures.load(name).table("genes")
    np.testing.assert_array_equal(run(name).design.matrix, fixtures.load(name).design())
    assert set(r_names(run(name).design)) <= set(genes.columns)


@pytest.mark.parametrize("name", [name for name in NAMES if "replace" not in fixtures.load(name).table("genes")])
def test_p3_start_and_p4_genewise(name):
    genes, fit = fixtures.load(name).table("genes"), run(name).fit
    assert fit.dispersions is not None
    start, r_start = fit.extra["dispersion_start"], genes["startDispersion"].to_numpy()
    looser = np.fmin(relative(start, r_start), np.nan_to_num(np.abs(start - r_start)))
    assert looser.max() < 1e-11
    theirs = genes["dispGeneEst"].to_numpy()
    noise = (theirs < 1e-6) & (fit.dispersions.genewise < 1e-6)
    difference = relative(np.where(noise, np.nan, fit.dispersions.genewise), np.where(noise, np.nan, theirs))
    assert difference.max() < 1e-5
    assert (difference > 1e-6).mean() < 0.005
    # The set of genes sent to the grid; below 1e-7 the search is R's rounding and no gene is sent.
    iterations = np.nan_to_num(genes["dispGeneIter"].to_numpy(dtype=float))
    ours, large = fit.dispersions.genewise_iterations, (theirs > 1e-7) & (fit.dispersions.genewise > 1e-7)
    found, expected = (((n >= 100) | (n == 1)) & large for n in (ours, iterations))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", NAMES)
def test_p5_p6_trend_and_prior(name):
    fixture, found = fixtures.load(name), run(name).fit.dispersions
    genes, scalars = fixture.table("genes"), fixture.scalars()
    assert found is not None
    assert found.trend_kind == fixture.settings["fitTypeUsed"]
    limit = 1e-7 if found.trend_kind == "local" else 1e-8
    assert relative(found.trend, genes["dispFit"]).max() < limit
    assert relative(found.log_residual_variance, scalars["varLogDispEsts"]).max() < limit
    assert relative(found.prior_variance, scalars["dispPriorVar"]).max() < limit
    if run(name).design.residual_df <= 3:
        assert found.prior_variance == scalars["dispPriorVar"]


@pytest.mark.parametrize("name", NAMES)
def test_p7_final_dispersions(name):
    genes, found = fixtures.load(name).table("genes"), run(name).fit.dispersions
    assert found is not None
    for ours, column in ((found.posterior, "dispMAP"), (found.final, "dispersion")):
        difference = relative(ours, genes[column])
        assert difference.max() < 2e-5
        assert np.median(difference) < 1e-8
    np.testing.assert_array_equal(found.outlier, genes["dispOutlier"] == True)  # noqa: E712


@pytest.mark.parametrize("name", NAMES)
def test_coefficients(name):
    genes, fit = fixtures.load(name).table("genes"), run(name).fit
    theirs = genes[list(r_names(run(name).design))].to_numpy(dtype=float)
    usual = ~fallback(name)
    np.testing.assert_allclose(fit.coefficients[usual] / LN2, theirs[usual], rtol=0, atol=1e-5)
    if fallback(name).any():
        np.testing.assert_array_equal(fit.used_optim, fallback(name))
        # In a flat likelihood, far out, R's optimizer stops anywhere.
        np.testing.assert_allclose(fit.coefficients[~usual] / LN2, theirs[~usual], rtol=2e-2, atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_p10_cooks(name):
    fixture, fit = fixtures.load(name), run(name).fit
    genes = fixture.table("genes")
    ours = np.full(len(genes), np.nan) if fit.max_cooks is None else fit.max_cooks
    usual = ~fallback(name)
    np.testing.assert_allclose(ours[usual], genes["maxCooks"].to_numpy(dtype=float)[usual], rtol=1e-6, atol=1e-12)
    if "replace" in genes:
        flagged = genes["replace"] == True  # noqa: E712
        assert fit.replaced is not None
        np.testing.assert_array_equal(fit.replaced, flagged)
        if fixture.has("replaced_counts") and flagged.any():
            table = fixture.table("replaced_counts").to_numpy(dtype=float)
            np.testing.assert_array_equal(fit.refit_counts, table[fit.refit_rows])


@pytest.mark.parametrize("name", NAMES)
def test_e1_results(name):
    fixture = fixtures.load(name)
    theirs = fixture.table("results")
    assert_results(name, run(name).results[0].table, theirs)
    facts, scalars = run(name).results[0].facts, fixture.scalars()
    assert relative(facts["filter_threshold"], scalars["filterThreshold"]).max() < 1e-12
    assert relative(facts["filter_theta"], scalars["filterTheta"]).max() < 1e-12
    stricter = test_again(name, spec_of(fixture, fdr=0.05))
    np.testing.assert_array_equal(stricter["padj"].isna(), fixture.table("results_alpha05")["padj"].isna())
    plain = test_again(name, spec_of(fixture, independent_filtering=False, cooks=False))
    for column in ("pvalue", "padj"):
        found = relative(plain[column], fixture.table("results_unfiltered")[column])[~fallback(name)]
        assert found.max() < 5e-4


@pytest.mark.parametrize(
    ("name", "contrast"), [(name, contrast) for name in NAMES for contrast in fixtures.load(name).contrasts()]
)
def test_contrasts(name, contrast):
    fixture = fixtures.load(name)
    spec = spec_of(fixture, (contrast_text(fixture.contrasts()[contrast]),))
    assert_results(name, test_again(name, spec), fixture.table(f"results_contrast_{contrast}"))


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("name", [name for name in NAMES if fixtures.load(name).has("results_lfc0.5_less")])
def test_p12_thresholds(name, alternative):
    fixture = fixtures.load(name)
    spec = spec_of(fixture, alternative=alternative)
    spec = replace(spec, correction=replace(spec.correction, lfc=THRESHOLD))
    assert_results(name, test_again(name, spec), fixture.table(f"results_lfc{THRESHOLD}_{alternative}"))


@pytest.mark.parametrize("name", [name for name in NAMES if fixtures.load(name).has("normal")])
def test_p13_normal_shrinkage(name):
    fixture = fixtures.load(name)
    ours = test_again(name, spec_of(fixture, shrink="normal"))["log2_fold_change_shrunk"]
    np.testing.assert_allclose(ours, fixture.table("normal")["log2FoldChange"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if fixtures.load(name).has("vst")])
def test_vst(name):
    fixture = fixtures.load(name)
    np.testing.assert_allclose(run(name).vst, fixture.table("vst"), rtol=0, atol=1e-7)
    spec = spec_of(fixture, ("Intercept",))
    spec = replace(spec, design=replace(spec.design, formula="~ 1"))
    blind = pipeline.run(spec, experiment(name), size_factors=given_factors(name)).vst
    np.testing.assert_allclose(blind, fixture.table("vst_blind"), rtol=0, atol=1e-7)


def test_p1_p2_size_factors_of_every_kind():
    folder = fixtures.FOLDER / "size_factors"
    counts = np.ascontiguousarray(fixtures.read(folder / "counts.tsv.gz").to_numpy().astype(np.int32))
    theirs = pd.read_csv(folder / "size_factors.tsv", sep="\t", index_col=0, **fixtures.EXACT)
    control = np.arange(100)
    found = {
        "ratio": ratio(counts),
        "poscounts": poscounts(counts),
        "control": ratio(counts, control),
        "control_poscounts": poscounts(counts, control),
    }
    for kind, values in found.items():
        np.testing.assert_allclose(values, theirs[kind], rtol=1e-14, err_msg=kind)
    samples = pd.DataFrame({"group": list("AAABBB")}, index=theirs.index)
    spec = AnalysisSpec()
    spec = replace(spec, normalization=replace(spec.normalization, size_factors="iterate"))
    spec = replace(spec, design=replace(spec.design, formula="~ group"))
    iterated = pipeline.run(spec, Experiment(counts, samples, pd.DataFrame(index=range(len(counts)))))
    np.testing.assert_allclose(iterated.size_factors.values, theirs["iterate"], rtol=1e-6)
    lengths = fixtures.read(folder / "norm_matrix.tsv.gz").to_numpy()
    factors, _ = normalization_factors(counts, lengths)
    np.testing.assert_allclose(factors, fixtures.read(folder / "normalization_factors.tsv.gz"), rtol=1e-14)
