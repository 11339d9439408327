"""Shaded grids with trees and names: sample distances, the heatmap of genes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.report.clustering import Tree
from foldwise.report.plots_samples import group_look
from foldwise.report.sheet import SheetColumn
from foldwise.report.svg import MUTED, Canvas, num, rect, shorten, text, text_width

# blue over white to vermillion, and white to blue; the style sheet has the same steps for a dark ground
DIVERGING = (
    "#0072B2", "#3F93C4", "#7BB3D6", "#B3D2E7", "#DDEAF4", "#F4F5F6", "#FBE7DA", "#F5C7A6", "#EDA06B", "#E27A2F",
    "#C64F00",
)  # fmt: skip
SEQUENTIAL = ("#08457E", "#1B64A3", "#3D83BE", "#66A1D0", "#8FBBDE", "#B3D1E9", "#D0E2F1", "#E7F0F8", "#F7FAFD")


@dataclass(frozen=True)
class Place:
    """Where the cells of a grid lie in its picture, in its own units."""

    left: float
    top: float
    width: float
    height: float

    def rounded(self) -> tuple[float, float, float, float]:
        """Return the four numbers as they stand in the picture."""
        return float(num(self.left)), float(num(self.top)), float(num(self.width)), float(num(self.height))


def cells(levels: np.ndarray, place: Place, colours: Sequence[str], prefix: str) -> list[str]:
    """Return the cells of a grid as one path per colour; neighbours of one colour in a row are joined.

    Parameters
    ----------
    levels : ndarray of int, (n_rows, n_columns)
        Number of the colour; -1 is left out.
    place : Place
        Width and height are those of one cell.
    colours : sequence of str
    prefix : str
        Class of colour k is ``{prefix}{k}``.
    """
    n_columns = levels.shape[1]
    flat = levels.ravel()
    breaks = (np.flatnonzero(np.diff(flat) != 0) + 1).tolist()
    rows_start = list(range(0, flat.size, n_columns))
    starts = np.unique(np.array([*rows_start, *breaks], dtype=np.int64))
    ends = np.append(starts[1:], flat.size)
    out = []
    for level in np.unique(flat[starts]):
        if level < 0:
            continue
        pieces = [
            f"M{num(place.left + place.width * (s % n_columns))} {num(place.top + place.height * (s // n_columns))}"
            f"h{num(place.width * (e - s))}v{num(place.height)}h-{num(place.width * (e - s))}z"
            for s, e in zip(starts.tolist(), ends.tolist(), strict=True)
            if flat[s] == level
        ]
        look = f'class="{prefix}{level}" fill="{colours[level]}"'
        out.append(f'<path {look} shape-rendering="crispEdges" d="{"".join(pieces)}"/>')
    return out


def branches(tree: Tree, start: float, step: float, foot: float, reach: float, *, upright: bool) -> str:
    """Return a tree as one path: along x with ``upright``, else along y; ``foot`` at the leaves, ``reach`` long."""
    pieces = []
    for a, b, low_a, low_b, high in tree.forks:
        (pa, pb), (ha, hb, h) = (start + step * a, start + step * b), (foot - reach * v for v in (low_a, low_b, high))
        corners = [(pa, ha), (pa, h), (pb, h), (pb, hb)]
        points = corners if upright else [(y, x) for x, y in corners]
        pieces.append("M" + "L".join(f"{num(x)} {num(y)}" for x, y in points))
    return f'<path class="tree" fill="none" stroke="{MUTED}" stroke-width=".8" d="{"".join(pieces)}"/>'


def group_strip(column: SheetColumn | None, order: np.ndarray, names: Sequence[str], place: Place) -> list[str]:
    """Return a strip of group colours over the columns of a grid."""
    if column is None or not column.levels:
        return []
    return [
        rect(
            place.left + place.width * k,
            place.top,
            place.width,
            place.height,
            f"{shorten(names[i], 60)}: {shorten(column.levels[column.codes[i]], 60) if column.codes[i] >= 0 else '–'}",
            **group_look(column.codes, int(i)),
        )
        for k, i in enumerate(order.tolist())
    ]


def key(canvas: Canvas, x: float, y: float, colours: Sequence[str], prefix: str, ends: tuple[str, str]) -> None:
    """Append the meaning of the colours: a bar from the first to the last with the values at its ends."""
    width = 9.0
    for k, colour in enumerate(colours):
        canvas.add(rect(x + width * k, y, width, 9, class_=f"{prefix}{k}", fill=colour))
    more: dict[str, object] = {"class_": "tick", "fill": MUTED, "font_size": 11}
    canvas.add(text(x - 6, y + 8.5, ends[0], "end", **more))
    canvas.add(text(x + width * len(colours) + 6, y + 8.5, ends[1], "start", **more))


def names_below(canvas: Canvas, names: Sequence[str], left: float, step: float, y: float) -> float:
    """Append names under columns, turned; return the height they take."""
    for k, name in enumerate(names):
        x = left + step * (k + 0.5)
        turn = f"rotate(-50 {num(x + 4)} {num(y + 10)})"
        canvas.text(x + 4, y + 10, name, "end", limit=16, transform=turn, font_size=min(11.0, step + 2))
    return text_width(names, 16) * 0.72 + 14
