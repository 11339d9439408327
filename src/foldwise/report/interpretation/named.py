"""Names of genes, sets and groups inside sentences: plain where they are plain words, else quoted; and back."""

from __future__ import annotations

import re

import pandas as pd

from foldwise.io.wording import escaped
from foldwise.report.interpretation.lexicon import LEXICON, RESERVED
from foldwise.report.svg import shorten

LONGEST = 60
_PLAIN = re.compile(r"[^\W_][\w.\-/:@']*[^\W_]|[^\W\d_]")
_MARKS = str.maketrans(dict.fromkeys('“”"`', "'"))


def quoted(name: str) -> str:
    """Return a name as it stands in a sentence: unprintable characters escaped, cut at 60, in quotes where odd."""
    text = shown(name)
    plain = _PLAIN.fullmatch(text) and not _is_number(text) and text.lower() not in RESERVED
    return text if plain else f"“{text}”"


def group_label(name: str) -> str:
    """Return the name of a group as it stands in a sentence; words that claim nothing need no quotes here."""
    text = shown(name)
    return text if _PLAIN.fullmatch(text) and LEXICON.get(text.lower(), ("plain",))[0] == "plain" else quoted(name)


def shown(name: str) -> str:
    """Return the letters of a name that a sentence shows."""
    return shorten(escaped(name[: LONGEST + 1]), LONGEST).translate(_MARKS)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.,+\-eE%x]+", text))


def rows_by_name(table: pd.DataFrame) -> dict[str, list[int]]:
    """Return the rows of each id, id without version, and name; of names as sentences show them too."""
    found: dict[str, list[int]] = {}
    for row, gene in enumerate(map(str, table.index)):
        found[gene] = [row]
    for row, gene in enumerate(map(str, table.index)):
        stem, dot, version = gene.rpartition(".")
        if dot and version.isdigit():
            found.setdefault(stem, []).append(row)
    if "gene_name" in table:
        ids = set(found)
        for row, name in enumerate(table["gene_name"]):
            if isinstance(name, str) and name and name not in ids:
                found.setdefault(name, []).append(row)
    for name in list(found):
        if len(name) > LONGEST or not name.isprintable() or not name.isascii() or '"' in name or "`" in name:
            found.setdefault(shown(name), found[name])
    return found


def gene_label(table: pd.DataFrame, row: int, rows: dict[str, list[int]]) -> str:
    """Return what a gene is called in a sentence: its name where that is its own, else its id."""
    name = table["gene_name"].iloc[row] if "gene_name" in table else None
    if isinstance(name, str) and rows.get(name) == [row] and rows.get(shown(name)) == [row]:
        return quoted(name)
    return quoted(str(table.index[row]))
