import numpy as np
import pytest

from foldwise.stats.ihw import bin_weights, concave_majorant, folds_of, ihw, number_of_bins, strata, weighted
from foldwise.stats.multiple_testing import benjamini_hochberg


def simulated(n: int = 9000, seed: int = 0, informative: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """p, covariate, truth: signal lies in the upper half of the covariate alone."""
    rng = np.random.default_rng(seed)
    covariate = rng.random(n)
    share = np.where(covariate > 0.5, 0.3, 0.0) if informative else np.full(n, 0.15)
    signal = rng.random(n) < share
    return np.where(signal, rng.random(n) ** 7, rng.random(n)), covariate, signal


def test_the_majorant_lies_above_the_distribution_and_is_concave() -> None:
    p = np.random.default_rng(1).random(400) ** 2
    x, y, slope = concave_majorant(p)
    assert (np.diff(slope) < 0).all()
    assert (x[0], y[0]) == (0, 0)
    grid = np.sort(p)
    height = np.min(y[:, None] + slope[:, None] * (grid - x[:, None]), axis=0)
    ecdf = np.arange(1, 401) / 400
    assert (height >= ecdf - 1e-12).all()
    assert np.sum(np.abs(height - ecdf) < 1e-12) >= len(x) - 1  # it touches at its knots
    last = y[-1] + slope[-1] * (1 - x[-1])
    assert last == pytest.approx(1, abs=1e-12)


def test_majorants_of_few_values() -> None:
    for p, expected in (
        ([0.0, 0.0], ([0.0], [1.0], [0.0])),
        ([], ([0.0], [0.0], [1.0])),
        ([1.0], ([0.0], [0.0], [1.0])),
    ):
        for ours, theirs in zip(concave_majorant(np.array(p)), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_strata_are_equally_large_and_keep_equal_values_together() -> None:
    rng = np.random.default_rng(2)
    values = rng.random(1003)
    np.testing.assert_allclose(np.bincount(strata(values, 8)), 1003 / 8, atol=1)
    tied = np.round(values, 1)
    found = strata(tied, 8)
    assert all(len(set(found[tied == v])) == 1 for v in set(tied))
    assert (np.diff(found[np.argsort(tied, kind="stable")]) >= 0).all()
    assert (found.min(), found.max()) == (0, 7)


@pytest.mark.parametrize("n_folds", [1, 5])
def test_an_informative_covariate_gives_more_discoveries_at_the_same_rate(n_folds: int) -> None:
    gained, wrong = [], []
    for seed in range(4):
        p, covariate, signal = simulated(seed=seed)
        found = ihw(p, covariate, 0.1, n_folds=n_folds)
        called = found.padj <= 0.1
        gained.append(called.sum() / (benjamini_hochberg(p) <= 0.1).sum())
        wrong.append((called & ~signal).sum() / max(called.sum(), 1))
        np.testing.assert_allclose([found.weight[found.fold == k].mean() for k in range(n_folds)], 1, rtol=1e-9)
        assert found.weight[covariate < 0.3].mean() < 0.3 * found.weight[covariate > 0.7].mean()
    assert np.mean(gained) > 1.05
    assert np.mean(wrong) < 0.12


def test_an_uninformative_covariate_changes_little() -> None:
    p, covariate, _ = simulated(informative=False)
    found = ihw(p, covariate, 0.1)
    assert (found.padj <= 0.1).sum() == pytest.approx((benjamini_hochberg(p) <= 0.1).sum(), rel=0.08)


def test_m1_the_order_of_the_tests_and_their_missing_values_do_not_matter() -> None:
    p, covariate, _ = simulated(4500)
    p[5], covariate[9], p[100:120], covariate[100:120] = np.nan, np.nan, 0.25, 0.5
    whole = ihw(p, covariate)
    order = np.random.default_rng(3).permutation(len(p))
    mixed = ihw(p[order], covariate[order])
    for name in ("padj", "weight", "group", "fold"):
        np.testing.assert_array_equal(getattr(mixed, name), getattr(whole, name)[order])
    assert np.flatnonzero(np.isnan(whole.padj)).tolist() == [5, 9]
    assert len(set(whole.padj[100:120])) == 1  # equal tests have equal results
    present = np.ones(len(p), dtype=bool)
    present[[5, 9]] = False
    np.testing.assert_array_equal(ihw(p[present], covariate[present]).padj, whole.padj[present])


def test_m58_few_tests_or_equal_weights_are_bh() -> None:
    p, covariate, _ = simulated(2000)
    assert number_of_bins(2000) == 1
    np.testing.assert_array_equal(ihw(p, covariate).padj, benjamini_hochberg(p))
    p, covariate, _ = simulated(6000)
    assert number_of_bins(6000) == 4
    np.testing.assert_array_equal(ihw(p, covariate, regularization=(0.0,)).padj, benjamini_hochberg(p))
    constant = ihw(p, np.ones(6000), regularization=(0.0, 1.0))
    np.testing.assert_allclose(constant.padj, benjamini_hochberg(p), rtol=1e-12)


def test_the_variation_of_the_weights_is_bounded() -> None:
    p, covariate, _ = simulated()
    group = strata(covariate, 6)
    lines = [concave_majorant(p[group == g]) for g in range(6)]
    held_out = np.bincount(group)
    free = bin_weights(lines, held_out, 0.1, float("inf"))
    variation = [np.abs(np.diff(bin_weights(lines, held_out, 0.1, each))).sum() for each in (0.0, 0.5, 1.0)]
    assert variation[0] == 0
    assert variation[1] == pytest.approx(0.5, rel=1e-6)
    assert variation[2] == pytest.approx(1.0, rel=1e-6)
    assert np.abs(np.diff(free)).sum() > 1


def test_weighted_p_values() -> None:
    found = weighted(np.array([0.0, 0.2, 0.2, 0.9]), np.array([0.0, 0.0, 2.0, 0.5]))
    np.testing.assert_array_equal(found, [0, 1, 0.1, 1])


def test_folds_are_even_and_repeat() -> None:
    rng = np.random.default_rng(5)
    p, covariate = rng.random(5000), rng.random(5000)
    one = folds_of(p, covariate, 5, 1)
    np.testing.assert_array_equal(one, folds_of(p, covariate, 5, 1))
    assert (one != folds_of(p, covariate, 5, 2)).mean() > 0.7
    np.testing.assert_allclose(np.bincount(one), 1000, atol=120)


def test_nothing_to_weight() -> None:
    found = ihw(np.full(3, np.nan), np.ones(3))
    assert np.isnan(found.padj).all()
