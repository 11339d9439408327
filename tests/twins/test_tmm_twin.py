"""Kernel of trimmed means of log ratios against its twin."""

import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.log2_nearest import log2_nearest
from tests.twins.tmm import tmm_log2_factors


def samples(n_samples: int, n_genes: int, size: float = 5.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(2, 2, n_genes))
    return np.ascontiguousarray(rng.negative_binomial(size, size / (size + mean), (n_samples, n_genes)).astype(float))


def arguments(columns: np.ndarray, reference: int = 0) -> tuple:
    sizes = columns.sum(axis=1)
    shares = columns[reference] / sizes[reference]
    return columns, sizes, reference, log2_nearest(np.where(shares > 0, shares, 1.0))


@pytest.mark.parametrize(("n_samples", "n_genes"), [(2, 1), (3, 7), (4, 8), (5, 1003), (9, 300)])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("trims", [(0.3, 0.05), (0.0, 0.0), (0.49, 0.2)])
def test_tmm_equals_its_twin(n_samples: int, n_genes: int, weighted: bool, trims: tuple[float, float]) -> None:
    given = (*arguments(samples(n_samples, n_genes)), *trims, -1e10, 1e-6, weighted)
    ours = _kernels.tmm_log2_factors(*given)
    np.testing.assert_allclose(ours, tmm_log2_factors(*given), rtol=1e-12, atol=1e-15)
    assert ours[0] == 0


def test_ties_of_small_counts_fall_on_the_same_side() -> None:
    columns = np.random.default_rng(3).integers(0, 4, (6, 400)).astype(float)
    given = (*arguments(columns, 2), 0.3, 0.05, -1e10, 1e-6, True)
    np.testing.assert_allclose(_kernels.tmm_log2_factors(*given), tmm_log2_factors(*given), rtol=1e-12, atol=1e-15)


def test_a_cutoff_leaves_out_genes_of_low_expression() -> None:
    given = (*arguments(samples(5, 500)), 0.3, 0.05, -8.0, 1e-6, True)
    ours = _kernels.tmm_log2_factors(*given)
    np.testing.assert_allclose(ours, tmm_log2_factors(*given), rtol=1e-12, atol=1e-15)
    assert not np.allclose(ours, _kernels.tmm_log2_factors(*given[:6], -1e10, 1e-6, True))


def test_samples_without_common_genes_and_one_gene_libraries_say_nothing() -> None:
    columns = np.array([[5.0, 0.0, 3.0], [0.0, 4.0, 0.0], [0.0, 0.0, 9.0]])
    given = (*arguments(columns), 0.3, 0.05, -1e10, 1e-6, True)
    np.testing.assert_array_equal(_kernels.tmm_log2_factors(*given), tmm_log2_factors(*given))


def test_threads_and_single_samples_give_the_same_bits() -> None:
    columns = samples(7, 1200)
    whole = _kernels.tmm_log2_factors(*arguments(columns), 0.3, 0.05, -1e10, 1e-6, True)
    many = _kernels.tmm_log2_factors(*arguments(columns), 0.3, 0.05, -1e10, 1e-6, True, n_threads=3)
    np.testing.assert_array_equal(whole, many)
    pair = np.ascontiguousarray(columns[[0, 4]])
    alone = _kernels.tmm_log2_factors(*arguments(pair), 0.3, 0.05, -1e10, 1e-6, True)
    assert alone[1] == whole[4]


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, np.ones(3)), (0, -np.ones((2, 3))), (1, np.ones(3)), (2, 2), (3, np.ones(2)), (4, 1.0), (5, np.nan)],
)
def test_wrong_arguments_are_refused(place: int, value: object) -> None:
    given = [*arguments(np.array([[1.0, 2, 3], [2, 2, 2]])), 0.3, 0.05, -1e10, 1e-6, True]
    given[place] = value
    with pytest.raises(ValueError):
        _kernels.tmm_log2_factors(*given)
