"""How several methods compare: calls, genes that pairs of them share, agreement of ranks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from foldwise.report.drawings.look import DOWN, INK, UP, legend_above


def comparison_drawings(
    calls: pd.DataFrame, overlaps: pd.DataFrame, agreement: pd.DataFrame, fdr: float
) -> list[Callable[[Any], None]]:
    """Return the three panels, each a function that draws on axes.

    Parameters
    ----------
    calls, overlaps, agreement : DataFrame
        Of `foldwise.api.compare.Comparison`.
    fdr : float
    """
    methods = [str(method) for method in calls.index]
    n = len(methods)
    shared = overlaps.to_numpy()
    called = np.diag(shared)
    either = called[:, None] + called[None, :] - shared
    jaccard = np.divide(shared, either, out=np.full((n, n), np.nan), where=either > 0)
    numbers = [[f"{int(value):,}" for value in row] for row in shared]
    correlation = np.full((n, n), np.nan)
    for row in agreement.itertuples():
        a, b = methods.index(str(row.method_a)), methods.index(str(row.method_b))
        correlation[a, b], correlation[b, a] = row.spearman_lfc, row.spearman_pvalue
    words = [["" if np.isnan(value) else f"{value:.2f}" for value in row] for row in correlation]
    return [
        lambda axes: _calls(axes, calls, methods, fdr),
        lambda axes: _grid(axes, jaccard, numbers, methods, "Called by both (shade: share of either)"),
        lambda axes: _grid(
            axes, correlation, words, methods, "Rank correlation of\nfold changes (above), p-values (below)"
        ),
    ]


def _calls(axes: Any, calls: pd.DataFrame, methods: Sequence[str], fdr: float) -> None:
    at = np.arange(len(methods))
    axes.barh(at, -calls["n_down"], height=0.66, color=DOWN, label="down")
    axes.barh(at, calls["n_up"], height=0.66, color=UP, label="up")
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(at, methods)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    axes.set_xlabel(f"genes called at FDR {100 * fdr:g} %")
    legend_above(axes)


def _grid(axes: Any, values: np.ndarray, words: list[list[str]], methods: Sequence[str], title: str) -> None:
    """Draw a shaded square of numbers, methods x methods."""
    n = len(methods)
    axes.imshow(np.nan_to_num(values, nan=0.0), vmin=0, vmax=1, cmap="Blues")
    for i in range(n):
        for j in range(n):
            dark = np.nan_to_num(values[i, j]) > 0.6
            axes.text(j, i, words[i][j], ha="center", va="center", fontsize=8, color="white" if dark else INK)
    axes.set_xticks(range(n), methods, rotation=45, ha="right")
    axes.set_yticks(range(n), methods)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(title, loc="left", fontsize=9)
