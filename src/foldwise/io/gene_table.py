"""A table that describes genes: names, types, anything else, by one or several kinds of id."""

from __future__ import annotations

import os
from dataclasses import dataclass

from foldwise.errors import InputError
from foldwise.io.delimited import ragged, records
from foldwise.io.table_reader import read_text
from foldwise.io.wording import counted, listed

# Titles of columns of ids and of names, in the order of preference, any case.
ID_TITLES = ("gene_id", "geneid", "ensembl_gene_id", "ensembl_id", "ensembl", "entrez_id", "entrezid", "id", "gene")
NAME_TITLES = (
    "gene_name", "symbol", "gene_symbol", "external_gene_name", "hgnc_symbol", "mgi_symbol", "genename", "name",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class GeneTable:
    """Columns of text about genes.

    Parameters
    ----------
    source : str
        Name of the file.
    ids : dict of str to dict of str to int
        For each kind of id, the row of each gene.
    columns : dict of str to list of str
        Text by row; ``gene_name`` is one of them.
    """

    source: str
    ids: dict[str, dict[str, int]]
    columns: dict[str, list[str]]


def read_gene_table(path: str | os.PathLike[str]) -> GeneTable:
    """Return a table of genes (csv, tsv, xlsx, parquet): a column of ids, one of names, others as they are.

    The columns are found by their titles; without known titles the first holds ids and the second names, and the first
    line is a row like the others.

    Raises
    ------
    InputError
        E-FILE-004 where it has one column, E-FILE-002 for ragged rows, E-NAME-002 for repeated titles; others as
        `table_reader.read_text`.
    """
    text = read_text(path)
    if text.layout.delimiter is None:
        fix = "Write the gene id, a tab or comma, and the name on each line."
        raise InputError("E-FILE-004", f"{text.source} has one column; gene names need two.", fix, where=text.source)
    body = text.data[text.layout.start :].decode("utf-8")
    rows = list(records(body, text.layout.delimiter, text.source, text.layout.first_line))
    titles = [title.strip() for title in rows[0][1]]
    width = len(titles)
    for line, fields in rows:
        if len(fields) != width:
            raise ragged(text.source, line, len(fields), width)
    lower = [title.lower() for title in titles]
    id_at = next((lower.index(title) for title in ID_TITLES if title in lower), None)
    name_at = next((lower.index(t) for t in NAME_TITLES if t in lower and lower.index(t) != id_at), None)
    if id_at is None and name_at is None:
        titles, id_at, name_at = ["gene_id", "gene_name", *(f"column_{i + 1}" for i in range(2, width))], 0, 1
    else:
        rows = rows[1:]
        id_at = id_at if id_at is not None else next(i for i in range(width) if i != name_at)
    return _table(text.source, titles, [fields for _, fields in rows], id_at, name_at)


def _table(source: str, titles: list[str], rows: list[list[str]], id_at: int, name_at: int | None) -> GeneTable:
    named = ["gene_name" if i == name_at else title for i, title in enumerate(titles)]
    repeated = [title for title in named if named.count(title) > 1]
    if repeated:
        found = f"{source} has {counted(len(repeated), 'column')} of one title: {listed(dict.fromkeys(repeated))}."
        raise InputError("E-NAME-002", found, "Rename them.", where=source)
    ids: dict[str, int] = {}
    for number, fields in enumerate(rows):
        ids.setdefault(fields[id_at], number)
    columns = {title: [fields[i] for fields in rows] for i, title in enumerate(named) if i != id_at and title}
    return GeneTable(source, {named[id_at]: ids}, columns)
