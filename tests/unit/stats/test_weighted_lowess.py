"""Weighted lowess: vectors of the limma specification, section 0.13 and 0.14, and a definition in plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.stats.lowess import lowess
from foldwise.stats.weighted_lowess import choose_lowess_span, loess_fit, weighted_lowess

X = np.array([1, 2, 2.5, 3, 4, 4.2, 5, 6, 7, 9])
Y = np.array([2, 2.3, 1.7, 3, 3.5, 9, 4, 4.4, 5.1, 6])
W = np.array([1.0, 2, 3, 1, 2, 3, 1, 2, 3, 1])


def test_vectors() -> None:
    expected = [1.93100559206, 2.39584961307, 2.64535777537, 2.97869677334, 3.5, 3.6, 3.96374576183, 4.47667029565,
                5.0466773676, 6.05321426571]  # fmt: skip
    np.testing.assert_allclose(weighted_lowess(X, Y, W, 0.5), expected, rtol=1e-11)
    few_seeds = [2.00691941404, 3.35354672566, 4.02686038147, 4.70017403728, 6.0468013489, 5.98011358337]
    np.testing.assert_allclose(weighted_lowess(X, Y, W, 0.5, n_seeds=4)[:6], few_seeds, rtol=1e-11)


def grown_window(x: np.ndarray, w: np.ndarray, i: int, target: float) -> float:
    """Width of the window that grows from point i to the nearer neighbor, the right one in a tie."""
    left = right = i
    total, width = w[i], 0.0
    while total < target and (left > 0 or right < len(x) - 1):
        to_left = x[i] - x[left - 1] if left > 0 else np.inf
        to_right = x[right + 1] - x[i] if right < len(x) - 1 else np.inf
        if to_left < to_right:
            left -= 1
            total, width = total + w[left], max(width, to_left)
        else:
            right += 1
            total, width = total + w[right], max(width, to_right)
    return float(width)


def test_one_fit_equals_the_definition() -> None:
    rng = np.random.default_rng(4)
    x = np.sort(np.round(rng.normal(0, 3, 120), 2))
    y, w = np.sin(x) + rng.normal(0, 0.2, 120), rng.uniform(0.01, 3, 120)
    expected = []
    for i in range(120):
        h = grown_window(x, w, i, 0.3 * w.sum())
        k = np.clip(1 - (np.abs(x - x[i]) / h) ** 3, 0, None) ** 3 * w
        _, level = np.polyfit(x - x[i], y, 1, w=np.sqrt(k))
        expected.append(level)
    np.testing.assert_allclose(weighted_lowess(x, y, w, 0.3, iterations=1), expected, rtol=1e-9)


def test_many_points_are_interpolated_between_seeds() -> None:
    rng = np.random.default_rng(5)
    x = np.sort(rng.uniform(0, 10, 5000))
    w = rng.uniform(0.5, 2, 5000)
    line = weighted_lowess(x, 3 * x - 1, w, 0.4)
    np.testing.assert_allclose(line, 3 * x - 1, rtol=1e-10, atol=1e-10)
    curve = weighted_lowess(x, np.cos(x), w, 0.1)
    assert np.max(np.abs(curve - np.cos(x))) < 0.1


def test_loess_fit_takes_any_order_and_chooses_by_weights() -> None:
    rng = np.random.default_rng(6)
    order = rng.permutation(10)
    np.testing.assert_allclose(loess_fit(X[order], Y[order], W[order], 0.5), weighted_lowess(X, Y, W, 0.5)[order])
    np.testing.assert_array_equal(loess_fit(X, Y, None, 0.5), lowess(X, Y, 0.5, 3))
    np.testing.assert_array_equal(loess_fit(X, Y, np.full(10, 2.0), 0.5, iterations=1), lowess(X, Y, 0.5, 0))
    # Fewer than 4 + 1/span points: a straight line.
    line = np.polyval(np.polyfit(X[:5], Y[:5], 1, w=np.sqrt(W[:5])), X[:5])
    np.testing.assert_allclose(loess_fit(X[:5], Y[:5], W[:5], 0.5), line, rtol=1e-12)


def test_points_in_one_place_have_their_mean() -> None:
    np.testing.assert_allclose(
        weighted_lowess(np.ones(6), np.arange(6.0), W[:6], 0.5, 1), np.sum(W[:6] * np.arange(6)) / W[:6].sum()
    )


@pytest.mark.parametrize(("n", "small", "expected"), [(10, 50, 1.0), (50, 50, 1.0), (400, 50, 0.65), (4000, 500, 0.65)])
def test_span(n: int, small: float, expected: float) -> None:
    assert choose_lowess_span(n, small_n=small) == pytest.approx(expected, rel=1e-14)
