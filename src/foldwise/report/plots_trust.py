"""Pictures of the certificate: the type I error of null runs, and how many genes each of them called."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from foldwise.model.certificate import NullCurve
from foldwise.report.plots_genes import HALO, axes
from foldwise.report.svg import DOWN, MUTED, QUIET, UP, Canvas, Scale, line, num, polyline, rect
from foldwise.report.words import whole

# Borders of the bars: numbers of called genes, each about three times the one before.
_EDGES = (0, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000)


def type_one_curve(curve: NullCurve, label: str, size: tuple[float, float] = (500, 340)) -> str:
    """Return the share of genes below each cut on log scales: mean, 5 to 95 % ribbon, and what it should be."""
    width, height = size
    canvas = Canvas(width, height, label)
    cuts = np.log10(curve.cuts)
    floor = float(np.floor(cuts.min())) - 1.0
    x = Scale(float(cuts.min()), 0.0, 58.0, width - 12)
    y = Scale(floor, 0.0, height - 42, 10)
    axes(canvas, x, y, "p-value cut", "share of genes below it", (True, True))

    def places(values: np.ndarray) -> list[float]:
        with np.errstate(divide="ignore"):
            return [y(float(v)) for v in np.clip(np.log10(values), floor, 0.0)]

    xs = [x(float(v)) for v in cuts]
    edge = [*zip(xs, places(curve.high), strict=True), *reversed([*zip(xs, places(curve.low), strict=True)])]
    points = " ".join(f"{num(a)},{num(b)}" for a, b in edge)
    canvas.add(f'<polygon class="ribbon" points="{points}" fill="{DOWN}" fill-opacity=".18"/>')
    canvas.add(line(x(x.low), y(x.low), x(0), y(0), class_="level", stroke=UP, stroke_dasharray="5 4"))
    canvas.add(polyline(xs, places(curve.mean), class_="mean-line", stroke=DOWN, stroke_width=2.2))
    look: dict[str, Any] = {"class_": "level-text", "fill": "#A84A00", "font_size": 11, **HALO}
    canvas.text(x(x.low / 2) + 12, y(x.low / 2) + 20, "as it should be", **look)
    return str(canvas)


def bins(discoveries: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return names and heights of the bars of `false_histogram`, up to the last that is not empty."""
    edges = np.array([*_EDGES, np.inf])
    numbers = np.array([((discoveries >= a) & (discoveries < b)).sum() for a, b in pairwise(edges)])
    names = [_range(int(a), b) for a, b in pairwise(edges)]
    return names, numbers.astype(np.int64)


def _range(low: int, high: float) -> str:
    if not np.isfinite(high):
        return f"{whole(low)}+"
    return whole(low) if high == low + 1 else f"{whole(low)}–{whole(high - 1)}"


def false_histogram(
    discoveries: np.ndarray, lists: Sequence[tuple[str, int]], label: str, size: tuple[float, float] = (500, 340)
) -> str:
    """Return bars of how many null runs called how many genes; the real lists are marked.

    Parameters
    ----------
    discoveries : ndarray of int, (n_runs,)
    lists : sequence of (name, genes called)
        At most a few are named.
    label : str
    size : (width, height)
    """
    width, height = size
    names, numbers = bins(discoveries)
    at = [int(np.searchsorted(_EDGES, n, side="right")) - 1 for _, n in lists]
    last = max([*np.flatnonzero(numbers).tolist(), *at, 3])
    names, numbers = names[: last + 1], numbers[: last + 1]
    canvas = Canvas(width, height, label)
    left, top, bottom = 50.0, 34.0, 58.0
    y = Scale(0, float(max(numbers.max(initial=0), 1)) * 1.08, height - bottom, top)
    for tick in (t for t in y.ticks(4) if t == round(t)):
        canvas.add(line(left, y(tick), width - 8, y(tick), class_="grid"))
        canvas.text(left - 6, y(tick) + 4, whole(tick), "end", class_="tick", fill=MUTED)
    step = (width - 8 - left) / len(names)
    for k, (name, n) in enumerate(zip(names, numbers.tolist(), strict=True)):
        look = {"class_": "quiet", "fill": QUIET} if k == 0 else {"class_": "up", "fill": UP}
        title = f"{name} genes: {n:,} null runs"
        canvas.add(rect(left + step * k + 3, y(n), step - 6, y(0) - y(n), title, **look))
        middle = left + step * (k + 0.5)
        if n:
            canvas.text(middle, y(n) - 4, whole(n), "middle", class_="tick", fill=MUTED, font_size=11)
        below: dict[str, Any] = {"class_": "tick", "fill": MUTED, "font_size": 11.0 if len(names) <= 7 else 9.0}
        canvas.text(middle, height - bottom + 15, name, "middle", **below)
    canvas.add(line(left, y(0), width - 8, y(0), class_="axis", stroke=MUTED))
    for k, (place, (name, _)) in enumerate(zip(at, lists, strict=True)):
        _mark(canvas, left + step * (place + 0.5), y(0), 14.0 + 13 * k, name, (left, width - 8))
    canvas.text((left + width) / 2, height - 8, "genes called", "middle")
    middle = (y.start + y.stop) / 2
    canvas.text(13, middle, "null runs", "middle", transform=f"rotate(-90 13 {num(middle)})")
    return str(canvas)


def _mark(canvas: Canvas, x: float, foot: float, y: float, name: str, room: tuple[float, float]) -> None:
    """Append an upright line at a real list, with its name beside it."""
    canvas.add(line(x, y + 4, x, foot, class_="list", stroke="#0072B2", stroke_width=1.6, stroke_dasharray="4 3"))
    right = x > (room[0] + room[1]) / 2
    look: dict[str, Any] = {"class_": "list-text", "fill": "#005F96", "font_size": 11.5, **HALO}
    canvas.text(x + (-5 if right else 5), y + 3, name, "end" if right else "start", **look)
