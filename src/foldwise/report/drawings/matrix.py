"""Shaded squares with trees: the heatmap of genes and the distances of samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwise.report.clustering import Tree, cluster, correlation_distance, euclidean
from foldwise.report.drawings.look import LINE, MUTED, PALETTE, safe
from foldwise.report.sheet import SheetColumn

_MAX_NAMED = 60  # rows or columns with their names written
_MAX_BARS = 3  # columns of the sheet above a heatmap
_MAX_LEGEND = 12
_REACHES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)  # log2 units at the ends of the colors


def draw_heatmap(
    axes: Any,
    values: np.ndarray,
    genes: Sequence[str],
    samples: Sequence[str],
    columns: Sequence[SheetColumn],
    title: str,
) -> None:
    """Draw genes x samples, the mean of each gene taken off, both sides clustered.

    Parameters
    ----------
    axes : matplotlib Axes
        Trees, bars of groups and the color scale are put around it.
    values : ndarray, (n_genes, n_samples)
        On a log-like scale.
    genes, samples : sequence of str
    columns : sequence of SheetColumn
        Drawn as bars of color above the samples (the first three with levels).
    title : str
    """
    centered = values - values.mean(axis=1, keepdims=True)
    rows, cols = cluster(correlation_distance(centered)), cluster(euclidean(np.ascontiguousarray(centered.T)))
    strong = float(np.quantile(np.abs(centered), 0.95))
    reach = next((value for value in _REACHES if value >= strong), _REACHES[-1])
    image = axes.imshow(
        centered[rows.order][:, cols.order], aspect="auto", cmap="foldwise-change", vmin=-reach, vmax=reach,
        interpolation="nearest", rasterized=centered.size > 20_000,
    )  # fmt: skip
    _names(axes, [genes[i] for i in rows.order], [samples[i] for i in cols.order])
    bars = [column for column in columns if column.levels and len(set(np.asarray(column.codes).tolist())) > 1][
        :_MAX_BARS
    ]
    top = _group_bars(axes, bars, cols.order)
    tree_height, tree_width = _inches(axes, 0.45)
    _dendrogram(axes.inset_axes((0, top, 1, tree_height)), cols, upright=True)
    _dendrogram(axes.inset_axes((-tree_width - 0.01, 0, tree_width, 1)), rows, upright=False)
    scale = axes.inset_axes((-tree_width - 0.01, top + tree_height * 0.55, tree_width, tree_height * 0.22))
    axes.figure.colorbar(image, cax=scale, orientation="horizontal", ticks=(-reach, 0, reach), format="%g")
    scale.set_title("log₂ change from mean", fontsize=7, pad=2, color=MUTED)
    scale.tick_params(labelsize=7, length=2)
    _legend(axes, bars, top + tree_height, title)


def draw_distances(axes: Any, values: np.ndarray, samples: Sequence[str], columns: Sequence[SheetColumn]) -> None:
    """Draw the Euclidean distances of samples over all genes, clustered.

    Parameters
    ----------
    axes : matplotlib Axes
    values : ndarray, (n_genes, n_samples)
        On a log-like scale.
    samples : sequence of str
    columns : sequence of SheetColumn
    """
    square = euclidean(np.ascontiguousarray(values.T))
    tree = cluster(square)
    shown = square[tree.order][:, tree.order]
    apart = square[~np.eye(len(square), dtype=bool)]
    low = float(apart.min(initial=0.0)) if apart.size == 0 else float(apart.min())
    image = axes.imshow(shown, cmap="foldwise-distance", vmin=0.9 * low, interpolation="nearest")
    names = [samples[i] for i in tree.order]
    _names(axes, names, names)
    bars = [column for column in columns if column.levels and len(set(np.asarray(column.codes).tolist())) > 1][
        :_MAX_BARS
    ]
    top = _group_bars(axes, bars, tree.order)
    tree_height, tree_width = _inches(axes, 0.45)
    _dendrogram(axes.inset_axes((0, top, 1, tree_height)), tree, upright=True)
    scale = axes.inset_axes((-0.55 * tree_width, 0.25, 0.28 * tree_width, 0.5))
    axes.figure.colorbar(image, cax=scale)
    scale.yaxis.set_ticks_position("left")
    scale.yaxis.set_label_position("left")
    scale.set_ylabel("Euclidean distance (log₂ scale)", fontsize=8)
    scale.tick_params(labelsize=7, length=2)
    _legend(axes, bars, top + tree_height, "Distances of samples")


def _inches(axes: Any, size: float) -> tuple[float, float]:
    """Return a length in inches as parts of the height and the width of the axes."""
    box, figure = axes.get_position(), axes.figure.get_size_inches()
    return size / (box.height * figure[1]), size / (box.width * figure[0])


def _names(axes: Any, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Write names at the right and below, where they fit."""
    axes.yaxis.tick_right()
    small = 6 if len(rows) > 35 else 7 if len(rows) > 20 else 8
    axes.set_yticks(
        range(len(rows)) if len(rows) <= _MAX_NAMED else [],
        [safe(n, 22) for n in rows][:_MAX_NAMED] if len(rows) <= _MAX_NAMED else [],
        fontsize=small,
    )
    small = 6 if len(columns) > 30 else 8
    named = len(columns) <= _MAX_NAMED
    axes.set_xticks(
        range(len(columns)) if named else [],
        [safe(n, 18) for n in columns] if named else [],
        fontsize=small,
        rotation=90,
    )
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _group_bars(axes: Any, bars: Sequence[SheetColumn], order: np.ndarray) -> float:
    """Draw a bar of group colors per column above the axes; return where the last one ends."""
    height, _ = _inches(axes, 0.12)
    bottom = 1.0 + 0.25 * height
    first = 0
    for column in bars:
        bar = axes.inset_axes((0, bottom, 1, height))
        codes = np.asarray(column.codes)[order]
        colors = [[_rgb(_bar_color(first, int(code))) for code in codes]]
        bar.imshow(np.array(colors), aspect="auto", interpolation="nearest")
        bar.set_xticks([])
        bar.set_yticks([0], [safe(column.name, 14)], fontsize=7)
        bar.yaxis.tick_right()
        bar.tick_params(length=0)
        for spine in bar.spines.values():
            spine.set_visible(False)
        first += len(column.levels)
        bottom += 1.2 * height
    return bottom + 0.1 * height


