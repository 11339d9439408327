"""Gene names from GTF and GFF3 files, read as a stream: a file of gigabytes takes the memory of its genes.

Sources: GTF 2.2 (https://mblab.wustl.edu/GTF22.html), GFF3 (Sequence Ontology), and the attributes that GENCODE,
Ensembl and NCBI write.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from urllib.parse import unquote

from foldwise.errors import InputError
from foldwise.io.byte_stream import line_blocks
from foldwise.io.gene_table import GeneTable
from foldwise.io.wording import shown_path

# Attributes that may have been counted by, in the order in which ties are settled; and what holds names and types.
ID_KEYS = ("gene_id", "ID", "locus_tag", "gene", "Name", "gene_name")
_NAME_KEYS = ("gene_name", "gene", "Name")
_TYPE_KEYS = ("gene_type", "gene_biotype", "biotype")
_ATTRIBUTE = re.compile(rb'(?:^|;)\s*([A-Za-z_]\w*)(?:\s+"([^"]*)"|=([^;]*)|\s+([^;"\s]+))')
_MARK = b"gene\t"


def read_gtf(path: str | os.PathLike[str]) -> GeneTable:
    """Return names and types of the genes of a GTF or GFF3 file, plain or gzip-compressed.

    Lines whose feature is a gene (``gene``, ``pseudogene``, ``ncRNA_gene``) are read; where there are none, the first
    line of each ``gene_id``.

    Raises
    ------
    InputError
        E-FILE-003, E-FILE-007, E-SAFE-002 for the file; E-FILE-004 where no line names a gene.
    """
    source = PurePath(shown_path(path)).name
    genes = _Genes()
    for block in line_blocks(path):
        genes.add_gene_lines(block)
    if not genes.n:
        for block in line_blocks(path):
            genes.add_first_lines(block)
    if not genes.n:
        raise InputError(
            "E-FILE-004",
            f"{source} names no genes: no line has nine fields and a gene_id (GTF) or a feature gene (GFF3).",
            "Give the annotation that the reads were counted with; other tables of names go to --genes.",
            where=source,
        )
    return GeneTable(source, genes.ids, {"gene_name": genes.names, "gene_type": genes.types})


class _Genes:
    """What was read so far: for each attribute the row of each id; names and types by row."""

    def __init__(self) -> None:
        self.ids: dict[str, dict[str, int]] = {key: {} for key in ID_KEYS}
        self.names: list[str] = []
        self.types: list[str] = []

    @property
    def n(self) -> int:
        return len(self.names)

    def add_gene_lines(self, block: bytes) -> None:
        at = block.find(_MARK)
        while at >= 0:
            start = block.rfind(b"\n", 0, at) + 1
            end = block.find(b"\n", at)
            end = len(block) if end < 0 else end
            if block.count(b"\t", start, at) == 2:
                self._add(block[start:end])
                at = block.find(_MARK, end)
            else:
                at = block.find(_MARK, at + 1)

    def add_first_lines(self, block: bytes) -> None:
        seen = self.ids["gene_id"]
        for match in re.finditer(rb'gene_id "([^"]*)"', block):
            if match[1].decode("utf-8", "replace") in seen:
                continue
            start = block.rfind(b"\n", 0, match.start()) + 1
            end = block.find(b"\n", match.end())
            self._add(block[start : len(block) if end < 0 else end])

    def _add(self, line: bytes) -> None:
        fields = line.rstrip(b"\r").split(b"\t")
        if len(fields) != 9 or line.startswith(b"#"):
            return
        values: dict[str, str] = {}
        for key, quoted, escaped, bare in _ATTRIBUTE.findall(fields[8]):
            text = (quoted or escaped or bare).decode("utf-8", "replace")
            values.setdefault(key.decode(), unquote(text) if escaped else text)
        known = {key: values[key] for key in ID_KEYS if values.get(key)}
        if not known:
            return
        if "ID" in known and known["ID"].startswith("gene:"):  # Ensembl's GFF3
            known.setdefault("gene_id", known["ID"].removeprefix("gene:"))
        for key, name in known.items():
            self.ids[key].setdefault(name, self.n)
        self.names.append(next((values[key] for key in _NAME_KEYS if values.get(key)), ""))
        self.types.append(next((values[key] for key in _TYPE_KEYS if values.get(key)), ""))
