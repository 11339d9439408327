"""Pictures of samples: bars, principal components, the design matrix, how sheet columns hang together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.report.sheet import SheetColumn
from foldwise.report.svg import (
    INK,
    MUTED,
    PALETTE,
    Canvas,
    Scale,
    line,
    mark,
    num,
    rect,
    shorten,
    text_width,
    tick_text,
)

_LABELLED = 60  # above this many samples rows get thin and lose their names
_MAX_HEIGHT = 480
_NAMED_POINTS = 40  # above this many samples their names are in tooltips only


def _row_height(n_samples: int) -> float:
    return 20.0 if n_samples <= _LABELLED else max(_MAX_HEIGHT / n_samples, 1.0)


def group_look(codes: np.ndarray | None, sample: int) -> dict[str, object]:
    """Return class and fill of a sample's group."""
    if codes is None or not codes.size or codes[sample] < 0:
        return {"class_": "quiet", "fill": "#9AA3AD"}
    group = int(codes[sample]) % len(PALETTE)
    return {"class_": f"g{group}", "fill": PALETTE[group]}


def sample_bars(
    names: Sequence[str],
    values: np.ndarray,
    codes: np.ndarray | None,
    label: str,
    texts: Sequence[str],
    *,
    centre: float | None = None,
) -> str:
    """Return one horizontal bar per sample; with ``centre``, dots on a log2 scale around it; many are put by group.

    Parameters
    ----------
    names, texts : sequence of str
        Sample names and the numbers as written beside the bars.
    values : ndarray, (n_samples,)
    codes : ndarray of int or None
        Group of each sample, for the colour.
    label : str
        A sentence for readers who do not see the picture.
    """
    height, labelled = _row_height(len(names)), len(names) <= _LABELLED
    left = min(text_width(names, 16), 124) + 10 if labelled else 10
    width, right, top = 340.0, 52.0 if labelled else 12.0, 6.0
    bottom = top + height * len(names)
    shown = np.log2(values / centre) if centre else np.asarray(values, dtype=float)
    low, high = float(shown.min(initial=0)), float(shown.max(initial=0))
    if centre:
        high = max(abs(low), abs(high), 0.5) * 1.1
        low = -high
    scale = Scale(low, high or 1.0, left, width - right)
    canvas = Canvas(width, bottom + 22, label)
    marks = _log2_ticks(scale, centre) if centre else [(tick, tick_text(tick)) for tick in scale.ticks(3)]
    for tick, name in marks:
        x = scale(tick)
        canvas.add(line(x, top, x, bottom, class_="grid"))
        canvas.text(x, bottom + 15, name, "middle", class_="tick", fill=MUTED, font_size=11)
    grouped = not labelled and codes is not None and codes.size
    order = np.argsort(codes, kind="stable").tolist() if grouped and codes is not None else range(len(names))
    for row, i in enumerate(order):
        y, x = top + height * (row + 0.5), scale(float(shown[i]))
        name, colour, title = names[i], group_look(codes, i), f"{shorten(names[i], 80)}: {texts[i]}"
        shape = 0 if codes is None or not codes.size else max(int(codes[i]), 0)
        if labelled:
            canvas.text(left - 8, y + 4, name, "end", limit=16)
            canvas.text(width, y + 4, texts[i], "end", class_="tick", fill=MUTED, font_size=11)
        if centre:
            size = 4.5 if labelled else 2.6
            canvas.add(line(scale(0), y, x, y, stroke_width=2, class_="stem"), mark(x, y, shape, size, title, **colour))
        else:
            thick = min(height * 0.66, 14) if labelled else height
            canvas.add(rect(scale(0), y - thick / 2, x - scale(0), thick, title, rx=2 if labelled else 0, **colour))
    canvas.add(line(scale(0), top, scale(0), bottom, class_="axis", stroke=MUTED))
    return str(canvas)


def _log2_ticks(scale: Scale, centre: float) -> list[tuple[float, str]]:
    """Return round numbers on a log2 axis around ``centre``: closer together where the range is small."""
    steps = (0.5, 0.7, 1, 1.4, 2) if scale.high < 1.3 else (0.125, 0.25, 0.5, 1, 2, 4, 8)
    places = [(float(np.log2(step)), tick_text(centre * step)) for step in steps]
    return [(place, name) for place, name in places if scale.low <= place <= scale.high]