def _bar_color(first: int, code: int) -> str:
    return LINE if code < 0 else PALETTE[(first + code) % len(PALETTE)]


def _rgb(color: str) -> tuple[float, ...]:
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _dendrogram(axes: Any, tree: Tree, *, upright: bool) -> None:
    """Draw a tree: above the columns, or left of the rows with the first leaf on top."""
    n = len(tree.order)
    corners = [((a, a, b, b, np.nan), (low, top, top, high, np.nan)) for a, b, low, high, top in tree.forks]
    place = np.array([x for x, _ in corners]).ravel() - 0.5
    height = np.array([y for _, y in corners]).ravel()
    axes.set_axis_off()
    if upright:
        axes.plot(place, height, color=MUTED, linewidth=0.7)
        axes.set_xlim(-0.5, n - 0.5)
        axes.set_ylim(0, 1.03)
    else:
        axes.plot(height, place, color=MUTED, linewidth=0.7)
        axes.set_ylim(n - 0.5, -0.5)
        axes.set_xlim(1.03, 0)


def _legend(axes: Any, bars: Sequence[SheetColumn], bottom: float, title: str) -> None:
    """Name the colors of the bars above everything, and the title above them."""
    handles, first = [], 0
    for column in bars:
        for code, level in enumerate(column.levels):
            color = _bar_color(first, code)
            words = f"{safe(column.name, 12)}: {safe(level, 14)}"
            handles.append(axes.plot([], [], linestyle="", marker="s", markersize=6, color=color, label=words)[0])
        first += len(column.levels)
    more = f"  (+ {len(handles) - _MAX_LEGEND} levels)" if len(handles) > _MAX_LEGEND else ""
    look = {"frameon": False, "handletextpad": 0.2, "columnspacing": 0.9, "borderaxespad": 0.1, "alignment": "left"}
    axes.legend(
        handles=handles[:_MAX_LEGEND], loc="lower left", bbox_to_anchor=(0, bottom), ncols=3, fontsize=7,
        title=safe(title, 60) + more, title_fontproperties={"size": 10}, **look,
    )  # fmt: skip
