"""Parity rows of length offsets: six GEUVADIS samples by salmon and kallisto against tximport and DESeq2.

Tolerances: ten times what a prototype written from the specification measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from foldwise import pipeline
from foldwise.io.read import read as read_any
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec, InputSettings
from foldwise.model.spec_options import with_options
from foldwise.stats.length_offsets import length_factors, length_scaled_counts
from tests.reference import data
from tests.reference.rows import IDENTICAL, Limit, Row, compare, same

SET = "tximport"
COUNT_LIMIT = Limit(5e-10, kind="absolute")
LENGTH_LIMIT = Limit(6e-14)
SCALED_LIMIT = Limit(5e-12)
FACTOR_LIMIT = Limit(6e-14)
# E1 of the parity table
LFC_LIMIT = Limit(1e-5, kind="absolute")
P_LIMIT = Limit(5e-4, q999=1e-5, median=1e-9)
PROGRAMS = ("salmon", "kallisto")


def length_rows(name: str) -> Iterator[Row]:
    """All rows; none for other data sets."""
    if name != SET:
        return
    for program in PROGRAMS:
        read = experiment(program)
        scaled = length_scaled_counts(read.counts, read.lengths, read.abundance)
        yield _row(program, "counts_no", read, read.counts, COUNT_LIMIT)
        yield _row(program, "length", read, read.lengths, LENGTH_LIMIT)
        yield _row(program, "abundance", read, read.abundance, LENGTH_LIMIT)
        yield _row(program, "counts_lengthScaledTPM", read, scaled, SCALED_LIMIT)
    read = experiment("rsem")
    yield _row("rsem", "counts", read, read.counts, IDENTICAL)
    yield _row("rsem", "length", read, read.lengths, IDENTICAL)
    yield from _deseq2_rows()


def runs() -> list[str]:
    """Samples in the order of R's tables."""
    return list(pd.read_csv(data.ROOT / SET / "samples.txt", sep=" ")["run"])


@cache
def experiment(program: str) -> Experiment:
    """What the readers make of the folder of a program."""
    groups = "; ".join(f"{'ab'[i % 2]}{i}={run}" for i, run in enumerate(runs()))
    settings = InputSettings(groups=groups, tx2gene=str(data.ROOT / SET / "tx2gene.csv.gz"))
    return read_any(data.ROOT / SET / program, settings=settings)[0]


def _row(program: str, stem: str, read: Experiment, ours: np.ndarray, limit: Limit) -> Row:
    theirs = data.table(SET, f"tximport_{program}_{stem}")[runs()]
    frame = pd.DataFrame(ours, index=read.genes.index, columns=read.samples.index)
    found = frame.loc[theirs.index, theirs.columns].to_numpy()
    return compare("L", f"{program} {stem}", SET, found, theirs.to_numpy(), limit)


def _deseq2_rows() -> Iterator[Row]:
    read = experiment("salmon")
    names = list(read.samples.index)
    factors = length_factors(np.rint(read.counts), read.lengths, "ratio")
    theirs = data.table(SET, "DESeq2_tximport_normalizationFactors")[names]
    ours = pd.DataFrame(factors.matrix, index=read.genes.index).loc[theirs.index].to_numpy()
    yield compare("L", "normalization factors of lengths", SET, ours, theirs.to_numpy(), FACTOR_LIMIT)
    group = dict(zip(runs(), "ababab", strict=True))
    sheet = pd.DataFrame({"group": [group[name] for name in names]}, index=read.samples.index)
    spec = with_options(AnalysisSpec(), {"design": "~ group", "contrast": ("group:b:a",), "fdr": 0.1})
    found = pipeline.run(spec, replace(read, samples=sheet)).results[0].table
    r = data.table(SET, "DESeq2_tximport_results_group_ababab")
    table = found.loc[r.index]
    for column, theirs_, limit in (
        ("base_mean", "baseMean", Limit(1e-13)),
        ("log2_fold_change", "log2FoldChange", LFC_LIMIT),
        ("pvalue", "pvalue", P_LIMIT),
        ("padj", "padj", P_LIMIT),
    ):
        yield compare("E1", f"lengths, {theirs_}", SET, table[column].to_numpy(), r[theirs_].to_numpy(), limit)
    for level in (0.05, 0.1):
        calls = (table["padj"] < level).to_numpy()
        yield same("E1", f"lengths, calls at {level:g}", SET, calls, (r["padj"] < level).to_numpy())
