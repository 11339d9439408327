"""Kernels of linear models against their twins."""

import numpy as np
import pytest

from foldwise import _kernels
from tests.twins import linear
from tests.twins.test_start_and_cooks_twins import csr

SHAPES = [(2, 1), (6, 2), (7, 4), (8, 8), (9, 3), (17, 5), (40, 12)]
WANTED = {"want_covariance": True, "want_leverage": True}


def example(n: int, p: int, n_genes: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng([n, p])
    design = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    return rng.normal(5, 2, (n_genes, n)), design, rng.gamma(2.0, 1.0, (n_genes, n))


def agree(ours: dict[str, np.ndarray], twin: dict[str, np.ndarray]) -> None:
    assert set(ours) <= set(twin)
    for name, values in ours.items():
        np.testing.assert_array_equal(np.isnan(values), np.isnan(twin[name]), err_msg=name)
        scale = np.nanmax(np.abs(twin[name]), initial=1.0)
        np.testing.assert_allclose(values, twin[name], rtol=1e-10, atol=1e-11 * scale, err_msg=name)


@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("kind", ["none", "sample", "gene"])
@pytest.mark.parametrize("missing", [False, True])
def test_least_squares_equals_its_twin(n: int, p: int, kind: str, missing: bool) -> None:
    values, design, w = example(n, p)
    if missing:
        values[::3, 0] = np.nan
    weights = {"none": None, "sample": w[0], "gene": w}[kind]
    if missing and kind == "gene":
        w[1::4, n - 1] = [0.0, np.nan, -1.0, 0.0, 0.0] * 2
    agree(_kernels.least_squares(values, design, weights, **WANTED), linear.least_squares(values, design, weights))


@pytest.mark.parametrize("correlation", [0.4, -0.2])
@pytest.mark.parametrize("kind", ["none", "sample", "gene"])
def test_least_squares_with_blocks_equals_its_twin(correlation: float, kind: str) -> None:
    values, design, w = example(17, 3)
    values[::5, 3] = np.nan
    block = np.array([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 4, 4, 5, 6, 5, 2, 0], dtype=np.int32)
    weights = {"none": None, "sample": w[0], "gene": w}[kind]
    agree(
        _kernels.least_squares(values, design, weights, block, correlation),
        linear.least_squares(values, design, weights, block, correlation),
    )


def test_dependent_columns_are_left_out_gene_by_gene() -> None:
    values, _, _ = example(8, 2)
    group = np.repeat([0.0, 1.0], 4)
    design = np.column_stack([np.ones(8), group, 1.0 - group, np.arange(8.0)])
    values[:10, :4] = np.nan
    found = _kernels.least_squares(values, design)
    agree(found, linear.least_squares(values, design))
    assert np.isnan(found["coefficients"][:10, 1:3]).all()
    assert np.isnan(found["coefficients"][10:, 2]).all()


def test_least_squares_does_not_depend_on_threads_or_neighbors() -> None:
    values, design, w = example(12, 4, 500)
    values[::7, 2] = np.nan
    for weights in (None, w[0], w):
        whole = _kernels.least_squares(values, design, weights)
        threads = _kernels.least_squares(values, design, weights, n_threads=3)
        part = _kernels.least_squares(values[100:117], design, w[100:117] if weights is w else weights)
        for name in whole:
            np.testing.assert_array_equal(threads[name], whole[name])
            np.testing.assert_array_equal(part[name], whole[name][100:117])


@pytest.mark.parametrize(("n", "p"), [(2, 1), (6, 2), (9, 8), (17, 5), (40, 3)])
@pytest.mark.parametrize("kind", ["none", "sample", "gene"])
def test_linear_effects_equal_their_twin(n: int, p: int, kind: str) -> None:
    values, design, w = example(n, p)
    weights = {"none": None, "sample": w[0], "gene": w}[kind]
    ours, twin = _kernels.linear_effects(values, design, weights), linear.linear_effects(values, design, weights)
    np.testing.assert_allclose(ours, twin, rtol=1e-9, atol=1e-11)
    np.testing.assert_array_equal(_kernels.linear_effects(values, design, weights, n_threads=2), ours)


@pytest.mark.parametrize("storage", ["int32", "float64", "csr"])
def test_log_cpm_equals_its_twin(storage: str) -> None:
    counts = np.random.default_rng(1).negative_binomial(2, 0.1, (70, 11)).astype(np.int32)
    prior, sizes = np.linspace(0.5, 2, 11), np.linspace(1e5, 3e7, 11)
    stored = {"int32": counts, "float64": counts.astype(np.float64), "csr": csr(counts)}[storage]
    ours = _kernels.log_cpm(stored, prior, sizes)
    np.testing.assert_allclose(ours, linear.log_cpm(counts, prior, sizes), rtol=5e-16, atol=2e-16)


def test_a_trend_below_zero_is_raised_to_the_fourth_power_as_r_does() -> None:
    rng = np.random.default_rng(9)
    knots, heights = np.sort(rng.gamma(2, 1, 20)), np.linspace(1.3, -0.2, 20)
    coefficients, design, offset = rng.normal(1, 1, (40, 2)), rng.normal(0, 1, (6, 2)), rng.normal(0, 1, 6)
    ours = _kernels.voom_weights(coefficients, design, offset, knots, heights)
    np.testing.assert_allclose(ours, linear.voom_weights(coefficients, design, offset, knots, heights), rtol=1e-9)
    assert (ours > 0).all()


@pytest.mark.parametrize("n_knots", [1, 2, 3, 50, 1000])
def test_voom_weights_equal_their_twin(n_knots: int) -> None:
    rng = np.random.default_rng(n_knots)
    knots, heights = np.sort(rng.gamma(2, 1, n_knots)), rng.uniform(0.5, 2, n_knots)
    coefficients, design, offset = rng.normal(size=(60, 3)), rng.normal(size=(13, 3)), rng.uniform(0, 3, 13)
    ours = _kernels.voom_weights(coefficients, design, offset, knots, heights)
    np.testing.assert_allclose(ours, linear.voom_weights(coefficients, design, offset, knots, heights), rtol=1e-11)


def test_tails_equal_their_twins() -> None:
    rng = np.random.default_rng(5)
    t, df = rng.standard_t(2, 1003) * 3, rng.uniform(0.5, 60, 1003)
    for ours, twin in zip(_kernels.student_tail(t, df), linear.student_tail(t, df), strict=True):
        np.testing.assert_allclose(ours, twin, rtol=1e-12, atol=1e-15)
    ends = _kernels.student_tail(np.array([0.0, np.inf, np.nan, 1.0]), np.array([3.0, 3.0, 3.0, 0.0]))[0]
    np.testing.assert_array_equal(ends, [1.0, 0.0, np.nan, np.nan])
    f, df1 = rng.gamma(1, 3, 1003), rng.integers(1, 9, 1003).astype(float)
    for ours, twin in zip(_kernels.f_tail(f, df1, df), linear.f_tail(f, df1, df), strict=True):
        np.testing.assert_allclose(ours, twin, rtol=1e-11, atol=1e-15)
    np.testing.assert_array_equal(_kernels.f_tail(np.array([0.0, -1.0, np.inf]), np.ones(3), np.ones(3))[0], [1, 1, 0])


def test_a_tail_does_not_depend_on_its_neighbors() -> None:
    rng = np.random.default_rng(6)
    t, df = rng.standard_t(3, 200), rng.uniform(1, 50, 200)
    whole = np.array(_kernels.student_tail(t, df))
    np.testing.assert_array_equal(np.array(_kernels.student_tail(t[37:90], df[37:90])), whole[:, 37:90])


@pytest.mark.parametrize(
    "call",
    [
        lambda: _kernels.least_squares(np.ones((3, 4)), np.ones((5, 1))),
        lambda: _kernels.least_squares(np.ones((3, 4)), np.full((4, 1), np.nan)),
        lambda: _kernels.least_squares(np.full((3, 4), np.inf), np.ones((4, 1))),
        lambda: _kernels.least_squares(np.ones((3, 4)), np.ones((4, 1)), np.ones(3)),
        lambda: _kernels.least_squares(np.ones((3, 4)), np.ones((4, 1)), np.full(4, np.inf)),
        lambda: _kernels.least_squares(np.ones((3, 4)), np.ones((4, 1)), None, np.array([0, 0, 9, 0], dtype=np.int32)),
        lambda: _kernels.least_squares(np.ones((3, 4)), np.ones((4, 1)), None, np.zeros(4, dtype=np.int32), -0.5),
        lambda: _kernels.log_cpm(np.ones((3, 4)), np.zeros(4), np.ones(4)),
        lambda: _kernels.log_cpm(-np.ones((3, 4)), np.ones(4), np.ones(4)),
        lambda: _kernels.voom_weights(np.ones((3, 1)), np.ones((4, 1)), np.ones(4), np.array([1.0, 1.0]), np.ones(2)),
        lambda: _kernels.voom_weights(np.ones((3, 1)), np.ones((4, 1)), np.ones(4), np.zeros(0), np.zeros(0)),
        lambda: _kernels.linear_effects(np.ones((3, 4)), np.eye(4)),
        lambda: _kernels.linear_effects(np.full((3, 4), np.nan), np.ones((4, 1))),
        lambda: _kernels.student_tail(np.ones(3), np.ones(2)),
        lambda: _kernels.f_tail(np.ones(3), np.ones(3), np.ones((3, 1))),
    ],
)
def test_the_binding_refuses(call) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        call()


def test_the_binding_refuses_other_types() -> None:
    with pytest.raises(TypeError):
        _kernels.least_squares(np.ones((3, 4), dtype=np.float32), np.ones((4, 1)))
