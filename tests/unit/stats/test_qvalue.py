import numpy as np
import pytest

from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.qvalue import LAMBDA, SPLINE_AT_END, null_share, null_share_curve, q_values


def simulated(n: int = 5000, null: float = 0.7, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < null, rng.random(n), rng.random(n) ** 6)


def test_the_curve_counts_p_values_from_lambda_on() -> None:
    p = np.array([0.05, 0.1, 0.3, 0.30000000000000004, 0.5, 0.96, 1.0])
    curve, above = null_share_curve(p)
    assert above[0] == 7  # a p-value on the point counts
    np.testing.assert_array_equal(above, [(p >= point).sum() for point in LAMBDA])
    np.testing.assert_allclose(curve, above / (7 * (1 - LAMBDA)), rtol=1e-15)


def test_the_smoother_keeps_straight_lines() -> None:
    """A smoothing spline reproduces lines: weights sum to 1 and end at 0.95."""
    assert np.sum(SPLINE_AT_END) == pytest.approx(1, abs=1e-12)
    assert np.sum(SPLINE_AT_END * LAMBDA) == pytest.approx(0.95, abs=1e-12)


@pytest.mark.parametrize("rule", ["smoother", "bootstrap"])
@pytest.mark.parametrize("null", [0.5, 0.8, 1.0])
def test_the_share_of_nulls_is_found(rule: str, null: float) -> None:
    found = [null_share(simulated(20000, null, seed), rule)[0] for seed in range(5)]
    # A sixth of the density of the others is left at 1
    assert np.mean(found) == pytest.approx(null + (1 - null) / 6, abs=0.04)


@pytest.mark.parametrize("rule", ["smoother", "bootstrap"])
def test_q_values_are_the_share_times_bh(rule: str) -> None:
    p = simulated()
    p[::7] = np.nan
    found = q_values(p, rule)
    np.testing.assert_array_equal(np.isnan(found.q), np.isnan(p))
    assert 0 < found.pi0 < 1
    np.testing.assert_allclose(found.q, found.pi0 * benjamini_hochberg(p), rtol=1e-15)
    order = np.random.default_rng(1).permutation(len(p))
    np.testing.assert_array_equal(q_values(p[order], rule).q, found.q[order])


def test_without_a_positive_share_it_is_bh() -> None:
    p = np.full(100, 1e-5)
    found = q_values(p)
    assert (found.pi0, found.estimable) == (1.0, False)
    np.testing.assert_array_equal(found.q, benjamini_hochberg(p))
    nothing = q_values(np.full(3, np.nan))
    assert np.isnan(nothing.q).all()


def test_other_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="smoother or bootstrap"):
        null_share(simulated(), "guess")
