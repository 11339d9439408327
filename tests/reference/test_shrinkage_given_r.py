"""Shrinkage, numeric contrasts and the fallback fit, each fed with R's fit, on whole data sets (P9, P13)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from foldwise import _kernels
from foldwise.stats.apeglm import OTHERS_SD, prior_scale, shrink_apeglm
from foldwise.stats.ash import prior_sds, shrink_ash
from foldwise.stats.elementary import LN2
from foldwise.stats.householder import projection
from foldwise.stats.nb_optim import nb_optim_fallback
from foldwise.stats.numeric_contrast import numeric_contrast
from foldwise.stats.shrink_normal import (
    FactorColumns,
    coefficient_weights,
    expanded_prior_variances,
    prior_variances,
    ridge_fit,
    shrink_normal_contrast,
)
from tests.fixtures import EXACT
from tests.reference import data

# fission's shrunken coefficient is an interaction, not the last column.
TESTED = {"fission": "strainmut.minute15"}


@cache
def fitted(name: str) -> dict[str, np.ndarray]:
    """R's fit of a data set: counts, design, dispersions, coefficients."""
    genes, design = data.table(name, "DESeq2_genes"), data.table(name, "DESeq2_design")
    coefficients = data.table(name, "DESeq2_coefficients")
    p = design.shape[1]
    return {
        "ids": genes.index.to_numpy(),
        "counts": np.ascontiguousarray(data.counts(name)[design.index].loc[genes.index].to_numpy()),
        "factors": data.size_factors(name),
        "design": np.ascontiguousarray(design.to_numpy(dtype=np.float64)),
        "alpha": genes["dispersion"].where(~coefficients.iloc[:, 0].isna()).to_numpy(dtype=np.float64),
        "beta": coefficients.iloc[:, :p].to_numpy(),
        "se": coefficients.iloc[:, p : 2 * p].to_numpy(),
        "tested": list(design.columns).index(TESTED.get(name, design.columns[-1])),
    }


def rows_of(name: str, table: pd.DataFrame) -> np.ndarray:
    return pd.Index(fitted(name)["ids"]).get_indexer(table.index)


def absolute_difference(ours: np.ndarray, theirs: pd.Series) -> float:
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    return float(np.nanmax(np.abs(ours - theirs.to_numpy())))


@pytest.mark.parametrize("name", data.sets_with("DESeq2_lfcShrink_apeglm"))
def test_p13_apeglm(name: str) -> None:
    table, fit = data.table(name, "DESeq2_lfcShrink_apeglm"), fitted(name)
    prior = data.scalars(name, "DESeq2_lfcShrink_apeglm_prior")
    wald = data.table(name, "DESeq2_results_wald")
    lfc, se = wald["log2FoldChange"].to_numpy(), wald["lfcSE"].to_numpy()
    if name not in TESTED:
        assert prior_scale(lfc * LN2, se * LN2) == pytest.approx(prior["prior.scale"], rel=1e-9)
    rows = rows_of(name, table)
    alpha = fit["alpha"][rows]
    found = _kernels.nb_cauchy_map(
        fit["counts"][rows], fit["factors"], fit["design"], np.where(np.isnan(alpha), 1.0, alpha), fit["tested"],
        prior["prior.scale"], OTHERS_SD, n_threads=2,
    )  # fmt: skip
    missing = np.isnan(alpha)
    ours = np.where(missing, np.nan, found["map"][:, fit["tested"]] / LN2)
    assert absolute_difference(ours, table["log2FoldChange"]) < 5e-5
    assert data.relative_difference(np.where(missing, np.nan, found["sd"] / LN2), table["lfcSE"]) < 2e-5


def test_p13_apeglm_whole_path_of_s_values() -> None:
    name = "airway"
    fit, table = fitted(name), data.table(name, "DESeq2_lfcShrink_apeglm")
    wald = data.table(name, "DESeq2_results_wald")
    result = shrink_apeglm(
        fit["counts"], fit["factors"], fit["design"], fit["alpha"], fit["tested"],
        wald["log2FoldChange"].to_numpy(), wald["lfcSE"].to_numpy(), n_threads=2,
    )  # fmt: skip
    rows = rows_of(name, table)
    assert absolute_difference(result.s_value[rows], table["svalue"]) < 1e-3
    assert np.nanquantile(np.abs(result.s_value[rows] - table["svalue"]), 0.99) < 1e-6


@pytest.mark.parametrize("name", data.sets_with("DESeq2_lfcShrink_ashr"))
def test_p13_ashr(name: str) -> None:
    table, wald = data.table(name, "DESeq2_lfcShrink_ashr"), data.table(name, "DESeq2_results_wald")
    lfc, se = wald["log2FoldChange"].to_numpy(), wald["lfcSE"].to_numpy()
    path = data.ROOT / name / "ref" / "DESeq2_lfcShrink_ashr_prior.tsv.gz"
    prior = pd.read_csv(path, sep="\t", **EXACT)
    usable = np.isfinite(lfc) & (se > 0)
    sds = prior_sds(lfc[usable], se[usable])
    # R leaves out components that no gene supports.
    np.testing.assert_allclose(sds[-len(prior) :], prior["sd"], rtol=1e-12)
    rows = rows_of(name, table)
    for weights, lfc_tolerance, se_tolerance in [
        (np.concatenate([np.zeros(len(sds) - len(prior)), prior["pi"]]), 1e-6, 1e-6),
        (None, 2e-3, 1e-3),
    ]:
        result = shrink_ash(lfc, se, weights=weights)
        assert absolute_difference(result.lfc[rows], table["log2FoldChange"]) < lfc_tolerance
        assert data.relative_difference(result.se[rows], table["lfcSE"]) < se_tolerance
        assert absolute_difference(result.s_value[rows], table["svalue"]) < 2e-3


