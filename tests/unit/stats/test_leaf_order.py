"""Clustering with leaf order, against distances computed by hand."""

from __future__ import annotations

import itertools

import numpy as np

from foldwise.stats.leaf_order import cluster, distances


def test_distances_are_euclidean():
    points = np.random.default_rng(1).normal(size=(7, 4))
    by_hand = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    np.testing.assert_allclose(distances(points), by_hand, atol=1e-12)


def test_neighbors_in_leaf_order_are_as_close_as_the_tree_allows():
    """Among all orders of two tight pairs, those that keep the pairs together and join the nearer ends are best."""
    points = np.array([[0.0], [10.0], [1.0], [9.0], [5.0]])
    tree = cluster(points)
    square = distances(points)
    length = square[tree.order[:-1], tree.order[1:]].sum()
    best = min(square[list(p[:-1]), list(p[1:])].sum() for p in itertools.permutations(range(5)))
    assert length == best
    assert tree.x.shape == tree.y.shape == (4, 4)
    assert set(tree.x[tree.y == 0].tolist()) == {0.0, 1.0, 2.0, 3.0, 4.0}


def test_one_object_has_no_tree():
    tree = cluster(np.ones((1, 3)))
    assert tree.order.tolist() == [0]
    assert tree.x.shape == (0, 4)
