import numpy as np
import pytest
from scipy import integrate

from foldwise.stats.cubic_spline import fmm_spline
from foldwise.stats.dispersion_trend import MeanTrend, ParametricTrend
from foldwise.stats.principal_components import principal_components
from foldwise.stats.vst import vst_local, vst_mean, vst_parametric, vst_subset
from tests.unit.stats.r_values import r_value

Q = np.array([[0.0, 1.0, 7.5], [30.0, 400.0, 1e5]])


def test_spline_equals_r_inside_and_outside() -> None:
    spline = fmm_spline(r_value("knots"), r_value("heights"))
    np.testing.assert_allclose(spline.evaluate(r_value("at")), r_value("spline_fmm"), rtol=1e-14)


def test_spline_reproduces_a_cubic() -> None:
    x = np.array([0.0, 0.7, 1.0, 2.2, 3.0, 4.5])
    cubic = lambda t: 1 - 2 * t + 0.5 * t**3  # noqa: E731
    at = np.linspace(-1, 6, 15)
    np.testing.assert_allclose(fmm_spline(x, cubic(x)).evaluate(at), cubic(at), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("transform", [lambda q: vst_parametric(q, 0.05, 2.0), lambda q: vst_mean(q, 0.05)])
def test_large_counts_go_like_log2(transform) -> None:  # type: ignore[no-untyped-def]
    values = transform(np.array([1e6, 2e6]))
    assert values[1] - values[0] == pytest.approx(1, abs=1e-3)
    assert values[0] == pytest.approx(np.log2(1e6), abs=1e-3)


def test_parametric_derivative_is_one_over_sd() -> None:
    a0, a1 = 0.05, 2.0
    rate = lambda q: 1 / np.sqrt(q + a1 * q + a0 * q * q)  # noqa: E731
    gain = np.diff(vst_parametric(np.array([10.0, 20.0, 500.0]), a0, a1))
    area = [integrate.quad(rate, 10, 20)[0], integrate.quad(rate, 20, 500)[0]]
    assert gain[0] / gain[1] == pytest.approx(area[0] / area[1], rel=1e-9)


def test_mean_derivative_is_one_over_sd() -> None:
    rate = lambda q: 1 / np.sqrt(q + 0.1 * q * q)  # noqa: E731
    gain = np.diff(vst_mean(np.array([10.0, 20.0, 500.0]), 0.1))
    area = [integrate.quad(rate, 10, 20)[0], integrate.quad(rate, 20, 500)[0]]
    assert gain[0] / gain[1] == pytest.approx(area[0] / area[1], rel=1e-9)


@pytest.mark.parametrize("trend", [ParametricTrend(0.05, 2.0), MeanTrend(0.1)])
def test_local_agrees_with_log2_at_its_anchors_and_is_close_to_the_closed_form(trend) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(1)
    q = np.exp(rng.normal(4, 2.5, (3000, 4)))
    flat = lambda means: trend.predict(np.ravel(means)).reshape(np.shape(means))  # noqa: E731
    ours = vst_local(q, flat, 1.0)
    anchors = np.quantile(q.mean(axis=1), [0.95, 0.999])
    both = vst_local(np.concatenate([q, np.tile(anchors[:, None], 4)]), flat, 1.0, row_means=q.mean(axis=1))
    np.testing.assert_allclose(both[-2:, 0], np.log2(anchors), rtol=1e-9)
    np.testing.assert_array_equal(np.argsort(ours[:, 0], kind="stable"), np.argsort(q[:, 0], kind="stable"))


def test_subset_is_spread_over_the_means_above_five() -> None:
    means = np.concatenate([np.full(500, 1.0), np.arange(6.0, 2006.0)])
    chosen = vst_subset(means, 1000)
    assert chosen is not None
    assert len(np.unique(chosen)) == 1000
    assert means[chosen].min() == 6
    assert means[chosen].max() == 2005
    assert vst_subset(means[:1400], 1000) is None


def test_principal_components_of_known_structure() -> None:
    rng = np.random.default_rng(2)
    direction, place = rng.standard_normal(600), np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    matrix = direction[:, None] * place + 0.01 * rng.standard_normal((600, 5)) + 8
    found = principal_components(matrix, n_top=500)
    assert len(found.genes) == 500
    assert found.variance_share[0] > 0.99
    assert found.variance_share.sum() == pytest.approx(1)
    assert abs(np.corrcoef(found.scores[:, 0], place)[0, 1]) > 0.999
    np.testing.assert_allclose(found.scores.sum(axis=0), 0, atol=1e-9)
    for loading in found.loadings.T:
        assert loading[np.argmax(np.abs(loading))] > 0
    variance = matrix.var(axis=1, ddof=1)
    assert set(found.genes) == set(np.argsort(-variance)[:500])


def test_principal_components_of_constant_data() -> None:
    found = principal_components(np.ones((10, 3)))
    np.testing.assert_array_equal(found.variance_share, 0)
    np.testing.assert_array_equal(found.scores, 0)


def test_transform_of_zero_is_finite() -> None:
    assert np.isfinite(vst_parametric(Q, 0.05, 2.0)).all()
    assert np.isfinite(vst_mean(Q, 0.05)).all()


@pytest.mark.parametrize("n_counted", [1, 3, 50])
def test_local_of_few_different_means_is_finite_and_close_to_log2(n_counted) -> None:  # type: ignore[no-untyped-def]
    counts = np.zeros((1000 if n_counted < 50 else 50, 4))
    counts[:n_counted] = [500.0, 600.0, 450.0, 550.0]
    found = vst_local(counts, lambda mean: 0.01 + 2 / mean, 1.0)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[0], np.log2(counts[0]), atol=0.02)
