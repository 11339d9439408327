import numpy as np
import pytest

from foldwise.stats.independent_filtering import _choose, filtered_padj
from foldwise.stats.multiple_testing import benjamini_hochberg


def simulated(n: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(2, 3, n))
    mean[: n // 10] = 0
    p = np.where(rng.random(n) < np.clip(mean / 500, 0, 0.5), rng.random(n) ** 8, rng.random(n))
    p[mean == 0] = np.nan
    p[rng.random(n) < 0.01] = np.nan
    return mean, p


def test_p11_counts_equal_fifty_plain_adjustments() -> None:
    mean, p = simulated()
    found = filtered_padj(mean, p, 0.1)
    for k, theta in enumerate(found.theta_curve):
        kept = np.where(mean >= np.quantile(mean, theta), p, np.nan)
        with np.errstate(invalid="ignore"):
            assert found.n_rejected[k] == np.count_nonzero(benjamini_hochberg(kept) < 0.1)
    chosen = np.flatnonzero(found.theta_curve == found.theta)[0]
    np.testing.assert_array_equal(found.padj, benjamini_hochberg(np.where(mean >= found.threshold, p, np.nan)))
    assert found.n_rejected[chosen] == np.count_nonzero(found.padj < 0.1)
    assert found.n_rejected[chosen] > found.n_rejected[0]


def test_curve_starts_at_the_fraction_of_zeros() -> None:
    mean, p = simulated()
    found = filtered_padj(mean, p, 0.1)
    assert found.theta_curve[0] == np.mean(mean == 0)
    assert found.theta_curve[-1] == 0.95
    assert len(found.theta_curve) == 50


def test_b131_few_rejections_filter_nothing_but_zeros() -> None:
    rng = np.random.default_rng(1)
    mean, p = rng.uniform(0, 100, 2000), rng.random(2000)
    found = filtered_padj(mean, p, 0.05)
    assert found.theta == 0
    np.testing.assert_array_equal(found.padj, benjamini_hochberg(p))


def test_nearly_all_zero_means() -> None:
    mean = np.zeros(100)
    mean[:3] = [1.0, 2.0, 3.0]
    p = np.full(100, np.nan)
    p[:3] = [0.01, 0.2, 0.5]
    found = filtered_padj(mean, p, 0.1)
    assert found.theta_curve[-1] == 1
    np.testing.assert_array_equal(found.padj[:3], benjamini_hochberg(p[:3]))
    assert np.isnan(found.padj[3:]).all()


def test_all_p_missing() -> None:
    found = filtered_padj(np.arange(20.0), np.full(20, np.nan), 0.1)
    assert np.isnan(found.padj).all()
    assert found.n_rejected.max() == 0


@pytest.mark.parametrize(("profile", "expected"), [("deseq2-1.38", 0), ("deseq2-1.44", 2)])
def test_back_up_rule_of_the_profiles(profile: str, expected: int) -> None:
    # A smooth curve above all counts: no cut passes the first limit.
    n_rejected = np.array([50, 60, 92, 70, 40])
    smooth = np.array([60.0, 80.0, 101.0, 80.0, 60.0])
    noise = np.sqrt(np.mean((n_rejected - smooth) ** 2))
    assert smooth.max() - noise < 92
    smooth[2] = 102.0
    shifted = smooth.copy()
    shifted[[0, 1, 3, 4]] = n_rejected[[0, 1, 3, 4]]
    assert not (n_rejected > shifted.max() - np.sqrt(np.mean((n_rejected - shifted) ** 2))).any()
    assert _choose(n_rejected, shifted, profile) == expected
