"""Tails and quantiles of t and F far out, against mpmath."""

import mpmath
import numpy as np
import pytest

from foldwise.stats.student import log_t_upper, t_density, t_upper_quantile
from foldwise.stats.tails import f_upper, t_two_sided

DF = [0.3, 1.0, 3.0, 3.7, 20.0, 94.0, 1e4, 1e5]


def incomplete_beta(x, y, a, b):
    """I_x(a, b) at y = 1 - x by its continued fraction (DLMF 8.17.22) in 40 digits."""
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(y, x, b, a)
    log_front = a * mpmath.log(x) + b * mpmath.log(y) - mpmath.loggamma(a) - mpmath.loggamma(b) + mpmath.loggamma(a + b)
    before, now = (mpmath.mpf(1), mpmath.mpf(1)), (mpmath.mpf(1), 1 - (a + b) * x / (a + 1))
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = tuple(n + even * p for n, p in zip(now, before, strict=True))
        last = now
        now = tuple(n + odd * p for n, p in zip(before, now, strict=True))
        if abs(now[0] / now[1] - last[0] / last[1]) < mpmath.mpf(10) ** -30 * abs(now[0] / now[1]):
            break
    return mpmath.exp(log_front) / a * now[0] / now[1]


@pytest.mark.parametrize("df", DF)
def test_t_tail_against_mpmath(df):
    t = np.array([1e-8, 1e-3, 0.1, 0.7, 1.5, 3.0, 8.0, 30.0, 36.0, 100.0, 1e4])
    ours, logs = t_two_sided(t, df), log_t_upper(t, df)
    with mpmath.workdps(40):
        for value, p, log_p in zip(t.tolist(), ours.tolist(), logs.tolist(), strict=True):
            square, d = mpmath.mpf(value) ** 2, mpmath.mpf(df)
            exact = incomplete_beta(d / (d + square), square / (d + square), d / 2, mpmath.mpf(1) / 2)
            if exact > 1e-290:
                assert abs(p / exact - 1) < 1e-13
            assert abs(log_p - mpmath.log(exact / 2)) < 2e-13 * max(1, abs(mpmath.log(exact)) / 100)


@pytest.mark.parametrize("df1", [1.0, 2.0, 5.0, 11.0])
@pytest.mark.parametrize("df2", [1.0, 3.3, 40.0, 3e5])
def test_f_tail_against_mpmath(df1, df2):
    f = np.array([1e-6, 0.3, 1.0, 2.0, 20.0, 1e3])
    ours = f_upper(f, df1, df2)
    with mpmath.workdps(40):
        for value, p in zip(f.tolist(), ours.tolist(), strict=True):
            top, d = mpmath.mpf(df1) * mpmath.mpf(value), mpmath.mpf(df2)
            exact = incomplete_beta(d / (d + top), top / (d + top), d / 2, mpmath.mpf(df1) / 2)
            if exact > 1e-290:
                assert abs(p / exact - 1) < 1e-13


@pytest.mark.parametrize("df", [*DF, 1e7, np.inf])
def test_quantiles_have_their_tails(df):
    log_tail = np.array([-0.7, -1.0, -3.0, -20.0, -60.0])
    t = t_upper_quantile(log_tail, df)
    np.testing.assert_allclose(log_t_upper(t, df), log_tail, rtol=0, atol=5e-13)


def test_quantiles_at_the_ends():
    np.testing.assert_array_equal(
        t_upper_quantile(np.array([-np.log(2.0), -np.inf, np.nan]), 4.0), [0.0, np.inf, np.nan]
    )


def test_density_is_the_slope_of_the_tail():
    t, h = np.array([0.2, 1.0, 4.0]), 1e-5
    slope = (t_two_sided(t - h, 5.5) - t_two_sided(t + h, 5.5)) / (4 * h)
    np.testing.assert_allclose(t_density(t, 5.5), slope, rtol=1e-8)
