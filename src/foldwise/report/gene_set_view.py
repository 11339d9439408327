"""Gene sets that a finished enrichment found, best first; nothing is tested here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from foldwise.report.svg import shorten
from foldwise.report.words import p_text, percent, signed, whole

_MAX_ROWS = 20
_MAX_GENES = 12
_SCORES = {"ora": "odds ratio", "prerank": "NES", "ulm": "t"}
_QUESTIONS = {
    "ora": "Do the genes called, up and down by themselves, hold more of the set than chance would give?",
    "prerank": "Do the genes of the set lie at one end of all tested genes, ranked by the statistic?",
    "ulm": "Do the genes of the set have other statistics than the rest?",
}


@dataclass(frozen=True, eq=False)
class GeneSetTable:
    """The enrichment of one contrast by one method.

    Parameters
    ----------
    contrast : str
        Id of the contrast.
    method : str
        ``ora``, ``prerank`` or ``ulm``.
    table : DataFrame
        Columns ``gene_set direction n_genes n_found score pvalue padj genes`` (genes joined by semicolons).
    file : str
        Name of the file that holds all of it.
    """

    contrast: str
    method: str
    table: pd.DataFrame
    file: str = ""


@dataclass(frozen=True)
class GeneSetView:
    """One table as the page shows it; rows are (arrow, set, found of size, score, adjusted p, genes)."""

    label: str
    question: str
    score: str
    n_found: str
    rows: tuple[tuple[str, str, str, str, str, str], ...]
    file: str


def gene_set_views(
    tables: Sequence[GeneSetTable], labels: dict[str, str], fdr: float, names: dict[str, str] | None = None
) -> tuple[GeneSetView, ...]:
    """Return the tables; ``labels`` names contrasts by id, ``names`` genes by id where they have names."""
    return tuple(_view(each, labels.get(each.contrast, each.contrast), fdr, names or {}) for each in tables)


def _view(found: GeneSetTable, label: str, fdr: float, names: dict[str, str]) -> GeneSetView:
    table = found.table
    n = int((pd.to_numeric(table["padj"], errors="coerce") < fdr).sum())
    return GeneSetView(
        label,
        _QUESTIONS.get(found.method, found.method),
        _SCORES.get(found.method, "score"),
        f"{whole(n)} of {whole(len(table))} sets at FDR {percent(fdr)}",
        tuple(_row(row, names, found.method) for row in table.head(_MAX_ROWS).to_dict("records")),
        found.file,
    )


def _row(row: dict[Any, Any], names: dict[str, str], method: str) -> tuple[str, str, str, str, str, str]:
    score, direction = float(row["score"]), str(row["direction"])
    up = direction == "up" if direction in ("up", "down") else score > 0
    genes = [name for name in str(row["genes"]).split(";") if name and name != "nan"]
    shown = ", ".join(shorten(names.get(name, name), 24) for name in genes[:_MAX_GENES])
    rest = len(genes) - _MAX_GENES
    written = f"{score:.2f}" if method == "ora" else signed(score)
    return (
        "▲" if up else "▼",
        str(row["gene_set"]),
        f"{int(row['n_found'])} of {int(row['n_genes'])}",
        written,
        p_text(float(row["padj"])),
        shown + (f" and {rest} more" if rest > 0 else ""),
    )
