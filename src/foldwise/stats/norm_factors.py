"""Factors that turn library sizes into effective library sizes (edgeR specification, section 2).

TMM: Robinson and Oshlack 2010; RLE: Anders and Huber 2010; upper quartile: Bullard et al. 2010. After every rule the
factors are divided by their geometric mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import exp, log
from foldwise.stats.quantile import quantile7
from foldwise.stats.rows import dense_rows
from foldwise.stats.tmm import tmm_factors, tmmwsp_factor

KINDS = ("tmm", "tmmwsp", "rle", "upper-quartile", "none")
UPPER = 0.75
# Where the median upper quartile is below this, most samples are zeros and TMM takes its reference by square roots.
EMPTY_QUARTILE = 1e-20


def norm_factors(counts: Any, kind: str = "tmm", library_sizes: Floats | None = None) -> Floats:
    """Normalization factors of all samples.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
        Not negative, whole or not.
    kind : str
        ``tmm``, ``tmmwsp``, ``rle``, ``upper-quartile`` or ``none``.
    library_sizes : ndarray, (n_samples,), optional
        Default: column sums.

    Returns
    -------
    ndarray, (n_samples,)
        Positive, with geometric mean 1. All 1 for a single sample, or where no gene has a count.

    Raises
    ------
    ValueError
        For another ``kind``.
    """
    if kind not in KINDS:
        raise ValueError(f"norm_factors: {kind!r} is not one of {', '.join(KINDS)}")
    dense = dense_rows(counts)
    sizes = dense.sum(axis=0) if library_sizes is None else np.asarray(library_sizes, dtype=np.float64)
    n_samples = dense.shape[1]
    columns = np.ascontiguousarray(dense[(dense > 0).any(axis=1)].T)
    if n_samples == 1 or columns.shape[1] == 0 or kind == "none":
        return np.ones(n_samples)
    factors = {"tmm": _tmm, "tmmwsp": _tmmwsp, "rle": _rle, "upper-quartile": _upper_quartile}[kind](columns, sizes)
    return np.asarray(factors / exp(log(factors).mean(keepdims=True)))


def _upper_quartile(columns: Floats, sizes: Floats) -> Floats:
    """Upper quartile of each sample (n_samples, n_genes), per read of the library."""
    return np.array([float(quantile7(column, UPPER)) for column in columns]) / sizes


def _rle(columns: Floats, sizes: Floats) -> Floats:
    """Median ratio to the geometric means, per read of the library."""
    everywhere = (columns > 0).all(axis=0)
    used = columns[:, everywhere]
    means = exp(log(used).mean(axis=0))
    return np.array([np.median(column / means) for column in used]) / sizes


def _tmm(columns: Floats, sizes: Floats) -> Floats:
    quartiles = _upper_quartile(columns, sizes)
    if np.median(quartiles) < EMPTY_QUARTILE:
        reference = _largest_root(columns)
    else:
        reference = int(np.argmin(np.abs(quartiles - quartiles.mean())))
    return tmm_factors(columns, sizes, reference)


def _tmmwsp(columns: Floats, sizes: Floats) -> Floats:
    reference = _largest_root(columns)
    pairs = zip(columns, sizes.tolist(), strict=True)
    return np.array([tmmwsp_factor(column, columns[reference], size, sizes[reference]) for column, size in pairs])


def _largest_root(columns: Floats) -> int:
    """The sample whose square roots have the largest sum."""
    return int(np.argmax(np.sqrt(columns).sum(axis=1)))
