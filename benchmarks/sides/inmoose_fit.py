"""InMoose: counts in memory to adjusted p-values, one process."""

from __future__ import annotations

import importlib.metadata
import logging
import sys
import warnings
from pathlib import Path

import common
import pandas as pd
from inmoose.deseq2 import DESeq, DESeqDataSet

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
counts, samples, formula = common.load(Path(sys.argv[1]))


def fit(counts):
    frame = pd.DataFrame(counts.T, index=samples.index, columns=[f"g{i}" for i in range(len(counts))])
    table = DESeq(DESeqDataSet(frame, clinicalData=samples, design=formula), quiet=True).results(alpha=0.1)
    return table["log2FoldChange"], table["pvalue"], table["adj_pvalue" if "adj_pvalue" in table else "padj"]


common.measure(fit, counts, importlib.metadata.version("inmoose"), sys.argv[2])
