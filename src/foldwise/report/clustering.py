"""Order of the rows of a picture by hierarchical clustering. The only file here that imports scipy's clustering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_MAX_OPTIMAL = 120  # the best order of leaves takes time with the third power of their number


@dataclass(frozen=True, eq=False)
class Tree:
    """A clustering of n things.

    Parameters
    ----------
    order : ndarray of int, (n,)
        The things from first to last leaf.
    forks : tuple of (left, right, left_height, right_height, height)
        One per join: places of the two branches on the axis of leaves (0.5 is the middle of the first),
        where each starts, and the height of the join, as parts of the highest.
    """

    order: np.ndarray
    forks: tuple[tuple[float, float, float, float, float], ...]


def cluster(distances: np.ndarray) -> Tree:
    """Return average-linkage clustering; similar things lie side by side.

    Parameters
    ----------
    distances : ndarray, (n, n)
        Symmetric, zeros on the diagonal.
    """
    n = len(distances)
    if n < 3:
        return Tree(np.arange(n), ())
    from scipy.cluster.hierarchy import leaves_list, linkage

    condensed = distances[np.triu_indices(n, 1)]
    joins = linkage(condensed, "average", optimal_ordering=n <= _MAX_OPTIMAL)
    order = np.asarray(leaves_list(joins), dtype=np.int64)
    return Tree(order, _forks(joins, order))


def _forks(joins: np.ndarray, order: np.ndarray) -> tuple[tuple[float, float, float, float, float], ...]:
    n = len(order)
    place, height = np.zeros(2 * n - 1), np.zeros(2 * n - 1)
    place[order] = np.arange(n) + 0.5
    top = float(joins[:, 2].max()) or 1.0
    forks = []
    for k, (a, b, distance, _) in enumerate(joins):
        i, j = int(a), int(b)
        left, right = (i, j) if place[i] <= place[j] else (j, i)
        place[n + k], height[n + k] = (place[i] + place[j]) / 2, distance / top
        forks.append((place[left], place[right], height[left], height[right], height[n + k]))
    return tuple(forks)


def euclidean(rows: np.ndarray) -> np.ndarray:
    """Return the Euclidean distances between the rows of a matrix, (n, n)."""
    squares = np.einsum("ij,ij->i", rows, rows)
    squared = squares[:, None] + squares[None, :] - 2 * (rows @ rows.T)
    distances: np.ndarray = np.sqrt(np.maximum(squared, 0.0))
    np.fill_diagonal(distances, 0.0)
    return distances


def correlation_distance(rows: np.ndarray) -> np.ndarray:
    """Return one minus the correlation of each pair of rows; rows without spread are as far as can be."""
    centered = rows - rows.mean(axis=1)[:, None]
    length = np.sqrt(np.einsum("ij,ij->i", centered, centered))
    unit = np.divide(centered, length[:, None], out=np.zeros_like(centered), where=length[:, None] > 0)
    distances: np.ndarray = np.clip(1.0 - unit @ unit.T, 0.0, 2.0)
    np.fill_diagonal(distances, 0.0)
    return (distances + distances.T) / 2
