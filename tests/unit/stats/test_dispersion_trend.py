import numpy as np
import pytest

from foldwise.errors import FitError
from foldwise.stats.dispersion_trend import (
    MeanTrend,
    ParametricTrend,
    TrendFailure,
    fit_mean_trend,
    fit_parametric_trend,
    fit_trend,
)
from foldwise.stats.locfit import fit_local_trend, jacobi_eigen

# Test vectors of R's parametric and local dispersion fit.
MEANS = np.array([5, 12, 30, 80, 150, 400, 900, 2500, 6000, 20000], dtype=float)
DISPERSIONS = np.array([0.9, 0.35, 0.3, 0.12, 0.2, 0.06, 0.08, 0.05, 0.07, 0.04])
COEFFICIENTS = (0.06460090116226104, 5.2915268432084765)
LOCAL_AT = np.array([2, 5, 20, 1000, 20000, 50000], dtype=float)
LOCAL = [
    0.88646803984815237,
    0.60964047089430218,
    0.33279795924155792,
    0.07360837534889457,
    0.040383413589563828,
    0.025232248716680238,
]


def simulated(n: int = 2000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    means = np.exp(rng.uniform(0, 9, n))
    return means, (0.05 + 2 / means) * rng.chisquare(6, n) / 6


def test_p5_parametric_equals_r() -> None:
    trend = fit_parametric_trend(MEANS, DISPERSIONS)
    np.testing.assert_allclose((trend.asymptotic, trend.extra_poisson), COEFFICIENTS, rtol=1e-14)
    np.testing.assert_allclose(trend.predict(np.array([2.0])), COEFFICIENTS[0] + COEFFICIENTS[1] / 2, rtol=1e-14)


def test_p5_local_equals_r() -> None:
    np.testing.assert_allclose(fit_local_trend(MEANS, DISPERSIONS).predict(LOCAL_AT), LOCAL, rtol=1e-9)


def test_parametric_leaves_outlying_genes_out() -> None:
    means, dispersions = simulated()
    clean = fit_parametric_trend(means, dispersions)
    dirty = dispersions.copy()
    dirty[:100] *= 1000
    again = fit_parametric_trend(means, dirty)
    np.testing.assert_allclose((clean.asymptotic, clean.extra_poisson), (0.05, 2), rtol=0.1)
    np.testing.assert_allclose(tuple(again.coefficients.values()), tuple(clean.coefficients.values()), rtol=0.1)


def test_dispersions_at_the_floor_do_not_enter_the_trend() -> None:
    means, dispersions = simulated()
    floor = np.full(500, 1e-8)
    with_floor = fit_trend(np.concatenate([means, means[:500]]), np.concatenate([dispersions, floor]))
    assert with_floor == fit_trend(means, dispersions)


@pytest.mark.parametrize(
    ("means", "dispersions"),
    [
        (MEANS, 1e-3 + MEANS / 1e6),  # rising with the mean: negative extra-Poisson noise
        (np.array([10.0, 10.0, 10.0]), np.array([0.1, 0.2, 0.3])),  # no spread of means
        (np.array([10.0]), np.array([0.1])),
        (MEANS, np.full(10, 1e-5)),  # nothing within reach of the start
    ],
)
def test_b77_failure_of_the_parametric_form(means: np.ndarray, dispersions: np.ndarray) -> None:
    with pytest.raises(TrendFailure):
        fit_parametric_trend(means, dispersions)


def test_b77_failure_falls_back_to_local_not_to_mean() -> None:
    rising = 1e-3 + MEANS / 1e6
    trend = fit_trend(MEANS, rising)
    assert trend.kind == "local"
    np.testing.assert_array_equal(trend.predict(MEANS), fit_trend(MEANS, rising, "local").predict(MEANS))


@pytest.mark.parametrize("kind", ["parametric", "local", "mean"])
def test_b78_all_dispersions_at_the_floor(kind: str) -> None:
    with pytest.raises(FitError) as caught:
        fit_trend(MEANS, np.full(10, 1e-8), kind)
    assert caught.value.id == "E-FIT-002"
    assert "gene-wise" in caught.value.fix


@pytest.mark.parametrize("kind", ["parametric", "local"])
def test_b17_too_few_genes_for_a_trend(kind: str) -> None:
    with pytest.raises(FitError, match="needs 3") as caught:
        fit_trend(MEANS[:2], DISPERSIONS[:2], kind)
    assert caught.value.id == "E-FIT-001"
    assert fit_trend(MEANS[:1], DISPERSIONS[:1], "mean") == MeanTrend(0.9)


def test_mean_trend_trims_one_in_a_thousand() -> None:
    values = np.concatenate([np.full(5000, 0.2), np.full(5, 10.0), np.full(5, 2e-7), np.full(50, 1e-8)])
    assert fit_mean_trend(np.ones(len(values)), values) == MeanTrend(pytest.approx(0.2, rel=1e-12))
    np.testing.assert_array_equal(MeanTrend(0.2).predict(np.array([1.0, 9.0])), [0.2, 0.2])


def test_local_trend_follows_a_smooth_curve_and_continues_outside() -> None:
    means, dispersions = simulated(4000)
    trend = fit_local_trend(means, dispersions)
    inside = np.exp(np.linspace(1, 8, 20))
    np.testing.assert_allclose(trend.predict(inside), 0.05 + 2 / inside, rtol=0.3)
    assert np.isfinite(trend.predict(np.array([1e-3, 1e7]))).all()
    assert trend.coefficients == {}


def test_local_trend_ignores_the_order_of_genes() -> None:
    means, dispersions = simulated(500)
    order = np.random.default_rng(2).permutation(500)
    ours, shuffled = fit_local_trend(means, dispersions), fit_local_trend(means[order], dispersions[order])
    np.testing.assert_allclose(ours.predict(means), shuffled.predict(means), rtol=1e-12)


def test_local_trend_of_degenerate_data() -> None:
    assert fit_local_trend(MEANS, np.full(10, 1e-9)).predict(MEANS) == pytest.approx(1e-8, rel=1e-12)
    one = fit_local_trend(np.array([10.0, 10.0, 10.0]), np.array([0.1, 0.1, 0.1]))
    assert one.predict(np.array([10.0])) == pytest.approx(0.1, rel=1e-12)


def test_trends_are_values() -> None:
    assert ParametricTrend(0.1, 2.0) == ParametricTrend(0.1, 2.0)


def test_jacobi_eigenvalues() -> None:
    a = np.random.default_rng(7).standard_normal((5, 3))
    matrix = a.T @ a / 5
    values, vectors = jacobi_eigen(matrix)
    np.testing.assert_allclose(np.sort(values), np.linalg.eigvalsh(matrix), rtol=1e-13)
    np.testing.assert_allclose(vectors @ np.diag(values) @ vectors.T, matrix, atol=1e-15)
