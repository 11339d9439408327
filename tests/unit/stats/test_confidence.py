import numpy as np
import pytest
from scipy import stats as scipy_stats

from foldwise.stats.confidence import confidence_interval, t_quantile


@pytest.mark.parametrize("two_sided", [0.5, 0.1, 0.05, 0.01, 1e-6])
def test_quantiles_equal_scipy(two_sided: float) -> None:
    df = np.concatenate([np.linspace(0.5, 60, 200), [1e3, 1e6, 1e9, np.inf, 3.0, 3.0]])
    expected = np.where(np.isinf(df), scipy_stats.norm.isf(two_sided / 2), scipy_stats.t.isf(two_sided / 2, df))
    np.testing.assert_allclose(t_quantile(two_sided, df), expected, rtol=2e-11)
    np.testing.assert_array_equal(np.isnan(t_quantile(two_sided, np.array([0.0, -1.0, np.nan, 2.0]))), [1, 1, 1, 0])


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    df = rng.choice([3.0, 7.0, np.inf], 40_000)
    se = rng.uniform(0.1, 2, 40_000)
    error = np.where(np.isinf(df), rng.normal(size=40_000), rng.standard_t(np.where(np.isinf(df), 1.0, df)))
    low, high = confidence_interval(1.5 + se * error, se, 0.9, df)
    inside = (low <= 1.5) & (high >= 1.5)
    for each in (3.0, 7.0, np.inf):
        assert inside[df == each].mean() == pytest.approx(0.9, abs=0.01)
    missing, _ = confidence_interval(np.array([1.0, np.nan]), np.array([np.nan, 1.0]))
    assert np.isnan(missing).all()


def test_a_level_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        t_quantile(0.0, np.ones(1))
