import numpy as np
import pytest
import statsmodels.api as sm

from foldwise.errors import UsageError
from foldwise.stats.ols import ols_f_test, ols_fit, ols_test
from foldwise.stats.transforms import transform_counts


def data(n_genes: int = 40, n: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), np.arange(n) % 2, rng.normal(5, 2, n)])
    counts = rng.negative_binomial(3, 0.02, (n_genes, n))
    return counts, design


@pytest.mark.parametrize("name", ["log1p", "log1p-raw", "log2-cpm"])
def test_p19_equals_statsmodels(name: str) -> None:
    counts, design = data()
    response = transform_counts(counts, name).values
    fit = ols_fit(response, design)
    contrasts = [np.eye(3)[1], np.eye(3)[2], np.array([0.0, 1.0, -0.5])]
    for i, row in enumerate(response):
        theirs = sm.OLS(row, design).fit()
        np.testing.assert_allclose(fit.coefficients[i], theirs.params, rtol=1e-11, atol=1e-13)
        for contrast in contrasts:
            test = theirs.t_test(contrast)
            estimate, se, t, p = (values[i] for values in ols_test(fit, contrast))
            assert estimate == pytest.approx(test.effect.item(), rel=1e-11, abs=1e-13)
            assert se == pytest.approx(test.sd.item(), rel=1e-12)
            assert t == pytest.approx(test.tvalue.item(), rel=1e-11, abs=1e-12)
            assert p == pytest.approx(test.pvalue.item(), rel=1e-11, abs=1e-15)


@pytest.mark.parametrize("rows", [[[0, 1, 0], [0, 0, 1]], [[1, 0.5, 2]], [[0, 1, 0], [0, 2, 0], [0, 1, -0.5]]])
def test_p19_f_equals_statsmodels(rows: list[list[float]]) -> None:
    counts, design = data()
    response = transform_counts(counts, "log1p").values
    fit = ols_fit(response, design)
    f, p, df = ols_f_test(fit, np.array(rows, dtype=float))
    assert df == np.linalg.matrix_rank(rows)
    independent = np.array(rows, dtype=float)[[0, 2] if len(rows) == 3 else slice(None)]
    for i, row in enumerate(response):
        theirs = sm.OLS(row, design).fit().f_test(independent)
        assert f[i] == pytest.approx(theirs.fvalue, rel=1e-10)
        assert p[i] == pytest.approx(float(theirs.pvalue), rel=1e-10)
    if len(rows) == 1:  # M34
        _, _, t, p_of_t = ols_test(fit, independent[0])
        np.testing.assert_allclose(f, t**2, rtol=1e-12)
        np.testing.assert_allclose(p, p_of_t, rtol=1e-11)


def test_p19_two_groups_of_fifty_with_strong_effects() -> None:
    rng = np.random.default_rng(3)
    group = np.repeat([0.0, 1.0], 50)
    response = np.log1p(rng.poisson(50, (30, 100)) * (1 + group * rng.uniform(0, 8, (30, 1))))
    design = np.column_stack([np.ones(100), group])
    _, _, _, p = ols_test(ols_fit(response, design), np.array([0.0, 1.0]))
    theirs = np.array([sm.OLS(row, design).fit().pvalues[1] for row in response])
    assert theirs.min() < 1e-60
    np.testing.assert_allclose(p, theirs, rtol=1e-12 * 100)  # t^2 up to 1e4 multiplies its rounding


@pytest.mark.parametrize("n", [4, 7, 8, 9, 12, 16, 33])
def test_m4_a_gene_does_not_depend_on_its_neighbors(n: int) -> None:
    """Alone, in a block, last of the table, on more threads: the same bytes."""
    counts, design = data(250, n)
    response = transform_counts(counts, "log1p").values
    whole = ols_fit(response, design)
    for cut, pick in (
        (ols_fit(response, design, n_threads=3), slice(None)),
        (ols_fit(response[:100], design), slice(100)),
        (ols_fit(response[17:18], design), slice(17, 18)),
    ):
        np.testing.assert_array_equal(cut.coefficients, whole.coefficients[pick])
        np.testing.assert_array_equal(cut.residual_variance, whole.residual_variance[pick])


def test_m25_affine_response_keeps_t() -> None:
    counts, design = data()
    response = transform_counts(counts, "log1p").values
    contrast = np.array([0.0, 1.0, 0.0])
    before, after = ols_test(ols_fit(response, design), contrast), ols_test(ols_fit(3 + 7 * response, design), contrast)
    np.testing.assert_allclose(after[2], before[2], rtol=1e-11)


def test_constant_genes_have_no_test() -> None:
    _, design = data()
    response = np.vstack([np.zeros(12), np.full(12, np.log1p(5.0)), design @ [0.3, 1.7, 0.1], design @ [1, 2, 3] * 1e8])
    fit = ols_fit(response, design)
    assert fit.exact.all()
    _, se, t, p = ols_test(fit, np.array([0.0, 1.0, 0.0]))
    np.testing.assert_array_equal(se, 0)
    assert np.isnan(t).all()
    assert np.isnan(p).all()


def test_transforms() -> None:
    counts = np.array([[1, 2, 3], [9, 18, 27]])
    raw = transform_counts(counts, "log1p-raw")
    np.testing.assert_allclose(raw.values, np.log1p(counts), rtol=1e-15)
    depth = transform_counts(counts)
    # All samples have the same composition, so depth explains everything.
    np.testing.assert_allclose(depth.values, np.log1p([[2, 2, 2], [18, 18, 18]]), rtol=1e-15)
    assert depth.log2_per_unit == pytest.approx(1 / np.log(2))
    cpm = transform_counts(counts, "log2-cpm")
    assert cpm.log2_per_unit == 1
    prior = 2 * np.array([0.5, 1, 1.5])
    np.testing.assert_allclose(
        cpm.values, np.log2((counts + prior) / (np.array([10, 20, 30]) + 2 * prior) * 1e6), rtol=1e-14
    )
    with pytest.raises(UsageError, match="log1p"):
        transform_counts(counts, "log10")


def test_m4_library_sizes_make_blocks_agree() -> None:
    counts, _ = data()
    sizes = counts.sum(axis=0).astype(float)
    whole = transform_counts(counts, "log1p").values
    np.testing.assert_array_equal(transform_counts(counts[3:9], "log1p", sizes).values, whole[3:9])


def test_m40_planted_means_give_their_fold_changes() -> None:
    counts = np.tile([100_000, 200_000, 400_000], (1, 4))[:, [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]]
    design = np.column_stack([np.ones(12), np.repeat([0, 1, 0], 4), np.repeat([0, 0, 1], 4)]).astype(float)
    transformed = transform_counts(counts, "log1p-raw")
    estimate, *_ = ols_test(ols_fit(transformed.values, design), np.array([0.0, 1.0, 0.0]))
    assert estimate[0] * transformed.log2_per_unit == pytest.approx(1, abs=1e-4)
