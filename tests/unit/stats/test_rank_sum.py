from itertools import combinations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from foldwise.stats.rank_sum import exact_upper_tail, rank_sum_rows, rank_sum_test


def ours(values: np.ndarray, codes: np.ndarray):
    rank_sum, ties = rank_sum_rows(values, codes)
    return rank_sum_test(rank_sum[:, 1], ties, int(np.sum(codes == 1)), int(np.sum(codes == 0)))


@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (2, 9), (8, 8), (8, 30), (9, 8), (9, 9), (12, 40), (60, 60)])
@pytest.mark.parametrize("ties", ["none", "some", "many"])
def test_p19_equals_scipy(sizes: tuple[int, int], ties: str) -> None:
    rng = np.random.default_rng(sum(sizes))
    codes = rng.permutation(np.repeat([0, 1], sizes))
    values = rng.normal(0, 1, (60, sum(sizes))) + np.linspace(0, 4, 60)[:, None] * codes
    if ties != "none":
        values[::2] = np.round(values[::2], 1 if ties == "some" else 0)
    values[0], values[2] = 0.0, 1.0 * codes
    found = ours(values, codes)
    theirs = [scipy_stats.mannwhitneyu(row[codes == 1], row[codes == 0]) for row in values]
    np.testing.assert_array_equal(found.u, [each.statistic for each in theirs])
    np.testing.assert_allclose(found.pvalue, [each.pvalue for each in theirs], rtol=1e-12)
    untied = np.array([len(set(row)) == len(row) for row in values])
    np.testing.assert_array_equal(found.exact, untied & (min(sizes) <= 8))
    assert (ties == "none") == bool(untied[3:].all())


def test_exact_tails_count_all_arrangements() -> None:
    for m, n in ((1, 1), (2, 3), (3, 3), (4, 2), (3, 6)):
        sums = [sum(chosen) - m * (m - 1) // 2 for chosen in combinations(range(m + n), m)]
        expected = [np.mean([s >= u for s in sums]) for u in range(m * n + 1)]
        np.testing.assert_allclose(exact_upper_tail(m, n), expected, rtol=1e-15)


def test_exact_tails_of_many_samples_keep_their_digits() -> None:
    tail = exact_upper_tail(8, 400)
    assert tail[0] == 1
    middle = 8 * 400 // 2
    assert tail[middle + 1] + tail[middle] == pytest.approx(1, rel=1e-15)  # the distribution is symmetric
    assert tail[-1] == pytest.approx(float(np.prod([k / (400 + k) for k in range(1, 9)])), rel=1e-14)


def test_m26_increasing_transforms_keep_u_and_p() -> None:
    rng = np.random.default_rng(1)
    codes = np.repeat([0, 1], [7, 12])
    values = np.round(rng.exponential(3, (50, 19)), 1)
    before = ours(values, codes)
    for transform in (np.sqrt, lambda x: x**3, lambda x: 5 + 2 * x, np.expm1):
        after = ours(transform(values), codes)
        np.testing.assert_array_equal(after.u, before.u)
        np.testing.assert_array_equal(after.pvalue, before.pvalue)


def test_swapped_groups_negate_z_and_keep_p() -> None:
    rng = np.random.default_rng(2)
    codes = np.repeat([0, 1], [5, 11])
    values = np.round(rng.normal(0, 1, (50, 16)), 1)
    one, other = ours(values, codes), ours(values, 1 - codes)
    np.testing.assert_array_equal(one.z, -other.z)
    np.testing.assert_array_equal(one.pvalue, other.pvalue)
    np.testing.assert_array_equal(one.u, 55 - other.u)


def test_equal_values_have_z_0_and_p_1() -> None:
    found = ours(np.full((1, 6), 3.0), np.repeat([0, 1], 3))
    assert (found.z[0], found.pvalue[0], found.exact[0]) == (0, 1, False)
