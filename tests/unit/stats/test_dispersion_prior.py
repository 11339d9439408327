import numpy as np
import pytest
from scipy import special

from foldwise.stats import dispersion_prior
from foldwise.stats.dispersion_prior import (
    dispersion_outliers,
    log_residual_variance,
    log_residuals,
    prior_variance,
)


def residuals(df: int, variance: float, n: int = 20000, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.log(rng.chisquare(df, n) / df) + rng.normal(0, np.sqrt(variance), n)


def test_only_dispersions_above_their_floor_give_residuals() -> None:
    genewise, trend = np.array([1e-8, 1e-6, 0.2, 0.4]), np.array([0.1, 0.1, 0.1, 0.1])
    np.testing.assert_allclose(log_residuals(genewise, trend), np.log([1e-5, 2, 4]), rtol=1e-14)


def test_many_degrees_of_freedom_subtract_the_sampling_variance() -> None:
    e = residuals(10, 0.8)
    expected = log_residual_variance(e) - special.polygamma(1, 5)
    assert prior_variance(e, 10) == pytest.approx(expected, rel=1e-13)
    assert expected == pytest.approx(0.8, rel=0.1)


def test_prior_variance_is_never_below_a_quarter() -> None:
    assert prior_variance(residuals(10, 0.0), 10) == 0.25
    assert prior_variance(residuals(3, 0.0), 3) == 0.25


@pytest.mark.parametrize("df", [1, 2, 3])
@pytest.mark.parametrize("variance", [0.5, 1.0, 3.0])
def test_few_degrees_of_freedom_are_matched_to_simulation(df: int, variance: float) -> None:
    found = prior_variance(residuals(df, variance), df)
    assert found == pytest.approx(variance, rel=0.25, abs=0.1)
    # On the grid of 1000 places up to 8.
    assert found * 999 / 8 == pytest.approx(round(found * 999 / 8), abs=1e-9)


def test_bins_are_closed_at_the_right() -> None:
    counts = dispersion_prior._histogram(np.array([-10.0, -9.5, -9.4, 0.0, 9.5, 9.99]))
    assert counts[0] == 2
    assert counts[1] == 1
    assert counts[19] == 1
    assert counts[38] == 1
    assert counts[39] == 1


def test_constants_are_densities_and_a_smoother() -> None:
    counts, first, weights = dispersion_prior._constants()
    assert counts.shape == (3, 200, 40)
    assert counts.sum(axis=2).max() == 10000
    # A quadratic smoother gives constants back.
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
    grid = 8 * np.arange(200) / 199
    window = first.astype(int)[:, None] + np.arange(weights.shape[1])
    np.testing.assert_allclose((weights * grid[window]).sum(axis=1), 8 * np.arange(1000) / 999, atol=1e-11)


def test_outliers_lie_two_robust_standard_deviations_above_the_trend() -> None:
    trend = np.array([0.1, 0.1, 0.1])
    genewise = 0.1 * np.exp([1.99, 2.01, -9.0])
    np.testing.assert_array_equal(dispersion_outliers(genewise, trend, 1.0), [False, True, False])
