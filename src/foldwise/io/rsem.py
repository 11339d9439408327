"""Counts of RSEM: ``<sample>.genes.results``, or ``<sample>.isoforms.results`` summed to genes.

Source: https://deweylab.github.io/RSEM/rsem-calculate-expression.html (output). Lengths are effective lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from foldwise.io.messages import note
from foldwise.io.quantified import Columns, Quantified, gene_table, read_columns
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample, read_text
from foldwise.io.wording import counted
from foldwise.model.spec import InputSettings

_NUMBERS = ("length", "FPKM", "IsoPct")
GENES = Columns("gene_id", "expected_count", "effective_length", "TPM", others=_NUMBERS)
ISOFORMS = Columns("transcript_id", "expected_count", "effective_length", "TPM", "gene_id", _NUMBERS)


def read_rsem(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the genes of one file per sample; where a folder holds both kinds, ``genes.results`` are read.

    See `quantified.gene_table`.
    """
    genes = [path for path in paths if is_genes(path)]
    used = genes or list(paths)
    table = gene_table(used, _genes if genes else _isoforms, settings, is_sample, "RSEM")
    left = len(paths) - len(used)
    if not left:
        return table
    text = f"{counted(left, 'file')} of isoforms left out: the genes.results are read."
    return replace(table, messages=(*table.messages, note(text)))


def is_genes(path: Path) -> bool:
    """Tell whether the first column of a file is the gene."""
    first = read_text(path).layout.lines[0].split("\t")
    return first[0].strip() == "gene_id"


def _genes(path: Path) -> Quantified:
    found = read_columns(path, GENES)
    return replace(found, genes=found.ids)


def _isoforms(path: Path) -> Quantified:
    return read_columns(path, ISOFORMS)
