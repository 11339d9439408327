"""Gene sets that a finished enrichment found, best first; nothing is tested here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from foldwise.report.svg import shorten
from foldwise.report.words import MINUS, p_text, percent, signed, whole

MAX_ROWS = 20
_MAX_GENES = 12
_SCORES = {"ora": "odds ratio", "prerank": "NES", "ulm": "t"}
QUESTIONS = {
    "ora": "Do the genes called, up and down by themselves, hold more of the set than chance would give?",
    "prerank": "Do the genes of the set lie at one end of all tested genes, ranked by the statistic?",
    "ulm": "Do the genes of the set have other statistics than the rest?",
    "camera": "Did the set change more than the other genes, which move together too?",
    "camera-pr": "Did the set change more than the other genes, by the ranking of all tested genes?",
    "fry": "Did the set change at all?",
    "roast": "Did the set change at all?",
}
NEEDED = ("gene_set", "direction", "n_genes", "pvalue", "padj")


@dataclass(frozen=True, eq=False)
class GeneSetTable:
    """The enrichment of one contrast by one method.

    Parameters
    ----------
    contrast : str
        Id of the contrast.
    method : str
        A key of `QUESTIONS`.
    table : DataFrame
        `NEEDED` columns, best first, and any of ``n_found score genes correlation share_up share_down padj_mixed``.
    file : str
        Name of the file that holds all of it.
    """

    contrast: str
    method: str
    table: pd.DataFrame
    file: str = ""


@dataclass(frozen=True)
class GeneSetView:
    """One table as the page shows it; each row is an arrow, the set, its cells, and its genes."""

    label: str
    method: str
    question: str
    n_found: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...], str], ...]
    file: str


def gene_set_views(
    tables: Sequence[GeneSetTable], labels: dict[str, str], fdr: float, names: dict[str, str] | None = None
) -> tuple[GeneSetView, ...]:
    """Return the tables; ``labels`` names contrasts by id, ``names`` genes by id where they have names."""
    return tuple(_view(each, labels.get(each.contrast, each.contrast), fdr, names or {}) for each in tables)


def _view(found: GeneSetTable, label: str, fdr: float, names: dict[str, str]) -> GeneSetView:
    table = found.table
    n = int((pd.to_numeric(table["padj"], errors="coerce") < fdr).sum())
    columns = [column for column in _COLUMNS if column in table.columns]
    header = tuple(_SCORES.get(found.method, "score") if c == "score" else _COLUMNS[c] for c in columns)
    rows = table.head(MAX_ROWS).to_dict("records")
    return GeneSetView(
        label,
        found.method,
        QUESTIONS.get(found.method, ""),
        f"{whole(n)} of {whole(len(table))} sets at FDR {percent(fdr)}",
        header,
        tuple(
            (_arrow(r), str(r["gene_set"]), tuple(_cell(c, r, found.method) for c in columns), _genes(r, names))
            for r in rows
        ),
        found.file,
    )


_COLUMNS = {
    "n_genes": "genes",
    "score": "score",
    "correlation": "correlation",
    "share_up": "up",
    "share_down": "down",
    "padj": "adjusted p",
    "padj_mixed": "adjusted p, any direction",
}


def _arrow(row: dict[Any, Any]) -> str:
    direction = str(row["direction"]).lower()
    if direction in ("up", "down"):
        return "▲" if direction == "up" else "▼"
    score = float(row.get("score", 0) or 0)
    return "▲" if score > 0 else "▼" if score < 0 else ""


def _cell(column: str, row: dict[Any, Any], method: str) -> str:
    if column == "n_genes":
        found = f"{int(row['n_found'])} of " if "n_found" in row else ""
        return f"{found}{int(row['n_genes'])}"
    value = float(row[column])
    if column.startswith("padj"):
        return p_text(value)
    if column == "correlation" or (column == "score" and method == "ora"):
        return f"{value:.2f}".replace("-", MINUS)
    return percent(value) if column.startswith("share") else signed(value)


def _genes(row: dict[Any, Any], names: dict[str, str]) -> str:
    genes = [name for name in str(row.get("genes", "")).split(";") if name and name != "nan"]
    rest = len(genes) - _MAX_GENES
    return ", ".join(shorten(names.get(name, name), 24) for name in genes[:_MAX_GENES]) + (
        f" and {rest} more" if rest > 0 else ""
    )
