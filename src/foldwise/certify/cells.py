"""Groups of samples that a design tells apart: what stays balanced when samples are grouped anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.design import Design

# More distinct values than this in a column of a given matrix make it a covariate, not a group.
MAX_LEVELS = 2


def factor_codes(design: Design, without: Sequence[str] = ()) -> list[np.ndarray]:
    """Return the level numbers (n_samples,) of each factor of a design.

    Of a given matrix the columns with two values count as factors; numeric covariates count nowhere.

    Parameters
    ----------
    design : Design
    without : sequence of str
        Names of factors left out.
    """
    if design.source == "matrix" and not design.factors:
        columns = [np.unique(column, return_inverse=True) for column in design.matrix.T]
        return [np.asarray(codes) for values, codes in columns if len(values) == MAX_LEVELS]
    return [np.asarray(factor.codes) for factor in design.factors if factor.name not in without]


def joined(codes: Sequence[np.ndarray], n_samples: int) -> np.ndarray:
    """Return the number of the combination of levels of each sample, (n_samples,); all 0 where there are no factors."""
    if not codes:
        return np.zeros(n_samples, dtype=np.int64)
    return np.asarray(np.unique(np.column_stack(codes), axis=0, return_inverse=True)[1]).reshape(-1)


def blocks_of(analysis: Analysis) -> np.ndarray | None:
    """Number of the block or donor of each sample, where samples share one; None where none do."""
    spec, samples = analysis.spec, analysis.experiment.samples
    for name in (spec.method.block, spec.quality.donor):
        if name is not None and name in samples.columns and samples[name].duplicated().any():
            values = samples[name].astype(str).to_numpy()
            return np.asarray(np.unique(values, return_inverse=True)[1]).reshape(-1)
    return None
