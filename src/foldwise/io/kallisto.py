"""Counts of kallisto: ``<sample>/abundance.tsv`` or ``abundance.h5``, one entry per transcript.

Source: https://pachterlab.github.io/kallisto/manual (quant).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from foldwise.io.hdf5 import opened, texts
from foldwise.io.messages import note
from foldwise.io.quantified import (
    Columns,
    Quantified,
    gene_table,
    mapping_message,
    read_columns,
    tallies,
    with_tallies,
)
from foldwise.io.stored import array, inconsistent
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample
from foldwise.model.spec import InputSettings

COLUMNS = Columns("target_id", "est_counts", "eff_length", "tpm", others=("length",))
_KEYS = {"n_processed": "reads", "n_pseudoaligned": "mapped"}


def read_kallisto(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the genes of one file per sample; of two kinds in one folder ``abundance.tsv`` is read.

    See `quantified.gene_table`.
    """
    texts = {path.parent for path in paths if path.suffix != ".h5"}
    used = [path for path in paths if path.suffix != ".h5" or path.parent not in texts]
    table = gene_table(used, _one, settings, is_sample, "kallisto")
    found = [tallies(path.parent / "run_info.json", _KEYS) for path in used]
    for each in found:
        if each.get("reads"):
            each["mapped_share"] = each.get("mapped", 0.0) / each["reads"]
    table = with_tallies(table, found)
    messages = (*table.messages, *mapping_message(table, "mapped_share"))
    if len(used) < len(paths):
        messages += (note("abundance.tsv and abundance.h5 lie side by side: the tables are read."),)
    return replace(table, messages=messages)


def _one(path: Path) -> Quantified:
    return _from_h5(path) if path.suffix == ".h5" else read_columns(path, COLUMNS)


def _from_h5(path: Path) -> Quantified:
    """Return one sample of an ``abundance.h5``, which holds no TPM: reads per base, scaled to a million.

    Raises
    ------
    InputError
        E-FILE-008 where the file is inconsistent.
    """
    with opened(path) as file:
        ids = list(texts(array(file, "aux/ids", path.name, kinds="SO")))
        reads, lengths = (array(file, name, path.name).astype(np.float64) for name in ("est_counts", "aux/eff_lengths"))
        if not (len(ids) == len(reads) == len(lengths)) or not ids:
            raise inconsistent(path.name, f"{len(ids):,} ids, {len(reads):,} counts and {len(lengths):,} lengths")
        if not (np.isfinite(reads) & (reads >= 0) & np.isfinite(lengths) & (lengths > 0)).all():
            raise inconsistent(path.name, "counts or lengths are negative or missing")
        if len(set(ids)) < len(ids):
            raise inconsistent(path.name, "ids repeat")
    rate = reads / lengths
    total = np.add.reduce(rate)
    return Quantified(ids, reads, lengths, rate * (1e6 / total) if total > 0 else rate)
