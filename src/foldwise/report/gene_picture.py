"""One gene as a picture: a point per sample, by group, on a log scale with zeros at its foot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.report.svg import MUTED, PALETTE, Canvas, Scale, line, mark, num, shorten, tick_text

_TOP, _BOTTOM, _LEFT, _WIDTH = 28.0, 34.0, 56.0, 90.0
_HEIGHT = 240.0


def gene_picture(
    title: str, values: np.ndarray, names: Sequence[str], groups: Sequence[str], pairs: Sequence[str] | None = None
) -> str:
    """Return the normalized counts of one gene as SVG.

    Parameters
    ----------
    title : str
    values : ndarray, (n_samples,)
        Normalized counts, at least 0.
    names : sequence of str
        Samples, for the tooltips.
    groups : sequence of str
        Group of each sample, one column of points per group in the order of first appearance.
    pairs : sequence of str, optional
        Pair of each sample; samples of one pair are joined by a line.
    """
    levels = list(dict.fromkeys(groups))
    label = f"{title}: normalized counts of {len(values)} samples in {len(levels)} groups. " + "; ".join(
        f"{level}: mean {tick_text(float(np.mean([v for v, g in zip(values, groups, strict=True) if g == level])))}"
        for level in levels
    )
    canvas = Canvas(_LEFT + _WIDTH * len(levels) + 10, _HEIGHT, label)
    height = np.log10(np.asarray(values, dtype=float) + 0.5)
    scale = Scale(float(np.log10(0.5)), max(float(height.max(initial=0)), 0.5) * 1.05, _HEIGHT - _BOTTOM, _TOP)
    canvas.text(_LEFT, 16, shorten(title, 40))
    for tick in _ticks(scale):
        y = scale(float(np.log10(tick + 0.5)))
        canvas.add(line(_LEFT, y, canvas.width - 10, y, class_="grid"))
        canvas.text(_LEFT - 8, y + 4, tick_text(tick), "end", class_="tick", fill=MUTED, font_size=11)
    places = _places(groups, levels)
    if pairs is not None:
        canvas.add(*_joined(places, [scale(h) for h in height], pairs))
    for i, name in enumerate(names):
        group = levels.index(groups[i])
        tip = f"{shorten(name, 80)}: {tick_text(float(values[i]))}"
        canvas.add(mark(places[i], scale(float(height[i])), group, 4.5, tip, fill=PALETTE[group % len(PALETTE)]))
    for group, level in enumerate(levels):
        canvas.text(_LEFT + _WIDTH * (group + 0.5), _HEIGHT - 12, level, "middle", limit=14)
    return str(canvas)


def _ticks(scale: Scale) -> list[float]:
    """Return 0 and the powers of ten in the range."""
    return [0.0, *(10.0**power for power in range(12) if np.log10(10.0**power + 0.5) <= scale.high)]


def _places(groups: Sequence[str], levels: list[str]) -> list[float]:
    """Return the horizontal place of each sample: spread evenly over the middle of its group's column."""
    sizes = {level: list(groups).count(level) for level in levels}
    seen = dict.fromkeys(levels, 0)
    places = []
    for group in groups:
        seen[group] += 1
        share = seen[group] / (sizes[group] + 1)
        places.append(_LEFT + _WIDTH * (levels.index(group) + 0.2 + 0.6 * share))
    return places


def _joined(x: list[float], y: list[float], pairs: Sequence[str]) -> list[str]:
    """Return a thin line through the samples of each pair."""
    lines = []
    for pair in dict.fromkeys(pairs):
        members = [i for i, own in enumerate(pairs) if own == pair]
        points = " ".join(f"{num(x[i])},{num(y[i])}" for i in members)
        if len(members) > 1:
            lines.append(f'<polyline points="{points}" fill="none" stroke="{MUTED}" stroke-opacity=".5"/>')
    return lines
