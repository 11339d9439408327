"""One contrast as the page shows it before any script runs: pictures, the p-value histogram in words, top genes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.io.write_outputs import table_score
from foldwise.model.results import ResultTable
from foldwise.report.panel import Figure, Numbers
from foldwise.report.plots_genes import binned_cloud, histogram
from foldwise.report.words import p_text, percent, short_number, signed, whole

_N_TOP_ROWS = 15
_N_BINS = 40
_MIN_SHAPE = 200  # p-values below which neither shape nor share is read
_VOLCANO_GUIDE = (
    "Each point is a gene: to the side how much it changes, upwards how strong the evidence is. Interesting genes lie "
    "high and far out; high but near the middle means a small change measured very precisely."
)
_MA_GUIDE = (
    "Each point is a gene: to the right how strongly it is expressed, upwards how much it changes. The gray cloud "
    "should lie level around 0; a tilt or a shift of the whole cloud means that depth was not corrected well."
)
_HISTOGRAM_GUIDE = (
    "Unchanged genes have p-values spread evenly from 0 to 1, changed genes pile up near 0. The shape tells whether "
    "the p-values can be believed: a flat floor with a peak at 0 is what one wants."
)
_LAMBDA = 0.5


@dataclass(frozen=True)
class ContrastView:
    """Everything the static part of a contrast's section shows."""

    volcano: Figure
    ma: Figure
    histogram: Figure
    filter_text: str
    header: tuple[str, ...]
    n_text: int
    top: tuple[tuple[str, ...], ...]


def contrast_view(result: ResultTable, names: np.ndarray | None) -> ContrastView:
    """Return a contrast's static content; ``names`` are gene names in table order, or None."""
    table = result.table
    columns = {key: table[key].to_numpy(dtype=float) for key in _NEEDED if key in table}
    layer = call_layers(result)
    header, top = top_rows(result, names)
    return ContrastView(
        volcano=volcano(result, layer),
        ma=_ma(columns, layer, result),
        histogram=_histogram(columns["pvalue"], columns["padj"]),
        filter_text=_filter_text(result.facts),
        header=header,
        n_text=1 if names is None else 2,
        top=top,
    )


_NEEDED = ("base_mean", "mean_log2_cpm", "log2_fold_change", "pvalue", "padj")


def call_layers(result: ResultTable) -> np.ndarray:
    """Return 0 not called, 1 down, 2 up for every gene."""
    called = result.table["padj"].to_numpy(dtype=float) < result.fdr
    rises = result.table["log2_fold_change"].to_numpy(dtype=float) > 0
    return np.where(called, np.where(rises, 2, 1), 0)


def volcano(result: ResultTable, layer: np.ndarray, size: tuple[float, float] = (500, 360)) -> Figure:
    """Return the volcano plot: log2 fold change on x, -log10 p on y."""
    x = result.table["log2_fold_change"].to_numpy(dtype=float)
    with np.errstate(divide="ignore"):
        y = -np.log10(result.table["pvalue"].to_numpy(dtype=float))
    finite = y[np.isfinite(y)]
    y = np.where(np.isposinf(y), 1.05 * finite.max(initial=300.0), y)
    label = (
        f"Volcano plot of {result.contrast.label}: log2 fold change against minus log10 p. "
        f"{whole(result.n_up)} genes up, {whole(result.n_down)} down at FDR {percent(result.fdr)}."
    )
    svg = binned_cloud(x, y, layer, "log2 fold change", "−log10 p", label, size=size)
    return Figure(
        "volcano",
        "Volcano plot",
        svg,
        f"Further right is {_right(result)}; higher is stronger evidence.",
        label,
        _VOLCANO_GUIDE,
    )


def _right(result: ResultTable) -> str:
    contrast = result.contrast
    if contrast.target:
        return f"higher in {contrast.target}"
    kind, _, rest = contrast.direction.partition(" = ")
    return rest if kind == "up" and rest else f"a larger {contrast.direction}"


def _ma(columns: dict[str, np.ndarray], layer: np.ndarray, result: ResultTable) -> Figure:
    if "base_mean" in columns:
        with np.errstate(divide="ignore"):
            x, name, log = np.log10(columns["base_mean"]), "mean of normalized counts", True
    elif "mean_log2_cpm" in columns:
        x, name, log = columns["mean_log2_cpm"], "mean log2 CPM", False
    else:
        x, name, log = np.full(layer.shape, np.nan), "mean", False
    label = f"MA plot of {result.contrast.label}: log2 fold change against mean expression."
    svg = binned_cloud(x, columns["log2_fold_change"], layer, name, "log2 fold change", label, log=(log, False))
    return Figure("ma", "MA plot", svg, "Genes with few reads (left) scatter widely; that is noise.", label, _MA_GUIDE)


def null_share(p: np.ndarray) -> float:
    """Return Storey's estimate of the share of unchanged genes at lambda 0.5 (at most 1).

    References
    ----------
    Storey JD (2002). A direct approach to false discovery rates. J R Stat Soc B 64:479-498.
    """
    return min(1.0, float(np.count_nonzero(p > _LAMBDA)) / (p.size * (1 - _LAMBDA))) if p.size else float("nan")


