"""One signed number per gene that ranks genes from most up to most down."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import log

LN10 = float(np.log(10.0))
# P-values below the smallest number are taken for it.
LEAST = 5e-324
UNSIGNED = ("F", "LR")


def ranking_score(log2_fold_change: Floats, pvalue: Floats, statistic: Floats | None, kind: str) -> Floats:
    """Score of every gene, (n_genes,); NaN where it was not tested.

    Parameters
    ----------
    log2_fold_change, pvalue : ndarray, (n_genes,)
    statistic : ndarray, (n_genes,), or None
        A test without a statistic (an exact test) is ranked by -log10 p with the sign of the fold change.
    kind : str
        What the statistic is. ``F`` and ``LR`` have no sign: the score is their square root with the sign of the fold
        change.
    """
    sign = np.sign(log2_fold_change)
    if statistic is None:
        return np.asarray(sign * (-log(np.maximum(pvalue, LEAST)) / LN10))
    return np.asarray(sign * np.sqrt(np.maximum(statistic, 0.0)) if kind in UNSIGNED else statistic)
