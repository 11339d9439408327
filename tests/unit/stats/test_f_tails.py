"""Log tails of the F distribution, polygamma functions, quadrature and the minimizer against many digits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from foldwise.stats.f_tails import f_density, f_quantile_of_tails, f_upper_tail, log_f_tails
from foldwise.stats.gauss_legendre import gauss_legendre
from foldwise.stats.local_minimum import local_minimum
from foldwise.stats.polygamma import log_minus_digamma, tetragamma, trigamma_inverse
from foldwise.stats.tails import f_upper

F = np.array([1e-12, 1e-3, 0.4, 1.0, 3.0, 40.0, 1e4, 1e9])


def exact_log_tails(f: float, a: float, b: float) -> tuple[float, float]:
    y = mpmath.mpf(f) * a / (mpmath.mpf(f) * a + b)
    lower = mpmath.betainc(mpmath.mpf(a) / 2, mpmath.mpf(b) / 2, 0, y, regularized=True)
    upper = mpmath.betainc(mpmath.mpf(b) / 2, mpmath.mpf(a) / 2, 0, 1 - y, regularized=True)
    return float(mpmath.log(lower)), float(mpmath.log(upper))


@pytest.mark.parametrize(("df1", "df2"), [(1, 3), (4, 6.5), (2.5, 0.7), (17, 94), (3, 9998)])
def test_log_tails_against_fifty_digits(df1: float, df2: float) -> None:
    lower, upper = log_f_tails(F, df1, df2)
    with mpmath.workdps(60):
        expected = np.array([exact_log_tails(f, df1, df2) for f in F.tolist()])
    np.testing.assert_allclose(lower, expected[:, 0], rtol=1e-11, atol=1e-50)
    np.testing.assert_allclose(upper, expected[:, 1], rtol=1e-11, atol=1e-50)


@pytest.mark.parametrize("df1", [0.8, 1, 4, 33])
def test_infinite_df_is_chi_squared(df1: float) -> None:
    f = F[:-2]
    lower, upper = log_f_tails(f, df1, np.inf)
    with mpmath.workdps(60):
        half = [mpmath.mpf(df1) / 2 * mpmath.mpf(v) for v in f.tolist()]
        low = [float(mpmath.log(mpmath.gammainc(mpmath.mpf(df1) / 2, 0, h, regularized=True))) for h in half]
        high = [float(mpmath.log(mpmath.gammainc(mpmath.mpf(df1) / 2, h, mpmath.inf, regularized=True))) for h in half]
    np.testing.assert_allclose(lower, low, rtol=1e-12, atol=1e-50)
    np.testing.assert_allclose(upper, high, rtol=1e-12, atol=1e-50)


def test_edges() -> None:
    lower, upper = log_f_tails(np.array([0.0, -1.0, np.inf, np.nan, 1.0]), 3, np.array([4, 4, 4, 4, np.nan]))
    np.testing.assert_array_equal(lower, [-np.inf, -np.inf, 0.0, np.nan, np.nan])
    np.testing.assert_array_equal(upper, [0.0, 0.0, -np.inf, np.nan, np.nan])
    assert f_upper_tail(np.array([1e300]), 5, 1000)[0] == 0.0
    np.testing.assert_allclose(f_upper_tail(F, 2, 7), f_upper(F, 2, 7), rtol=1e-12)


@pytest.mark.parametrize("df2", [0.9, 5.0, np.inf])
def test_quantiles_invert_both_tails(df2: float) -> None:
    f = np.array([1e-4, 0.1, 0.9, 2.0, 30.0])
    lower, upper = log_f_tails(f, 3.5, df2)
    for is_upper, tail in ((False, lower), (True, upper)):
        found = f_quantile_of_tails(tail, np.full(5, is_upper), 3.5, df2)
        usable = tail < -1e-3
        np.testing.assert_allclose(found[usable], f[usable], rtol=1e-11)


@pytest.mark.parametrize("df2", [7.0, np.inf])
def test_density_is_the_slope_of_the_tail(df2: float) -> None:
    f, step = np.array([0.2, 1.0, 3.0]), 1e-6
    slope = (f_upper_tail(f - step, 3, df2) - f_upper_tail(f + step, 3, df2)) / (2 * step)
    np.testing.assert_allclose(f_density(f, 3, df2), slope, rtol=1e-8)


def test_polygamma() -> None:
    x = np.array([0.02, 0.5, 1, 4, 7.99, 8, 20, 1e6])
    with mpmath.workdps(40):
        difference = [float(mpmath.log(v) - mpmath.digamma(v)) for v in x.tolist()]
        third = [float(mpmath.polygamma(2, v)) for v in x.tolist()]
    np.testing.assert_allclose(log_minus_digamma(x), difference, rtol=4e-14)
    np.testing.assert_allclose(tetragamma(x), third, rtol=4e-15)
    expected = [1000.49991667, 10.4916818211, 1.42625512022, 0.496168734704, 1e-4]
    np.testing.assert_allclose([trigamma_inverse(v) for v in (0.001, 0.1, 1, 5, 1e8)], expected, rtol=1e-11)
    assert trigamma_inverse(0.0) == np.inf
    assert np.isnan(trigamma_inverse(-1.0))


@pytest.mark.parametrize("n", [1, 2, 16, 128])
def test_quadrature_is_exact_for_polynomials(n: int) -> None:
    nodes, weights = gauss_legendre(n)
    degree = 2 * n - 1
    assert np.sum(weights) == pytest.approx(1, rel=1e-14)
    assert np.sum(weights * nodes**degree) == pytest.approx(1 / (degree + 1), rel=1e-12)
    theirs = np.polynomial.legendre.leggauss(n)
    np.testing.assert_allclose(nodes, 0.5 * (1 + theirs[0]), atol=1e-15)
    np.testing.assert_allclose(weights, 0.5 * theirs[1], rtol=1e-10)


def test_minimum_and_its_stop_rule() -> None:
    assert local_minimum(lambda x: (x - 0.3) ** 2, 0, 1, 1e-10) == pytest.approx(0.3, abs=1e-8)
    assert local_minimum(lambda x: x, 0, 1, 1e-6) == pytest.approx(0, abs=1e-5)
    seen: list[float] = []
    # R: optimize(function(x) (x - 1/3)^2, c(0, 1)) gives 0.3333333 after 5 evaluations
    assert local_minimum(lambda x: seen.append(x) or (x - 1 / 3) ** 2, 0, 1) == pytest.approx(1 / 3, abs=1e-12)
    assert len(seen) <= 6
