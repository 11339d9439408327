"""Counts of salmon: ``<sample>/quant.sf``, one line per transcript.

Source: https://salmon.readthedocs.io (output file formats).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from foldwise.io.quantified import Columns, Quantified, gene_table, mapping_message, read_columns, tallies, with_tallies
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample
from foldwise.model.spec import InputSettings

COLUMNS = Columns("Name", "NumReads", "EffectiveLength", "TPM", others=("Length",))
_KEYS = {"num_processed": "reads", "num_mapped": "mapped"}


def read_salmon(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the genes of one ``quant.sf`` per sample; see `quantified.gene_table`."""
    whole = {path.parent for path in paths if not _is_genes(path)}
    used = [path for path in paths if path.parent not in whole or not _is_genes(path)]
    table = gene_table(used, _one, settings, is_sample, "salmon")
    found = [tallies(path.parent / "aux_info" / "meta_info.json", _KEYS) for path in used]
    for each in found:
        if each.get("reads"):
            each["mapped_share"] = each.get("mapped", 0.0) / each["reads"]
    table = with_tallies(table, found)
    return replace(table, messages=(*table.messages, *mapping_message(table, "mapped_share")))


def _one(path: Path) -> Quantified:
    found = read_columns(path, COLUMNS)
    return replace(found, genes=found.ids) if _is_genes(path) else found


def _is_genes(path: Path) -> bool:
    """Tell whether salmon summed to genes itself (its option ``-g``)."""
    return ".genes.sf" in path.name.lower()
