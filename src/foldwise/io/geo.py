"""Counts that NCBI computes for GEO series: Entrez ids, one column per GSM, gene names in a file beside it.

Source: https://www.ncbi.nlm.nih.gov/geo/info/rnaseqcounts.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from foldwise.errors import InputError
from foldwise.io.join import join_tables
from foldwise.io.messages import Messages, note
from foldwise.io.raw_bytes import read_bytes
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample, read_text, tabbed, table_of_text
from foldwise.io.text_encoding import to_utf8
from foldwise.io.wording import shown
from foldwise.model.spec import InputSettings

_NORMALIZED = re.compile(r"_norm_counts_(TPM|FPKM)", re.IGNORECASE)
# Columns of the annotation that are kept, and what they are called here.
_COLUMNS = {"Symbol": "gene_name", "Description": "description", "GeneType": "gene_type", "EnsemblGeneID": "ensembl_id"}


def read_geo(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the raw counts of a series, with the symbols of the annotation file beside it.

    Raises
    ------
    InputError
        E-COUNT-002 for a normalized table; others as `table_reader.read_table`.
    """
    for path in paths:
        if match := _NORMALIZED.search(path.name):
            raise InputError(
                "E-COUNT-002",
                f"{shown(path.name)} holds {match[1].upper()} values, not counts.",
                "Download the file *_raw_counts_*_NCBI.tsv.gz of the same series.",
                where=path.name,
            )
    return join_tables([_annotated(table_of_text(tabbed(read_text(path)), _is_sample), path) for path in paths])


def _is_sample(name: str) -> bool:
    return re.fullmatch(r"GSM\d+", name) is not None


def annotation_files(path: Path) -> list[Path]:
    """Return the annotation files beside a table."""
    return sorted(path.parent.glob("*.annot.tsv*"))


def _annotated(table: Table, path: Path) -> Table:
    """Return the table with the annotation that lies beside it and knows most of its genes."""
    best: dict[str, dict[str, str]] = {}
    name, n_known = "", 0
    for beside in annotation_files(path):
        columns = _annotation(beside)
        known = len(set(table.row_names).intersection(columns.get("gene_name", {})))
        if known > n_known:
            best, name, n_known = columns, beside.name, known
    said: Messages
    if not best:
        said = (note("Genes have no symbols: put the series' *.annot.tsv.gz beside the counts, or give --genes FILE."),)
        return replace(table, messages=(*table.messages, *said))
    added = {title: [column.get(gene, "") for gene in table.row_names] for title, column in best.items()}
    said = (note(f"{name} gives symbols for {n_known:,} of {len(table.row_names):,} genes."),)
    return replace(table, annotation={**table.annotation, **added}, messages=(*table.messages, *said))


def _annotation(path: Path) -> dict[str, dict[str, str]]:
    """Return the kept columns of an annotation file, each as gene to text; empty where it is none."""
    text, _ = to_utf8(read_bytes(path), path.name)
    rows = (line.rstrip("\r").split("\t") for line in text.decode("utf-8").split("\n"))  # quotes are text there
    header = next(rows)
    if header[0] != "GeneID" or "Symbol" not in header:
        return {}
    places = {_COLUMNS[name]: i for i, name in enumerate(header) if name in _COLUMNS}
    found: dict[str, dict[str, str]] = {title: {} for title in places}
    for fields in rows:
        if len(fields) == len(header):
            for title, place in places.items():
                found[title][fields[0]] = fields[place]
    return found
