import numpy as np
import pytest

from foldwise.stats.shrink_normal import (
    FactorColumns,
    coefficient_weights,
    expanded_prior_variances,
    prior_variance,
    prior_variances,
    ridge_fit,
    shrink_normal_contrast,
)
from foldwise.stats.weighted_quantile import upper_quantile_variance, weighted_quantile
from tests.fixtures import load

LN2 = np.log(2)
WITH_NORMAL = ["three_levels"]


def test_weighted_variance_equals_r() -> None:
    x, w = np.array([0.1, -0.5, 0.9, 2, -1.4, 0.05]), np.array([1, 2, 1, 0.5, 3, 1.0])
    assert upper_quantile_variance(x, w) == pytest.approx(0.8909375733934276, rel=1e-14)


def test_equal_weights_give_the_usual_quantile() -> None:
    x = np.random.default_rng(0).normal(size=101)
    for p in (0.0, 0.3, 0.5, 0.95, 1.0):
        assert weighted_quantile(x, np.full(101, 7.0), p) == pytest.approx(np.quantile(x, p), rel=1e-12)


def test_ties_are_merged() -> None:
    x = np.array([1.0, 1.0, 2.0, 3.0])
    assert weighted_quantile(x, np.ones(4), 0.4) == pytest.approx(np.quantile(x, 0.4))


def test_prior_of_few_or_divergent_genes() -> None:
    assert prior_variance(np.array([3.0]), np.ones(1)) == 9.0
    assert prior_variance(np.array([12.0, np.nan]), np.ones(2)) == 1e6
    same = prior_variance(np.array([0.5, -1.0, 40.0]), np.array([1.0, 1.0, 5.0]))
    assert same == upper_quantile_variance(np.array([0.5, -1.0]), np.ones(2))


def fixture(name: str):
    data = load(name)
    genes = data.table("genes")
    fitted = ~genes["allZero"].to_numpy(dtype=bool)
    names = [c for c in genes.columns if c == "Intercept" or ("_vs_" in c and not c.startswith("SE_"))]
    beta = genes[names].to_numpy()
    alpha = np.where(fitted, genes["dispersion"], np.nan)
    weights = coefficient_weights(genes["baseMean"].to_numpy()[fitted], genes["dispFit"].to_numpy()[fitted])
    counts = np.ascontiguousarray(data.counts().to_numpy(dtype=np.float64))
    return data, beta[fitted], weights, alpha, counts


def compare(lfc: np.ndarray, se: np.ndarray, table) -> None:
    np.testing.assert_array_equal(np.isnan(lfc), np.isnan(table["log2FoldChange"]))
    # R sets a contrast to 0 where both groups have no counts; that rule belongs to the results.
    ours = np.where(table["log2FoldChange"] == 0, 0.0, lfc)
    np.testing.assert_allclose(ours, table["log2FoldChange"], atol=1e-10)
    np.testing.assert_allclose(se, table["lfcSE"], rtol=1e-10)


@pytest.mark.parametrize("name", WITH_NORMAL)
def test_p13_coefficient_form_equals_r(name: str) -> None:
    data, beta, weights, alpha, counts = fixture(name)
    variances = prior_variances(beta, weights, 0)
    fit = ridge_fit(counts, data.size_factors(), data.design(), alpha, variances)
    compare(fit.beta[:, -1] / LN2, fit.se_log2[:, -1], data.table("normal"))


def test_p13_contrast_form_equals_r() -> None:
    data, beta, weights, alpha, counts = fixture("three_levels")
    design = data.design()
    expanded = np.column_stack([design[:, 0], design[:, 0] - design[:, 1] - design[:, 2], design[:, 1], design[:, 2]])
    variances = expanded_prior_variances(beta, weights, [FactorColumns((1, 2), (1, 2, 3))], 4)
    assert variances[0] == 1e6
    assert len(set(variances[1:])) == 1
    contrast = np.array([0.0, 0.0, -1.0, 1.0])
    lfc, se = shrink_normal_contrast(counts, data.size_factors(), expanded, alpha, variances, contrast)
    compare(lfc, se, data.table("normal_contrast"))


def test_m65_a_narrow_prior_shrinks() -> None:
    data, _, _, alpha, counts = fixture("three_levels")
    arguments = (counts, data.size_factors(), data.design(), alpha)
    wide = ridge_fit(*arguments, np.full(3, 1e6)).beta[:, -1]
    narrow = ridge_fit(*arguments, np.array([1e6, 1e6, 1e-2])).beta[:, -1]
    tested = np.isfinite(wide) & (np.abs(wide) > 1e-6)
    assert (np.sign(wide[tested]) == np.sign(narrow[tested])).all()
    assert (np.abs(narrow[tested]) < np.abs(wide[tested])).all()


def test_sparse_counts_are_the_same() -> None:
    data, beta, weights, alpha, counts = fixture("three_levels")
    rows, columns = np.nonzero(counts)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(counts)))]).astype(np.int64)
    sparse = (counts[rows, columns], columns.astype(np.int32), indptr, counts.shape[1])
    rest = (data.size_factors(), data.design(), alpha, prior_variances(beta, weights, 0))
    np.testing.assert_array_equal(ridge_fit(sparse, *rest).beta, ridge_fit(counts, *rest).beta)
