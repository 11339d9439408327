"""Figures whose points are samples: principal components, and the counts of one gene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwise.report.drawings.look import INK, MARKERS, MUTED, QUIET, Labels, level_look, safe, tick
from foldwise.report.sheet import SheetColumn

_MAX_NAMED = 16  # samples; more names would cover the points
_MAX_LEVELS = 14  # in a legend


def draw_components(
    axes: Any,
    scores: np.ndarray,
    share: np.ndarray,
    names: Sequence[str],
    color: SheetColumn | None,
    shape: SheetColumn | None,
) -> Labels | None:
    """Draw samples on their first two principal components.

    Parameters
    ----------
    axes : matplotlib Axes
    scores : ndarray, (n_samples, k)
    share : ndarray, (k,)
        Part of the variance of each component.
    names : sequence of str
    color, shape : SheetColumn or None
        Columns of the sheet that give color and shape; without ``shape`` the color's levels give both.
    """
    x = scores[:, 0]
    y = scores[:, 1] if scores.shape[1] > 1 else np.zeros(len(x))
    if color is not None and not color.levels:
        _scale_points(axes, x, y, color)
    else:
        _level_points(axes, x, y, color, shape)
    for number, name in ((0, axes.set_xlabel), (1, axes.set_ylabel)):
        part = f" ({100 * share[number]:.0f} % of variance)" if number < len(share) else ""
        name(f"PC{number + 1}{part}")
    axes.margins(0.12)
    axes.set_title("Principal components of samples", loc="left")
    if len(names) > _MAX_NAMED:
        return None
    return Labels(x, y, [safe(name, 18) for name in names], x, y, 4.5)


def _level_points(
    axes: Any, x: np.ndarray, y: np.ndarray, color: SheetColumn | None, shape: SheetColumn | None
) -> None:
    """Draw points by one or two columns of levels, with a legend for each."""
    colors = np.zeros(len(x), dtype=int) if color is None else np.asarray(color.codes)
    shapes = colors if shape is None or not shape.levels else np.asarray(shape.codes)
    for one, other in sorted(set(zip(colors.tolist(), shapes.tolist(), strict=True))):
        rows = (colors == one) & (shapes == other)
        marker = level_look(other)[1]
        axes.scatter(x[rows], y[rows], s=46, color=level_look(one)[0], marker=marker, edgecolor="white", linewidth=0.6)
    if color is None:
        return
    both = shape is not None and shape is not color and bool(shape.levels)
    own = [(level_look(i)[0], MARKERS[0] if both else level_look(i)[1]) for i in range(len(color.levels))]
    handles = _keys(axes, color, own)
    if both and shape is not None:
        handles += _keys(axes, shape, [(MUTED, level_look(i)[1]) for i in range(len(shape.levels))])
    look = {"frameon": False, "handletextpad": 0.4, "borderaxespad": 0}
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0), **look)


def _keys(axes: Any, column: SheetColumn, looks: Sequence[tuple[str, Any]]) -> list[Any]:
    """Return the entries of a legend: the name of the column, then its levels."""
    seen = [i for i in range(len(column.levels)) if (np.asarray(column.codes) == i).any()]
    more = f" (first {_MAX_LEVELS} of {len(seen)})" if len(seen) > _MAX_LEVELS else ""
    entries = [("none", MUTED, f"{safe(column.name, 20)}{more}")]
    entries += [(looks[i][1], looks[i][0], safe(column.levels[i], 20)) for i in seen[:_MAX_LEVELS]]
    look = {"linestyle": "", "markersize": 6}
    return [axes.plot([], [], marker=marker, color=color, label=words, **look)[0] for marker, color, words in entries]


def _scale_points(axes: Any, x: np.ndarray, y: np.ndarray, column: SheetColumn) -> None:
    """Draw points colored by a number, with its scale."""
    values = np.asarray(column.values, dtype=float)
    known = np.isfinite(values)
    axes.scatter(x[~known], y[~known], s=46, color=QUIET, edgecolor="white", linewidth=0.6)
    points = axes.scatter(x[known], y[known], s=46, c=values[known], cmap="viridis", edgecolor="white", linewidth=0.6)
    axes.figure.colorbar(points, ax=axes, label=safe(column.name, 30), shrink=0.8)


def draw_gene(
    axes: Any,
    title: str,
    subtitle: str,
    values: np.ndarray,
    groups: Sequence[str],
    *,
    pairs: Sequence[str] | None = None,
    levels: Sequence[str] | None = None,
    unit: str = "normalized counts",
    name: str = "",
) -> None:
    """Draw the counts of one gene, a point per sample by group, on a log scale with zero at its foot.

    Parameters
    ----------
    axes : matplotlib Axes
    title, subtitle : str
    values : ndarray, (n_samples,)
        Normalized counts, at least 0.
    groups : sequence of str, (n_samples,)
    pairs : sequence of str, optional
        Samples of one pair are joined by a line.
    levels : sequence of str, optional
        Order of the groups; default that of appearance.
    unit : str
        Title of the axis of counts.
    name : str
        What the groups are: a column of the sheet.
    """
    present = list(dict.fromkeys(groups))
    levels = [level for level in levels if level in present] if levels else present
    height = np.log10(np.asarray(values, dtype=float) + 0.5)
    number = np.array([levels.index(group) for group in groups])
    place = number + _spread(number)
    for pair in dict.fromkeys(pairs or ()):
        members = [i for i, own in enumerate(pairs or ()) if own == pair]
        members.sort(key=lambda i: place[i])
        axes.plot(place[members], height[members], color=MUTED, linewidth=0.6, alpha=0.5, zorder=1)
    for level, words_of in enumerate(levels):
        rows = number == level
        color, marker = level_look(level)
        look = {"s": 30, "color": color, "marker": marker, "edgecolor": "white", "linewidth": 0.5, "zorder": 3}
        axes.scatter(place[rows], height[rows], label=safe(words_of), **look)
        middle = float(np.mean(height[rows]))
        axes.plot([level - 0.28, level + 0.28], [middle, middle], color=INK, linewidth=1.4, zorder=2)
    _count_axis(axes, height, unit)
    axes.set_xlim(-0.6, len(levels) - 0.4)
    turned = len(levels) > 3 or max(len(level) for level in levels) > 12
    words = [safe(level, 18) for level in levels]
    axes.set_xticks(range(len(levels)), words, rotation=35 if turned else 0, ha="right" if turned else "center")
    axes.set_xlabel(safe(name, 30))
    _gene_title(axes, title, subtitle)


def draw_gene_scale(
    axes: Any, title: str, subtitle: str, values: np.ndarray, scale: np.ndarray, name: str, unit: str
) -> None:
    """Draw the counts of one gene against a number of each sample (age, dose, time).

    Parameters
    ----------
    axes : matplotlib Axes
    title, subtitle : str
    values : ndarray, (n_samples,)
        Normalized counts, at least 0.
    scale : ndarray, (n_samples,)
    name : str
        Of the column of the sheet.
    unit : str
        Title of the axis of counts.
    """
    height = np.log10(np.asarray(values, dtype=float) + 0.5)
    color, marker = level_look(0)
    axes.scatter(scale, height, s=30, color=color, marker=marker, edgecolor="white", linewidth=0.5)
    _count_axis(axes, height, unit)
    axes.set_xlabel(safe(name, 40))
    _gene_title(axes, title, subtitle)


def _gene_title(axes: Any, title: str, subtitle: str) -> None:
    axes.set_title(safe(title, 44), loc="left", pad=18 if subtitle else 6)
    if subtitle:
        axes.text(0, 1.015, safe(subtitle, 90), transform=axes.transAxes, fontsize=8, color=MUTED)


def _count_axis(axes: Any, height: np.ndarray, unit: str) -> None:
    """Make the vertical axis one of counts; ``height`` is log10 of count + 1/2."""
    top = max(float(height.max(initial=0)), 0.5)
    span = top - float(np.log10(0.5))
    lowest = float(height.min())
    bottom = float(np.log10(0.5)) if lowest < 0.0 else max(lowest - 0.1 * span - 0.1, -0.30103)
    ticks = _count_ticks(bottom, top)
    axes.set_yticks([np.log10(value + 0.5) for value in ticks], [tick(value) for value in ticks])
    axes.set_ylim(bottom - 0.04 * (top - bottom), top + 0.08 * (top - bottom))
    axes.set_ylabel(f"{unit} (log scale)")


def _spread(number: np.ndarray) -> np.ndarray:
    """Return the sidewise step of each point: even over its group, so that no two cover each other."""
    step = np.zeros(len(number))
    for level in np.unique(number):
        rows = np.flatnonzero(number == level)
        width = min(0.1 * (len(rows) - 1), 0.6)
        step[rows] = np.linspace(-width / 2, width / 2, len(rows)) if len(rows) > 1 else 0.0
    return step


def _count_ticks(low: float, high: float) -> list[float]:
    """Return counts for an axis from ``low`` to ``high`` (log10 of count + 1/2): closer where the range is small."""
    decades = [10.0**power for power in range(10)]
    steps = (1, 2, 5) if high - low < 2.2 else (1,)
    if high - low < 0.7:
        steps = (1, 1.5, 2, 3, 4, 5, 6, 8)  # type: ignore[assignment]
    ticks = [0.0, *(step * decade for decade in decades for step in steps)]
    kept = [value for value in ticks if low - 1e-9 <= np.log10(value + 0.5) <= high + 0.03]
    return [value for value in kept if value == int(value)]
