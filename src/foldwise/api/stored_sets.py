"""Enrichments that stand beside a finished run, for its report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foldwise.report.gene_set_view import GeneSetTable

_COLUMNS = ("gene_set", "direction", "n_genes", "n_found", "score", "pvalue", "padj", "genes")


def stored_gene_sets(directory: Path, contrasts: Sequence[str]) -> list[GeneSetTable]:
    """Return the tables in ``directory/enrichment`` of these contrasts; those that are not enrichments are passed over.

    Parameters
    ----------
    directory : Path
        Output of a finished run.
    contrasts : sequence of str
        Their ids, in the order of the report.
    """
    import io

    import pandas as pd

    from foldwise.annotate.enrichment import METHODS
    from foldwise.io.raw_bytes import read_bytes
    from foldwise.report.gene_set_view import GeneSetTable

    found = []
    for contrast in contrasts:
        for method in METHODS:
            path = directory / "enrichment" / f"{contrast}.{method}.tsv"
            if not path.is_file():
                continue
            text = dict.fromkeys(("gene_set", "direction", "genes"), str)
            table = pd.read_csv(
                io.BytesIO(read_bytes(path)), sep="\t", dtype=text, keep_default_na=False, na_values={"padj": [""]}
            )
            if tuple(table.columns) == _COLUMNS:
                found.append(GeneSetTable(contrast, method, table, f"enrichment/{path.name}"))
    return found
