"""Enrichments that stand beside a finished run, for its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foldwise.report.gene_set_view import GeneSetTable


def stored_gene_sets(directory: Path, contrasts: Mapping[str, str]) -> list[GeneSetTable]:
    """Return the tables in ``directory/enrichment`` of these contrasts; what is no enrichment is passed over.

    Parameters
    ----------
    directory : Path
        Output of a finished run.
    contrasts : mapping of str
        Id to the stem of its files, in the order of the report.
    """
    import io

    import pandas as pd

    from foldwise.io.raw_bytes import read_bytes
    from foldwise.report.gene_set_view import NEEDED, QUESTIONS, GeneSetTable

    found = []
    for contrast, stem in contrasts.items():
        for method in QUESTIONS:
            path = directory / "enrichment" / f"{stem}.{method}.tsv"
            if not path.is_file():
                continue
            try:
                table = pd.read_csv(
                    io.BytesIO(read_bytes(path)), sep="\t", dtype={"gene_set": str, "direction": str, "genes": str},
                    keep_default_na=False, na_values={"pvalue": [""], "padj": [""]},
                )  # fmt: skip
                numbers = [c for c in table.columns if c not in ("gene_set", "direction", "genes")]
                table = table.astype(dict.fromkeys(numbers, float))
            except ValueError:
                continue
            if set(NEEDED) <= set(table.columns):
                found.append(GeneSetTable(contrast, method, table, f"enrichment/{path.name}"))
    return found
