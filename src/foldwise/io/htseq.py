"""Counts of htseq-count: one file per sample, two columns, tallies of reads outside genes at the end.

Source: https://htseq.readthedocs.io (htseq-count, "Output"). DEXSeq's exon counts have the same shape and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from foldwise.errors import InputError
from foldwise.io.footers import without_tallies
from foldwise.io.join import join_tables
from foldwise.io.plain_table import headed
from foldwise.io.sources import sample_names
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample, read_text, tabbed, table_of_text
from foldwise.io.wording import counted, shown
from foldwise.model.spec import InputSettings

_EXON = re.compile(r".+:E?\d{3}")


def read_htseq(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the genes of one file per sample; the tallies are kept as ``qc``.

    Raises
    ------
    InputError
        E-FILE-010 where the ids are exons, E-FILE-012 where the files hold different genes; others as
        `table_reader.read_table`.
    """
    names = sample_names(paths, is_sample)
    return without_tallies(join_tables([_one(path, name) for path, name in zip(paths, names, strict=True)]))


def _one(path: Path, name: str) -> Table:
    table = table_of_text(headed(tabbed(read_text(path)), ("gene_id", name)), {name}.__contains__)
    refuse_exons(table.row_names, table.source)
    if len(table.column_names) != 1:
        found = f"{table.source} has {counted(len(table.column_names), 'column')} of counts where htseq-count has one."
        raise InputError("E-FILE-004", found, "Give it without --format, as a table.", where=table.source)
    return replace(table, column_names=[name])


def refuse_exons(ids: Sequence[str], source: str) -> None:
    """Raise E-FILE-010 where ids are ``gene:exon``, as DEXSeq counts them: most have that form, several per gene."""
    exons = [name for name in ids if _EXON.fullmatch(name)]
    n_genes = sum(not name.startswith("_") for name in ids)
    if len(exons) < 0.9 * n_genes or len({name.rpartition(":")[0] for name in exons}) > 0.7 * len(exons):
        return
    raise InputError(
        "E-FILE-010",
        f"The ids of {source} are exons ({shown(exons[0])}), as DEXSeq counts them: {len(exons):,} of {n_genes:,}.",
        "Count per gene: htseq-count, or featureCounts without -f.",
        where=source,
    )
