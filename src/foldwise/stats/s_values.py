"""Probability of a wrong sign, by gene and cumulated (Stephens 2017, Biostatistics 18:275), and shrunken estimates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.tails import normal_upper


@dataclass(frozen=True)
class Shrunken:
    """Shrunken log2 fold changes of one comparison.

    Attributes
    ----------
    lfc, se : ndarray, (n_genes,)
        Posterior mean or mode and posterior standard deviation, log2.
    rate : ndarray, (n_genes,)
        Posterior probability that the sign is wrong, or that the change is within the threshold or of the other sign.
    s_value : ndarray, (n_genes,)
        Mean rate of all genes that are at least as certain.
    prior : dict
        What was learned from all genes.
    """

    lfc: Floats
    se: Floats
    rate: Floats
    s_value: Floats
    prior: dict[str, Floats | float]


def s_values(rate: Floats) -> Floats:
    """Cumulative mean of the sorted rates.

    Parameters
    ----------
    rate : ndarray, (n_genes,)
        Local false sign rates; NaN where missing.

    Returns
    -------
    ndarray, (n_genes,)
        NaN where ``rate`` is; equal rates are taken in their order.
    """
    result = np.full(len(rate), np.nan)
    present = np.flatnonzero(~np.isnan(rate))
    order = present[np.argsort(rate[present], kind="stable")]
    result[order] = np.cumsum(rate[order]) / np.arange(1, len(order) + 1)
    return result


def normal_sign_rate(center: Floats, sd: Floats, threshold: float = 0.0) -> Floats:
    """Probability under Normal(center, sd) of a change below the threshold in the direction of the estimate.

    Parameters
    ----------
    center, sd : ndarray, (n_genes,)
    threshold : float
        At least 0, in the unit of ``center``.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return normal_upper((np.abs(center) - threshold) / sd)
