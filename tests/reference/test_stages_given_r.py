"""Each global step fed with R's output of the step before, on whole data sets.

The letters P1, P5, ... are the rows of the parity table; R wrote 15 significant digits, hence up to 5e-15 of rounding
in every number compared here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats import multiple_testing
from foldwise.stats.cooks import cooks_cutoff, outlier_mask, replacement_values, samples_in_cells_of
from foldwise.stats.design_algebra import design_cells
from foldwise.stats.dispersion_prior import (
    dispersion_outliers,
    log_residual_variance,
    log_residuals,
    prior_variance,
)
from foldwise.stats.dispersion_trend import ParametricTrend, fit_trend
from foldwise.stats.independent_filtering import filtered_padj
from foldwise.stats.locfit import LocalTrend
from foldwise.stats.lrt import lrt_statistics
from foldwise.stats.size_factors import poscounts, ratio
from foldwise.stats.vst import vst_parametric
from foldwise.stats.wald import wald_statistics
from tests.reference import data

FIRST_PASS_SETS = tuple(name for name in data.DESEQ2_SETS if name not in data.REPLACED_SETS)
SUFFIX = {"parametric": "", "local": "_local", "mean": "_mean"}
TREND_TOLERANCE = {"parametric": 1e-12, "local": 1e-7, "mean": 1e-14}
SCALAR_NAMES = {"asymptotic": "asymptDisp", "extra_poisson": "extraPois", "mean": "mean"}
TRENDS = [
    (name, kind) for kind in SUFFIX for name in FIRST_PASS_SETS if data.has(name, "DESeq2_scalars" + SUFFIX[kind])
]
R_ROUNDING = 5e-15


def count_array(name: str) -> np.ndarray:
    return np.ascontiguousarray(data.counts(name).to_numpy())


@pytest.mark.parametrize("name", data.DESEQ2_SETS)
def test_p1_size_factors(name: str) -> None:
    theirs = data.table(name, "DESeq2_sizefactors")
    counts = count_array(name)
    assert data.relative_difference(ratio(counts), theirs["ratio"]) < 1e-14
    assert data.relative_difference(poscounts(counts), theirs["poscounts"]) < 1e-14


@pytest.mark.parametrize("name", data.DESEQ2_SETS)
def test_p1_base_means(name: str) -> None:
    genes = data.table(name, "DESeq2_genes")
    summaries = _kernels.row_summaries(count_array(name), data.size_factors(name))
    kept = data.not_replaced(name)
    assert data.relative_difference(summaries["mean"][kept], genes["baseMean"][kept]) < 1e-14 + R_ROUNDING
    assert data.relative_difference(summaries["variance"][kept], genes["baseVar"][kept]) < 1e-12


@pytest.mark.parametrize(("name", "kind"), TRENDS)
def test_p5_trend(name: str, kind: str) -> None:
    genes = data.table(name, "DESeq2_genes")
    genes = genes[~genes["allZero"]]
    means = genes["baseMean"].to_numpy()
    trend = fit_trend(means, genes["dispGeneEst"].to_numpy(), kind)
    assert trend.kind == kind
    theirs = data.scalars(name, "DESeq2_scalars" + SUFFIX[kind])
    for key, value in trend.coefficients.items():
        assert value == pytest.approx(theirs[SCALAR_NAMES[key]], rel=TREND_TOLERANCE[kind] + R_ROUNDING, abs=0)
    # The tables of the other trends hold every fourth gene.
    fitted = data.table(name, "DESeq2_genes" + SUFFIX[kind])["dispFit"].dropna()
    ours = trend.predict(genes.loc[fitted.index, "baseMean"].to_numpy())
    assert data.relative_difference(ours, fitted) < TREND_TOLERANCE[kind] + 2 * R_ROUNDING
    assert (kind == "local") == isinstance(trend, LocalTrend)


@pytest.mark.parametrize("name", FIRST_PASS_SETS)
def test_p6_prior_variance(name: str) -> None:
    genes = data.table(name, "DESeq2_genes")
    genes = genes[~genes["allZero"]]
    n, p = data.design(name).shape
    theirs = data.scalars(name)
    residuals = log_residuals(genes["dispGeneEst"].to_numpy(), genes["dispFit"].to_numpy())
    assert log_residual_variance(residuals) == pytest.approx(theirs["varLogDispEsts"], rel=1e-12, abs=0)
    tolerance = 1e-12 if n - p > 3 else 1e-15
    assert prior_variance(residuals, n - p) == pytest.approx(theirs["dispPriorVar"], rel=tolerance, abs=0)


@pytest.mark.parametrize(("name", "kind"), [pair for pair in TRENDS if pair[0] == "airway"])
def test_p6_matched_prior_of_each_trend(name: str, kind: str) -> None:
    genes = data.table(name, "DESeq2_genes")
    genes = genes[~genes["allZero"]]
    trend = fit_trend(genes["baseMean"].to_numpy(), genes["dispGeneEst"].to_numpy(), kind)
    fitted = trend.predict(genes["baseMean"].to_numpy())
    variance = prior_variance(log_residuals(genes["dispGeneEst"].to_numpy(), fitted), 3)
    assert variance == pytest.approx(data.scalars(name, "DESeq2_scalars" + SUFFIX[kind])["dispPriorVar"], rel=1e-15)


@pytest.mark.parametrize("name", data.DESEQ2_SETS)
def test_p7_outlier_flags(name: str) -> None:
    genes = data.table(name, "DESeq2_genes")
    genes = genes[genes["dispFit"].notna() & data.not_replaced(name)]
    ours = dispersion_outliers(
        genes["dispGeneEst"].to_numpy(), genes["dispFit"].to_numpy(), data.scalars(name)["varLogDispEsts"]
    )
    np.testing.assert_array_equal(ours, genes["dispOutlier"].to_numpy(dtype=bool))


@pytest.mark.parametrize("name", data.DESEQ2_SETS)
def test_p8_wald(name: str) -> None:
    genes = data.table(name, "DESeq2_coefficients").dropna()
    p = len(genes.columns) // 2
    results = data.table(name, "DESeq2_results_wald")
    results = results[results["pvalue"].notna() & results.index.isin(genes.index)]
    statistic, pvalue = wald_statistics(results["log2FoldChange"].to_numpy(), results["lfcSE"].to_numpy())
    assert p == data.design(name).shape[1]
    # All-zero replaced genes get a statistic of 0 by another rule.
    usable = (results["lfcSE"] > 0).to_numpy()
    assert data.relative_difference(statistic[usable], results["stat"][usable]) < 1e-12
    near = usable & (np.abs(statistic) <= 30)
    assert data.relative_difference(pvalue[near], results["pvalue"][near]) < 1e-11
    assert data.relative_difference(pvalue[usable], results["pvalue"][usable]) < 1e-9


@pytest.mark.parametrize("name", data.sets_with("DESeq2_results_useT"))
def test_p8_wald_t(name: str) -> None:
    results = data.table(name, "DESeq2_results_useT")
    results = results[results["pvalue"].notna()]
    n, p = data.design(name).shape
    _, pvalue = wald_statistics(
        results["log2FoldChange"].to_numpy(), results["lfcSE"].to_numpy(), df=np.full(len(results), n - p)
    )
    assert data.relative_difference(pvalue, results["pvalue"]) < 1e-11


@pytest.mark.parametrize("name", data.REPLACED_SETS)
def test_p10_replacement_counts(name: str) -> None:
    theirs = data.table(name, "DESeq2_replaced_counts")
    replaceable = data.table(name, "DESeq2_replaceable")["replaceable"].to_numpy(dtype=bool)
    cells, _ = design_cells(data.design(name))
    np.testing.assert_array_equal(samples_in_cells_of(cells, 7), replaceable)
    original = data.counts(name).loc[theirs.index].to_numpy()
    changed = theirs.to_numpy() != original
    assert changed.any()
    assert replaceable[changed.any(axis=0)].all()
    ours = replacement_values(original, data.size_factors(name))
    np.testing.assert_array_equal(theirs.to_numpy()[changed], ours[changed])


@pytest.mark.parametrize("name", [name for name in FIRST_PASS_SETS if name != "macrophage"])
def test_p10_missing_pvalues(name: str) -> None:
    genes = data.table(name, "DESeq2_genes")
    n, p = data.design(name).shape
    # Designs of more than one variable: no exception for large counts.
    masked = outlier_mask(genes["maxCooks"].to_numpy(), cooks_cutoff(p, n))
    theirs = data.table(name, "DESeq2_results_wald")["pvalue"].isna() & ~genes["allZero"]
    np.testing.assert_array_equal(masked, theirs.to_numpy())


@pytest.mark.parametrize("name", data.DESEQ2_SETS)
def test_p11_independent_filtering(name: str) -> None:
    results = data.table(name, "DESeq2_results_wald")
    found = filtered_padj(results["baseMean"].to_numpy(), results["pvalue"].to_numpy(), 0.1)
    theirs, curve = (
        data.scalars(name, "DESeq2_results_wald_filter"),
        data.table(name, "DESeq2_results_wald_filter_curve"),
    )
    assert data.relative_difference(found.padj, results["padj"]) < 1e-12
    assert found.threshold == pytest.approx(theirs["filterThreshold"], rel=1e-13)
    assert found.theta == pytest.approx(theirs["filterTheta"], rel=1e-13)
    np.testing.assert_array_equal(found.n_rejected, curve["numRej"])
    np.testing.assert_allclose(found.theta_curve, curve.index.to_numpy(dtype=float), rtol=1e-14)
    # Where the curve of some thousand rejections passes zero, its last digits are those of the sums
    np.testing.assert_allclose(found.smooth, curve["lowess"], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("alternative", ["greaterAbs", "lessAbs", "greater", "less"])
@pytest.mark.parametrize("name", data.sets_with("DESeq2_results_lfc1_greater"))
def test_p12_thresholds(name: str, alternative: str) -> None:
    results = data.table(name, f"DESeq2_results_lfc1_{alternative}")
    results = results[results["pvalue"].notna()]
    statistic, pvalue = wald_statistics(
        results["log2FoldChange"].to_numpy(), results["lfcSE"].to_numpy(), 1.0, alternative
    )
    # The 15 printed digits of LFC and SE leave 1e-14 in the statistic and up to z^2 times as much in p.
    np.testing.assert_allclose(statistic, results["stat"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(pvalue, results["pvalue"], rtol=5e-12, atol=1e-300)


@pytest.mark.parametrize("name", data.DESEQ2_SETS)
def test_p12_lrt_tail(name: str) -> None:
    results = data.table(name, "DESeq2_results_lrt")
    results = results[results["pvalue"].notna()]
    df = {"fission": 5}.get(name, 1)
    _, pvalue = lrt_statistics(results["stat"].to_numpy() / 2, np.zeros(len(results)), df)
    positive = results["pvalue"] > 1e-300
    # Rounding of a statistic of 1300 to 15 digits moves its p-value by 2.5e-12.
    assert data.relative_difference(pvalue[positive], results["pvalue"][positive]) < 5e-12


@pytest.mark.parametrize("name", data.sets_with("DESeq2_vst_blindFALSE_subset"))
@pytest.mark.parametrize("blind", [False, True])
def test_vst(name: str, blind: bool) -> None:
    theirs = data.table(name, f"DESeq2_vst_blind{str(blind).upper()}_subset")
    values = data.scalars(name, "DESeq2_vst_blindTRUE_scalars" if blind else "DESeq2_scalars")
    trend = ParametricTrend(values["asymptDisp"], values["extraPois"])
    normalized = data.counts(name).loc[theirs.index].to_numpy() / data.size_factors(name)
    np.testing.assert_allclose(vst_parametric(normalized, *trend.coefficients.values()), theirs, rtol=0, atol=2e-13)


ADJUSTMENTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "BH": multiple_testing.benjamini_hochberg,
    "BY": multiple_testing.benjamini_yekutieli,
    "holm": multiple_testing.holm,
}


# Those of bottomly were adjusted for p-values of another run.
@pytest.mark.parametrize("method", ADJUSTMENTS)
@pytest.mark.parametrize("name", [name for name in ("airway", "pasilla") if data.has(name, "p_adjust")])
def test_multiple_testing(name: str, method: str) -> None:
    # Every fourth gene of an adjustment over all genes.
    theirs = data.table(name, "p_adjust")
    everything = data.table(name, "DESeq2_results_wald")["pvalue"].dropna()
    np.testing.assert_array_equal(everything[theirs.index], theirs["pvalue"])
    ours = ADJUSTMENTS[method](everything.to_numpy())
    assert data.relative_difference(ours[everything.index.get_indexer(theirs.index)], theirs[method]) < 1e-13
