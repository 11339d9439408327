"""Names of genes beside their ids: columns are added, nothing else changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from foldwise.errors import InputError
from foldwise.model.analysis import Message

# Below the first share of genes found the ids are of different kinds; below the second something is amiss.
FEW, SOME = 0.2, 0.7
# Columns of an input that hold names, the best first (any case).
NAME_COLUMNS = (
    "gene_name", "symbol", "gene_symbol", "external_gene_name", "hgnc_symbol", "mgi_symbol", "genename",
    "gene_symbols", "gene_short_name", "feature_name",
)  # fmt: skip
_VERSION = re.compile(r"\.\d+(_PAR_Y)?$")


def own_names(genes: pd.DataFrame) -> pd.DataFrame:
    """Return gene annotation whose names, if it has any, are text in the column ``gene_name``."""
    lower = {str(column).lower(): column for column in reversed(list(genes.columns))}
    column = next((lower[name] for name in NAME_COLUMNS if name in lower), None)
    if column is None:
        return genes
    names = ["" if name is None or name != name else str(name) for name in genes[column]]
    return genes.assign(gene_name=pd.Series(names, index=genes.index, dtype=object))


def with_names(
    genes: pd.DataFrame,
    ids: Mapping[str, Mapping[str, int]],
    columns: Mapping[str, Sequence[str]],
    source: str,
) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """Return gene annotation with the columns of a table about genes.

    Ids are compared as they are. Where none matches, what follows the last point (the version of Ensembl ids) is left
    out on both sides; genes of the table that then share an id and differ in name give none.

    Parameters
    ----------
    genes : DataFrame
        Index = gene id.
    ids : mapping of str to mapping of str to int
        For each kind of id, the row of each gene in ``columns``; the kind that knows most genes is taken.
    columns : mapping of str to sequence of str
    source : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        E-ANNOT-001 where fewer than 20 % of the genes are found.
    """
    wanted = [str(gene) for gene in genes.index]
    kind, rows, n_found = _best(wanted, ids)
    versions = ""
    if not n_found:
        short = {key: _unversioned(known, columns["gene_name"]) for key, known in ids.items() if "gene_name" in columns}
        kind, rows, n_found = _best([_VERSION.sub("", gene) for gene in wanted], short)
        versions = "; versions of ids (such as .5) left out to compare them" if n_found else ""
    share = n_found / max(len(wanted), 1)
    if share < FEW:
        raise _strangers(source, share, wanted, ids)
    added = {
        name: pd.Series([values[row] if row >= 0 else "" for row in rows], index=genes.index, dtype=object)
        for name, values in columns.items()
        if any(values)
    }
    named = sum(map(bool, added.get("gene_name", [])))
    text = f"{source} names {named:,} of {len(wanted):,} genes (by {kind}{versions})."
    said: tuple[Message, ...] = (Message("note", "", text, {"step": "Names", "n_named": named}),)
    if share < SOME:
        found = f"Only {100 * share:.0f} % of the genes are in {source}."
        fix = "Check that it is the annotation that the reads were counted with."
        data = {"found": found, "fix": fix, "counted": True, "share": round(share, 4)}
        said += (Message("warning", "W-ANNOT-001", f"{found} {fix}", data),)
    return genes.assign(**added), said


def _best(wanted: Sequence[str], ids: Mapping[str, Mapping[str, int]]) -> tuple[str, list[int], int]:
    """Return the kind of id that knows most genes, the row of each gene (-1: unknown) and how many are known."""
    best: tuple[str, list[int], int] = ("", [-1] * len(wanted), 0)
    for kind, known in ids.items():
        rows = [known.get(gene, -1) for gene in wanted]
        n_found = sum(row >= 0 for row in rows)
        if n_found > best[2]:
            best = kind, rows, n_found
    return best


def _unversioned(known: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    """Return ids without versions; those that genes of different names share are left out."""
    found: dict[str, int] = {}
    torn = set()
    for gene, row in known.items():
        short = _VERSION.sub("", gene)
        first = found.setdefault(short, row)
        if names[first] != names[row]:
            torn.add(short)
    return {short: row for short, row in found.items() if short not in torn}


def _strangers(source: str, share: float, wanted: Sequence[str], ids: Mapping[str, Mapping[str, int]]) -> InputError:
    kind, known = max(ids.items(), key=lambda item: len(item[1]))
    theirs = ", ".join(f"'{name[:40]}'" for name in list(known)[:2])
    ours = ", ".join(f"'{name[:40]}'" for name in wanted[:2])
    return InputError(
        "E-ANNOT-001",
        f"{100 * share:.0f} % of the genes are in {source}: the counts have ids such as {ours}, it has {theirs} as "
        f"{kind}.",
        "Give names for the same kind of ids (and the same species).",
        where=source,
        data={"share": round(share, 4)},
    )
