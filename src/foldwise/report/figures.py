"""Figures for papers and slides by matplotlib: the only file that imports it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foldwise.errors import UsageError

UP, DOWN, INK = "#b2182b", "#2166ac", "#333333"


def comparison_figure(
    calls: pd.DataFrame, overlaps: pd.DataFrame, agreement: pd.DataFrame, title: str, fdr: float
) -> Any:
    """Calls by method, genes that pairs of methods share, and rank agreement of pairs.

    Parameters
    ----------
    calls, overlaps, agreement : DataFrame
        Of `foldwise.api.compare.Comparison`.
    title : str
    fdr : float

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UsageError
        E-EXTRA-001 without matplotlib.
    """
    figure_class = _matplotlib()
    methods = [str(method) for method in calls.index]
    n = len(methods)
    figure = figure_class(figsize=(4.2 + 2.2 * max(3.0, 0.55 * n), 1.6 + max(2.4, 0.5 * n)), layout="constrained")
    bars, shared, ranks = figure.subplots(1, 3)
    at = np.arange(n)
    bars.barh(at, calls["n_up"], color=UP, label="up")
    bars.barh(at, -calls["n_down"], color=DOWN, label="down")
    bars.axvline(0, color=INK, linewidth=0.8)
    bars.set_yticks(at, methods)
    bars.invert_yaxis()
    bars.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    bars.set_title(f"Genes at FDR {100 * fdr:g} %")
    bars.legend(frameon=False, loc="lower right")
    called = np.diag(overlaps.to_numpy())
    either = called[:, None] + called[None, :] - overlaps.to_numpy()
    jaccard = np.divide(overlaps.to_numpy(), either, out=np.full((n, n), np.nan), where=either > 0)
    words = [[f"{int(value):,}" for value in row] for row in overlaps.to_numpy()]
    _grid(shared, jaccard, words, methods, "Called by both (shade: share of either)")
    correlation = np.full((n, n), np.nan)
    for row in agreement.itertuples():
        a, b = methods.index(str(row.method_a)), methods.index(str(row.method_b))
        correlation[a, b], correlation[b, a] = row.spearman_lfc, row.spearman_pvalue
    words = [["" if np.isnan(value) else f"{value:.2f}" for value in row] for row in correlation]
    _grid(ranks, correlation, words, methods, "Rank correlation: fold changes above, p-values below")
    figure.suptitle(title)
    return figure


def save(figure: Any, path: Path) -> None:
    """Write a figure as svg, pdf or png: the same drawing, the same bytes.

    Raises
    ------
    UsageError
        E-USAGE-002 for another suffix.
    OutputError
        E-IO-001 where it cannot be written.
    """
    import io

    import matplotlib

    from foldwise.io.write_text import write_file

    kind = path.suffix.removeprefix(".").lower()
    empty: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}
    if kind not in empty:
        raise UsageError("E-USAGE-002", f"{path.name} is no name of a figure.", "End it in .svg, .pdf or .png.")
    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "foldwise", "svg.fonttype": "none"}):
        figure.savefig(drawn, format=kind, metadata=empty[kind], dpi=150)
    write_file(path, drawn.getvalue())


def _grid(axes: Any, values: np.ndarray, words: list[list[str]], methods: list[str], title: str) -> None:
    """A shaded square of numbers, methods x methods."""
    n = len(methods)
    axes.imshow(np.nan_to_num(values, nan=0.0), vmin=0, vmax=1, cmap="Blues")
    for i in range(n):
        for j in range(n):
            dark = np.nan_to_num(values[i, j]) > 0.6
            axes.text(j, i, words[i][j], ha="center", va="center", fontsize=8, color="white" if dark else INK)
    axes.set_xticks(range(n), methods, rotation=45, ha="right")
    axes.set_yticks(range(n), methods)
    axes.set_title(title, fontsize=9)


def _matplotlib() -> Any:
    """Figure class that draws without a screen and without global state."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("E-EXTRA-001", "Figures need matplotlib.", "pip install 'foldwise[plot]'") from error
    return Figure
