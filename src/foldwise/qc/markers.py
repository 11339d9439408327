"""Genes that tell the sexes apart: XIST, and genes of the Y chromosome that most tissues express."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

# Symbol to Ensembl id. Genes of the male-specific region that are expressed in most tissues (Skaletsky et al. 2003).
HUMAN_X = {"XIST": "ENSG00000229807"}
HUMAN_Y = {
    "RPS4Y1": "ENSG00000129824",
    "DDX3Y": "ENSG00000067048",
    "KDM5D": "ENSG00000012817",
    "UTY": "ENSG00000183878",
    "EIF1AY": "ENSG00000198692",
    "USP9Y": "ENSG00000114374",
    "ZFY": "ENSG00000067646",
}
MOUSE_X = {"Xist": "ENSMUSG00000086503"}
MOUSE_Y = {
    "Ddx3y": "ENSMUSG00000069045",
    "Eif2s3y": "ENSMUSG00000069049",
    "Kdm5d": "ENSMUSG00000056673",
    "Uty": "ENSMUSG00000068457",
}
_VERSIONED = re.compile(r"ENS(?:MUS)?G\d{11}\.\d+")


@dataclass(frozen=True)
class Markers:
    """Rows of the marker genes in the experiment, by symbol."""

    x: dict[str, int]
    y: dict[str, int]


def find_markers(genes: pd.DataFrame) -> Markers | None:
    """Find the marker genes by Ensembl id (with or without version), by symbol as id, or by ``gene_name``.

    Returns
    -------
    Markers or None
        Of human or mouse, whichever has more; None where no gene of the Y chromosome is in the table.
    """
    for index in _name_spaces(genes):
        found = [Markers(_rows(index, x), _rows(index, y)) for x, y in ((HUMAN_X, HUMAN_Y), (MOUSE_X, MOUSE_Y))]
        best = max(found, key=lambda markers: len(markers.x) + len(markers.y))
        if best.y:
            return best
    return None


def _name_spaces(genes: pd.DataFrame) -> list[pd.Index]:
    """Return the names that genes may be found by: their ids, then their symbols."""
    ids = genes.index
    if len(ids) and _VERSIONED.fullmatch(str(ids[0])):
        ids = pd.Index([str(name).partition(".")[0] for name in ids], dtype=object)
    spaces = [ids]
    if "gene_name" in genes.columns:
        spaces.append(pd.Index(genes["gene_name"].astype(object).fillna("").astype(str)))
    return spaces


def _rows(index: pd.Index, symbols: dict[str, str]) -> dict[str, int]:
    """Return the first row of each gene that is there, named by its id or its symbol."""
    found = {}
    for symbol, ensembl in symbols.items():
        for name in (ensembl, symbol):
            if name in index:
                place = index.get_loc(name)
                found[symbol] = int(place) if isinstance(place, int) else int(np.arange(len(index))[place][0])
                break
    return found
