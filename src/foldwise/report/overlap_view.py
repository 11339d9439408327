"""What several contrasts share: intersections of the genes called, and fold changes of one against another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.model.results import ResultTable
from foldwise.report.panel import Figure, Numbers
from foldwise.report.plots_genes import binned_cloud
from foldwise.report.svg import DOWN, INK, MUTED, Canvas, line, rect, shorten, text_width
from foldwise.report.words import percent, plural, whole

MAX_SETS = 15
_MAX_BARS = 24
_UPSET_GUIDE = (
    "Each column is a group of genes: the dots say in which comparisons they are called, the bar how many there are. A "
    "tall bar over several joined dots is a response that these comparisons share."
)
_PAIR_GUIDE = (
    "Each point is a gene: its change in one comparison to the right, in the other upwards. Genes along the rising "
    "diagonal respond alike; genes along an axis respond in one comparison only."
)


@dataclass(frozen=True)
class OverlapView:
    """Both pictures, and a sentence where some contrasts had to be left out of the first."""

    upset: Figure
    pair: Figure
    sets: tuple[int, ...]
    note: str


def overlap_view(results: Sequence[ResultTable]) -> OverlapView | None:
    """Return what the contrasts share; None for fewer than two."""
    if len(results) < 2:
        return None
    called = np.column_stack([result.table["padj"].to_numpy(dtype=float) < result.fdr for result in results])
    sizes = called.sum(axis=0)
    chosen = np.sort(np.argsort(-sizes, kind="stable")[:MAX_SETS])
    labels = [results[i].contrast.label for i in chosen]
    patterns, counts = intersections(called[:, chosen])
    total = whole(int(called[:, chosen].any(axis=1).sum()))
    label = (
        f"{total} genes are called in at least one of {len(chosen)} comparisons. {_largest(patterns, counts, labels)}"
    )
    svg = upset(patterns, counts, sizes[chosen], labels, label)
    caption = f"Genes called at FDR {percent(results[0].fdr)}, in either direction."
    if counts.size > _MAX_BARS:
        caption += f" The {_MAX_BARS} largest of {counts.size} groups."
    rows = tuple(
        (" and ".join(shorten(labels[j], 40) for j in np.flatnonzero(row).tolist()), (whole(n),))
        for row, n in zip(patterns[:_MAX_BARS], counts[:_MAX_BARS].tolist(), strict=True)
    )
    first = Figure("overlaps", "Genes shared", svg, caption, label, _UPSET_GUIDE, Numbers(("called in", "genes"), rows))
    note = (
        ""
        if len(chosen) == len(results)
        else f"The {MAX_SETS} comparisons with the most genes of {len(results)} are shown."
    )
    return OverlapView(first, _pair(results, called), tuple(chosen.tolist()), note)


def intersections(called: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the patterns of calls that occur and their numbers of genes, largest first.

    Parameters
    ----------
    called : ndarray of bool, (n_genes, n_sets)

    Returns
    -------
    ndarray of bool, (n_patterns, n_sets) and ndarray of int, (n_patterns,)
    """
    some = called[called.any(axis=1)]
    if not len(some):
        return np.zeros((0, called.shape[1]), dtype=bool), np.zeros(0, dtype=int)
    patterns, counts = np.unique(some, axis=0, return_counts=True)
    order = np.lexsort((*(~patterns.T[::-1]), patterns.sum(axis=1), -counts))
    return patterns[order], counts[order]


def _largest(patterns: np.ndarray, counts: np.ndarray, labels: Sequence[str]) -> str:
    shared = np.flatnonzero(patterns.sum(axis=1) > 1)
    if not shared.size:
        return "None of them is called in more than one."
    k = int(shared[0])
    names = " and ".join(shorten(labels[j], 40) for j in np.flatnonzero(patterns[k]).tolist())
    return f"The largest shared group: {plural(int(counts[k]), 'gene')} in {names}."


def upset(patterns: np.ndarray, counts: np.ndarray, sizes: np.ndarray, labels: Sequence[str], label: str) -> str:
    """Return the picture: a bar per pattern over a column of dots, a bar per set beside its name."""
    patterns, counts = patterns[:_MAX_BARS], counts[:_MAX_BARS]
    n_sets, row, column, bars = len(labels), 24.0, 34.0, 150.0
    names = min(text_width(labels, 34), 220)
    left, top = names + 130, 22.0
    canvas = Canvas(max(left + column * len(counts) + 20, 520.0), top + bars + 18 + row * n_sets, label)
    tall, wide, grid = max(int(counts.max(initial=1)), 1), max(int(sizes.max(initial=1)), 1), top + bars + 12
    canvas.add(line(left - 6, top + bars, canvas.width - 8, top + bars, class_="axis", stroke=MUTED))
    for j, name in enumerate(labels):
        y = grid + row * (j + 0.5)
        if j % 2 == 0:
            canvas.add(rect(0, y - row / 2, canvas.width, row, class_="stripe", fill="#F1F3F5", rx=3))
        length = 60.0 * int(sizes[j]) / wide
        canvas.text(6, y + 4, name, limit=34)
        canvas.add(
            rect(
                left - 18 - length, y - 5, length, 10, f"{shorten(name, 80)}: {whole(sizes[j])}", class_="g0", fill=DOWN
            )
        )
        canvas.text(left - 24 - length, y + 4, whole(sizes[j]), "end", class_="tick", fill=MUTED, font_size=11)
    for k, n in enumerate(counts.tolist()):
        x, height = left + column * (k + 0.5), bars * n / tall
        members = np.flatnonzero(patterns[k])
        title = f"{plural(n, 'gene')}: " + ", ".join(shorten(labels[j], 40) for j in members.tolist())
        canvas.add(rect(x - 10, top + bars - height, 20, height, title, class_="ink", fill=INK, rx=1))
        canvas.text(x, top + bars - height - 5, whole(n), "middle", class_="tick", fill=MUTED, font_size=11)
        ys = [grid + row * (j + 0.5) for j in range(n_sets)]
        if members.size > 1:
            canvas.add(line(x, ys[int(members[0])], x, ys[int(members[-1])], class_="join", stroke=INK, stroke_width=2))
        for j, y in enumerate(ys):
            look = {"class_": "ink", "fill": INK} if patterns[k, j] else {"class_": "hole", "fill": "#D5DAE0"}
            canvas.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="{look["class_"]}" fill="{look["fill"]}"/>')
    return str(canvas)


def _pair(results: Sequence[ResultTable], called: np.ndarray) -> Figure:
    """Return fold changes of the second contrast against those of the first."""
    x, y = (results[k].table["log2_fold_change"].to_numpy(dtype=float) for k in (0, 1))
    layer = np.where(called[:, 0] & called[:, 1], 3, np.where(called[:, 0], 1, np.where(called[:, 1], 2, 0)))
    names = [shorten(results[k].contrast.label, 40) for k in (0, 1)]
    good = np.isfinite(x) & np.isfinite(y)
    label = f"Log2 fold changes of {names[1]} against {names[0]}, {plural(int(good.sum()), 'gene')}."
    svg = binned_cloud(x, y, layer, f"log2 fold change, {names[0]}", f"log2 fold change, {names[1]}", label)
    return Figure("pairs", "One comparison against another", svg, "", label, _PAIR_GUIDE)
