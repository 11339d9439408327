"""Fits, abundances, likelihoods, smoothers and dispersions: values of edgeR for small tables; properties."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.errors import FitError
from foldwise.stats.ave_log_cpm import ave_log_cpm
from foldwise.stats.edger_glm import glm_fit
from foldwise.stats.estimate_disp import default_span, estimate_disp
from foldwise.stats.grid_maximum import grid_maximum
from foldwise.stats.one_way import find_one_way
from foldwise.stats.profile_likelihood import adjusted_profile_likelihood
from foldwise.stats.smooth_columns import smooth_columns
from foldwise.stats.zero_patterns import residual_df, zero_patterns

# edgeR specification, sections 3 to 8
COUNTS = np.array(
    [[5, 0, 12, 7, 3, 30], [100, 150, 90, 400, 380, 420], [0, 0, 0, 2, 5, 1], [0, 0, 0, 0, 3, 0]], dtype=float
)
OFFSET = np.log(1e6 * np.array([1.0, 1.2, 0.9, 1.1, 1.0, 1.3]))
GROUP = np.column_stack([np.ones(6), np.repeat([0.0, 1.0], 3)])
DESIGN = np.column_stack([GROUP, [0.1, 0.5, -0.2, 0.3, 0.9, -0.4]])


def test_damped_fit_is_that_of_edger():
    fit = glm_fit(COUNTS, DESIGN, OFFSET, 0.1)
    assert fit.method == "levenberg"
    expected = [[-12.0088513534274, 0.651135201659245, -2.0947704380044],
                [-9.15616519561017, 1.16660704705642, 0.171970474615746]]  # fmt: skip
    assert fit.unshrunk[:2] == pytest.approx(np.array(expected), abs=1e-12)
    deviances = [6.0548374429531, 0.138509642251504, 0.0238500982532449, 1.97057717609222e-07]
    assert fit.deviance == pytest.approx(deviances, abs=1e-12)
    assert fit.iterations.tolist() == [6, 5, 17, 18]


def test_one_way_fit_is_that_of_edger():
    fit = glm_fit(COUNTS, GROUP, OFFSET, 0.1, return_fitted=True)
    assert fit.method == "oneway"
    expected = [[-12.0719903935009, 0.67445298108613], [-9.1293294864932, 1.18736994827213]]
    assert fit.unshrunk[:2] == pytest.approx(np.array(expected), abs=1e-12)
    assert fit.unshrunk[3] == pytest.approx([-1e8, 99999986.0], abs=1.0)
    deviances = [24.9132026706187, 0.449526267588075, 3.36715363676152, 6.74375771185451]
    assert fit.deviance == pytest.approx(deviances, rel=1e-13)
    assert fit.fitted is not None
    assert fit.fitted[3, :3].max() < 1e-200
    # Any coding of the two groups fits the same means
    other = glm_fit(COUNTS, np.column_stack([1 - GROUP[:, 1], GROUP[:, 1]]), OFFSET, 0.1, return_fitted=True)
    np.testing.assert_allclose(other.fitted, fit.fitted, rtol=1e-14)
    np.testing.assert_allclose(other.coefficients[:, 1] - other.coefficients[:, 0], fit.coefficients[:, 1], atol=1e-12)


def test_all_zero_genes_have_no_coefficients_and_no_deviance():
    fit = glm_fit(np.zeros((1, 6)), DESIGN, OFFSET, 0.1, prior_count=0, return_fitted=True)
    assert np.isnan(fit.unshrunk).all()
    assert fit.deviance.tolist() == [0.0]
    assert fit.fitted is not None
    assert (fit.fitted == 0).all()


def test_prior_counts_leave_equal_groups_equal():
    counts = np.repeat([[30.0, 60.0]], 2, axis=0).repeat(3, axis=1)
    offset = np.log(np.repeat([1e6, 2e6], 3))
    fit = glm_fit(counts, GROUP, offset, 0.2, prior_count=5.0)
    assert fit.coefficients[:, 1] == pytest.approx([0.0, 0.0], abs=1e-12)


def test_weights_of_one_change_nothing_and_offsets_may_be_per_gene():
    plain = glm_fit(COUNTS, DESIGN, OFFSET, np.array([0.1, 0.2, 0.3, 0.4]))
    ones = glm_fit(COUNTS, DESIGN, OFFSET, np.array([0.1, 0.2, 0.3, 0.4]), weights=np.ones(6))
    np.testing.assert_array_equal(plain.coefficients, ones.coefficients)
    spread = glm_fit(COUNTS, DESIGN, np.tile(OFFSET, (4, 1)), np.array([0.1, 0.2, 0.3, 0.4]))
    np.testing.assert_allclose(plain.unshrunk, spread.unshrunk, rtol=1e-12)
    np.testing.assert_allclose(plain.coefficients, spread.coefficients, rtol=1e-12)


def test_a_model_without_coefficients_has_the_offsets_as_means():
    fit = glm_fit(COUNTS, np.zeros((6, 0)), np.log(np.full(6, 50.0)), 0.1, return_fitted=True)
    assert fit.coefficients.shape == (4, 0)
    assert fit.fitted == pytest.approx(np.full((4, 6), 50.0), rel=1e-14)


def test_average_log_cpm_is_that_of_edger():
    expected = [3.39009510636678, 7.87152485443369, 1.62425924876216, 1.20937637995507]
    assert ave_log_cpm(COUNTS, OFFSET) == pytest.approx(expected, abs=1e-13)
    assert ave_log_cpm(COUNTS, np.tile(OFFSET, (4, 1))) == pytest.approx(expected, abs=1e-13)
    missing = ave_log_cpm(COUNTS, OFFSET, dispersion=np.array([0.1, np.nan, 0.3, 0.2]))
    assert missing[1] == ave_log_cpm(COUNTS, OFFSET, dispersion=0.2)[1]


def test_adjusted_profile_likelihood_is_that_of_edger():
    damped = [-17.7338650954082, -35.5046962869335, 2.32187145022773, 15.0559090298975]
    found = adjusted_profile_likelihood(COUNTS, DESIGN, OFFSET, 0.1)
    assert found == pytest.approx(damped, abs=5e-8)  # runaway coefficients
    cells = [-26.7055382188528, -34.4835736506326, 16.0219151073491, 17.5184020951199]
    assert adjusted_profile_likelihood(COUNTS, GROUP, OFFSET, 0.1) == pytest.approx(cells, abs=1e-11)


def test_maximum_of_the_spline_is_that_of_edger():
    grid = np.arange(-10.0, 11.0)
    curves = np.array([-((grid - 1.234) ** 2), np.sin(grid / 3) - np.abs(grid - 2) / 20, grid, -grid])
    # The parabola returns the grid point: its root formula cancels, in edgeR too.
    assert grid_maximum(grid, curves) == pytest.approx([1.0, 4.26735993873711, 10.0, -10.0], rel=1e-14)


X = np.array([0.1, 0.5, 0.9, 1.4, 2, 2.2, 3, 3.7, 4.1, 5])
Y = np.array([1.0, 3, 2, 5, 4, 6, 5, 8, 7, 9])[:, None]


def test_smoothers_are_those_of_edger():
    locfit = [2.29697545887141, 2.51972955840483, 2.98989612291151, 3.93375461943093, 4.99335546250261,
              5.02708126690528, 5.98013728016955, 6.89264213991197, 7.18500179317554, 7.766766534287]  # fmt: skip
    loess = [2.29697545887141, 2.44551144974111, 3.00768386664842, 3.95638658371548, 4.99306729402467,
             5.00376436595892, 5.87164353797521, 6.86538218807882, 7.42152453479233, 7.766766534287]  # fmt: skip
    assert smooth_columns(Y, X, 0.5)[:, 0] == pytest.approx(locfit, rel=1e-13)
    assert smooth_columns(Y, X, 0.5, "loess")[:, 0] == pytest.approx(loess, rel=1e-13)
    assert smooth_columns(Y, X, 0.4, "moving-average")[:, 0].tolist() == [2, 2.75, 3.5, 4.25, 5, 5.75, 6.5, 7.25, 8, 8]
    order = np.random.default_rng(1).permutation(10)
    for kind in ("locfit", "locfit-mixed", "loess", "moving-average"):
        whole = smooth_columns(Y, X, 0.5, kind)
        np.testing.assert_allclose(smooth_columns(Y[order], X[order], 0.5, kind), whole[order], rtol=1e-13)
    np.testing.assert_array_equal(smooth_columns(Y, X, 0.1), Y)
    with pytest.raises(ValueError, match="not one of"):
        smooth_columns(Y, X, 0.5, "spline")


def test_degrees_of_freedom_without_the_zeros():
    zero = np.array([[1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1] * 6, [0, 0, 1, 1, 1, 1]], dtype=bool)
    assert residual_df(zero_patterns(zero, DESIGN), 4).tolist() == [1, 2, 0, 0]


def test_one_way_designs_are_found_and_coded_back():
    found = find_one_way(GROUP)
    assert found is not None
    assert found.column is None
    values = np.array([[2.0, 5.0]])
    cells = found.to_cells(values)
    assert sorted(cells[0].tolist()) == [2.0, 7.0]
    np.testing.assert_array_equal(found.to_coefficients(cells), values)
    assert found.log_det() == 0.0
    assert find_one_way(DESIGN) is None
    assert find_one_way(np.zeros((6, 0))) is None


def simulated(n_genes: int = 400, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(4, 1.5, (n_genes, 1))) * np.ones(6)
    return rng.negative_binomial(5, 5 / (5 + mean)).astype(np.int32)


def test_dispersions_find_the_truth_and_follow_permuted_genes():
    counts = simulated()
    sizes = counts.sum(axis=0).astype(float)
    found = estimate_disp(counts, GROUP, sizes)
    assert found.common == pytest.approx(0.2, rel=0.15)
    assert np.median(found.trended) == pytest.approx(0.2, rel=0.15)
    order = np.random.default_rng(2).permutation(len(counts))
    again = estimate_disp(np.ascontiguousarray(counts[order]), GROUP, sizes)
    np.testing.assert_allclose(again.tagwise, found.tagwise[order], rtol=1e-9)
    assert again.common == pytest.approx(found.common, rel=1e-12)


def test_genes_without_counts_get_the_trend_of_low_genes():
    counts = simulated()
    counts[0] = 0
    counts[1] = [1, 0, 0, 0, 0, 0]
    found = estimate_disp(counts, GROUP, counts.sum(axis=0).astype(float))
    lowest = 2 + int(np.argmin(found.mean_log2_cpm[2:]))
    assert found.tagwise[:2].tolist() == [found.trended[lowest]] * 2


@pytest.mark.parametrize("trend", ["none", "locfit-mixed", "loess", "moving-average"])
def test_other_trends_are_near_the_common_dispersion(trend):
    counts = simulated()
    found = estimate_disp(counts, GROUP, counts.sum(axis=0).astype(float), trend=trend)
    assert np.quantile(np.abs(np.log(found.trended / 0.2)), 0.9) < 0.5
    if trend == "none":
        assert set(found.trended.tolist()) == {found.common}


def test_a_given_prior_and_infinite_priors():
    counts = simulated()
    sizes = counts.sum(axis=0).astype(float)
    heavy = estimate_disp(counts, GROUP, sizes, prior_df=1e9)
    np.testing.assert_array_equal(heavy.tagwise, heavy.trended)
    light = estimate_disp(counts, GROUP, sizes, prior_df=0.0)
    assert np.std(np.log(light.tagwise)) > 3 * np.std(np.log(heavy.tagwise))
    assert default_span(50) == 1.0
    assert default_span(20000) == pytest.approx(0.2875)


def test_no_residual_degrees_of_freedom_is_refused():
    with pytest.raises(ValueError, match="residual"):
        estimate_disp(simulated(), np.eye(6), np.ones(6))
    with pytest.raises(FitError, match="reads or more"):
        estimate_disp(np.zeros((3, 6)), GROUP, np.ones(6))
