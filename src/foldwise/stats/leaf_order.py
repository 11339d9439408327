"""Hierarchical clustering with optimal leaf order, for pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class Tree:
    """A clustering of n objects.

    Parameters
    ----------
    order : ndarray of int, (n,)
        Objects from the first leaf to the last.
    x, y : ndarray, (n - 1, 4)
        Corners of the n - 1 brackets of the dendrogram: place (leaf k stands at k) and height (distance).
    """

    order: Integers
    x: Floats
    y: Floats


def cluster(points: Floats, linkage: str = "average") -> Tree:
    """Cluster rows by Euclidean distance; leaves are ordered so that neighbors are as alike as the tree allows.

    Parameters
    ----------
    points : ndarray, (n, k)
        Finite values.
    linkage : str
        ``average``, ``complete`` or ``ward``.

    References
    ----------
    Bar-Joseph Z, Gifford DK, Jaakkola TS (2001). Fast optimal leaf ordering for hierarchical clustering.
    Bioinformatics 17:S22-S29.
    """
    from scipy.cluster.hierarchy import dendrogram
    from scipy.cluster.hierarchy import linkage as join
    from scipy.spatial.distance import pdist

    n = len(points)
    if n < 2:
        return Tree(np.arange(n), np.empty((0, 4)), np.empty((0, 4)))
    tree = join(pdist(points), method=linkage, optimal_ordering=True)
    drawn = dendrogram(tree, no_plot=True)
    order = np.asarray(drawn["leaves"], dtype=np.int64)
    return Tree(order, (np.asarray(drawn["icoord"]) - 5.0) / 10.0, np.asarray(drawn["dcoord"]))


def distances(points: Floats) -> Floats:
    """Return the Euclidean distance of each pair of rows, (n, n), 0 on the diagonal."""
    from scipy.spatial.distance import pdist, squareform

    square: Floats = squareform(pdist(points))
    return square
