"""R^2 of factors with known columns."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.learn.known_columns import indicator_columns, shared_variance


def test_r_squared() -> None:
    rng = np.random.default_rng(1)
    batch = ["a", "b", "c"] * 10
    factors = np.column_stack([np.array([0.0, 1.0, 5.0] * 10), rng.normal(size=30), np.ones(30)])
    found = shared_variance(factors, indicator_columns(list(batch)))
    assert found[0] == pytest.approx(1.0)
    means = np.array([factors[i::3, 1].mean() for i in range(3)])
    between = 10 * np.sum((means - factors[:, 1].mean()) ** 2)
    assert found[1] == pytest.approx(between / np.sum((factors[:, 1] - factors[:, 1].mean()) ** 2))
    assert found[2] == 0.0


def test_numbers_are_one_column_and_words_indicators() -> None:
    assert indicator_columns([1, 2, 3.5]).shape == (3, 1)
    assert indicator_columns([True, False, True]).shape == (3, 1)
    assert indicator_columns(["x", "x"]).shape == (2, 0)
    assert shared_variance(np.arange(4.0)[:, None], indicator_columns(["x"] * 4))[0] == 0.0
