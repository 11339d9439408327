"""foldwise: counts in memory to adjusted p-values, one process."""

from __future__ import annotations

import sys
from pathlib import Path

import common
import numpy as np
import pandas as pd

import foldwise
from foldwise.engine.threads import ThreadEngine
from foldwise.methods.deseq2 import DESeq2
from foldwise.model.contrast import make_contrasts
from foldwise.model.design import make_design
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors
from foldwise.stats.size_factors import ratio

counts, samples, formula = common.load(Path(sys.argv[1]))
engine = ThreadEngine(1)


def fit(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    experiment = Experiment(counts, samples, pd.DataFrame(index=range(len(counts))))
    design = make_design(formula, samples)
    (contrast,) = make_contrasts(design, ["group:B:A"])
    method = DESeq2(fdr=0.1)
    fitted = method.fit(experiment, design, SizeFactors(ratio(counts)), engine)
    test = method.test(fitted, contrast)
    return test.log2_fold_change, test.pvalue, test.padj


common.measure(fit, counts, foldwise.__version__, sys.argv[2])