def principal_components_plot(
    scores: np.ndarray, fractions: np.ndarray, names: Sequence[str], column: SheetColumn | None
) -> str:
    """Return samples on their first two components; points carry ``data-i`` so that the page can recolour them."""
    width, height, left, bottom, margin = 500.0, 360.0, 54.0, 44.0, 14.0
    xs, ys = scores[:, 0], scores[:, 1] if scores.shape[1] > 1 else np.zeros(len(scores))
    x_scale, y_scale = _padded(xs, left, width - margin), _padded(ys, height - bottom, margin)
    canvas = Canvas(width, height, _components_sentence(fractions, column))
    for tick in x_scale.ticks(6):
        canvas.add(line(x_scale(tick), margin, x_scale(tick), height - bottom, class_="grid"))
        canvas.text(x_scale(tick), height - bottom + 16, tick_text(tick), "middle", class_="tick", fill=MUTED)
    for tick in y_scale.ticks(5):
        canvas.add(line(left, y_scale(tick), width - margin, y_scale(tick), class_="grid"))
        canvas.text(left - 6, y_scale(tick) + 4, tick_text(tick), "end", class_="tick", fill=MUTED)
    canvas.text((left + width) / 2, height - 6, _component_name(1, fractions), "middle")
    turned = f"rotate(-90 14 {num((height - bottom) / 2)})"
    canvas.text(14, (height - bottom) / 2, _component_name(2, fractions), "middle", transform=turned)
    codes = column.codes if column is not None and column.levels else None
    for i, name in enumerate(names):
        x, y = x_scale(float(xs[i])), y_scale(float(ys[i]))
        shape = 0 if codes is None or codes[i] < 0 else int(codes[i])
        look: dict[str, object] = {**group_look(codes, i), "data_i": i, "stroke": "#fff", "stroke_width": 0.15}
        look["class_"] = f"sample {look['class_']}"
        canvas.add(mark(x, y, shape, 6.5, shorten(name, 80), **look))
    if len(names) <= _NAMED_POINTS:
        places = [(x_scale(float(x)), y_scale(float(y))) for x, y in zip(xs, ys, strict=True)]
        _name_points(canvas, names, places, left, width)
    return str(canvas)


def _name_points(
    canvas: Canvas, names: Sequence[str], places: Sequence[tuple[float, float]], left: float, right: float
) -> None:
    """Write names beside points, on the side with room; where both sides are taken the name stays in the tooltip."""
    taken = [(x - 8, y - 7, x + 8, y + 7) for x, y in places]
    for i, (name, (x, y)) in enumerate(zip(names, places, strict=True)):
        wide = text_width([name], 14) + 2
        for side, low in (("start", x + 10), ("end", x - 10 - wide)):
            box = (low, y - 7, low + wide, y + 7)
            others = [other for k, other in enumerate(taken) if k != i]
            inside = left <= box[0] and box[2] <= right
            if inside and not any(box[0] < c and a < box[2] and box[1] < d and b < box[3] for a, b, c, d in others):
                place = x + 11 if side == "start" else x - 11
                canvas.text(place, y + 4, name, side, limit=14, class_="tick", fill=MUTED)
                taken.append(box)
                break


def _padded(values: np.ndarray, start: float, stop: float) -> Scale:
    low, high = float(values.min(initial=0)), float(values.max(initial=0))
    pad = 0.08 * ((high - low) or 1.0)
    return Scale(low - pad, high + pad, start, stop)


def _component_name(number: int, fractions: np.ndarray) -> str:
    if number > len(fractions):
        return f"PC{number}"
    return f"PC{number} ({100 * fractions[number - 1]:.0f} % of the variance)"


def _components_sentence(fractions: np.ndarray, column: SheetColumn | None) -> str:
    share = 100 * float(np.sum(fractions[:2]))
    colour = f", colored by {shorten(column.name)}" if column is not None else ""
    return f"Samples on their first two principal components, which hold {share:.0f} percent of the variance{colour}."


