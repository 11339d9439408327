from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from foldwise.stats.robust_distance import CHI2_999, MAD_TO_SD, mad_scores, robust_distances


def test_constants():
    assert pytest.approx(1 / norm.ppf(0.75), abs=1e-15) == MAD_TO_SD
    np.testing.assert_allclose(CHI2_999, chi2.ppf(0.999, np.arange(1, 6)), rtol=1e-13)


def test_scores_of_a_sample_far_away_and_of_equal_values():
    values = np.array([1.0, 2.0, 3.0, 4.0, 50.0])
    np.testing.assert_allclose(mad_scores(values), (values - 3) / MAD_TO_SD)
    assert mad_scores(np.array([2.0, 2.0, 2.0, 2.5])).tolist() == [0, 0, 0, np.inf]
    np.testing.assert_allclose(mad_scores(np.array([2.0, 2.0, 2.0, 2.5]), 0.25), [0, 0, 0, 2.0])


def test_distances_find_what_lies_apart_and_do_not_depend_on_rotation():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(500, 30))
    values[:, 4] += 3 * rng.normal(size=500)
    gram = values.T @ values
    distance, scores = robust_distances(gram, 3)
    assert int(np.argmax(distance)) == 4
    assert distance[4] > 10 * CHI2_999[2]
    assert scores.shape == (30, 3)
    order = rng.permutation(30)
    again, _ = robust_distances(gram[np.ix_(order, order)], 3)
    np.testing.assert_allclose(again, distance[order], rtol=1e-8)
