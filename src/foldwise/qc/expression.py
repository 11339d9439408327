"""Log expression of the samples with the design taken out, as the checks compare it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.model.experiment import CountMatrix, CSRCounts
from foldwise.stats.elementary import LN2, log2
from foldwise.stats.householder import householder_qr

LEAST_CPM = 1.0  # of the sum of all samples: below, noise of counting
MAX_GENES = 10_000  # the highest suffice, and bound time and memory
PRIOR_READS = 2.0  # at the mean library size


@dataclass(frozen=True, eq=False)
class Expression:
    """Counts of expressed genes and what is needed to compare samples.

    Parameters
    ----------
    counts : ndarray, (n_used, n_samples), float64
        The genes with the most reads, those with the most first.
    rows : ndarray of int, (n_used,)
        Their numbers in the experiment.
    log2_cpm : ndarray, (n_used, n_samples)
        Relative to the sample's median difference from the mean sample, so that a few genes of many reads do not move
        the others.
    noise : ndarray, (n_samples,)
        Variance of ``log2_cpm`` that counting alone makes at the depth of the sample, mean over genes.
    reads, genes_seen : ndarray, (n_samples,)
    """

    counts: np.ndarray
    rows: np.ndarray
    log2_cpm: np.ndarray
    noise: np.ndarray
    reads: np.ndarray
    genes_seen: np.ndarray


def expression(counts: CountMatrix) -> Expression:
    """Return the expressed genes of an experiment."""
    if isinstance(counts, CSRCounts):
        counts = counts.to_dense()
    reads = counts.sum(axis=0, dtype=np.float64)
    seen = np.count_nonzero(counts, axis=0)
    totals = counts.sum(axis=1, dtype=np.float64)
    least = max(LEAST_CPM * float(reads.sum()) / 1e6, 1.0)
    rows = np.flatnonzero(totals >= least)
    rows = rows[np.argsort(-totals[rows], kind="stable")[:MAX_GENES]]
    used = np.asarray(counts[rows], dtype=np.float64)
    if not len(rows) or not (reads > 0).all():
        return Expression(used, rows, np.zeros(used.shape), np.zeros(len(reads)), reads, seen)
    prior = PRIOR_READS * reads / reads.mean()
    values = log2((used + prior) / (reads + 2.0 * prior) * 1e6)
    shift = np.median(values - values.mean(axis=1)[:, None], axis=0)
    return Expression(used, rows, values - shift, _counting_noise(totals[rows], reads, prior), reads, seen)


def _counting_noise(totals: np.ndarray, reads: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Return the mean Poisson variance of log2(count + prior) in each sample (first order)."""
    share = totals / reads.sum()
    noise = [np.mean(share * n / (share * n + p) ** 2) for n, p in zip(reads, prior, strict=True)]
    return np.array(noise) / LN2**2


def hat_matrix(design: np.ndarray) -> np.ndarray:
    """Return the projection (n_samples, n_samples) onto a design (n_samples, p) of full rank."""
    q, _ = householder_qr(np.ascontiguousarray(design, dtype=np.float64))
    return gram(np.ascontiguousarray(q.T))


def residuals(values: np.ndarray, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take the design out by least squares.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
    design : ndarray, (n_samples, p)
        Of full rank.

    Returns
    -------
    residuals : ndarray, (n_genes, n_samples)
    leverage : ndarray, (n_samples,)
    """
    hat = hat_matrix(design)
    return values - np.einsum("gi,ij->gj", values, hat, optimize=False), np.diag(hat).copy()


def gram(values: np.ndarray) -> np.ndarray:
    """Return inner products of the columns of (n_genes, n_samples), summed in the order of the genes."""
    return np.asarray(np.einsum("gi,gj->ij", values, values, optimize=False))