def matrix_picture(matrix: np.ndarray, columns: Sequence[str], names: Sequence[str], label: str) -> str:
    """Return the design matrix: a row per sample (of many: per kind of sample), a column per coefficient."""
    if len(names) > _LABELLED:
        matrix, counts = np.unique(matrix, axis=0, return_counts=True)
        matrix, names = matrix[::-1], [f"{n} samples" if n > 1 else "1 sample" for n in counts[::-1].tolist()]
    height, labelled = _row_height(len(names)), len(names) <= _LABELLED
    left = min(text_width(names, 16), 124) + 10 if labelled else 10
    cell = max(min(62.0, 460 / max(len(columns), 1)), 14.0)
    head = min(text_width(columns, 34), 224) * 0.56 + 18
    right = min(text_width(columns, 34), 224) * 0.84
    canvas = Canvas(left + cell * len(columns) + right, head + height * len(names) + 4, label)
    top = float(np.abs(matrix).max(initial=1.0)) or 1.0
    for j, column in enumerate(columns):
        x = left + cell * (j + 0.5)
        canvas.text(x, head - 8, column, limit=34, transform=f"rotate(-33 {num(x)} {num(head - 8)})", font_size=11)
    for i, name in enumerate(names):
        y = head + height * i
        if labelled:
            canvas.text(left - 8, y + height / 2 + 4, name, "end", limit=16)
        for j, column in enumerate(columns):
            value = float(matrix[i, j])
            canvas.add(_cell(left + cell * j, y, cell, height, value, top, f"{shorten(name)} · {shorten(column)}"))
            if labelled and cell > 30:
                ink, kind = ("#fff", "on") if abs(value) / top > 0.55 else (MUTED, "tick")
                x, written = left + cell * (j + 0.5), f"{value:.3g}"
                canvas.text(x, y + height / 2 + 4, written, "middle", font_size=11, fill=ink, class_=kind)
    return str(canvas)


def _cell(x: float, y: float, width: float, height: float, value: float, top: float, name: str) -> str:
    """Return one cell; the sign is the colour, the size its opacity."""
    gap = 1.0 if height > 4 else 0.0
    kind = "pos" if value >= 0 else "neg"
    look: dict[str, object] = {"class_": kind, "fill": PALETTE[0] if value >= 0 else PALETTE[1]}
    look["fill_opacity"] = f"{0.06 + 0.94 * abs(value) / top:.2f}"
    return rect(x + gap, y + gap, width - 2 * gap, height - 2 * gap, f"{name}: {value:.4g}", rx=2, **look)


def association_picture(names: list[str], pairs: list[tuple[str, str, float, str]]) -> str:
    """Return a map of how strongly columns of the sheet go together: pale crossed, dark one fixes the other."""
    cell, left = 58.0, min(text_width(names, 16), 124) + 12
    top = 8.0
    count = len(names)
    canvas = Canvas(left + cell * count + 8, top + cell * count + 26, _association_sentence(pairs))
    strength = {(a, b): (value, word) for a, b, value, word in pairs}
    for i, row in enumerate(names):
        canvas.text(left - 8, top + cell * (i + 0.5) + 4, row, "end", limit=16)
        canvas.text(left + cell * (i + 0.5), top + cell * count + 17, row, "middle", limit=8)
        for j, column in enumerate(names):
            value, word = strength.get((row, column)) or strength.get((column, row)) or (1.0, "itself")
            title = f"{shorten(row)} and {shorten(column)}: {word} (Cramér's V {value:.2f})"
            look: dict[str, object] = {"class_": "same", "fill": INK, "fill_opacity": 0.08}
            if i != j:
                look = {"class_": "pos", "fill": PALETTE[0], "fill_opacity": f"{0.05 + 0.95 * value:.2f}"}
            x, y = left + cell * j, top + cell * i
            canvas.add(rect(x + 1, y + 1, cell - 2, cell - 2, title, rx=3, **look))
            if i != j:
                ink, name = ("#fff", "on") if value > 0.5 else (INK, "ink")
                canvas.text(x + cell / 2, y + cell / 2 + 4, f"{value:.2f}", "middle", fill=ink, class_=name)
    return str(canvas)


def _association_sentence(pairs: list[tuple[str, str, float, str]]) -> str:
    words = "; ".join(f"{shorten(a)} and {shorten(b)}: {word}" for a, b, _, word in pairs[:12])
    return f"How columns of the sample sheet go together. {words}."


def legend_key(shape: int, group: int) -> str:
    """Return a small picture of a group's mark, for legends in text."""
    inner = mark(8, 8, shape, 5, "", **group_look(np.array([group]), 0))
    return f'<svg class="key" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">{inner}</svg>'
