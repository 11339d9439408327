"""Principal components of samples on the most variable genes, for pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats, Integers

N_TOP = 500


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """Principal components.

    Parameters
    ----------
    scores : ndarray, (n_samples, k)
        Coordinates of the samples; each component's largest loading is positive.
    variance_share : ndarray, (k,)
        Part of the total variance.
    genes : ndarray of int, (n_used,)
        Genes used, most variable first.
    loadings : ndarray, (n_used, k)
    """

    scores: Floats
    variance_share: Floats
    genes: Integers
    loadings: Floats


def principal_components(matrix: Floats, n_top: int = N_TOP) -> PrincipalComponents:
    """Centered, unscaled principal components of the ``n_top`` genes of largest variance.

    Parameters
    ----------
    matrix : ndarray, (n_genes, n_samples)
        Values on a log-like scale, such as VST.

    Notes
    -----
    Uses LAPACK's singular value decomposition, so last digits may differ between processors.
    """
    n = matrix.shape[1]
    centered = matrix - matrix.mean(axis=1)[:, None]
    variance = np.sum(centered * centered, axis=1) / max(n - 1, 1)
    genes = np.argsort(-variance, kind="stable")[:n_top]
    u, d, vt = np.linalg.svd(centered[genes].T, full_matrices=False)
    largest = np.argmax(np.abs(vt), axis=1)
    sign = np.where(vt[np.arange(len(vt)), largest] < 0, -1.0, 1.0)
    total = np.sum(d * d)
    share = d * d / total if total > 0 else np.zeros_like(d)
    return PrincipalComponents(u * d * sign, share, genes.astype(np.int64), (vt * sign[:, None]).T)