@pytest.mark.parametrize("name", data.sets_with("DESeq2_lfcShrink_normal"))
def test_p13_normal(name: str) -> None:
    table, fit, genes = data.table(name, "DESeq2_lfcShrink_normal"), fitted(name), data.table(name, "DESeq2_genes")
    used = ~np.isnan(fit["alpha"])
    weights = coefficient_weights(genes["baseMean"].to_numpy()[used], genes["dispFit"].to_numpy()[used])
    variances = prior_variances(fit["beta"][used], weights, 0)
    shrunken = ridge_fit(fit["counts"], fit["factors"], fit["design"], fit["alpha"], variances, n_threads=2)
    rows = rows_of(name, table)
    assert absolute_difference(shrunken.beta[rows, -1] / LN2, table["log2FoldChange"]) < 1e-6
    assert data.relative_difference(shrunken.se_log2[rows, -1], table["lfcSE"]) < 1e-6


def test_p13_normal_with_a_column_for_every_level() -> None:
    fit, genes = fitted("pasilla"), data.table("pasilla", "DESeq2_genes")
    table = data.table("pasilla", "DESeq2_results_betaPrior")
    used = ~np.isnan(fit["alpha"])
    weights = coefficient_weights(genes["baseMean"].to_numpy()[used], genes["dispFit"].to_numpy()[used])
    columns = [FactorColumns((1,), (1, 2)), FactorColumns((2,), (3, 4))]
    variances = expanded_prior_variances(fit["beta"][used], weights, columns, 5)
    np.testing.assert_allclose(variances, data.table("pasilla", "DESeq2_betaPriorVar")["value"], rtol=1e-12)
    x = fit["design"]
    expanded = np.column_stack([x[:, 0], 1 - x[:, 1], x[:, 1], 1 - x[:, 2], x[:, 2]])
    contrast = np.array([0, 0, 0, -1.0, 1.0])
    lfc, se = shrink_normal_contrast(fit["counts"], fit["factors"], expanded, fit["alpha"], variances, contrast)
    rows = rows_of("pasilla", table)
    assert absolute_difference(lfc[rows], table["log2FoldChange"]) < 1e-6
    assert data.relative_difference(se[rows], table["lfcSE"]) < 1e-6


@pytest.mark.parametrize(
    ("name", "stem", "contrast"),
    [
        ("airway", "DESeq2_results_contrast_cell_N080611_vs_N061011", [0, -1, 1, 0, 0]),
        ("bottomly", "DESeq2_results_contrast_batch_exp7_vs_exp6", [0, -1, 1, 0]),
    ],
)
def test_p8_numeric_contrast(name: str, stem: str, contrast: list[int]) -> None:
    table, fit = data.table(name, stem), fitted(name)
    weights = np.array(contrast, dtype=np.float64)
    lfc, se = numeric_contrast(
        fit["counts"], fit["factors"], fit["design"], fit["alpha"], fit["beta"] * LN2, weights, n_threads=2
    )
    rows = rows_of(name, table)
    # Genes without counts in both groups are set to 0 by the results step.
    theirs = table["log2FoldChange"]
    assert absolute_difference(np.where(theirs == 0, 0.0, lfc[rows]), theirs) < 1e-12
    assert data.relative_difference(se[rows], table["lfcSE"]) < 1e-12


@pytest.mark.parametrize(("name", "n_genes"), [("pasilla", 5), ("bottomly", 2), ("nivolumab", 268)])
def test_p9_fallback(name: str, n_genes: int) -> None:
    fit = fitted(name)
    counts = fit["counts"]
    if data.has(name, "DESeq2_replaced_counts"):
        replaced = data.table(name, "DESeq2_replaced_counts")
        counts = counts.copy()
        counts[rows_of(name, replaced)] = replaced.to_numpy()
    rows = np.flatnonzero(data.table(name, "DESeq2_genes")["betaIter"].to_numpy() == 100)
    assert len(rows) == n_genes
    counts, alpha, p = np.ascontiguousarray(counts[rows]), fit["alpha"][rows], fit["design"].shape[1]
    ridge = np.full(p, 1e-6) / LN2**2
    irls = _kernels.nb_irls(
        counts, fit["factors"], fit["design"], alpha, None, np.ascontiguousarray(projection(fit["design"])), ridge,
        None, min_mu=0.5, tolerance=1e-8, beta_limit=30.0, max_iterations=100,
    )  # fmt: skip
    assert (irls["iterations"] == 100).all()
    ours = nb_optim_fallback(counts, fit["factors"], fit["design"], alpha, irls["beta"], ridge)
    assert ours.converged.all()
    assert np.abs(ours.beta / LN2 - fit["beta"][rows]).max() < 1e-5
    diagonal = [i * (i + 1) // 2 + i for i in range(p)]
    errors = np.sqrt(ours.covariance[:, diagonal]) / LN2
    assert data.relative_difference(errors, fit["se"][rows]) < 1e-7
