"""Pictures of genes that stand without JavaScript: binned clouds of points, the p-value histogram, small histograms."""

from __future__ import annotations

import numpy as np

from foldwise.report.svg import BOTH, DOWN, LINE, MUTED, QUIET, UP, Canvas, Scale, line, num, polyline, rect, tick_text

_CELL = 3  # pixels of a bin
_LAYERS = (("quiet", QUIET), ("down", DOWN), ("up", UP), ("both", BOTH))
HALO = {"stroke": "#fff", "stroke_width": 4, "stroke_linejoin": "round", "paint_order": "stroke"}
_FADE = (0.3, 0.55, 0.85)  # opacity of a cell with one, a few, many quiet genes


def binned_cloud(
    x: np.ndarray,
    y: np.ndarray,
    layer: np.ndarray,
    x_label: str,
    y_label: str,
    label: str,
    *,
    size: tuple[float, float] = (500, 360),
    log: tuple[bool, bool] = (False, False),
    curve: tuple[np.ndarray, np.ndarray] | None = None,
) -> str:
    """Return a scatter plot of any number of points in at most some 25 kB.

    Parameters
    ----------
    x, y : ndarray, (n,)
        Data; on axes marked in ``log`` already log10.
    layer : ndarray of int, (n,)
        0 grey, 1 down, 2 up, 3 both.
    curve : two arrays, optional
        A line over the points, on the same scales.
    """
    width, height = size
    left, right, top, bottom = 54.0, 12.0, 10.0, 42.0
    good = np.isfinite(x) & np.isfinite(y)
    x, y, layer = x[good], y[good], layer[good]
    canvas = Canvas(width, height, label)
    if not x.size:
        canvas.text(width / 2, height / 2, "no gene to show", "middle", fill=MUTED)
        return str(canvas)
    x_scale, y_scale = _scale(x, left, width - right), _scale(y, height - bottom, top)
    axes(canvas, x_scale, y_scale, x_label, y_label, log)
    column = ((x - x_scale.low) / (x_scale.high - x_scale.low) * (width - left - right) // _CELL).astype(np.int64)
    row = ((y_scale.high - y) / (y_scale.high - y_scale.low) * (height - top - bottom) // _CELL).astype(np.int64)
    for number, (name, colour) in enumerate(_LAYERS):
        chosen = layer == number
        _draw_cells(canvas, row[chosen], column[chosen], left, top, name, colour)
    if curve is not None:
        xs, ys = [x_scale(float(v)) for v in curve[0]], [y_scale(float(v)) for v in curve[1]]
        canvas.add(polyline(xs, ys, stroke="#1B1F24", stroke_width=2, class_="curve"))
    return str(canvas)


def _scale(values: np.ndarray, start: float, stop: float) -> Scale:
    low, high = float(values.min()), float(values.max())
    pad = 0.03 * ((high - low) or 1.0)
    return Scale(low - pad, high + pad, start, stop)


def axes(canvas: Canvas, x: Scale, y: Scale, x_label: str, y_label: str, log: tuple[bool, bool]) -> None:
    """Append grid, ticks and names of two axes; those marked in ``log`` hold powers of ten."""
    for tick in _ticks(x, log[0]):
        canvas.add(line(x(tick), y.stop, x(tick), y.start, class_="grid"))
        canvas.text(x(tick), y.start + 16, _tick(tick, log[0]), "middle", class_="tick", fill=MUTED)
    for tick in _ticks(y, log[1]):
        canvas.add(line(x.start, y(tick), x.stop, y(tick), class_="grid"))
        canvas.text(x.start - 6, y(tick) + 4, _tick(tick, log[1]), "end", class_="tick", fill=MUTED)
    canvas.text((x.start + x.stop) / 2, canvas.height - 6, x_label, "middle")
    middle = (y.start + y.stop) / 2
    canvas.text(13, middle, y_label, "middle", transform=f"rotate(-90 13 {num(middle)})")


def _ticks(scale: Scale, log: bool) -> list[float]:
    ticks = scale.ticks(5)
    return [tick for tick in ticks if tick == round(tick)] if log else ticks


def _tick(value: float, log: bool) -> str:
    if not log:
        return tick_text(value)
    return tick_text(10.0**value) if -3 <= value <= 7 else f"1e{value:.0f}"


def _draw_cells(
    canvas: Canvas, row: np.ndarray, column: np.ndarray, left: float, top: float, name: str, colour: str
) -> None:
    """Append the occupied cells of a layer; neighbours in a row become one path piece."""
    if not row.size:
        return
    span = int(column.max()) + 1
    cells, counts = np.unique(row * span + column, return_counts=True)
    level = np.minimum(np.log2(counts).astype(int) // 2, 2) if name == "quiet" else np.zeros(cells.size, int)
    for step in np.unique(level):
        chosen = cells[level == step]
        breaks = np.flatnonzero((np.diff(chosen) != 1) | (chosen[1:] % span == 0)) + 1
        starts = chosen[np.concatenate(([0], breaks))]
        lengths = np.diff(np.concatenate(([0], breaks, [chosen.size]))) * _CELL
        pieces = [
            f"M{num(left + c * _CELL)} {num(top + r * _CELL)}h{n}v{_CELL}h-{n}z"
            for r, c, n in zip((starts // span).tolist(), (starts % span).tolist(), lengths.tolist(), strict=True)
        ]
        opacity = _FADE[int(step)] if name == "quiet" else 0.85
        canvas.add(f'<path class="{name}" fill="{colour}" fill-opacity="{opacity}" d="{"".join(pieces)}"/>')


def histogram(
    counts: np.ndarray,
    edges: np.ndarray,
    x_label: str,
    y_label: str,
    label: str,
    *,
    level: tuple[float, str] | None = None,
    n_strong: int = 0,
    cut: tuple[float, str] | None = None,
) -> str:
    """Return bars; the first ``n_strong`` in colour, a dashed ``level`` across, a dashed ``cut`` upright."""
    width, height, left, top, bottom = 500.0, 300.0, 54.0, 16.0, 42.0
    canvas = Canvas(width, height, label)
    x = Scale(float(edges[0]), float(edges[-1]), left, width - 12)
    y = Scale(0, float(max(counts.max(initial=0), 1)) * 1.05, height - bottom, top)
    axes(canvas, x, y, x_label, y_label, (False, False))
    for i, count in enumerate(counts):
        start, stop = x(float(edges[i])), x(float(edges[i + 1]))
        title = f"{edges[i]:.3g} to {edges[i + 1]:.3g}: {int(count):,}"
        look = {"class_": "g0", "fill": DOWN} if i < n_strong else {"class_": "quiet", "fill": QUIET}
        canvas.add(rect(start + 0.5, y(float(count)), stop - start - 1, y(0) - y(float(count)), title, **look))
    canvas.add(line(left, y(0), width - 12, y(0), class_="axis", stroke=MUTED))
    if level is not None:
        height_at = y(min(level[0], y.high))
        canvas.add(line(left, height_at, width - 12, height_at, class_="level", stroke=UP, stroke_dasharray="5 4"))
        canvas.text(width - 14, height_at - 5, level[1], "end", class_="level-text", fill="#A84A00", **HALO)
    if cut is not None and x.low <= cut[0] <= x.high:
        canvas.add(line(x(cut[0]), top, x(cut[0]), y(0), class_="level", stroke=UP, stroke_dasharray="5 4"))
        canvas.text(x(cut[0]) - 5, top + 10, cut[1], "end", class_="level-text", fill="#A84A00", **HALO)
    return str(canvas)


def share_bar(parts: list[tuple[str, int, str]], label: str) -> str:
    """Return one bar cut into named shares: ``(class, number, colour)``."""
    width, height = 1000.0, 16.0
    total = sum(number for _, number, _ in parts) or 1
    canvas, x = Canvas(width, height, label), 0.0
    for name, number, colour in parts:
        span = width * number / total
        canvas.add(rect(x, 0, max(span - 2, 0.5 if number else 0), height, class_=name, fill=colour or LINE))
        x += span
    return str(canvas).replace("<svg", '<svg preserveAspectRatio="none"', 1)