def histogram_shape(counts: np.ndarray, n_distinct: int | None = None) -> str:
    """Return in words what a p-value histogram of 40 bins looks like, and what that means.

    Parameters
    ----------
    counts : ndarray of int, (40,)
    n_distinct : int, optional
        Number of different p-values.
    """
    total = int(counts.sum())
    if n_distinct is not None and n_distinct < min(200, total):
        return (
            f"Only {n_distinct} different p-values occur: with so few samples a rank test has few outcomes, and the "
            "shape cannot be read."
        )
    if total < _MIN_SHAPE:
        return "Too few tested genes to read a shape."
    n = counts.size
    floor = float(np.median(counts[n // 2 :]))
    middle = float(counts[n // 8 : n - n // 8].mean())
    noise = 3 * np.sqrt(max(floor, 1.0))
    left, right = float(counts[:2].mean()), float(counts[-2:].mean())
    if left < middle - noise and left < 0.75 * middle:
        return (
            "Too few small p-values: the test is too careful, or samples of one group share something that is "
            "not in the design."
        )
    if middle > 1.25 * max(right, 1.0) and middle > right + noise and left < 1.25 * middle:
        return "A hill in the middle: a hidden factor or a wrong model is likely; treat the calls with care."
    if right > floor + noise and right > 1.4 * floor:
        return "A rise near 1: often genes with few counts, or a model that does not fit all genes."
    if left > floor + noise and left > 1.25 * floor:
        return "A peak at 0 over a flat floor: real differences, and p-values that behave."
    return "Flat: no sign that any gene differs."


def pvalue_shape(result: ResultTable) -> tuple[str, str]:
    """Return the level (ok, note, warning) and the words of the shape of a result's p-values."""
    table = result.table
    p = table["pvalue"].to_numpy(dtype=float)
    p = p[np.isfinite(p) & np.isfinite(table["padj"].to_numpy(dtype=float))]
    text = histogram_shape(np.histogram(p, bins=_N_BINS, range=(0.0, 1.0))[0], np.unique(p).size)
    level = (
        "ok"
        if text.startswith(("A peak", "Flat"))
        else "note"
        if text.startswith(("Too few tested", "Only"))
        else "warning"
    )
    return level, text


def _histogram(pvalue: np.ndarray, padj: np.ndarray) -> Figure:
    """Histogram over the genes that were counted in the correction."""
    p = pvalue[np.isfinite(pvalue) & np.isfinite(padj)]
    counts, edges = np.histogram(p, bins=_N_BINS, range=(0.0, 1.0))
    share, shape = null_share(p), histogram_shape(counts, np.unique(p).size)
    level = None if p.size < _MIN_SHAPE else (share * p.size / _N_BINS, f"unchanged, about {percent(share)}")
    n_strong = int(np.argmax(counts <= 1.25 * max(share * p.size / _N_BINS, 1.0))) if p.size else 0
    label = f"Histogram of the p-values of {whole(p.size)} tested genes. {shape}"
    svg = histogram(counts, edges, "p-value", "genes", label, level=level, n_strong=n_strong)
    caption = shape
    if p.size >= _MIN_SHAPE:
        caption += f" About {percent(share)} of the tested genes look unchanged (pi0 {share:.2f}, Storey, lambda 0.5)."
    halves = counts.reshape(-1, 2).sum(axis=1)
    rows = tuple((f"{k / halves.size:.2f} to {(k + 1) / halves.size:.2f}", (whole(n),)) for k, n in enumerate(halves))
    return Figure(
        "pvalues", "Histogram of p-values", svg, caption, label, _HISTOGRAM_GUIDE, Numbers(("p-value", "genes"), rows)
    )


def _filter_text(facts: dict[str, Any]) -> str:
    threshold, theta = facts.get("filter_threshold"), facts.get("filter_theta")
    if threshold is None or not np.isfinite(threshold) or theta == 0:
        return ""
    share = "" if theta is None else f" (the lowest {percent(float(theta))} of all genes)"
    return (
        f"Genes with a mean count below {short_number(float(threshold))}{share} have almost no chance to be called; "
        "leaving them out of the correction finds the most genes. Their p-value stands, their adjusted p is empty."
    )


_FORMATS: dict[str, tuple[str, Callable[[float], str]]] = {
    "base_mean": ("mean count", short_number),
    "mean_log2_cpm": ("mean log2 CPM", short_number),
    "log2_fold_change": ("log2 FC", signed),
    "log2_fold_change_se": ("± SE", lambda value: f"{value:.2f}"),
    "pvalue": ("p", p_text),
    "padj": ("adjusted p", p_text),
}


def top_rows(
    result: ResultTable, names: np.ndarray | None, limit: int = _N_TOP_ROWS
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return header and the rows of smallest p, as text; ``names`` are gene names in table order, or None."""
    table = result.table
    shown = [key for key in _FORMATS if key in table]
    p = table["pvalue"].to_numpy(dtype=float)
    strength = np.abs(table_score(table, result.statistic))
    part = np.isfinite(p) & np.isfinite(table["padj"].to_numpy(dtype=float))
    best = np.lexsort((-strength, np.where(np.isfinite(p), p, np.inf), ~part))[:limit]
    best = best[np.isfinite(p[best])]
    values = {key: table[key].to_numpy(dtype=float)[best] for key in shown}
    head = ("gene",) + (() if names is None else ("name",))
    rows = [
        (str(table.index[i]),)
        + (() if names is None else (str(names[i]),))
        + tuple(_FORMATS[key][1](float(values[key][k])) for key in shown)
        for k, i in enumerate(best.tolist())
    ]
    return head + tuple(_FORMATS[key][0] for key in shown), tuple(rows)
