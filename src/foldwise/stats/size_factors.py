"""Size factors by medians of ratios, and normalization factors per gene and sample.

Anders and Huber 2010 (Genome Biology 11:R106), equation 5; ``poscounts`` as in DESeq2 (Love, Huber and Anders 2014).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.errors import InputError
from foldwise.stats.arrays import Booleans, Floats, Integers
from foldwise.stats.elementary import exp, log

Rows = Booleans | Integers


def ratio(counts: Any, control: Rows | None = None, n_threads: int = 1) -> Floats:
    """Median over genes of the ratio of a sample's count to the gene's geometric mean.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple (data, indices, indptr, n_samples)
    control : ndarray, optional
        Genes over which the medians run (mask or numbers); the geometric means use all samples of each gene.

    Returns
    -------
    ndarray, (n_samples,)

    Raises
    ------
    InputError
        E-NORM-001 when no gene is counted in every sample, E-COUNT-010 when a sample has no usable gene.
    """
    log_geomeans = log_geometric_means(counts, n_threads)
    if not np.isfinite(log_geomeans).any():
        raise InputError(
            "E-NORM-001",
            "Every gene has a zero count in some sample, so ratios to a geometric mean do not exist.",
            "Use --size-factors poscounts (or iterate), or look for an empty sample.",
        )
    return against(counts, log_geomeans, control, n_threads)


def log_geometric_means(counts: Any, n_threads: int = 1) -> Floats:
    """Natural log of each gene's geometric mean, (n_genes,); -inf where a sample has no read of the gene."""
    summaries = _kernels.row_summaries(counts, np.ones(_n_samples(counts)), n_threads=n_threads)
    return np.where(summaries["n_zero"] == 0, summaries["sum_log"] / _n_samples(counts), -np.inf)


def poscounts(counts: Any, control: Rows | None = None, n_threads: int = 1) -> Floats:
    """Median ratios for data with many zeros.

    The reference of a gene is the n-th root of the product of its positive counts, n counting all samples; the
    factors are divided by their geometric mean. Parameters and errors as for `ratio`.
    """
    n = _n_samples(counts)
    summaries = _kernels.row_summaries(counts, np.ones(n), n_threads=n_threads)
    log_geomeans = np.where(summaries["n_positive"] > 0, summaries["sum_log"] / n, -np.inf)
    factors = against(counts, log_geomeans, control, n_threads)
    return factors / geometric_mean(factors)


def normalization_factors(
    counts: Floats | Integers, norm_matrix: Floats, kind: str = "ratio", control: Rows | None = None
) -> tuple[Floats, Floats]:
    """Factors per gene and sample that hold known biases (such as transcript lengths) and the size factors.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    norm_matrix : ndarray, (n_genes, n_samples)
        Positive; only ratios within a gene matter.
    kind : str
        ``ratio`` or ``poscounts``, the rule for the size factors of ``counts / norm_matrix``.

    Returns
    -------
    tuple of ndarray
        Factors (n_genes, n_samples) with geometric mean 1 in each gene, and the size factors (n_samples,).
    """
    rule = {"ratio": ratio, "poscounts": poscounts}[kind]
    values = rule(np.ascontiguousarray(counts / norm_matrix, dtype=np.float64), control)
    return center_rows(norm_matrix * values), values


def center_rows(factors: Floats) -> Floats:
    """Divide each gene's factors (n_genes, n_samples) by their geometric mean."""
    return factors / exp(log(factors).mean(axis=1))[:, None]


def geometric_mean(values: Floats) -> float:
    """Geometric mean of positive values (n,)."""
    return float(exp(np.array([log(values).mean()]))[0])


def _n_samples(counts: Any) -> int:
    return int(counts.shape[1] if isinstance(counts, np.ndarray) else counts[3])


def against(counts: Any, log_geomeans: Floats, control: Rows | None = None, n_threads: int = 1) -> Floats:
    """exp of the median log ratio of each sample to a reference, over the (control) genes that the reference has.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    log_geomeans : ndarray, (n_genes,)
        Natural log of the reference, -inf for genes that it lacks; of these samples or of others.
    control : ndarray, optional
        Genes over which the medians run (mask or numbers).

    Returns
    -------
    ndarray, (n_samples,)

    Raises
    ------
    InputError
        E-COUNT-010 when a sample has no read of these genes.
    """
    if control is not None:
        chosen = np.full(len(log_geomeans), -np.inf)
        chosen[control] = log_geomeans[control]
        log_geomeans = chosen
    factors = np.asarray(_kernels.column_medians(counts, log_geomeans, n_threads=n_threads))
    lost = np.flatnonzero(~(np.isfinite(factors) & (factors > 0)))
    if len(lost):
        raise InputError(
            "E-COUNT-010",
            f"The size factor of sample number {lost[0] + 1} is undefined: no gene used for it has a count there.",
            "Remove the sample, or use other genes for normalization.",
            data={"samples": lost.tolist()},
        )
    return factors
