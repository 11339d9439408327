import numpy as np
import pytest

from foldwise.errors import InputError
from foldwise.stats.size_factors import center_rows, geometric_mean, normalization_factors, poscounts, ratio

# Test vector of R's estimateSizeFactors.
COUNTS = np.array([[10, 20, 35], [100, 180, 310], [5, 0, 9], [0, 0, 0], [1000, 2200, 2900]], dtype=np.int32)
RATIO = [0.53917089491251324, 1.0455159171494202, 1.7477673720514864]
POSCOUNTS = [0.54579621657246369, 1.0349919758385513, 1.7702414128948007]


def test_p1_ratio_equals_r() -> None:
    np.testing.assert_allclose(ratio(COUNTS), RATIO, rtol=1e-15)


def test_p1_poscounts_equals_r() -> None:
    factors = poscounts(COUNTS)
    np.testing.assert_allclose(factors, POSCOUNTS, rtol=1e-15)
    assert geometric_mean(factors) == pytest.approx(1, rel=1e-15)


def test_control_genes_by_mask_and_by_number() -> None:
    mask = np.array([True, False, False, False, True])
    by_mask = ratio(COUNTS, mask)
    np.testing.assert_array_equal(by_mask, ratio(COUNTS, np.array([0, 4])))
    logs = np.log(COUNTS[[0, 4]])
    np.testing.assert_allclose(by_mask, np.exp(np.median(logs - logs.mean(axis=1)[:, None], axis=0)), rtol=1e-14)


def test_m6_csr_equals_dense() -> None:
    rows, columns = np.nonzero(COUNTS)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=5))]).astype(np.int64)
    sparse = (COUNTS[rows, columns], columns.astype(np.int32), indptr, 3)
    np.testing.assert_array_equal(ratio(sparse), ratio(COUNTS))
    np.testing.assert_array_equal(poscounts(sparse), poscounts(COUNTS))


def test_m20_a_deeper_sample_gets_a_larger_factor() -> None:
    deeper = COUNTS * np.array([1, 3, 1], dtype=np.int32)
    before, after = ratio(COUNTS), ratio(deeper)
    assert after[1] / after[0] == pytest.approx(3 * before[1] / before[0], rel=1e-14)


def test_b16_a_zero_in_every_gene_is_an_error_that_names_poscounts() -> None:
    counts = np.array([[0, 3], [4, 0]], dtype=np.int32)
    with pytest.raises(InputError, match="poscounts") as caught:
        ratio(counts)
    assert caught.value.id == "E-NORM-001"
    assert np.isfinite(poscounts(counts)).all()


def test_b15_a_sample_without_counts_has_no_factor() -> None:
    with pytest.raises(InputError) as caught:
        poscounts(np.array([[5, 0], [3, 0]], dtype=np.int32))
    assert caught.value.id == "E-COUNT-010"
    assert caught.value.data == {"samples": [1]}


def test_normalization_factors_hold_lengths_and_size_factors() -> None:
    rng = np.random.default_rng(3)
    lengths = rng.uniform(500, 2000, (40, 4))
    depth = np.array([0.5, 1.0, 2.0, 1.3])
    counts = rng.poisson(lengths * depth / 5)
    factors, sizes = normalization_factors(counts, lengths / np.exp(np.log(lengths).mean(axis=1))[:, None])
    np.testing.assert_allclose(np.exp(np.log(factors).mean(axis=1)), 1, rtol=1e-14)
    expected = center_rows(lengths * sizes)
    np.testing.assert_allclose(factors, expected, rtol=1e-13)
    np.testing.assert_allclose(sizes / geometric_mean(sizes), depth / geometric_mean(depth), rtol=0.1)


def test_equal_lengths_change_nothing() -> None:
    factors, sizes = normalization_factors(COUNTS[:2], np.ones((2, 3)))
    np.testing.assert_allclose(sizes, ratio(COUNTS[:2]), rtol=1e-15)
    np.testing.assert_allclose(factors[0] / factors[0, 0], sizes / sizes[0], rtol=1e-14)
