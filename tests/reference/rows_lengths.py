"""Parity rows of length offsets: six GEUVADIS samples by salmon and kallisto against tximport and DESeq2.

Tolerances: ten times what a prototype written from the specification measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from foldwise import pipeline
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options
from foldwise.stats.length_offsets import length_factors, length_scaled_counts
from foldwise.stats.transcript_sums import GeneSums, sum_transcripts
from tests.fixtures import EXACT
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, same

SET = "tximport"
COUNT_LIMIT = Limit(5e-10, kind="absolute")
LENGTH_LIMIT = Limit(6e-14)
SCALED_LIMIT = Limit(5e-12)
FACTOR_LIMIT = Limit(6e-14)
# E1 of the parity table
LFC_LIMIT = Limit(1e-5, kind="absolute")
P_LIMIT = Limit(5e-4, q999=1e-5, median=1e-9)
FILES = {
    "salmon": ("salmon/{}/quant.sf.gz", ("NumReads", "EffectiveLength", "TPM")),
    "kallisto": ("kallisto/{}/abundance.tsv.gz", ("est_counts", "eff_length", "tpm")),
}


def length_rows(name: str) -> Iterator[Row]:
    """All rows; none for other data sets."""
    if name != SET:
        return
    for program in FILES:
        genes, sums = gene_sums(program)
        scaled = length_scaled_counts(sums.counts, sums.lengths, sums.abundance)
        yield _row(program, "counts_no", genes, sums.counts, COUNT_LIMIT)
        yield _row(program, "length", genes, sums.lengths, LENGTH_LIMIT)
        yield _row(program, "abundance", genes, sums.abundance, LENGTH_LIMIT)
        yield _row(program, "counts_lengthScaledTPM", genes, scaled, SCALED_LIMIT)
    yield from _deseq2_rows()


def runs() -> list[str]:
    """Samples in the order of R's tables."""
    return list(pd.read_csv(data.ROOT / SET / "samples.txt", sep=" ")["run"])


@cache
def gene_sums(program: str) -> tuple[list[str], GeneSums]:
    """Genes, and their sums by our own code."""
    template, columns = FILES[program]
    frames = [
        pd.read_csv(data.ROOT / SET / template.format(run), sep="\t", index_col=0, keep_default_na=False, **EXACT)
        for run in runs()
    ]
    pairs = pd.read_csv(data.ROOT / SET / "tx2gene.csv.gz", dtype=str, keep_default_na=False)
    gene_of = dict(zip(pairs["TXNAME"], pairs["GENEID"], strict=True))
    of_transcript = frames[0].index.map(gene_of)
    known = of_transcript.notna()
    genes, numbers = np.unique(np.asarray(of_transcript[known], dtype=str), return_inverse=True)
    arrays = [np.column_stack([frame[column].to_numpy(np.float64) for frame in frames])[known] for column in columns]
    return genes.tolist(), sum_transcripts(numbers, len(genes), *arrays)


def _row(program: str, stem: str, genes: list[str], ours: np.ndarray, limit: Limit) -> Row:
    theirs = data.table(SET, f"tximport_{program}_{stem}")[runs()]
    frame = pd.DataFrame(ours, index=genes).loc[theirs.index]
    return compare("L", f"{program} {stem}", SET, frame.to_numpy(), theirs.to_numpy(), limit)


def _deseq2_rows() -> Iterator[Row]:
    genes, sums = gene_sums("salmon")
    factors = length_factors(np.rint(sums.counts), sums.lengths, "ratio")
    theirs = data.table(SET, "DESeq2_tximport_normalizationFactors")[runs()]
    ours = pd.DataFrame(factors.matrix, index=genes).loc[theirs.index].to_numpy()
    yield compare("L", "normalization factors of lengths", SET, ours, theirs.to_numpy(), FACTOR_LIMIT)
    sheet = pd.DataFrame({"group": list("ababab")}, index=pd.Index(runs(), name="sample"))
    index = pd.Index(genes, name="gene_id")
    experiment = Experiment(sums.counts, sheet, pd.DataFrame(index=index), lengths=sums.lengths)
    spec = with_options(AnalysisSpec(), {"design": "~ group", "contrast": ("group:b:a",), "fdr": 0.1})
    found = pipeline.run(spec, experiment).results[0].table
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
