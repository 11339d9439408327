"""Take known effects of batches and covariates out of log expression, for pictures; limma specification, section 11."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.least_squares import lm_fit


def remove_batch_effect(
    values: Floats,
    *,
    batch: Integers | None = None,
    batch2: Integers | None = None,
    covariates: Floats | None = None,
    design: Floats | None = None,
    **fit_options: Any,
) -> Floats:
    """Subtract what batches and covariates explain beside the design.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
        Log expression; NaN where missing.
    batch, batch2 : ndarray, (n_samples,), optional
        Labels of batches whose effects add up.
    covariates : ndarray, (n_samples, k), optional
        Used as they are.
    design : ndarray, (n_samples, p), optional
        Effects to keep; default the mean.
    fit_options
        ``weights``, ``blocks``, ``n_threads`` of `lm_fit`.

    Returns
    -------
    ndarray, (n_genes, n_samples)
    """
    n = values.shape[1]
    design = np.ones((n, 1)) if design is None else np.asarray(design, dtype=np.float64)
    parts = [sum_contrasts(labels) for labels in (batch, batch2) if labels is not None]
    if covariates is not None:
        parts.append(np.asarray(covariates, dtype=np.float64).reshape(n, -1))
    if not parts:
        return np.array(values, dtype=np.float64)
    unwanted = np.column_stack(parts)
    fit = lm_fit(values, np.column_stack([design, unwanted]), **fit_options)
    effects = fit.coefficients[:, design.shape[1] :]
    cleaned = np.array(values, dtype=np.float64)
    shift = np.zeros_like(cleaned)
    for k in range(unwanted.shape[1]):
        shift += np.where(np.isnan(effects[:, k]), 0.0, effects[:, k])[:, None] * unwanted[:, k]
    return cleaned - shift


def sum_contrasts(labels: Integers) -> Floats:
    """Columns (n_samples, levels - 1) of a factor whose effects sum to 0; the last level has -1."""
    levels, codes = np.unique(np.asarray(labels), return_inverse=True)
    return np.vstack([np.eye(len(levels) - 1), -np.ones((1, len(levels) - 1))])[codes]
