"""PyDESeq2: counts in memory to adjusted p-values, one process."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import common
import pandas as pd
import pydeseq2
from pydeseq2.dds import DeseqDataSet
from pydeseq2.default_inference import DefaultInference
from pydeseq2.ds import DeseqStats

warnings.simplefilter("ignore")
counts, samples, formula = common.load(Path(sys.argv[1]))


def fit(counts):
    frame = pd.DataFrame(counts.T, index=samples.index, columns=[f"g{i}" for i in range(len(counts))])
    inference = DefaultInference(n_cpus=1)
    data = DeseqDataSet(counts=frame, metadata=samples, design=formula, inference=inference, quiet=True)
    data.deseq2()
    stats = DeseqStats(data, contrast=["group", "B", "A"], inference=inference, alpha=0.1, quiet=True)
    stats.summary()
    table = stats.results_df
    return table["log2FoldChange"], table["pvalue"], table["padj"]


common.measure(fit, counts, pydeseq2.__version__, sys.argv[2])
