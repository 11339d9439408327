import numpy as np
import pytest

from foldwise.stats.multiple_testing import benjamini_hochberg, benjamini_yekutieli, holm
from tests.unit.stats.r_values import r_value

METHODS = {"BH": benjamini_hochberg, "BY": benjamini_yekutieli, "holm": holm}


@pytest.mark.parametrize("name", METHODS)
def test_adjusted_values_equal_r(name: str) -> None:
    np.testing.assert_allclose(METHODS[name](r_value("p")), r_value(name), rtol=1e-15)


@pytest.mark.parametrize("name", METHODS)
def test_m54_missing_values_stay_and_are_not_counted(name: str) -> None:
    p = r_value("p")
    adjusted = METHODS[name](p)
    np.testing.assert_array_equal(np.isnan(adjusted), np.isnan(p))
    np.testing.assert_array_equal(adjusted[~np.isnan(p)], METHODS[name](p[~np.isnan(p)]))


@pytest.mark.parametrize("name", METHODS)
def test_m54_order_does_not_matter(name: str) -> None:
    rng = np.random.default_rng(4)
    p = np.round(rng.random(500) ** 3, 3)  # with ties
    order = rng.permutation(500)
    np.testing.assert_array_equal(METHODS[name](p)[order], METHODS[name](p[order]))


@pytest.mark.parametrize("name", METHODS)
def test_m53_adjusted_is_at_least_p_and_monotone(name: str) -> None:
    p = np.sort(np.random.default_rng(5).random(300) ** 4)
    adjusted = METHODS[name](p)
    assert (adjusted >= p).all()
    assert (np.diff(adjusted) >= 0).all()
    assert adjusted.max() <= 1


def test_m55_appended_ones_multiply_bh() -> None:
    p = np.array([1e-5, 1e-4, 1e-3])
    longer = np.concatenate([p, np.ones(7)])
    np.testing.assert_allclose(benjamini_hochberg(longer)[:3], benjamini_hochberg(p) * 10 / 3, rtol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_nothing_in_nothing_out(name: str) -> None:
    assert len(METHODS[name](np.array([]))) == 0
    assert np.isnan(METHODS[name](np.array([np.nan]))).all()
