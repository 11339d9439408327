import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats as scipy_stats

from foldwise.stats.group_moments import coefficient_covariance, group_moments, one_way_groups
from foldwise.stats.ols import ols_fit, ols_test
from foldwise.stats.t_test import t_test

BOTH = np.array([-1.0, 1.0])


def data(sizes: tuple[int, ...], n_genes: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    effect = rng.normal(0, 3, (n_genes, len(sizes)))[:, codes]
    return np.log1p(rng.negative_binomial(3, 0.02, (n_genes, len(codes)))) + effect, codes


@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (2, 9), (12, 12), (50, 50), (17, 140)])
@pytest.mark.parametrize("equal_var", [False, True])
def test_p19_equals_scipy(sizes: tuple[int, int], equal_var: bool) -> None:
    values, codes = data(sizes)
    ours = t_test(group_moments(values, codes), BOTH, equal_var)
    theirs = scipy_stats.ttest_ind(values[:, codes == 1], values[:, codes == 0], axis=1, equal_var=equal_var)
    np.testing.assert_allclose(ours.statistic, theirs.statistic, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ours.df, theirs.df, rtol=1e-12)
    # A tail moves by df times the rounding of t: at most 1e-14 x 157
    np.testing.assert_allclose(ours.pvalue, theirs.pvalue, rtol=1e-12 * max(1, sum(sizes) / 50))
    low, high = theirs.confidence_interval(0.95)
    half = scipy_stats.t.ppf(0.975, ours.df) * ours.se
    np.testing.assert_allclose(ours.estimate - half, low, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(ours.estimate + half, high, rtol=1e-10, atol=1e-11)


def test_p19_equals_statsmodels() -> None:
    values, codes = data((5, 9), 20)
    for equal_var, usevar in ((True, "pooled"), (False, "unequal")):
        ours = t_test(group_moments(values, codes), BOTH, equal_var)
        for i, row in enumerate(values):
            t, p, df = sm.stats.ttest_ind(row[codes == 1], row[codes == 0], usevar=usevar)
            np.testing.assert_allclose([ours.statistic[i], ours.pvalue[i], ours.df[i]], [t, p, df], rtol=1e-12)


def test_the_groups_compared_alone_give_the_variance() -> None:
    values, codes = data((4, 5, 6))
    weights = np.array([-1.0, 0.0, 1.0])
    for equal_var in (False, True):
        ours = t_test(group_moments(values, codes), weights, equal_var)
        theirs = scipy_stats.ttest_ind(values[:, codes == 2], values[:, codes == 0], axis=1, equal_var=equal_var)
        np.testing.assert_allclose(ours.pvalue, theirs.pvalue, rtol=1e-12)


def test_all_groups_with_one_variance_are_least_squares() -> None:
    values, codes = data((4, 5, 6))
    design = np.column_stack([np.ones(15), codes == 1, codes == 2]).astype(float)
    contrast = np.array([0.0, 1.0, -0.5])
    groups = one_way_groups(design)
    moments = group_moments(values, groups.codes)
    ours = t_test(moments, groups.weights(contrast), equal_var=True)
    estimate, se, t, p = ols_test(ols_fit(values, design), contrast)
    for one, other in ((ours.estimate, estimate), (ours.se, se), (ours.statistic, t), (ours.pvalue, p)):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    packed = coefficient_covariance(moments, groups, equal_var=True)
    unscaled = np.linalg.inv(design.T @ design)
    variance = ols_fit(values, design).residual_variance
    for column, (i, j) in enumerate([(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]):
        np.testing.assert_allclose(packed[:, column], variance * unscaled[i, j], rtol=1e-10)
    np.testing.assert_allclose(groups.coefficients(moments.mean), ols_fit(values, design).coefficients, atol=1e-12)


def test_welch_covariance_is_that_of_the_means() -> None:
    values, codes = data((4, 1, 6))
    design = np.column_stack([np.ones(11), codes == 1, codes == 2]).astype(float)
    groups = one_way_groups(design)
    packed = coefficient_covariance(group_moments(values, groups.codes), groups, equal_var=False)
    of_mean = [values[:, codes == k].var(axis=1, ddof=1) / np.sum(codes == k) for k in (0, 2)]
    np.testing.assert_allclose(packed[:, 0], of_mean[0], rtol=1e-12)
    np.testing.assert_allclose(packed[:, 5], of_mean[0] + of_mean[1], rtol=1e-12)
    assert np.isnan(packed[:, 2]).all()  # a group of one sample


@pytest.mark.parametrize("equal_var", [False, True])
def test_m25_affine_response_keeps_t(equal_var: bool) -> None:
    values, codes = data((5, 7))
    before = t_test(group_moments(values, codes), BOTH, equal_var)
    after = t_test(group_moments(3 + 7 * values, codes), BOTH, equal_var)
    np.testing.assert_allclose(after.statistic, before.statistic, rtol=1e-11)
    np.testing.assert_allclose(after.pvalue, before.pvalue, rtol=1e-10)


@pytest.mark.parametrize("equal_var", [False, True])
def test_genes_that_vary_nowhere_have_no_test(equal_var: bool) -> None:
    codes = np.array([0, 0, 0, 1, 1, 1])
    values = np.vstack([np.zeros(6), np.where(codes == 1, 0.1, 0.3) * 1.1, np.array([0.1, 0.1, 0.1, 1, 2, 3])])
    found = t_test(group_moments(values, codes), BOTH, equal_var)
    np.testing.assert_array_equal(np.isnan(found.pvalue), [True, True, False])
    np.testing.assert_array_equal(np.isnan(found.statistic), [True, True, False])
    np.testing.assert_array_equal(found.se[:2], 0)
    np.testing.assert_allclose(found.estimate[1], -0.22, rtol=1e-12)


def test_one_way_designs_are_told_from_others() -> None:
    a, b = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 0, 0, 1, 1])
    one = np.ones(8)
    additive = np.column_stack([one, a, b]).astype(float)
    assert one_way_groups(additive) is None
    assert one_way_groups(np.column_stack([one, a, np.arange(8)]).astype(float)) is None
    full = one_way_groups(np.column_stack([one, a, b, a * b]).astype(float))
    np.testing.assert_array_equal(full.sizes, 2)
    np.testing.assert_array_equal(full.weights(np.array([0.0, 0, 0, 1])), [1, -1, -1, 1])
    np.testing.assert_array_equal(full.weights(np.array([0.0, 3, 0, 0])), [-3, 0, 3, 0])
    cells = one_way_groups(np.column_stack([a == 0, a == 1]).astype(float))
    np.testing.assert_array_equal(cells.weights(np.array([-1.0, 1.0])), BOTH)
