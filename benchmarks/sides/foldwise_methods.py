"""foldwise's edgeR and limma methods: counts in memory to adjusted p-values, one process.

python foldwise_methods.py <method> <case folder> <output>; ``edger-ql-3`` is edger-ql with the rules of edgeR 3.
"""

from __future__ import annotations

import sys
from pathlib import Path

import common
import numpy as np
import pandas as pd

import foldwise
import foldwise.pipeline  # the package is imported as a whole, as users have it
from foldwise.engine.preparation import normalize
from foldwise.engine.threads import ThreadEngine
from foldwise.method import method_class
from foldwise.model.contrast import make_contrasts
from foldwise.model.design import make_design
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options
from foldwise.stats.multiple_testing import benjamini_hochberg

name, old = sys.argv[1].removesuffix("-3"), sys.argv[1].endswith("-3")
counts, samples, formula = common.load(Path(sys.argv[2]))
spec = with_options(AnalysisSpec(), {"method": name, **({"profile": "edger-3"} if old else {})})
engine = ThreadEngine(1)


def fit(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    experiment = Experiment(counts, samples, pd.DataFrame(index=range(len(counts))))
    design = make_design(formula, samples)
    (contrast,) = make_contrasts(design, ["group:B:A"])
    method = method_class(name).from_spec(spec)
    test = method.test(method.fit(experiment, design, normalize(spec, experiment, engine), engine), contrast)
    return test.log2_fold_change, test.pvalue, np.asarray(benjamini_hochberg(test.pvalue))


common.measure(fit, counts, foldwise.__version__, sys.argv[3])
