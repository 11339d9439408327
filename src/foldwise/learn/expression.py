"""From counts to columns of a classifier, with everything that is estimated taken from the training samples alone.

A sample that was not trained on is brought to the depth of the training samples by the median of its ratios to their
geometric means (Anders and Huber 2010, Genome Biology 11:R106), so its values depend on no other new sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.errors import InputError
from foldwise.stats import size_factors
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.elementary import log2

N_VARIABLE = 2_000
# A gene is expressed where a tenth of the training samples, and at least three, have ten reads at the common depth.
_MIN_READS = 10.0
_MIN_SHARE = 0.1
_MIN_SAMPLES = 3


@dataclass(frozen=True, eq=False)
class Preparation:
    """What the training samples say about genes.

    Parameters
    ----------
    log_means : ndarray, (n_genes,)
        Natural log of the geometric mean; -inf for genes without a read in some training sample.
    genes : ndarray of int, (n_kept,)
        Row numbers of the genes kept, ascending.
    center, scale : ndarray, (n_kept,)
        Mean and standard deviation of log2(count / size factor + 1).
    n_expressed : int
        Genes that passed the filter by expression, of which the most variable were kept.
    """

    log_means: Floats
    genes: Integers
    center: Floats
    scale: Floats
    n_expressed: int


def prepare(counts: Any, train: Integers, n_variable: int = N_VARIABLE) -> tuple[Preparation, Floats]:
    """Learn from some samples how to prepare all; labels are not looked at.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    train : ndarray of int
        Numbers of the training samples.
    n_variable : int
        Most variable expressed genes to keep.

    Returns
    -------
    tuple of Preparation and ndarray (n_samples, n_kept)
        The prepared values of all samples, training and other.

    Raises
    ------
    InputError
        E-NORM-001 where no gene has a read in every training sample, E-COUNT-009 where no gene is expressed.
    """
    log_means, values = normalized(counts, train)
    trained = values[:, train]
    needed = max(_MIN_SAMPLES, int(np.ceil(_MIN_SHARE * len(train))))
    expressed = np.flatnonzero((trained >= _MIN_READS).sum(axis=1) >= needed)
    logs = log2(values[expressed] + 1.0)
    center, variance = _moments(logs[:, train])
    best = np.argsort(-variance, kind="stable")[:n_variable]
    best = np.sort(best[variance[best] > 0.0])
    if not len(best):
        found = f"No gene varies with at least {_MIN_READS:.0f} reads in {needed} of {len(train)} training samples."
        raise InputError("E-COUNT-009", found, "A signature needs expressed genes; check that counts were given.")
    scale = np.sqrt(variance[best])
    kept = Preparation(log_means, expressed[best], center[best], scale, len(expressed))
    return kept, np.ascontiguousarray(((logs[best] - kept.center[:, None]) / scale[:, None]).T)


def normalized(counts: Any, train: Integers) -> tuple[Floats, Floats]:
    """Return the training samples' log geometric means, and all counts divided by size factors against these."""
    log_means = size_factors.log_geometric_means(np.ascontiguousarray(counts[:, train]))
    if not np.isfinite(log_means).any():
        found = "Every gene has a zero count in some training sample, so size factors do not exist."
        raise InputError("E-NORM-001", found, "Leave samples with hardly any reads out with --exclude.")
    return log_means, counts / size_factors.against(np.ascontiguousarray(counts), log_means)


def new_values(counts: Any, reference: Floats, genes: Integers) -> Floats:
    """Return log2(count / size factor + 1) of some genes in new samples, (n_samples, len(genes)).

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    reference : ndarray, (n_genes,)
        Log geometric means of the samples that a model was trained on; -inf for genes not used for depth.
    genes : ndarray of int
        Rows wanted.
    """
    factors = size_factors.against(np.ascontiguousarray(counts), reference)
    return np.ascontiguousarray(log2(counts[genes] / factors + 1.0).T)


def standardized(values: Floats, train: Integers) -> tuple[Floats, Floats, Floats]:
    """Return columns with mean 0 and standard deviation 1 over the training rows, and these means and deviations.

    Constant columns become 0.

    Parameters
    ----------
    values : ndarray, (n_samples, n_columns)
    train : ndarray of int
    """
    center, variance = _moments(values[train].T)
    scale = np.where(variance > 0.0, np.sqrt(variance), 1.0)
    varies = (variance > 0.0).astype(np.float64)
    return np.ascontiguousarray((values - center) / scale * varies), center, scale


def _moments(rows: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of each row; rounding errors of constant rows count as 0."""
    center = np.einsum("ij->i", rows) / rows.shape[1]
    away = rows - center[:, None]
    variance = np.einsum("ij,ij->i", away, away) / rows.shape[1]
    return center, np.where(variance > 1e-20 * np.square(center), variance, 0.0)
