import numpy as np
import pytest

from foldwise.stats.decide_tests import decide_tests
from foldwise.stats.multiple_testing import benjamini_hochberg, holm


def data(n: int = 300, k: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    estimate = rng.normal(0, 1, (n, k))
    p = np.where(rng.random((n, k)) < 0.3, rng.random((n, k)) ** 8, rng.random((n, k)))
    return p, estimate


def test_separate_adjusts_each_contrast() -> None:
    p, estimate = data()
    found = decide_tests(p, estimate)
    for k in range(3):
        np.testing.assert_array_equal(found[:, k] != 0, benjamini_hochberg(p[:, k]) < 0.05)
    np.testing.assert_array_equal(found[found != 0], np.sign(estimate)[found != 0])


def test_global_adjusts_all_at_once() -> None:
    p, estimate = data()
    found = decide_tests(p, estimate, mode="global")
    np.testing.assert_array_equal(found != 0, (benjamini_hochberg(p.ravel()) < 0.05).reshape(p.shape))
    assert p[found != 0].max() < p[found == 0].min()  # one cut for all contrasts


def test_hierarchical_finds_genes_first() -> None:
    p, estimate = data()
    gene_p = p.min(axis=1) * 3
    found = decide_tests(p, estimate, mode="hierarchical", gene_p=gene_p)
    genes = benjamini_hochberg(gene_p) < 0.05
    assert not found[~genes].any()
    share = genes.sum() / len(genes)
    for gene in np.flatnonzero(genes):
        np.testing.assert_array_equal(found[gene] != 0, benjamini_hochberg(p[gene]) < 0.05 * share)
    by_holm = decide_tests(p, estimate, mode="hierarchical", gene_p=gene_p, adjustment="holm")
    genes = holm(gene_p) < 0.05
    expected = np.stack([holm(row) < 0.05 / (300 - genes.sum() + 1) for row in p]) & genes[:, None]
    np.testing.assert_array_equal(by_holm != 0, expected)
    nothing = decide_tests(np.ones((5, 2)), np.ones((5, 2)), mode="hierarchical", gene_p=np.ones(5))
    assert not nothing.any()


def test_small_changes_and_missing_values() -> None:
    p, estimate = data()
    p[4, 1] = np.nan
    found = decide_tests(p, estimate, lfc=1.0)
    assert np.isnan(found[4, 1])
    plain = decide_tests(p, estimate)
    np.testing.assert_array_equal(found == 0, (plain == 0) | (np.abs(estimate) <= 1) & ~np.isnan(p))


def test_unknown_modes_are_refused() -> None:
    p, estimate = data()
    with pytest.raises(ValueError, match="separate"):
        decide_tests(p, estimate, mode="best")
    with pytest.raises(ValueError, match="genes"):
        decide_tests(p, estimate, mode="hierarchical")
