"""What a library says about itself and not about biology: the baseline that a signature must beat."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import log

NAMES = ("reads", "genes detected", "share of the 50 most read genes")
_N_TOP = 50


def technical_covariates(counts: Any) -> Floats:
    """Return the covariates ``NAMES`` of each sample, (n_samples, 3), the first two as natural logarithms.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    """
    values = np.asarray(counts, dtype=np.float64)
    reads = np.maximum(values.sum(axis=0), 1.0)
    detected = np.maximum((values > 0).sum(axis=0), 1).astype(np.float64)
    n_top = min(_N_TOP, values.shape[0])
    top = np.sort(np.partition(values, values.shape[0] - n_top, axis=0)[-n_top:], axis=0).sum(axis=0)
    return np.stack([log(reads), log(detected), top / reads], axis=1)
