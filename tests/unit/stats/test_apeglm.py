import numpy as np
import pytest

from foldwise.errors import UsageError
from foldwise.stats.apeglm import LOWEST_VARIANCE, prior_scale, prior_variance, shrink_apeglm
from foldwise.stats.s_values import s_values

LN2 = np.log(2)
# One gene as R's apeglm 1.27 shrinks it with a prior scale of 0.3.
COUNTS = np.array([[12, 25, 18, 60, 41, 55]], dtype=np.int32)
SIZES = np.array([0.8, 1.1, 1.0, 1.2, 0.9, 1.0])
DESIGN = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])


def test_prior_variance_equals_r() -> None:
    lfc = np.array([0.1, -0.4, 1.2, 0.05, -2, 0.3, 0.7, -0.1, np.nan])
    se = np.array([0.2, 0.25, 0.3, 0.1, 0.5, 0.2, 0.4, 0.15, np.nan])
    assert prior_variance(lfc, se) == pytest.approx(0.46293934113765994, rel=1e-12)
    assert prior_scale(lfc, se) == np.sqrt(prior_variance(lfc, se))


def test_prior_variance_at_its_limits() -> None:
    noise_only = np.full(50, 0.01)
    assert prior_variance(noise_only, np.ones(50)) == LOWEST_VARIANCE
    assert prior_scale(np.full(50, 9.0), np.full(50, 0.1)) == 1.0


def shrink_one(**changes):
    # This estimate and error give a prior scale of 0.3 up to the tolerance of the root.
    lfc = np.array([np.sqrt(0.09 + 0.04)]) / LN2
    return shrink_apeglm(COUNTS, SIZES, DESIGN, np.array([0.05]), 1, lfc, np.array([0.2]) / LN2, **changes)


def test_one_gene_equals_r() -> None:
    result = shrink_one()
    assert result.prior["scale"] == pytest.approx(0.3, rel=1e-3)
    # R's vector has the scale 0.3 exactly.
    from foldwise import _kernels

    fit = _kernels.nb_cauchy_map(COUNTS, SIZES, DESIGN, np.array([0.05]), 1, 0.3, 15.0)
    np.testing.assert_allclose(fit["map"][0], [3.0047331221657063, 0.8645738884402352], atol=1e-9)
    assert fit["sd"][0] == pytest.approx(0.2541074779069357, rel=1e-9)
    assert result.lfc[0] * LN2 == pytest.approx(0.8645738884402352, abs=1e-3)
    assert result.rate[0] == pytest.approx(0.0003339906824084974, rel=2e-2)
    assert result.s_value[0] == result.rate[0]


def test_exact_engine_goes_to_the_optimum() -> None:
    replayed, exact = shrink_one(), shrink_one(engine="exact")
    assert abs(replayed.lfc[0] - exact.lfc[0]) < 1e-3
    assert replayed.lfc[0] != exact.lfc[0]


def test_threshold_in_log2() -> None:
    plain, beyond = shrink_one(), shrink_one(threshold=1.0)
    assert plain.lfc[0] == beyond.lfc[0]
    z = (plain.lfc[0] - 1.0) / plain.se[0]
    from scipy.stats import norm

    assert beyond.rate[0] == pytest.approx(norm.sf(z), rel=1e-12)
    assert beyond.rate[0] > plain.rate[0]


def test_genes_without_dispersion_stay_missing() -> None:
    counts = np.vstack([COUNTS, np.zeros((1, 6), dtype=np.int32)])
    lfc, se = np.array([1.2, np.nan]), np.array([0.3, np.nan])
    result = shrink_apeglm(counts, SIZES, DESIGN, np.array([0.05, np.nan]), 1, lfc, se)
    for values in (result.lfc, result.se, result.rate, result.s_value):
        assert np.isnan(values[1])
        assert np.isfinite(values[0])


def test_m65_sign_is_kept_and_signs_mirror() -> None:
    rng = np.random.default_rng(5)
    counts = rng.negative_binomial(10, 0.1, (40, 6)).astype(np.int32)
    alpha, lfc, se = np.full(40, 0.1), rng.normal(size=40), rng.uniform(0.2, 0.6, 40)
    other = np.ascontiguousarray(DESIGN[:, [0, 1]] * [1, -1] + [[0, 1]])
    one = shrink_apeglm(counts, SIZES, DESIGN, alpha, 1, lfc, se, engine="exact")
    two = shrink_apeglm(counts, SIZES, np.column_stack([np.ones(6), other[:, 1]]), alpha, 1, -lfc, se, engine="exact")
    # The other reference level: the prior on the intercept is wide (sd 15), so the sign turns and little else.
    np.testing.assert_allclose(one.lfc, -two.lfc, atol=4e-3)


@pytest.mark.parametrize("coefficient", [0, 2])
def test_only_one_coefficient_other_than_the_first(coefficient: int) -> None:
    with pytest.raises(UsageError, match="E-USAGE-002"):
        shrink_apeglm(COUNTS, SIZES, DESIGN, np.array([0.05]), coefficient, np.ones(1), np.ones(1))


def test_unknown_engine() -> None:
    with pytest.raises(UsageError, match="E-USAGE-002"):
        shrink_one(engine="fast")


def test_s_values_equal_r() -> None:
    rate = np.array([0.01, 0.3, 0.001, np.nan, 0.2])
    expected = [0.0055, 0.12775, 0.001, np.nan, 0.07033333333333334]
    np.testing.assert_allclose(s_values(rate), expected, rtol=1e-15)


def test_s_values_of_ties_and_nothing() -> None:
    np.testing.assert_array_equal(s_values(np.array([0.5, 0.5, 0.5])), [0.5, 0.5, 0.5])
    assert len(s_values(np.empty(0))) == 0
