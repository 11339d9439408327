"""NumPy twin of the kernel `project_rows`."""

from __future__ import annotations

import numpy as np


def project_rows(values: np.ndarray, columns: np.ndarray, n_threads: int = 1) -> dict[str, np.ndarray]:
    """Inner products of each gene with orthonormal columns, and what they leave.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
    columns : ndarray, (p, n_samples)
        Orthonormal.

    Returns
    -------
    dict
        ``projected`` (n_genes, p); ``residual`` and ``size`` (n_genes,), the sums of squares of the residuals and of
        the values.
    """
    projected = values @ columns.T
    left = values - projected @ columns
    return {"projected": projected, "residual": (left**2).sum(axis=1), "size": (values**2).sum(axis=1)}
