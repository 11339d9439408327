"""How far samples lie from each other, as a clustered grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.report.clustering import Tree, cluster, euclidean
from foldwise.report.panel import Figure, Grid, Numbers
from foldwise.report.plots_grid import SEQUENTIAL, Place, branches, cells, group_strip, key, names_below
from foldwise.report.sheet import SheetColumn
from foldwise.report.svg import Canvas, shorten, text_width, tick_text

MAX_SAMPLES = 400
_MAX_NAMED = 40
_MAX_TABLE = 24
_SIDE = 500.0
_GUIDE = (
    "Each cell compares two samples over all genes: dark means alike, pale means far apart. Replicates should form "
    "dark blocks; a sample that is pale against its own group may be swapped, degraded or an outlier."
)


def distance_figure(values: np.ndarray, names: Sequence[str], column: SheetColumn | None) -> Grid | None:
    """Return the picture of the distances between samples.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
        On a log-like scale.
    names : sequence of str
    column : SheetColumn or None
        Whose groups the strip shows.

    Returns
    -------
    Grid or None
        None for fewer than three or more than `MAX_SAMPLES` samples.
    """
    if not 3 <= len(names) <= MAX_SAMPLES:
        return None
    distances = euclidean(np.ascontiguousarray(values.T))
    tree = cluster(distances)
    order = tree.order.tolist()
    ordered = [names[i] for i in order]
    sorted_ = distances[np.ix_(order, order)]
    off = sorted_[~np.eye(len(order), dtype=bool)]
    low, high = float(off.min()), float(off.max())
    label = (
        f"Distances between {len(names)} samples, {tick_text(low)} to {tick_text(high)}. {_nearest(distances, names)}"
    )
    svg, place = _picture(sorted_, tree, ordered, names, column, (low, high), label)
    table = None
    if len(names) <= _MAX_TABLE:
        rows = tuple((n, tuple(f"{v:.0f}" for v in row)) for n, row in zip(ordered, sorted_, strict=True))
        table = Numbers(("sample", *ordered), rows)
    caption = f"Euclidean distance of the variance-stabilized values of all {len(values):,} genes; average linkage."
    figure = Figure("distances", "Sample distances", svg, caption, label, _GUIDE, table)
    return Grid(figure, tuple(order), tuple(order), place)


def _nearest(distances: np.ndarray, names: Sequence[str]) -> str:
    far = np.where(np.eye(len(names), dtype=bool), np.inf, distances)
    i, j = divmod(int(np.argmin(far)), len(names))
    lonely = int(np.argmax(far.min(axis=1)))
    return (
        f"Most alike: {shorten(names[i], 40)} and {shorten(names[j], 40)}; farthest from all others: "
        f"{shorten(names[lonely], 40)}."
    )


def _picture(
    distances: np.ndarray,
    tree: Tree,
    ordered: Sequence[str],
    names: Sequence[str],
    column: SheetColumn | None,
    ends: tuple[float, float],
    label: str,
) -> tuple[str, tuple[float, float, float, float]]:
    n = len(ordered)
    named = n <= _MAX_NAMED
    tree_width, left = 46.0, 4.0
    right = min(text_width(ordered, 16), 124) + 12 if named else 8
    cell = min((_SIDE - left - tree_width - right) / n, 34.0)
    top = 16.0 if column is not None and column.levels else 4.0
    below = min(text_width(ordered, 16), 124) * 0.78 + 16 if named else 8
    grid = Place(left + tree_width, top, cell, cell)
    canvas = Canvas(grid.left + cell * n + right, top + cell * n + below + 26, label)
    canvas.add(branches(tree, top, cell, grid.left - 3, tree_width - 4, upright=False))
    canvas.add(*group_strip(column, tree.order, names, Place(grid.left, 2, cell, 9)))
    span = (ends[1] - ends[0]) or 1.0
    levels = 1 + np.floor((distances - ends[0]) / span * (len(SEQUENTIAL) - 1.001)).astype(int)
    levels[np.eye(n, dtype=bool)] = 0
    canvas.add(*cells(np.clip(levels, 0, len(SEQUENTIAL) - 1), grid, SEQUENTIAL, "s"))
    if named:
        for k, name in enumerate(ordered):
            canvas.text(
                grid.left + cell * n + 7, top + cell * (k + 0.5) + 4, name, limit=16, font_size=min(11.0, cell + 1.5)
            )
        names_below(canvas, ordered, grid.left, cell, top + cell * n)
    foot = top + cell * n + below + 6
    key(canvas, grid.left + 52, foot, SEQUENTIAL, "s", (tick_text(round(ends[0])), tick_text(round(ends[1]))))
    return str(canvas), grid.rounded()
