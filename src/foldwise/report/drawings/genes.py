"""Figures whose points are genes: volcano, MA, histogram of p-values, dispersions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwise.errors import UsageError
from foldwise.model.dispersion import Dispersions
from foldwise.model.results import ResultTable
from foldwise.report.contrast_view import call_layers, histogram_shape, null_share
from foldwise.report.drawings.look import (
    DOWN,
    INK,
    LINE,
    MARKER_DOWN,
    MARKER_UP,
    MAX_VECTOR_POINTS,
    MUTED,
    QUIET,
    UP,
    Labels,
    legend_above,
    safe,
    title_above,
)
from foldwise.report.words import percent

_N_BINS = 40
_MA_SHARE = 0.999  # of the fold changes lie inside the axis; the rest stand at its edge
_FLOOR_DECADES = 1.5  # gene-wise dispersions further below all used values say only "small"


def draw_volcano(
    axes: Any, result: ResultTable, names: Sequence[str], label: int | Sequence[str] = 10, lfc: float = 0.0
) -> Labels:
    """Draw log2 fold change against -log10 p; returns the labels of the strongest genes.

    Parameters
    ----------
    axes : matplotlib Axes
    result : ResultTable
    names : sequence of str, (n_genes,)
        What a gene is called in the figure.
    label : int or sequence of str
        How many called genes are labeled, best first; or ids or names of genes.
    lfc : float
        Only genes beyond this absolute log2 fold change are drawn as called.
    """
    change, pvalue = _column(result, "log2_fold_change"), _column(result, "pvalue")
    with np.errstate(divide="ignore"):
        height = -np.log10(pvalue)
    finite = height[np.isfinite(height)]
    height = np.where(np.isposinf(height), 1.05 * finite.max(initial=300.0), height)
    layer = np.where(np.abs(change) > lfc, call_layers(result), 0)
    _cloud(axes, change, height, layer, result)
    called = pvalue[layer > 0]
    if called.size and called.max() > 0:
        cut = -np.log10(called.max())
        axes.axhline(cut, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
    for edge in (-lfc, lfc) if lfc > 0 else ():
        axes.axvline(edge, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
    axes.set_xlabel(change_title(result))
    axes.set_ylabel("−log₁₀ p-value")
    axes.set_ylim(0, 1.1 * axes.dataLim.y1 if np.isfinite(axes.dataLim.y1) else 1)
    title_above(axes, safe(result.contrast.label, 60))
    return _labels(result, change, height, layer, names, label)


def draw_ma(axes: Any, result: ResultTable, names: Sequence[str], label: int | Sequence[str] = 0) -> Labels:
    """Draw log2 fold change against mean expression; fold changes beyond the axis stand at its edge."""
    change = _column(result, "log2_fold_change")
    counts = "base_mean" in result.table
    mean = _column(result, "base_mean" if counts else "mean_log2_cpm")
    mean = np.where(mean > 0, mean, np.nan) if counts else mean
    known = np.abs(change[np.isfinite(change) & np.isfinite(mean)])
    edge = 1.1 * float(np.quantile(known, _MA_SHARE)) if known.size else 1.0
    layer = call_layers(result)
    shown = np.clip(change, -edge, edge)
    _cloud(axes, mean, shown, layer, result)
    if counts and (np.isfinite(mean) & np.isfinite(shown)).any():
        axes.set_xscale("log")
    axes.axhline(0, color=INK, linewidth=0.7, zorder=1)
    axes.set_ylim(-1.06 * edge, 1.06 * edge)
    beyond = int(np.count_nonzero(known > edge))
    note = f"\n{beyond:,} gene{'' if beyond == 1 else 's'} beyond the axis drawn at its edge" if beyond else ""
    axes.set_xlabel(("mean of normalized counts" if counts else "mean log₂ counts per million") + note)
    axes.set_ylabel(change_title(result))
    title_above(axes, safe(result.contrast.label, 60))
    return _labels(result, mean, shown, layer, names, label)


def draw_pvalues(axes: Any, result: ResultTable) -> None:
    """Draw the histogram of the p-values of tested genes, with the share that looks unchanged."""
    p = _column(result, "pvalue")
    p = p[np.isfinite(p) & np.isfinite(_column(result, "padj"))]
    counts, edges = np.histogram(p, bins=_N_BINS, range=(0.0, 1.0))
    axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=DOWN, edgecolor="white", linewidth=0.4)
    axes.set_xlim(0, 1)
    axes.set_xlabel("p-value")
    axes.set_ylabel(f"genes (of {p.size:,} tested)")
    axes.set_title(safe(result.contrast.label, 60), loc="left", pad=20)
    axes.text(0, 1.015, safe(histogram_shape(counts), 90), transform=axes.transAxes, fontsize=8, color=MUTED)
    if p.size:
        share = null_share(p)
        level = share * p.size / _N_BINS
        axes.axhline(level, color=UP, linewidth=1, linestyle=(0, (4, 3)))
        words = f"unchanged: about {percent(share)}"
        axes.annotate(
            words, (0.995, level), (0, 3), textcoords="offset points", ha="right", fontsize=8, color="#A84A00"
        )


def draw_dispersions(axes: Any, means: np.ndarray, dispersions: Dispersions | None, method: str) -> None:
    """Draw gene-wise, trended and used dispersions against the mean of normalized counts.

    Raises
    ------
    UsageError
        E-USAGE-002 where the method estimates none.
    """
    if dispersions is None:
        found = f"Method {method} keeps no dispersions to draw."
        raise UsageError("E-USAGE-002", found, "deseq2, edger-lrt and edger-exact do.")
    genewise, final, trend = (
        np.asarray(values, dtype=float) for values in (dispersions.genewise, dispersions.final, dispersions.trend)
    )
    floor = float(np.nanmin(final, initial=np.inf)) * 10**-_FLOOR_DECADES
    for values, color, alpha, words in (
        (np.where(genewise > floor, genewise, np.nan), QUIET, 0.45, "each gene alone"),
        (final, DOWN, 0.45, "used in the test"),
    ):
        good = np.isfinite(means) & np.isfinite(values) & (means > 0) & (values > 0)
        look = {"s": 3, "color": color, "alpha": alpha, "linewidths": 0}
        axes.scatter(means[good], values[good], label=words, rasterized=good.sum() > MAX_VECTOR_POINTS, **look)
    known = np.flatnonzero(np.isfinite(means) & np.isfinite(trend) & (means > 0) & (trend > 0))
    order = known[np.argsort(means[known])]
    order = np.append(order[:: max(known.size // 200, 1)], order[-1:])
    axes.plot(means[order], trend[order], color=UP, linewidth=1.6, label=f"{dispersions.trend_kind} trend")
    if known.size:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_xlabel("mean of normalized counts")
    axes.set_ylabel("dispersion (squared coefficient of variation)")
    title_above(axes, "Dispersion of genes")
    _opaque(axes, markerscale=3)


def change_title(result: ResultTable) -> str:
    """Return the title of an axis of fold changes, with who is divided by whom."""
    contrast = result.contrast
    if contrast.target and contrast.reference:
        return f"log₂ fold change ({safe(contrast.target, 18)} / {safe(contrast.reference, 18)})"
    return f"log₂ fold change ({safe(contrast.direction, 40)})"


def target_words(result: ResultTable) -> str:
    """Return what the target is called in a legend: the level, with its variable where it says little (yes, 1)."""
    contrast = result.contrast
    target = contrast.target or ""
    says_little = target.lower() in ("yes", "no", "true", "false", "y", "n", "t", "f") or target.isdigit()
    return f"{contrast.variable} {target}" if says_little and contrast.variable else target


def _cloud(axes: Any, x: np.ndarray, y: np.ndarray, layer: np.ndarray, result: ResultTable) -> None:
    """Draw genes as points: gray, down, up."""
    good = np.isfinite(x) & np.isfinite(y)
    target = target_words(result)
    down, up = (f"{way} in {safe(target, 20)}" if target else way for way in ("lower", "higher"))
    axes.axvline(0, color=LINE, linewidth=0.7, zorder=0)
    for number, words, color, marker, size, alpha in (
        (2, up, UP, MARKER_UP, 9, 0.75),
        (1, down, DOWN, MARKER_DOWN, 9, 0.75),
        (0, "not called", QUIET, "o", 4, 0.4),
    ):
        rows = good & (layer == number)
        n = int(rows.sum())
        axes.scatter(
            x[rows], y[rows], s=size, color=color, marker=marker, alpha=alpha, linewidths=0, zorder=2 + (number > 0),
            rasterized=n > MAX_VECTOR_POINTS, label=f"{words}: {n:,}",
        )  # fmt: skip
    _opaque(axes, markerscale=1.8)


def _opaque(axes: Any, **more: Any) -> None:
    legend_above(axes, **more)
    for handle in axes.get_legend().legend_handles:
        handle.set_alpha(1)


def _labels(
    result: ResultTable,
    x: np.ndarray,
    y: np.ndarray,
    layer: np.ndarray,
    names: Sequence[str],
    label: int | Sequence[str],
) -> Labels:
    """Return the labels of the genes asked for, and the called points around them."""
    good = np.isfinite(x) & np.isfinite(y)
    strength = "statistic" if "statistic" in result.table else "log2_fold_change"
    order = np.lexsort((-np.abs(_column(result, strength)), _column(result, "pvalue")))
    if isinstance(label, int):
        chosen = [int(i) for i in order if good[i] and layer[i] > 0][: max(label, 0)]
    else:
        wanted = {label} if isinstance(label, str) else {str(name) for name in label}
        rows = [i for i, gene in enumerate(result.table.index) if str(gene) in wanted or str(names[i]) in wanted]
        known = {str(result.table.index[i]) for i in rows} | {str(names[i]) for i in rows}
        if wanted - known:
            found = f"There is no gene '{min(wanted - known)}' to label."
            raise UsageError("E-USAGE-001", found, "Give gene ids or names of the table.")
        chosen = [i for i in rows if good[i]]
    near = [int(i) for i in order if good[i] and layer[i] > 0][:150]
    return Labels(x[chosen], y[chosen], [safe(names[i], 22) for i in chosen], x[near], y[near])


def _column(result: ResultTable, name: str) -> np.ndarray:
    values: np.ndarray = result.table[name].to_numpy(dtype=float)
    return values
