import numpy as np
import pandas as pd
import pytest

from foldwise.errors import FitError
from foldwise.stats.size_factors_iterate import TrimmedLikelihood, iterate, iterate_size_factors, log_density_sum
from tests.fixtures import FOLDER, read


def example() -> tuple[np.ndarray, pd.DataFrame]:
    counts = read(FOLDER / "size_factors" / "counts.tsv.gz").to_numpy(dtype=np.float64)
    return np.ascontiguousarray(counts[counts.sum(axis=1) > 0]), read(FOLDER / "size_factors" / "size_factors.tsv")


def test_p2_iterate_equals_r() -> None:
    counts, theirs = example()
    ours = iterate_size_factors(np.vstack([counts, np.zeros((3, counts.shape[1]))]))
    np.testing.assert_allclose(ours, theirs["iterate"], rtol=1e-6)
    assert np.exp(np.mean(np.log(ours))) == pytest.approx(1, rel=1e-12)


def test_sparse_counts_are_the_same() -> None:
    counts, _ = example()
    rows, columns = np.nonzero(counts)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(counts)))]).astype(np.int64)
    sparse = (counts[rows, columns], columns.astype(np.int32), indptr, counts.shape[1])
    np.testing.assert_array_equal(iterate_size_factors(sparse), iterate_size_factors(counts))


def test_gradient_is_the_central_difference_of_the_value() -> None:
    counts, _ = example()
    rng = np.random.default_rng(0)
    q, alpha = np.maximum(counts.mean(axis=1, keepdims=True), 0.5) + 0 * counts, rng.uniform(0.05, 2, len(counts))
    likelihood = TrimmedLikelihood(counts, q, alpha)
    v = rng.normal(0, 0.3, counts.shape[1])
    value, gradient = likelihood.value_and_gradient(v)

    def direct(v: np.ndarray) -> float:
        by_gene = log_density_sum(counts, q * np.exp(v - v.mean()), alpha)
        return -float(np.sum(by_gene[by_gene > np.quantile(by_gene, 0.05)]))

    assert value == pytest.approx(direct(v), rel=1e-12)
    for j in range(len(v)):
        step = np.where(np.arange(len(v)) == j, 1e-3, 0.0)
        assert gradient[j] == pytest.approx((direct(v + step) - direct(v - step)) / 2e-3, rel=1e-6, abs=1e-5)


def test_no_agreement_in_ten_rounds_is_an_error() -> None:
    counts, _ = example()
    state = iter(range(100))

    def wandering(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        tilt = np.where(np.arange(len(sizes)) % 2, 3.0, 1 / 3.0) ** (1 if next(state) % 2 else -1)
        return np.full(len(counts), 0.1), np.maximum(counts.mean(axis=1, keepdims=True), 0.5) * sizes * tilt

    with pytest.raises(FitError, match="E-NORM-006"):
        iterate(counts, wandering)
