"""Kernels of row summaries and column medians against their twins."""

import numpy as np
import pytest

from foldwise import _kernels
from tests.twins.column_medians import column_medians
from tests.twins.row_summaries import row_summaries
from tests.twins.test_start_and_cooks_twins import SHAPES, csr, example

TOLERANCES = {"mean": 1e-14, "variance": 1e-12, "sum_log": 1e-14, "n_zero": 0, "n_positive": 0, "max": 0}


@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("per_gene", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_row_summaries_equal_their_twin(n: int, p: int, per_gene: bool, weighted: bool) -> None:
    counts, _, sizes = example(n, p)
    rng = np.random.default_rng(3)
    factors = np.ascontiguousarray(sizes * rng.uniform(0.5, 2, counts.shape)) if per_gene else sizes
    weights = rng.uniform(0, 1, counts.shape) if weighted else None
    ours, twin = _kernels.row_summaries(counts, factors, weights), row_summaries(counts, factors, weights)
    for name, tolerance in TOLERANCES.items():
        np.testing.assert_allclose(ours[name], twin[name], rtol=tolerance)


def test_row_summaries_of_other_storage_are_the_same_to_the_bit() -> None:
    counts, _, sizes = example(24, 3)
    whole = _kernels.row_summaries(counts, sizes)
    others = [
        _kernels.row_summaries(counts.astype(np.float64), sizes),
        _kernels.row_summaries(csr(counts), sizes),
        _kernels.row_summaries(counts, sizes, n_threads=2),
    ]
    part = _kernels.row_summaries(counts[5:9], sizes)
    for name in TOLERANCES:
        for other in others:
            np.testing.assert_array_equal(other[name], whole[name])
        np.testing.assert_array_equal(part[name], whole[name][5:9])


def geometric(counts: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(counts).mean(axis=1)


@pytest.mark.parametrize("n", [2, 3, 8, 9, 40])
@pytest.mark.parametrize("seed", [0, 1])
def test_column_medians_equal_their_twin(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.negative_binomial(3, 0.05, (501 + seed, n)).astype(np.int32)
    g = geometric(counts)
    np.testing.assert_allclose(_kernels.column_medians(counts, g), column_medians(counts, g), rtol=1e-14)
    loose = np.log(counts + 1).sum(axis=1) / n
    np.testing.assert_allclose(_kernels.column_medians(counts, loose), column_medians(counts, loose), rtol=1e-14)


def test_column_medians_of_other_storage_are_the_same_to_the_bit() -> None:
    counts = np.random.default_rng(2).negative_binomial(3, 0.3, (400, 12)).astype(np.int32)
    g = np.log(counts + 1.0).mean(axis=1)
    whole = _kernels.column_medians(counts, g)
    np.testing.assert_array_equal(_kernels.column_medians(counts.astype(np.float64), g), whole)
    np.testing.assert_array_equal(_kernels.column_medians(csr(counts), g), whole)
    np.testing.assert_array_equal(_kernels.column_medians(counts, g, n_threads=2), whole)
    order = np.random.default_rng(4).permutation(400)
    np.testing.assert_array_equal(_kernels.column_medians(np.ascontiguousarray(counts[order]), g[order]), whole)


def test_a_sample_without_usable_rows_has_no_median() -> None:
    counts = np.array([[3, 0], [5, 0]], dtype=np.int32)
    medians = _kernels.column_medians(counts, np.zeros(2))
    assert medians[0] == pytest.approx(np.sqrt(15), rel=1e-14)
    assert np.isnan(medians[1])
