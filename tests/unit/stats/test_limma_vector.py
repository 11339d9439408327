"""limma on the joint test vector of its specification (section 21): R's values with twelve digits."""

import numpy as np
import pytest

from foldwise.stats.array_weights import array_weights
from foldwise.stats.contrasts_fit import contrasts_fit
from foldwise.stats.duplicate_correlation import duplicate_correlation
from foldwise.stats.least_squares import Blocks, lm_fit
from foldwise.stats.moderated import log_odds, moderate_variances, moderated_f, moderated_t
from foldwise.stats.treat import treat
from foldwise.stats.voom import voom

COUNTS = np.array(
    [
        [10, 14, 30, 41, 12, 33],
        [0, 1, 2, 0, 3, 1],
        [5, 9, 6, 4, 7, 3],
        [200, 180, 260, 300, 220, 240],
        [31, 22, 60, 77, 40, 70],
    ],
    dtype=np.int32,
)
SIZES = np.array([1000.0, 900, 1500, 1700, 1200, 1400])
DESIGN = np.column_stack([np.ones(6), [0.0, 0, 1, 1, 0, 1]])
BLOCK = np.array([0, 1, 0, 1, 2, 2])


def near(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=2e-11, atol=1e-13)


@pytest.fixture(scope="module")
def voomed():
    return voom(COUNTS, DESIGN, SIZES)


@pytest.fixture(scope="module")
def fitted(voomed):
    return lm_fit(voomed.values, DESIGN, voomed.weights)


def test_voom(voomed):
    near(voomed.values[0], [13.3566597333, 13.9741662686, 14.3105976453, 14.574440575, 13.3454043234, 14.5454165194])
    near(voomed.weights[0], [8.11629021638, 7.42479650601, 19.9405505259, 22.2241084656, 9.51465745004, 18.8069634895])
    near(
        voomed.weights[1],
        [0.611010062524, 0.591427045126, 0.591427045126, 0.62421593061, 0.746777926861, 0.591427045126],
    )


def test_linear_models(fitted):
    near(fitted.coefficients[:, 1], [0.943827087538, -0.837440227497, -1.20202923282, -0.147817139383, 0.580521701823])
    near(fitted.stdev_unscaled[:, 1], [0.237301665067, 1.03267081767, 0.408661987191, 0.0470923557212, 0.16086963598])
    near(fitted.sigma, [0.848977427036, 1.03576175322, 0.958608418029, 0.920150336965, 0.987293396276])


def test_moderated_statistics(fitted):
    squeezed = moderate_variances(fitted)
    assert np.isposinf(squeezed.df_prior).all()
    near(squeezed.prior, 0.906784014621)
    tests = moderated_t(fitted, squeezed)
    near(tests.statistic[:, 1], [4.17676195186, -0.851608498488, -3.08886451409, -3.29626750952, 3.78959198259])
    near(tests.pvalue[:, 1], [4.6532658419e-4, 0.404513460415, 5.78917461497e-3, 3.60714784154e-3, 1.1501158194e-3])
    np.testing.assert_array_equal(tests.df_total, 20.0)
    odds, prior = log_odds(fitted, squeezed, tests)
    near(odds[:, 1], [2.0888815767, -4.88759602368, -1.47421227738, -2.57300112126, 0.312039961494])
    near(prior, [17.6447750975, 2.00723320764])
    f, p, rank = moderated_f(fitted, squeezed, tests)
    assert rank == 2
    near(f[1], 217.712881081)
    near(p[1], 2.8086466651e-95)


def test_treat(fitted):
    p = treat(fitted, moderate_variances(fitted), 0.5).pvalue[:, 1]
    near(p, [0.0317869780972, 0.462005096189, 0.0433036701901, 0.999999922557, 0.302460030462])


def test_array_weights(voomed):
    near(
        array_weights(voomed.values, DESIGN, voomed.weights),
        [0.998212791489, 0.839404661131, 0.987861950739, 1.11420773233, 0.937447827835, 1.15663401319],
    )
    near(
        array_weights(voomed.values, DESIGN),
        [1.03194016596, 0.771439105637, 1.01941119909, 1.15094497416, 0.904719715848, 1.18338433811],
    )


def test_groups_of_samples_share_their_weight(voomed):
    group = np.array([0, 0, 1, 1, 2, 2])
    found = array_weights(voomed.values, DESIGN, voomed.weights, var_group=group)
    np.testing.assert_allclose(found[::2], found[1::2], rtol=1e-14)
    assert np.prod(found) == pytest.approx(1.0, rel=1e-13)


def test_block_correlation(voomed):
    found = duplicate_correlation(voomed.values, DESIGN, BLOCK)
    near(found.consensus, -0.0206107366405)
    near(found.atanh, [0.418528444629, -0.472005959533, -0.6505375592, 0.448312306371, 0.152634488324])
    near(duplicate_correlation(voomed.values, DESIGN, BLOCK, voomed.weights).consensus, 0.0318317393547)


def test_blocks_that_the_design_holds_are_not_correlated(voomed):
    group = DESIGN[:, 1].astype(int)
    assert duplicate_correlation(voomed.values, DESIGN, group).consensus == 0.0
    assert duplicate_correlation(voomed.values, DESIGN, np.arange(6)).consensus == 0.0


def test_correlated_blocks(voomed):
    fit = lm_fit(voomed.values, DESIGN, voomed.weights, blocks=Blocks(BLOCK, 0.3))
    near(fit.coefficients[:, 1], [0.941077786046, -0.821041539953, -1.21351911748, -0.149685947125, 0.584829637033])
    near(fit.stdev_unscaled[:, 1], [0.202453550106, 0.864311557413, 0.344736669685, 0.0395185567353, 0.137177390812])
    near(fit.sigma, [0.81720225602, 1.14995008142, 1.08594601087, 0.89845459263, 1.00786238459])


def test_a_contrast_of_one_coefficient_is_that_coefficient(fitted):
    one = contrasts_fit(fitted, np.array([[0.0], [-2.0]]))
    np.testing.assert_allclose(one.coefficients[:, 0], -2 * fitted.coefficients[:, 1], rtol=1e-15)
    np.testing.assert_allclose(one.stdev_unscaled[:, 0], 2 * fitted.stdev_unscaled[:, 1], rtol=1e-15)


def test_exact_contrasts_are_those_of_another_design(voomed):
    cells = np.column_stack([1 - DESIGN[:, 1], DESIGN[:, 1]])
    whole = lm_fit(voomed.values, cells, voomed.weights, want_covariance=True)
    difference = contrasts_fit(whole, np.array([[-1.0], [1.0]]))
    other = lm_fit(voomed.values, DESIGN, voomed.weights)
    np.testing.assert_allclose(difference.stdev_unscaled[:, 0], other.stdev_unscaled[:, 1], rtol=1e-12)
