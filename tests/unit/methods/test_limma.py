"""Methods ``limma-voom`` and ``limma-trend`` against R's limma 3.54, and what they refuse.

R's answers are made by ``validation/r/limma_small.R``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from foldwise.engine.linear_fit import Moderation
from foldwise.engine.threads import ThreadEngine
from foldwise.errors import DesignError, UsageError
from foldwise.methods.limma_trend import LimmaTrend
from foldwise.methods.limma_voom import LimmaVoom
from foldwise.model.contrast import make_contrast
from foldwise.model.design import make_design
from foldwise.model.experiment import CSRCounts, Experiment
from foldwise.model.fit import Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec

SAMPLES = pd.DataFrame(
    {"group": list("aaaaabbbbb"), "batch": list("uvuvuvuvuv"), "patient": list("1122334455")},
    index=[f"s{j:02d}" for j in range(1, 11)],
)
ZERO_GENE = "g003"
RUNS = {
    "voom": LimmaVoom(),
    "robust": LimmaVoom(moderation=Moderation(robust=True)),
    "trend_of_voom": LimmaVoom(moderation=Moderation(trend=True)),
    "treat": LimmaVoom(moderation=Moderation(lfc=0.5)),
    "quality": LimmaVoom(sample_weights=True),
    "limma_trend": LimmaTrend(),
    "limma_trend_robust": LimmaTrend(moderation=Moderation(trend=True, robust=True)),
    "trend_quality": LimmaTrend(sample_weights=True),
    "trend_block": LimmaTrend(block="patient"),
    "block": LimmaVoom(block="patient"),
}


@cache
def table() -> pd.DataFrame:
    return pd.read_csv(
        Path(__file__).parent / "limma_small.tsv.gz", sep="\t", index_col=0, float_precision="round_trip"
    )


def experiment(counts=None) -> Experiment:
    values = table()[list(SAMPLES.index)].to_numpy(dtype=np.int32) if counts is None else counts
    genes = table().index[: values.shape[0]]
    return Experiment(np.ascontiguousarray(values), SAMPLES, pd.DataFrame(index=genes))


def run(
    method, data: Experiment | None = None, formula: str = "~ batch + group", contrast="group:b:a", threads: int = 1
):
    data = data or experiment()
    design = make_design(formula, data.samples)
    fit = method.fit(data, design, None, ThreadEngine(threads))
    return fit, method.test(fit, make_contrast(design, contrast))


def numbers(test: Test) -> list[np.ndarray]:
    return [test.log2_fold_change, test.log2_fold_change_se, test.statistic, test.pvalue, *test.columns.values()]


@pytest.mark.parametrize("name", list(RUNS))
def test_p18_equals_r(name: str) -> None:
    fit, test = run(RUNS[name])
    theirs = table()
    ok = test.status == Status.OK
    np.testing.assert_array_equal(ok, theirs.index != ZERO_GENE)
    ours = {
        "lfc": test.log2_fold_change,
        "t": test.statistic,
        "p": test.pvalue,
        "log_odds": test.columns.get("log_odds"),
        "df_prior": np.broadcast_to(fit.extra["squeezed"].df_prior, ok.shape),
    }
    for quantity, values in ours.items():
        if f"{name}.{quantity}" in theirs:
            known = theirs[f"{name}.{quantity}"].to_numpy(dtype=float)
            limit = {"rtol": 1e-9} if quantity == "p" else {"rtol": 1e-10, "atol": 1e-10}
            np.testing.assert_allclose(values[ok], known[ok], **limit, err_msg=quantity)


def test_p18_block_correlation_equals_r() -> None:
    fit, _ = run(RUNS["block"])
    assert fit.extra["block_correlation"] == pytest.approx(table()["correlation"].iloc[0], rel=1e-9)


def test_p18_contrast_of_correlated_coefficients_equals_r() -> None:
    _, test = run(LimmaVoom(), formula="~ 0 + group + batch", contrast=[-1.0, 1.0, 0.5])
    ok, theirs = test.status == Status.OK, table()
    np.testing.assert_allclose(test.log2_fold_change[ok], theirs["contrast.lfc"][ok], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(test.statistic[ok], theirs["contrast.t"][ok], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(test.pvalue[ok], theirs["contrast.p"][ok], rtol=1e-9)


def test_exact_contrasts_do_not_depend_on_the_coding() -> None:
    exact = LimmaVoom(moderation=Moderation(exact_contrasts=True))
    _, one = run(exact, formula="~ batch + group")
    _, other = run(exact, formula="~ 0 + group + batch", contrast=[-1.0, 1.0, 0.0])
    np.testing.assert_allclose(other.statistic, one.statistic, rtol=1e-9)


def test_covariances_of_the_fit_hold_its_standard_errors() -> None:
    for method in (LimmaVoom(), LimmaVoom(moderation=Moderation(exact_contrasts=True)), LimmaTrend()):
        fit, test = run(method)
        last = fit.covariance[:, -1]
        np.testing.assert_allclose(np.sqrt(last)[test.status == Status.OK] / np.log(2),
                                   test.log2_fold_change_se[test.status == Status.OK], rtol=1e-12)  # fmt: skip


@pytest.mark.parametrize("name", list(RUNS))
def test_storage_threads_and_blocks_change_no_bit(name: str) -> None:
    _, plain = run(RUNS[name])
    dense = experiment().counts
    row, column = np.nonzero(dense)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(dense)))]).astype(np.int64)
    sparse = CSRCounts(np.ascontiguousarray(dense[row, column]), column.astype(np.int32), indptr, dense.shape)
    data = experiment()
    for other in (
        run(RUNS[name], threads=3)[1],
        run(RUNS[name], Experiment(dense.astype(np.float64), data.samples, data.genes))[1],
        run(RUNS[name], Experiment(sparse, data.samples, data.genes))[1],
    ):
        for ours, theirs in zip(numbers(plain), numbers(other), strict=True):
            np.testing.assert_array_equal(theirs, ours)


def test_structural_zeros_lower_the_degrees_of_freedom() -> None:
    plain, _ = run(LimmaVoom())
    fit, _ = run(LimmaVoom(structural_zeros=True))
    lost = plain.residual_df - fit.residual_df
    assert lost[table().index == "g004"] == 4  # the five zeros of group a, of which one determines nothing else
    assert lost[table().index == "g001"] == 0


def test_effective_library_sizes_are_those_of_the_size_factors() -> None:
    data, design = experiment(), make_design("~ batch + group", SAMPLES)
    sizes = data.counts.sum(axis=0).astype(float)
    factors = np.linspace(0.8, 1.25, 10)
    given = SizeFactors(sizes * factors / (sizes * factors).mean(), None, "tmm", sizes, factors)
    fit = LimmaVoom().fit(data, design, given, ThreadEngine(1))
    np.testing.assert_allclose(fit.extra["library_sizes"], sizes * factors, rtol=1e-15)
    values = LimmaVoom().stabilized(data, fit, ThreadEngine(1, block_genes=7))
    expected = np.log2((data.counts + 0.5) / (sizes * factors + 1) * 1e6)
    np.testing.assert_allclose(values, expected, rtol=1e-13, atol=1e-13)


def test_settings_come_from_the_spec() -> None:
    spec = AnalysisSpec()
    assert LimmaVoom.from_spec(spec) == LimmaVoom()
    assert LimmaTrend.from_spec(spec) == LimmaTrend()


def test_a_design_without_residual_degrees_of_freedom_is_refused() -> None:
    design = replace(make_design("~ batch + group", SAMPLES), matrix=np.tri(10))
    for method in (LimmaVoom(), LimmaTrend()):
        with pytest.raises(DesignError, match="as many coefficients as samples"):
            method.fit(experiment(), design, None, ThreadEngine(1))


def test_an_unknown_block_column_is_refused() -> None:
    for method in (LimmaVoom(block="person"), LimmaTrend(block="person")):
        with pytest.raises(UsageError, match="no column 'person'"):
            run(method)
