"""Samples that say nothing about a gene: count and mean both zero (edgeR specification, section 8).

They carry no information on the dispersion and take their degrees of freedom with them (Lun and Smyth 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats, Integers
from foldwise.stats.design_algebra import rank
from foldwise.stats.rows import dense_rows, row_factors, take_rows

NEAR_ZERO = 1e-4
LOWEST = -1e8


@dataclass(frozen=True, eq=False)
class ZeroPattern:
    """Genes that lack the same samples.

    Parameters
    ----------
    rows : ndarray, (n_rows,)
        Row numbers of the genes.
    samples : ndarray, (n_kept,)
        Numbers of the samples that count.
    columns : ndarray, (rank,)
        Independent columns of the design of these samples.
    """

    rows: Integers
    samples: Integers
    columns: Integers

    @property
    def df(self) -> int:
        """Residual degrees of freedom."""
        return len(self.samples) - len(self.columns)


def zero_patterns(zero: Booleans, design: Floats, rows: Integers | None = None) -> list[ZeroPattern]:
    """Group genes by the samples they lack.

    Parameters
    ----------
    zero : ndarray of bool, (n_genes, n_samples)
        Count and mean are zero.
    design : ndarray, (n_samples, p)
        Of full rank.
    rows : ndarray, (n_genes,), optional
        Row numbers to report instead of 0, 1, ...
    """
    numbers = np.arange(len(zero)) if rows is None else rows
    if not len(zero):
        return []
    packed = np.packbits(zero, axis=1)
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    order = np.argsort(which, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(which, minlength=len(first)))[:-1])
    patterns = []
    for group, example in zip(groups, first, strict=True):
        samples = np.flatnonzero(~zero[example])
        if len(samples) == len(design):
            columns = np.arange(design.shape[1])
        elif len(samples):
            n_independent, pivot = rank(design[samples])
            columns = np.sort(pivot[:n_independent])
        else:
            columns = np.zeros(0, dtype=np.int64)
        patterns.append(ZeroPattern(numbers[group], samples, columns))
    return patterns


def find_zero_patterns(
    counts: Any, design: Floats, offset: Floats, coefficients: Floats, n_threads: int = 1
) -> list[ZeroPattern]:
    """Patterns of all genes of a fit; coefficients (n_genes, p) natural log, NaN for genes without counts."""
    n_genes = len(coefficients)
    low, zero_counts = _rows_with_zeros(counts)
    every = np.arange(len(design))
    is_low = np.zeros(n_genes, dtype=bool)
    is_low[low] = True
    plain = ZeroPattern(np.flatnonzero(~is_low), every, np.arange(design.shape[1]))
    if not len(low):
        return [plain]
    beta = np.ascontiguousarray(coefficients[low])
    empty = np.isnan(beta).any(axis=1)
    beta[empty] = 0.0
    fitted = _kernels.glm_deviance(
        take_rows(counts, low), row_factors(offset, low), design, beta, np.zeros(len(low)), None, None,
        return_fitted=True, n_threads=n_threads,
    )["fitted"]  # fmt: skip
    fitted[empty] = 0.0
    zero = zero_counts & (fitted < NEAR_ZERO)
    some = zero.any(axis=1)
    whole = np.sort(np.concatenate([plain.rows, low[~some]]))
    patterns = zero_patterns(zero[some], design, low[some])
    return [ZeroPattern(whole, every, plain.columns), *patterns] if len(whole) else patterns


def residual_df(patterns: list[ZeroPattern], n_genes: int) -> Floats:
    """Residual degrees of freedom (n_genes,), 0 where no sample counts."""
    df = np.zeros(n_genes)
    for pattern in patterns:
        df[pattern.rows] = max(pattern.df, 0)
    return df


def _rows_with_zeros(counts: Any) -> tuple[Integers, Booleans]:
    """Numbers of the genes with a zero count, and where their zeros are."""
    zero = (counts if isinstance(counts, np.ndarray) else dense_rows(counts)) < NEAR_ZERO
    low = np.flatnonzero(zero.any(axis=1))
    return low, zero[low]
