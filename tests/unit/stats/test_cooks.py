import numpy as np

from foldwise.stats.cooks import max_cooks, outlier_mask, replacement_values, samples_in_cells_of

CELLS = np.array([0, 0, 0, 1, 1, 2])


def test_samples_in_large_cells() -> None:
    np.testing.assert_array_equal(samples_in_cells_of(CELLS, 3), [True, True, True, False, False, False])
    assert samples_in_cells_of(CELLS, 1).all()


def test_max_over_usable_samples_only() -> None:
    cooks = np.array([[1.0, 2, 3, 9, 9, 9], [5, 4, 3, 0, 0, 0]])
    np.testing.assert_array_equal(max_cooks(cooks, samples_in_cells_of(CELLS, 3)), [3, 5])
    assert np.isnan(max_cooks(cooks, samples_in_cells_of(CELLS, 7))).all()


def test_replacement_is_the_trimmed_mean_at_the_samples_depth_cut_to_a_whole_number() -> None:
    counts = np.array([[10, 10, 12, 9, 4000]])
    factors = np.array([1.0, 1.0, 1.0, 1.0, 2.0])
    center = (10 + 10 + 12) / 3
    np.testing.assert_array_equal(replacement_values(counts, factors), np.trunc(center * factors)[None, :])
    assert replacement_values(counts, factors).dtype == np.int64
    per_gene = np.array([[1.0, 1.0, 1.0, 1.0, 3.0]])
    np.testing.assert_array_equal(replacement_values(counts, per_gene)[0, 4], 32)


def test_mask_and_the_exception_for_counts_that_others_exceed() -> None:
    distance = np.array([0.1, 20.0, 20.0, np.nan])
    np.testing.assert_array_equal(outlier_mask(distance, 10.0), [False, True, True, False])
    larger = np.array([0, 2, 3, 0])
    np.testing.assert_array_equal(outlier_mask(distance, 10.0, larger), [False, True, False, False])
    assert not outlier_mask(distance, float("nan")).any()
