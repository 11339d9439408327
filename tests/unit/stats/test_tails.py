import mpmath
import numpy as np
import pytest

from foldwise.stats import tails
from foldwise.stats.cooks import cooks_cutoff
from foldwise.stats.tails import (
    chi2_upper,
    f_quantile,
    f_upper,
    normal_two_sided,
    normal_upper,
    t_two_sided,
    t_upper,
)
from tests.unit.stats.r_values import r_value

SMALLEST = 1e-300


def assert_relative(ours: np.ndarray, exact: list[mpmath.mpf], tolerance: float) -> None:
    for value, expected in zip(ours.tolist(), exact, strict=True):
        if expected > SMALLEST:
            assert abs(mpmath.mpf(value) / expected - 1) < tolerance, (value, expected)


def test_normal_equals_r() -> None:
    z = r_value("z")
    np.testing.assert_allclose(normal_two_sided(z), r_value("normal_two_sided"), rtol=1e-14)
    np.testing.assert_allclose(normal_upper(np.concatenate([z, -z])), r_value("normal_upper"), rtol=1e-14)


def test_normal_tail_is_zero_where_r_is() -> None:
    assert normal_two_sided(np.array([37.5193]))[0] == 0
    assert 0 < normal_two_sided(np.array([37.519]))[0] < 1e-300
    assert np.isnan(normal_two_sided(np.array([np.nan]))[0])


@pytest.mark.parametrize("df", [1, 3, 4, 12.5, 94])
def test_t_equals_r(df: float) -> None:
    np.testing.assert_allclose(t_two_sided(r_value("z"), df), r_value(f"t_two_sided_{df}"), rtol=1e-12)


@pytest.mark.parametrize("df", [0.7, 1, 2, 3, 5, 19, 95, 1e4])
def test_t_against_fifty_digits(df: float) -> None:
    t = np.array([1e-8, 0.3, 0.9, 1.7, 1.9, 4, 15, 40, 1e4])
    with mpmath.workdps(50):
        exact = [
            mpmath.betainc(mpmath.mpf(df) / 2, mpmath.mpf(1) / 2, 0, df / (df + mpmath.mpf(v) ** 2), regularized=True)
            for v in t.tolist()
        ]
    assert_relative(t_two_sided(t, df), exact, 1e-12)


def test_t_edges() -> None:
    t = np.array([0.0, np.inf, -np.inf, np.nan, 2.0, 2.0, 2.0])
    df = np.array([5.0, 5.0, 5.0, 5.0, 0.0, np.nan, np.inf])
    p = t_two_sided(t, df)
    np.testing.assert_array_equal(p[:3], [1.0, 0.0, 0.0])
    assert np.isnan(p[3:6]).all()
    assert p[6] == normal_two_sided(np.array([2.0]))[0]
    assert t_upper(np.array([-1.0]), 3.0)[0] == 1 - t_upper(np.array([1.0]), 3.0)[0]


@pytest.mark.parametrize("df", [1, 2, 5, 8])
def test_chi2_equals_r(df: int) -> None:
    z = r_value("z")[:-1]
    np.testing.assert_allclose(chi2_upper(z * z, df), r_value(f"chi2_upper_{df}")[:-1], rtol=1e-12)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 9, 40, 201])
def test_chi2_against_fifty_digits(df: int) -> None:
    x = np.array([1e-10, 0.5, 3, 30, 300, 1000, 1390, 1405, 1700])
    with mpmath.workdps(50):
        exact = [mpmath.gammainc(mpmath.mpf(df) / 2, mpmath.mpf(v) / 2, regularized=True) for v in x.tolist()]
    assert_relative(chi2_upper(x, df), exact, 1e-12)


def test_chi2_of_a_slightly_negative_statistic_is_one() -> None:
    p = chi2_upper(np.array([-1e-9, 0.0, np.nan, 1e5]), 3)
    np.testing.assert_array_equal(p[[0, 1, 3]], [1.0, 1.0, 0.0])
    assert np.isnan(p[2])


@pytest.mark.parametrize(("df1", "df2"), [(1, 3), (2, 94), (5, 3), (12, 24), (3.5, 7.25)])
def test_f_against_fifty_digits(df1: float, df2: float) -> None:
    f = np.array([1e-3, 0.5, 1, 2, 20, 1000.0])
    with mpmath.workdps(50):
        exact = [
            mpmath.betainc(
                mpmath.mpf(df2) / 2, mpmath.mpf(df1) / 2, 0, df2 / (df2 + df1 * mpmath.mpf(v)), regularized=True
            )
            for v in f.tolist()
        ]
    assert_relative(f_upper(f, df1, df2), exact, 1e-12)
    assert f_upper(np.array([f_quantile(0.01, df1, df2)]), df1, df2)[0] == pytest.approx(0.01, rel=1e-13)


def test_m34_f_of_one_coefficient_is_t_squared() -> None:
    t = np.array([0.1, 1.0, 2.5, 9.0])
    np.testing.assert_allclose(f_upper(t * t, 1.0, 7.0), t_two_sided(t, 7.0), rtol=1e-13)


def test_p10_cooks_cutoffs_equal_r() -> None:
    ours = [cooks_cutoff(5, 8), cooks_cutoff(3, 7), cooks_cutoff(2, 96), cooks_cutoff(12, 36), cooks_cutoff(2, 6)]
    np.testing.assert_allclose(ours, r_value("cooks_cutoff"), rtol=1e-13)
    assert np.isnan(cooks_cutoff(4, 4))


@pytest.mark.parametrize("df", [0.5, 1.0, 3.7, 22.0, 98.0, 5000.0, 1e5, np.inf])
def test_the_quick_tail_of_t_is_the_tail_of_t(df: float) -> None:
    t = np.concatenate([np.linspace(0, 12, 150), -np.linspace(0, 12, 150), [60.0, 0.0, -0.0, np.nan, np.inf, -np.inf]])
    quick, exact = tails.t_two_sided_quick(t, df), tails.t_two_sided(t, df)
    np.testing.assert_allclose(quick, exact, rtol=5e-13)
    np.testing.assert_array_equal(quick[:150], quick[150:300])
    mixed = tails.t_two_sided_quick(t, np.where(np.arange(len(t)) % 2, df, 7.3))
    np.testing.assert_array_equal(mixed[1::2], quick[1::2])
    assert np.isnan(tails.t_two_sided_quick(np.ones(3), np.array([0.0, -1.0, np.nan]))).all()
