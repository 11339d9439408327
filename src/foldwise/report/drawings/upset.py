"""Which genes several contrasts share: an UpSet plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwise.errors import UsageError
from foldwise.model.results import ResultTable
from foldwise.report.drawings.look import DOWN, INK, LINE, MUTED, UP, safe

_MAX_SETS = 12
_MAX_SHARES = 25


def draw_upset(axes: Any, results: Sequence[ResultTable]) -> None:
    """Draw how many genes are called in exactly which of the contrasts.

    Parameters
    ----------
    axes : matplotlib Axes
        Its area is divided: bars above, dots below, sizes of the contrasts at the left.
    results : sequence of ResultTable
        Two or more, of the same genes.

    Raises
    ------
    UsageError
        E-USAGE-002 for one contrast.

    References
    ----------
    Lex A, Gehlenborg N, Strobelt H, Vuillemot R, Pfister H (2014). UpSet: visualization of intersecting sets.
    IEEE Trans Vis Comput Graph 20:1983-1992.
    """
    if len(results) < 2:
        raise UsageError("E-USAGE-002", "There is one contrast; an UpSet plot shows what two or more share.")
    results = results[:_MAX_SETS]
    called = np.column_stack([(r.table["padj"] < r.fdr).to_numpy() for r in results])
    patterns, numbers, up = shares(called, np.column_stack([_rises(r) for r in results]))
    n_left = max(len(patterns) - _MAX_SHARES, 0)
    patterns, numbers, up = patterns[:_MAX_SHARES], numbers[:_MAX_SHARES], up[:_MAX_SHARES]
    axes.set_axis_off()
    share = 0.16 + 0.5 * len(results) / (len(results) + 6)
    words = [safe(result.contrast.label, 48) for result in results]
    width = axes.get_position().width * axes.figure.get_size_inches()[0]
    left = 0.14 + min((0.3 + 0.062 * max(len(word) for word in words)) / width, 0.52)
    bars = axes.inset_axes((left, share + 0.04, 1 - left, 0.96 - share))
    dots = axes.inset_axes((left, 0, 1 - left, share), sharex=bars)
    sizes = axes.inset_axes((0, 0, 0.13, share), sharey=dots)
    _bars(bars, numbers, up)
    _dots(dots, patterns)
    _sizes(sizes, dots, words, called)
    note = f"; the {n_left} smallest overlaps are not shown" if n_left else ""
    axes.set_title(f"Genes called in which contrasts{note}", loc="left")


def shares(called: np.ndarray, rises: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the sets of columns that have genes of their own, how many, and how many of these rise in all of them.

    Parameters
    ----------
    called, rises : ndarray of bool, (n_genes, n_sets)
    """
    rows = called.any(axis=1)
    patterns, inverse, numbers = np.unique(called[rows], axis=0, return_inverse=True, return_counts=True)
    all_up = (rises | ~called)[rows].all(axis=1)
    up = np.bincount(inverse.ravel(), weights=all_up, minlength=len(patterns)).astype(int)
    order = np.lexsort((patterns.sum(axis=1), -numbers))
    return patterns[order], numbers[order], up[order]


def _rises(result: ResultTable) -> np.ndarray:
    rises: np.ndarray = (result.table["log2_fold_change"] > 0).to_numpy()
    return rises


def _bars(axes: Any, numbers: np.ndarray, up: np.ndarray) -> None:
    at = np.arange(len(numbers))
    axes.bar(at, up, width=0.62, color=UP, label="up in all of them")
    axes.bar(at, numbers - up, bottom=up, width=0.62, color=DOWN, label="down in at least one")
    for i, number in enumerate(numbers.tolist()):
        words = {"ha": "center", "va": "bottom", "fontsize": 7, "rotation": 90 if len(numbers) > 12 else 0}
        axes.annotate(f"{number:,}", (i, number), (0, 2), textcoords="offset points", **words)
    axes.margins(y=0.3 if len(numbers) > 12 else 0.12)
    axes.set_ylabel("genes")
    axes.tick_params(axis="x", length=0, labelbottom=False)
    if len(numbers):
        axes.legend(frameon=False, loc="upper right", fontsize=8)
    else:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "no gene is called", transform=axes.transAxes, ha="center", color=MUTED)


def _dots(axes: Any, patterns: np.ndarray) -> None:
    n_sets = patterns.shape[1]
    for row in range(n_sets):
        if row % 2 == 0:
            axes.axhspan(row - 0.5, row + 0.5, color=LINE, alpha=0.35, linewidth=0)
    for column, pattern in enumerate(patterns):
        rows = np.flatnonzero(pattern)
        axes.scatter(np.full(n_sets, column), np.arange(n_sets), s=26, color=LINE, zorder=2)
        axes.scatter(np.full(len(rows), column), rows, s=26, color=INK, zorder=3)
        axes.plot([column, column], [rows.min(), rows.max()], color=INK, linewidth=1.4, zorder=2)
    axes.set_ylim(n_sets - 0.5, -0.5)
    axes.set_xlim(-0.7, max(len(patterns), 1) - 0.3)
    axes.set_xticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _sizes(axes: Any, dots: Any, words: Sequence[str], called: np.ndarray) -> None:
    n = len(words)
    numbers = called.sum(axis=0)
    axes.barh(np.arange(n), numbers, height=0.6, color=MUTED)
    axes.invert_xaxis()
    axes.set_xlabel("called")
    axes.tick_params(axis="y", length=0, labelleft=False)
    axes.spines["left"].set_visible(False)
    top = int(numbers.max(initial=1)) or 1
    axes.set_xticks([0, top], ["0", f"{top:,}"], fontsize=7)
    dots.set_yticks(range(n), words, fontsize=8)
    dots.tick_params(axis="y", length=0)
