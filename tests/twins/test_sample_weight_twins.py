"""Kernels of quality weights and block correlations against their twins."""

import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.array_weights import variance_factors
from tests.twins.sample_weights import array_weights, block_correlation


def example(n: int, p: int, n_genes: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng([n, p])
    design = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    return rng.normal(0, np.linspace(1, 2, n), (n_genes, n)), design, rng.gamma(3.0, 1.0, (n_genes, n))


@pytest.mark.parametrize(("n", "p"), [(4, 1), (6, 2), (9, 3), (20, 5), (33, 2)])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_array_weights_equal_their_twin(n: int, p: int, weighted: bool, grouped: bool) -> None:
    values, design, w = example(n, p)
    if n > 6:
        values[::4, 1] = np.nan
    values[5] = 0.0  # says nothing
    factors = variance_factors(n, None, np.arange(n) % 3 if grouped else None)
    weights = w if weighted else None
    ours = _kernels.array_weights(values, design, weights, factors, 10.0)
    np.testing.assert_allclose(ours, array_weights(values, design, weights, factors, 10.0), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("n", "p"), [(6, 1), (9, 2), (17, 3), (40, 5)])
@pytest.mark.parametrize("kind", ["none", "sample", "gene"])
def test_block_correlations_equal_their_twin(n: int, p: int, kind: str) -> None:
    values, design, w = example(n, p)
    block = (np.arange(n) % max(n // 3, 2)).astype(np.int32)
    values += np.random.default_rng(0).normal(size=(len(values), n))[:, block]
    values[::7, 0] = np.nan
    weights = {"none": None, "sample": w[0], "gene": w}[kind]
    ours = _kernels.block_correlation(values, design, weights, block)
    np.testing.assert_allclose(ours, block_correlation(values, design, weights, block), rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(_kernels.block_correlation(values, design, weights, block, n_threads=3), ours)


def test_genes_with_too_few_values_or_an_exact_fit_have_no_correlation() -> None:
    values, design, _ = example(8, 2, 3)
    values[1, 4:] = np.nan
    values[2] = design[:, 0] * 3.3
    block = (np.arange(8) // 2).astype(np.int32)
    found = _kernels.block_correlation(values, design, None, block)
    np.testing.assert_array_equal(np.isnan(found), [False, True, True])


@pytest.mark.parametrize(
    "call",
    [
        lambda y, x: _kernels.array_weights(y, x, None, np.ones((5, 1)), 10.0),
        lambda y, x: _kernels.array_weights(y, x, None, np.ones((6, 6)), 10.0),
        lambda y, x: _kernels.array_weights(y, x, None, np.full((6, 2), np.nan), 10.0),
        lambda y, x: _kernels.array_weights(y, x, np.ones(6), np.ones((6, 1)), 10.0),
        lambda y, x: _kernels.array_weights(y, x, None, np.ones((6, 1)), 0.0),
        lambda y, x: _kernels.block_correlation(y, x, None, np.zeros(5, dtype=np.int32)),
        lambda y, x: _kernels.block_correlation(y, x, None, np.full(6, -1, dtype=np.int32)),
    ],
)
def test_the_binding_refuses(call) -> None:
    values, design, _ = example(6, 2)
    with pytest.raises(ValueError, match=r"\w"):
        call(values, design)
