"""Leading eigenvectors against LAPACK's own."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.stats.leading_eigen import leading_eigen


@pytest.mark.parametrize("n", [1, 2, 3, 4, 17, 60])
def test_as_lapack(n: int) -> None:
    half = np.random.default_rng(n).normal(size=(n, n + 2))
    matrix = half @ half.T
    values, vectors = leading_eigen(matrix, min(n, 5))
    expected, basis = np.linalg.eigh(matrix)
    np.testing.assert_allclose(values, expected[::-1], rtol=1e-10, atol=1e-10 * expected[-1])
    for j in range(vectors.shape[1]):
        assert abs(abs(float(np.sum(vectors[:, j] * basis[:, n - 1 - j]))) - 1) < 1e-9
        assert vectors[np.argmax(np.abs(vectors[:, j])), j] > 0


def test_a_matrix_of_low_rank_and_no_vectors() -> None:
    column = np.arange(1.0, 8.0)
    values, vectors = leading_eigen(np.outer(column, column), 2)
    assert values[0] == pytest.approx(np.sum(column**2))
    assert np.all(np.abs(values[1:]) < 1e-9)
    np.testing.assert_allclose(vectors[:, 0], column / np.sqrt(np.sum(column**2)), atol=1e-12)
    assert leading_eigen(np.eye(6), 0)[1].shape == (6, 0)
