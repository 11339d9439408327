"""The genes of strongest evidence over all samples, clustered both ways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.report.clustering import Tree, cluster, correlation_distance, euclidean
from foldwise.report.panel import Figure, Grid, Numbers
from foldwise.report.plots_grid import DIVERGING, Place, branches, cells, group_strip, key, names_below
from foldwise.report.sheet import SheetColumn
from foldwise.report.svg import Canvas, shorten, text_width
from foldwise.report.words import plural, signed

N_GENES = 50
MAX_SAMPLES = 600
_REACH = 2.0  # log2 units at the ends of the colours; two units are a fourfold change
_MAX_NAMED = 60
_MAX_LEVELS = 8
_WIDTH = 1060.0
_GUIDE = (
    "Each row is a gene, each column a sample; orange is above the gene's own mean, blue below. If the columns part "
    "into your groups, the genes agree with each other; a column among the wrong group deserves a look."
)


def heatmap_view(analysis: Analysis, names: np.ndarray | None, column: SheetColumn | None) -> Grid | None:
    """Return the heatmap; None without variance-stabilized values, results, or samples to compare."""
    values, n_samples = analysis.shown, analysis.experiment.n_samples
    if values is None or not analysis.results or not 3 <= n_samples <= MAX_SAMPLES:
        return None
    genes, n_called = _best_genes(analysis)
    if genes.size < 2:
        return None
    shown = values[genes] - values[genes].mean(axis=1)[:, None]
    rows, columns = cluster(correlation_distance(shown)), cluster(euclidean(np.ascontiguousarray(shown.T)))
    ids = [str(name) for name in np.asarray(analysis.experiment.genes.index, dtype=object)[genes]]
    titles = ids if names is None else [str(names[g]) or i for g, i in zip(genes.tolist(), ids, strict=True)]
    samples = [str(name) for name in analysis.experiment.samples.index]
    ordered = shown[np.ix_(rows.order, columns.order)]
    label = (
        f"Heatmap of {plural(len(ids), 'gene')} over {plural(n_samples, 'sample')}: "
        f"log2 difference from each gene's mean.{_group_words(shown, column)}"
    )
    svg, place = _picture(ordered, rows, columns, [titles[i] for i in rows.order], samples, column, label)
    what = (
        "with the smallest p-values" if len(analysis.results) == 1 else "with the smallest p-values of each comparison"
    )
    caption = (
        f"The {len(ids)} genes {what} ({n_called} of them called); variance-stabilized, mean of each gene taken off; "
        "rows clustered by correlation, columns by distance. Choose a row to see the gene."
        f"{analysis.shown_without}"
    )
    table = _numbers(ordered, [titles[i] for i in rows.order], columns, samples, column)
    figure = Figure("heatmap", "Heatmap of top genes", svg, caption, label, _GUIDE, table)
    return Grid(figure, tuple(genes[rows.order].tolist()), tuple(columns.order.tolist()), place)


def _best_genes(analysis: Analysis) -> tuple[np.ndarray, int]:
    """Return up to `N_GENES` rows, the best of each contrast in turn, and how many of them are called in any."""
    ranks, called = [], np.zeros(analysis.experiment.n_genes, dtype=bool)
    for result in analysis.results:
        p, padj = (result.table[key].to_numpy(dtype=float) for key in ("pvalue", "padj"))
        name = "statistic" if "statistic" in result.table else "log2_fold_change"
        strength = np.abs(result.table[name].to_numpy(dtype=float))
        best = np.lexsort((-strength, np.where(np.isfinite(padj), p, np.inf)))[:N_GENES]
        ranks.append(best[np.isfinite(padj[best])])
        called |= padj < result.fdr
    taken: dict[int, None] = {}
    for place in range(N_GENES):
        for rank in ranks:
            if place < rank.size and len(taken) < N_GENES:
                taken.setdefault(int(rank[place]))
    genes = np.array(list(taken), dtype=np.int64)
    return genes, int(called[genes].sum())


def _group_words(shown: np.ndarray, column: SheetColumn | None) -> str:
    if column is None or not 2 <= len(column.levels) <= _MAX_LEVELS:
        return ""
    means = [shown[:, column.codes == k].mean(axis=1) for k in range(len(column.levels)) if (column.codes == k).any()]
    if len(means) < 2:
        return ""
    n_higher = int((means[-1] > means[0]).sum())
    first, last = shorten(column.levels[0], 40), shorten(column.levels[-1], 40)
    return f" {n_higher} are on average higher in {last} than in {first}."


def _picture(
    values: np.ndarray,
    rows: Tree,
    columns: Tree,
    titles: Sequence[str],
    samples: Sequence[str],
    column: SheetColumn | None,
    label: str,
) -> tuple[str, tuple[float, float, float, float]]:
    n_rows, n_columns = values.shape
    ordered = [samples[i] for i in columns.order]
    named = n_columns <= _MAX_NAMED
    left, tree_top, right = 74.0, 44.0, min(text_width(titles, 22), 168) + 14
    width = min((_WIDTH - left - right) / n_columns, 92.0)
    height, top = 13.0, tree_top + 18
    below = (min(text_width(ordered, 16), 124) * 0.78 + 16) if named else 8
    if named and width >= min(text_width(ordered, 16), 124):
        below = 24
    grid = Place(left, top, width, height)
    foot = top + height * n_rows
    canvas = Canvas(left + width * n_columns + right, foot + below + 24, label)
    canvas.add(branches(columns, left, width, tree_top - 2, tree_top - 6, upright=True))
    canvas.add(branches(rows, top, height, left - 4, left - 8, upright=False))
    canvas.add(*group_strip(column, columns.order, samples, Place(left, tree_top + 3, width, 10)))
    middle = (len(DIVERGING) - 1) / 2
    levels = np.clip(np.rint(values / _REACH * middle + middle), 0, len(DIVERGING) - 1).astype(int)
    canvas.add(*cells(levels, grid, DIVERGING, "d"))
    for k, title in enumerate(titles):
        y = top + height * (k + 0.5) + 4
        canvas.text(left + width * n_columns + 7, y, title, limit=22, font_size=11, class_="gene-name")
    if named and below == 24:
        for k, name in enumerate(ordered):
            canvas.text(left + width * (k + 0.5), foot + 15, name, "middle", limit=16, font_size=11)
    elif named:
        names_below(canvas, ordered, left, width, foot)
    key(canvas, left + 32, foot + below + 6, DIVERGING, "d", (f"−{_REACH:g}", f"+{_REACH:g} log2 from the gene's mean"))
    return str(canvas), grid.rounded()


def _numbers(
    values: np.ndarray, titles: Sequence[str], columns: Tree, samples: Sequence[str], column: SheetColumn | None
) -> Numbers | None:
    """Return the means of the groups, or the samples where these are few."""
    if column is not None and 2 <= len(column.levels) <= _MAX_LEVELS:
        codes = column.codes[columns.order]
        known = [k for k in range(len(column.levels)) if (codes == k).any()]
        parts = np.column_stack([values[:, codes == k].mean(axis=1) for k in known])
        head = tuple(column.levels[k] for k in known)
    elif len(samples) <= 2 * _MAX_LEVELS:
        parts, head = values, tuple(samples[i] for i in columns.order)
    else:
        return None
    rows = tuple((t, tuple(signed(float(v)) for v in row)) for t, row in zip(titles, parts, strict=True))
    return Numbers(("gene", *head), rows)
