"""Kernels of means, start values and Cook's distances against their twins."""

from typing import Any

import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.householder import projection
from tests.twins.nb_cooks import nb_cooks
from tests.twins.nb_start import nb_start


def csr(counts: np.ndarray) -> tuple[Any, ...]:
    rows, columns = np.nonzero(counts)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(counts)))]).astype(np.int64)
    return counts[rows, columns], columns.astype(np.int32), indptr, counts.shape[1]


def example(n: int, p: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    counts = rng.negative_binomial(2, rng.uniform(0.005, 0.6, (60, 1)), (60, n)).astype(np.int32)
    counts[0] = 0
    counts[1] = 0
    counts[1, n - 1] = 7
    counts[2, 0] = 2**31 - 1
    design = np.column_stack([np.ones(n), np.arange(n) % 2, *rng.normal(size=(max(p - 2, 0), n))])[:, :p]
    return counts, np.ascontiguousarray(design), rng.uniform(0.4, 2.5, n)


SHAPES = [(2, 1), (4, 2), (7, 3), (8, 2), (9, 8), (17, 2), (40, 3), (100, 2)]


@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("per_gene", [False, True])
def test_nb_start_equals_its_twin(n: int, p: int, per_gene: bool) -> None:
    counts, design, sizes = example(n, p)
    factors = sizes * np.random.default_rng(1).uniform(0.5, 2, counts.shape) if per_gene else sizes
    arguments = (np.ascontiguousarray(factors), design, projection(design), float(np.mean(1 / sizes)))
    ours, twin = _kernels.nb_start(counts, *arguments), nb_start(counts, *arguments)
    np.testing.assert_allclose(ours["mean"], twin["mean"], rtol=1e-14)
    np.testing.assert_allclose(ours["variance"], twin["variance"], rtol=1e-12)
    np.testing.assert_allclose(ours["moments"], twin["moments"], rtol=1e-10, atol=1e-11)
    scale = np.abs(twin["linear_coefficients"]).max(axis=1, keepdims=True)
    assert (np.abs(ours["linear_coefficients"] - twin["linear_coefficients"]) <= 1e-12 * scale).all()
    # Where the fit is (nearly) exact what is left is rounding.
    np.testing.assert_allclose(ours["rough"], twin["rough"], rtol=1e-9, atol=1e-9)


def test_nb_start_of_other_storage_is_the_same_to_the_bit() -> None:
    counts, design, sizes = example(24, 3)
    arguments = (sizes, design, projection(design), 1.0)
    whole = _kernels.nb_start(counts, *arguments)
    for other in (counts.astype(np.float64), csr(counts)):
        for name, values in _kernels.nb_start(other, *arguments).items():
            np.testing.assert_array_equal(values, whole[name])
    for threads, name in [(2, "mean"), (3, "linear_coefficients")]:
        np.testing.assert_array_equal(_kernels.nb_start(counts, *arguments, n_threads=threads)[name], whole[name])
    part = _kernels.nb_start(counts[10:17], *arguments)
    np.testing.assert_array_equal(part["rough"], whole["rough"][10:17])


def cooks_arguments(n: int, p: int, n_cells: int, link: str, weighted: bool) -> tuple[np.ndarray, tuple[Any, ...]]:
    counts, design, sizes = example(n, p, seed=n)
    rng = np.random.default_rng(2)
    beta = np.column_stack([np.log(counts.mean(axis=1) + 0.1), rng.normal(0, 0.3, (60, p - 1))])
    alpha = rng.uniform(0.01, 1, 60)
    mean = beta
    if link == "matrix":
        mean = sizes * np.exp(beta @ design.T)
    elif link == "linear":
        mean = counts / sizes @ projection(design).T
    weights = rng.uniform(0.2, 1, counts.shape) if weighted else None
    cells = (np.arange(n) % n_cells).astype(np.int32)
    ridge = np.full(p, 1e-6)
    return counts, (sizes, design, np.ascontiguousarray(mean), link, beta, alpha, ridge, weights, 0.5, 0.5, cells)


@pytest.mark.parametrize(
    ("n", "p", "n_cells", "link", "weighted"),
    [
        (6, 2, 2, "log", False),
        (6, 2, 3, "log", False),
        (7, 3, 2, "matrix", False),
        (8, 2, 2, "linear", False),
        (12, 2, 5, "log", True),
        (46, 2, 2, "log", False),
        (48, 4, 2, "log", False),
        (96, 2, 2, "log", True),
        (30, 3, 30, "log", False),
    ],
)
def test_nb_cooks_equals_its_twin(n: int, p: int, n_cells: int, link: str, weighted: bool) -> None:
    counts, arguments = cooks_arguments(n, p, n_cells, link, weighted)
    ours = _kernels.nb_cooks(counts, *arguments, return_cooks=True)
    twin = nb_cooks(counts, *arguments, return_cooks=True)
    some = counts.any(axis=1)  # genes without counts never reach the kernel
    np.testing.assert_allclose(ours["cooks"][some], twin["cooks"][some], rtol=1e-10)
    np.testing.assert_allclose(ours["max"][some], twin["max"][some], rtol=1e-10)
    np.testing.assert_array_equal(ours["argmax"][some], twin["argmax"][some])
    np.testing.assert_array_equal(ours["n_larger"][some], twin["n_larger"][some])


def test_trimmed_cell_variance_equals_r() -> None:
    # Test vector: values 10 12 9 | 40 11 13 in two cells give a robust variance of 8.16.
    from tests.twins.nb_cooks import _robust_variance

    q = np.array([[10.0, 12, 9, 40, 11, 13]])
    assert _robust_variance(q, np.array([0, 0, 0, 1, 1, 1]))[0] == pytest.approx(8.16, rel=1e-15)


def test_nb_cooks_of_other_storage_is_the_same_to_the_bit() -> None:
    counts, arguments = cooks_arguments(48, 2, 2, "log", False)
    whole = _kernels.nb_cooks(counts, *arguments, return_cooks=True)
    for other in (counts.astype(np.float64), csr(counts)):
        np.testing.assert_array_equal(_kernels.nb_cooks(other, *arguments, return_cooks=True)["cooks"], whole["cooks"])
    threaded = _kernels.nb_cooks(counts, *arguments, return_cooks=True, n_threads=2)
    np.testing.assert_array_equal(threaded["cooks"], whole["cooks"])
