"""Power against the number of samples: a picture that stands by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from foldwise.model.power import PowerValues
from foldwise.report.svg import INK, LINE, MUTED, PALETTE, Canvas, Scale, line, mark, num, polyline, rect

WIDTH, HEIGHT = 640.0, 400.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 128.0, 34.0, 54.0
# Name, words, color, dashes and shape of each curve: told apart without color too.
CURVES = (
    ("all", "all genes", INK, "", 0),
    ("high", "high expression", PALETTE[0], "7 3", 2),
    ("middle", "middle", PALETTE[2], "2 3", 1),
    ("low", "low expression", PALETTE[1], "9 3 2 3", 3),
)
# Least distance of two names beside the curves.
APART = 16.0


@dataclass(frozen=True)
class _Axes:
    x: Scale
    y: Scale


def power_plot(curve: PowerValues) -> str:
    """Return the picture as SVG.

    Parameters
    ----------
    curve : PowerValues
    """
    table = curve.table
    sizes = [point.n for point in curve.points]
    spread = max(sizes) - min(sizes)
    margin = max(0.04 * spread, 0.3)
    axes = _Axes(
        Scale(min(sizes) - margin, max(sizes) + margin, LEFT, WIDTH - RIGHT), Scale(0.0, 1.0, HEIGHT - BOTTOM, TOP)
    )
    canvas = Canvas(WIDTH, HEIGHT, _spoken(curve))
    canvas.add(rect(0, 0, WIDTH, HEIGHT, fill="#fff"))
    _beyond(canvas, axes, curve)
    _grid(canvas, axes, sizes, curve)
    _band(canvas, axes, table[table["expression"] == "all"])
    ends = [_curve(canvas, axes, table, *look) for look in reversed(CURVES)]
    _names(canvas, [end for end in ends if end is not None])
    _answer(canvas, axes, curve)
    return str(canvas)


def _spoken(curve: PowerValues) -> str:
    table = curve.table
    whole = table[(table["expression"] == "all") & table["power"].notna()]
    points = "; ".join(f"{n}: {100 * v:.0f} percent" for n, v in zip(whole["n"], whole["power"], strict=True))
    return f"Power of {curve.method} by {curve.unit}. {points}. {curve.sentence}"


def _beyond(canvas: Canvas, axes: _Axes, curve: PowerValues) -> None:
    """Shade what lies beyond the data."""
    if not any(point.kind == "extrapolation" for point in curve.points):
        return
    start = axes.x(curve.pilot)
    canvas.add(rect(start, TOP, axes.x.stop - start, axes.y.start - TOP, fill="#F1F3F5"))
    canvas.text(axes.x.stop - 6, TOP - 8, "beyond your data: extrapolation", "end", fill=MUTED, font_size=11)
    canvas.add(line(start, TOP - 4, start, axes.y.start, stroke=MUTED, stroke_dasharray="4 3"))
    canvas.text(start - 4, TOP - 8, f"you have {curve.pilot}", "end", fill=MUTED, font_size=11)


def _grid(canvas: Canvas, axes: _Axes, sizes: Sequence[int], curve: PowerValues) -> None:
    for share in np.arange(0.0, 1.01, 0.2):
        y = axes.y(share)
        canvas.add(line(LEFT, y, axes.x.stop, y, stroke=LINE))
        canvas.text(LEFT - 8, y + 4, f"{100 * share:.0f} %", "end", fill=MUTED, font_size=11)
    taken = -1e9
    for n in sizes:
        x = axes.x(n)
        if x - taken >= 22:
            canvas.text(x, axes.y.start + 17, n, "middle", fill=MUTED, font_size=11)
            taken = x
    canvas.text((LEFT + axes.x.stop) / 2, HEIGHT - 12, curve.unit, "middle")
    middle = (TOP + axes.y.start) / 2
    title = f"changed genes found (at least {2**curve.lfc:.3g}-fold)"
    canvas.text(15, middle, title, "middle", transform=f"rotate(-90 15 {num(middle)})")


def _band(canvas: Canvas, axes: _Axes, whole: pd.DataFrame) -> None:
    known = whole.dropna(subset=["power_low", "power_high"])
    upper = [(axes.x(n), axes.y(v)) for n, v in zip(known["n"], known["power_high"], strict=True)]
    lower = [(axes.x(n), axes.y(v)) for n, v in zip(known["n"], known["power_low"], strict=True)]
    points = " ".join(f"{num(x)},{num(y)}" for x, y in [*upper, *reversed(lower)])
    canvas.add(f'<polygon points="{points}" fill="{INK}" fill-opacity="0.1"/>')


def _curve(
    canvas: Canvas, axes: _Axes, table: pd.DataFrame, name: str, words: str, color: str, dashes: str, shape: int
) -> tuple[float, str, str, int] | None:
    """Draw one curve; return where its name belongs, the name, the color and the shape."""
    part = table[(table["expression"] == name) & table["power"].notna()]
    if part.empty:
        return None
    xs, ys = [axes.x(n) for n in part["n"]], [axes.y(v) for v in part["power"]]
    more = {"stroke_dasharray": dashes} if dashes else {}
    canvas.add(polyline(xs, ys, stroke=color, stroke_width=2.6 if name == "all" else 1.8, **more))
    for x, y, n, value in zip(xs, ys, part["n"], part["power"], strict=True):
        title = f"{words}, {n}: {100 * value:.1f} %"
        canvas.add(mark(x, y, shape, 4.2, title, fill=color, stroke="#fff", stroke_width=0.2))
    return ys[-1], words, color, shape


def _names(canvas: Canvas, ends: Sequence[tuple[float, str, str, int]]) -> None:
    """Write the names of the curves at their ends, moved apart."""
    places: list[tuple[float, str, str, int]] = []
    lowest = TOP
    for y, words, color, shape in sorted(ends):
        lowest = max(y, lowest + (APART if places else 0.0))
        places.append((lowest, words, color, shape))
    over = max(places[-1][0] - (HEIGHT - BOTTOM), 0.0) if places else 0.0
    for y, words, color, shape in places:
        canvas.add(mark(WIDTH - RIGHT + 12, y - over, shape, 4.2, fill=color))
        canvas.text(WIDTH - RIGHT + 21, y - over + 4, words)


def _answer(canvas: Canvas, axes: _Axes, curve: PowerValues) -> None:
    """Mark the power asked for, and the number of samples that gives it."""
    y, n = axes.y(curve.target), curve.needed["all"]
    canvas.add(line(LEFT, y, axes.x.stop, y, stroke=MUTED, stroke_dasharray="2 3"))
    if n is None:
        return
    x = axes.x(n)
    canvas.add(line(x, y, x, axes.y.start, stroke=INK, stroke_width=1.5))
    left = x > (axes.x.start + axes.x.stop) / 2
    place, anchor = (x - 7, "end") if left else (x + 7, "start")
    words = f"{100 * curve.target:g} % with {n}"
    look = {"font_weight": 600, "stroke": "#fff", "stroke_width": 4, "paint_order": "stroke"}
    canvas.text(place, axes.y.start - 10, words, anchor, **look)
