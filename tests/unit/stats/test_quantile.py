import numpy as np
import pytest

from foldwise.stats.quantile import mad_variance, quantile7, trimmed_mean
from tests.unit.stats.r_values import r_value


def test_quantiles_equal_r_bit_for_bit() -> None:
    np.testing.assert_array_equal(quantile7(r_value("x"), r_value("probabilities")), r_value("quantile7"))


def test_equal_neighbors_give_exactly_their_value() -> None:
    value = 0.1 + 0.2
    assert quantile7(np.array([value, value, 1.0]), 0.25) == value


def test_position_counts_from_one_so_that_its_rounding_is_that_of_r() -> None:
    # 1 + 7 * 0.3 is a little above 3.1; 7 * 0.3 alone rounds elsewhere.
    values = np.arange(8.0) * 1e6
    position = 1 + 7 * 0.3
    expected = (1 - (position - 3)) * values[2] + (position - 3) * values[3]
    assert quantile7(values, 0.3) == expected


def test_trimmed_mean_drops_whole_values_from_each_end() -> None:
    assert trimmed_mean(r_value("x"), 0.1) == pytest.approx(r_value("trimmed_mean_0.1")[0], rel=1e-15)
    rows = np.array([[1.0, 100.0, 2.0, 3.0, -50.0], [5.0, 5.0, 5.0, 5.0, 5.0]])
    np.testing.assert_array_equal(trimmed_mean(rows, 0.2), [2.0, 5.0])
    np.testing.assert_array_equal(trimmed_mean(rows.T, 0.2, axis=0), [2.0, 5.0])


def test_mad_variance_is_the_square_of_rs_mad() -> None:
    assert mad_variance(r_value("x")) == pytest.approx(r_value("mad")[0] ** 2, rel=1e-15)
