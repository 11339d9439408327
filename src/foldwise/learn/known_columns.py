"""What hidden factors have in common with what is known of the samples."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.design_algebra import householder_qr, rank


def shared_variance(factors: Floats, known: Floats) -> Floats:
    """R^2 (k,) of each factor (n_samples, k) by the regression on columns (n_samples, p) with an intercept."""
    columns = np.column_stack([np.ones(len(known)), known])
    independent, order = rank(columns)
    basis, _ = householder_qr(columns[:, np.sort(order[:independent])])
    centered = factors - factors.mean(axis=0)
    total = np.einsum("nk,nk->k", centered, centered)
    along = np.einsum("np,nk->pk", basis, centered)
    explained = np.einsum("pk,pk->k", along, along)
    return np.asarray(np.where(total > 0, explained / np.where(total > 0, total, 1.0), 0.0))


def indicator_columns(values: list[object]) -> Floats:
    """Indicators (n_samples, levels - 1) of a column of words; numbers stay as they are, (n_samples, 1)."""
    if all(isinstance(value, (int, float, np.number)) and not isinstance(value, bool) for value in values):
        return np.asarray(values, dtype=np.float64)[:, None]
    words = [str(value) for value in values]
    levels = sorted(set(words))
    return np.array([[float(word == level) for level in levels[1:]] for word in words]).reshape(len(words), -1)
