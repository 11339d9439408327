"""Distances of observations from the bulk, by medians and median absolute deviations.

Distances on principal components, each centered and scaled robustly: Filzmoser, Maronna and Werner 2008 (Computational
Statistics and Data Analysis 52:1694), without their weighting of components.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats

MAD_TO_SD = 1.482602218505602
# 99.9 % points of the chi-square distribution with 1 to 5 degrees of freedom.
CHI2_999 = (10.827566170662733, 13.815510557964274, 16.26623619623813, 18.46682695290317, 20.515005652432873)


def mad_scores(values: Floats, least_scale: float = 0.0) -> Floats:
    """Distances from the median in units of the median absolute deviation scaled to a standard deviation.

    Parameters
    ----------
    values : ndarray, (n,) or (n, k)
        Columns are taken one by one.
    least_scale : float
        Lower limit of that scale, in the unit of the values; where both are 0, equal values get 0 and others infinity.
    """
    centered = values - np.median(values, axis=0)
    scale = np.maximum(MAD_TO_SD * np.median(np.abs(centered), axis=0), least_scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(centered == 0, 0.0, centered / scale)


def robust_distances(gram: Floats, n_components: int) -> tuple[Floats, Floats]:
    """Squared robust distances of observations on their first principal components.

    Parameters
    ----------
    gram : ndarray, (n, n)
        Inner products of the observations, centered.
    n_components : int
        1 to 5.

    Returns
    -------
    distances : ndarray, (n,)
        Of about the chi-square distribution with ``n_components`` degrees of freedom for normal observations.
    scores : ndarray, (n, n_components)
    """
    values, vectors = np.linalg.eigh(gram)
    first = np.argsort(-values, kind="stable")[:n_components]
    scores = vectors[:, first] * np.sqrt(np.maximum(values[first], 0.0))
    z = mad_scores(scores)
    return np.sum(np.where(np.isfinite(z), z, 0.0) ** 2, axis=1), scores
