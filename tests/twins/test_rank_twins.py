"""Kernels of rank sums, group moments and the tail of the beta distribution against their twins."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from foldwise import _kernels
from tests.twins.beta_tail import beta_tail
from tests.twins.group_moments import group_moments
from tests.twins.project_rows import project_rows
from tests.twins.rank_sum_rows import rank_sum_rows
from tests.twins.test_start_and_cooks_twins import csr


def groups_of(n: int, n_groups: int, left_out: int = 0) -> np.ndarray:
    rng = np.random.default_rng(n)
    groups = np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, n - n_groups)])
    groups[n_groups : n_groups + left_out] = -1
    return rng.permutation(groups).astype(np.int32)


@pytest.mark.parametrize("n", [2, 3, 7, 8, 9, 16, 17, 40, 191, 192, 193, 300])
@pytest.mark.parametrize("n_groups", [1, 2, 3])
def test_rank_sums_equal_their_twin(n: int, n_groups: int) -> None:
    """On both sides of the border between comparing and sorting; sums of ranks are whole or half: exact."""
    if n < n_groups:
        n_groups = n
    rng = np.random.default_rng(1)
    counts = rng.negative_binomial(1, 0.1, (12, n)).astype(np.int32)
    counts[0], counts[1] = 0, 7
    groups = groups_of(n, n_groups, min(2, n - n_groups))
    factors = rng.uniform(0.5, 2, n)
    cases = [(counts, None), (counts, factors), (csr(counts), factors), (rng.normal(0, 1, (12, n)), None)]
    for values, divisor in cases:
        ours, twin = _kernels.rank_sum_rows(values, groups, divisor), rank_sum_rows(values, groups, divisor)
        np.testing.assert_array_equal(ours["rank_sum"], twin["rank_sum"])
        np.testing.assert_array_equal(ours["tie_term"], twin["tie_term"])


def test_the_order_of_values_with_infinitely_many_digits_is_that_of_the_doubles() -> None:
    values = np.array([[1e-310, -0.0, 0.0, np.nextafter(1, 2), 1.0, -1e308, 1e308, -5e-324]])
    found = _kernels.rank_sum_rows(values, np.arange(8, dtype=np.int32))["rank_sum"][0]
    np.testing.assert_array_equal(found, [5, 3.5, 3.5, 7, 6, 1, 8, 2])


@pytest.mark.parametrize("n", [2, 3, 8, 16, 17, 33, 34, 35, 40, 100])
@pytest.mark.parametrize("n_groups", [1, 2])
def test_group_moments_equal_their_twin(n: int, n_groups: int) -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(5, 2, (20, n))
    values[0] = 3.7
    groups = groups_of(n, n_groups, 1 if n > 4 else 0)
    ours, twin = _kernels.group_moments(values, groups), group_moments(values, groups)
    np.testing.assert_allclose(ours["mean"], twin["mean"], rtol=1e-14)
    np.testing.assert_allclose(ours["squares"], twin["squares"], rtol=1e-12, atol=1e-26)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 15, 16, 17, 40])
@pytest.mark.parametrize("p", [1, 2, 5])
def test_projections_equal_their_twin(n: int, p: int) -> None:
    p = min(n, p)
    rng = np.random.default_rng(4)
    values = rng.normal(5, 2, (11, n))
    columns = np.ascontiguousarray(np.linalg.qr(rng.normal(0, 1, (n, p)))[0].T)
    ours, twin = _kernels.project_rows(values, columns), project_rows(values, columns)
    for name in ("projected", "residual", "size"):
        np.testing.assert_allclose(ours[name], twin[name], rtol=1e-12, atol=1e-12)


def test_projections_refuse_what_they_cannot_take() -> None:
    values, columns = np.ones((4, 3)), np.ones((2, 3))
    for bad in (np.ones((2, 4)), np.ones((4, 3)), np.ones((0, 3)), np.ones(3), np.full((2, 3), np.nan)):
        with pytest.raises(ValueError, match="columns"):
            _kernels.project_rows(values, bad)
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match="values"):
            _kernels.project_rows(np.where(np.eye(4, 3) > 0, value, values), columns)
    assert _kernels.project_rows(np.ones((0, 3)), columns)["projected"].shape == (0, 2)


def test_rows_do_not_depend_on_their_neighbors() -> None:
    rng = np.random.default_rng(3)
    values, groups = rng.normal(5, 2, (400, 24)), groups_of(24, 2)
    order = rng.permutation(400)
    for kernel in (_kernels.rank_sum_rows, _kernels.group_moments):
        whole = kernel(values, groups)
        for other, pick in ((kernel(values, groups, n_threads=3), slice(None)), (kernel(values[order], groups), order)):
            for name, found in other.items():
                np.testing.assert_array_equal(found, whole[name][pick])
    ratio, a = rng.exponential(1, 400), rng.uniform(0.5, 60, 400)
    whole = _kernels.beta_tail(ratio, a, np.full(400, 0.5))
    np.testing.assert_array_equal(_kernels.beta_tail(ratio[order], a[order], np.full(400, 0.5)), whole[order])
    for k in (0, 17, 399):
        one = _kernels.beta_tail(ratio[k : k + 1], a[k : k + 1], np.array([0.5]))
        np.testing.assert_array_equal(one, whole[k : k + 1])


@pytest.mark.parametrize("seed", [0, 1])
def test_the_tail_of_the_beta_distribution_equals_its_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 3000
    a, b = np.exp(rng.uniform(-1.5, 6, n)), np.where(rng.random(n) < 0.5, 0.5, np.exp(rng.uniform(-0.7, 4, n)))
    ratio = np.exp(rng.uniform(-10, 5, n)) * b / a
    ours, twin = _kernels.beta_tail(ratio, a, b), beta_tail(ratio, a, b)
    usual = twin > 1e-290
    assert usual.mean() > 0.95
    # The tail moves by a + b times the rounding of its argument
    np.testing.assert_allclose(ours[usual], twin[usual], rtol=2e-12)
    assert (ours[~usual] < 1e-280).all()


def test_the_tail_against_40_digits() -> None:
    rng = np.random.default_rng(5)
    n = 150
    a, b = np.exp(rng.uniform(-1.5, 4.5, n)), np.where(rng.random(n) < 0.5, 0.5, np.exp(rng.uniform(-0.7, 3, n)))
    ratio = np.exp(rng.uniform(-12, 6, n))
    ours = _kernels.beta_tail(ratio, a, b)
    with mpmath.workdps(40):
        cases = zip(ratio, a, b, strict=True)
        exact = [mpmath.betainc(x, y, 0, 1 / (1 + mpmath.mpf(r)), regularized=True) for r, x, y in cases]
        pairs = [(o, e) for o, e in zip(ours, exact, strict=True) if e > 1e-300]
        error = [float(abs(o / e - 1)) / max(1.0, float(abs(mpmath.log(e)))) for o, e in pairs]
    assert len(error) > 140
    assert max(error) < 2e-14
    assert np.median(error) < 1e-15


def test_the_tail_at_its_ends() -> None:
    ratio = np.array([0.0, -1.0, np.inf, np.nan, 1.0, 1.0, 1.0, 1e301, 1e-310])
    a = np.array([1.0, 1.0, 1.0, 1.0, np.nan, 0.0, -1.0, 2.0, 3.0])
    expected = [1.0, 1.0, 0.0, np.nan, np.nan, np.nan, np.nan, 0.0, 1.0]
    np.testing.assert_array_equal(_kernels.beta_tail(ratio, a, np.ones(9)), expected)
    assert _kernels.beta_tail(np.zeros(0), np.zeros(0), np.zeros(0)).shape == (0,)


@pytest.mark.parametrize(
    "groups",
    [[0, 0, 2], [-1, -1, -1], [0, 1, -2], [0, 1], [0, 1, 3], [1, 1, 1]],
    ids=["gap", "all left out", "below -1", "too few", "beyond the samples", "no group 0"],
)
def test_groups_that_are_none_are_refused(groups: list[int]) -> None:
    values = np.ones((2, 3))
    for kernel in (_kernels.rank_sum_rows, _kernels.group_moments):
        with pytest.raises(ValueError, match="groups"):
            kernel(values, np.array(groups, dtype=np.int32))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused(value: float) -> None:
    values = np.ones((2, 3))
    values[1, 2] = value
    for kernel in (_kernels.rank_sum_rows, _kernels.group_moments):
        with pytest.raises(ValueError, match="values"):
            kernel(values, np.array([0, 1, 1], dtype=np.int32))


def test_other_types_and_shapes_are_refused() -> None:
    groups = np.array([0, 1, 1], dtype=np.int32)
    for values in (np.ones((2, 3), dtype=np.float32), np.ones(3), np.ones((3, 2)), np.ones((2, 6))[:, ::2], None):
        for kernel in (_kernels.rank_sum_rows, _kernels.group_moments):
            with pytest.raises((ValueError, TypeError)):
                kernel(values, groups)
    with pytest.raises((ValueError, TypeError)):
        _kernels.rank_sum_rows(np.ones((2, 3)), groups.astype(np.int64))
    for factors in (np.ones(2), np.ones((2, 3)), np.array([1.0, 0.0, 1.0]), np.array([1.0, np.nan, 1.0])):
        with pytest.raises(ValueError, match="factors"):
            _kernels.rank_sum_rows(np.ones((2, 3)), groups, factors)
    with pytest.raises(ValueError, match="length"):
        _kernels.beta_tail(np.ones(2), np.ones(3), np.ones(2))
