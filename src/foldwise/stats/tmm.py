"""Trimmed means of log ratios between samples: TMM, and its variant that pairs genes counted in one sample only.

Robinson and Oshlack 2010 (Genome Biology 11:R25); edgeR specification, section 2.
"""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.log2_nearest import log2_nearest as log2

LOG_RATIO_TRIM = 0.3
SUM_TRIM = 0.05
# Largest log ratios below this are rounding: the samples are copies.
SAME_SAMPLE = 1e-6
# Means of real expression measures at or below this count as zero.
POSITIVE = 1e-14
# Added to variances and to the numerator of weights, so that no gene weighs without bound.
WEIGHT_FLOOR = 1e-6


def tmm_factors(
    columns: Floats, sizes: Floats, reference: int, *,
    log_ratio_trim: float = LOG_RATIO_TRIM, sum_trim: float = SUM_TRIM, weighted: bool = True, a_cutoff: float = -1e10,
    n_threads: int = 1,
) -> Floats:  # fmt: skip
    """Factors of all samples against a reference sample.

    Parameters
    ----------
    columns : ndarray, (n_samples, n_genes)
        Counts, whole or not.
    sizes : ndarray, (n_samples,)
        Library sizes.
    reference : int
        Row of the reference sample.
    log_ratio_trim, sum_trim : float
        Share of the genes cut from each end of the log ratios and of the mean log expression.
    weighted : bool
        Weigh log ratios by the inverse of their asymptotic variance.
    a_cutoff : float
        Genes with a mean log expression at or below it are left out.
    n_threads : int

    Returns
    -------
    ndarray, (n_samples,)
        1 where no gene is left to compare, and for copies of the reference.
    """
    shares = columns[reference] / sizes[reference] if sizes[reference] > 0 else np.zeros(columns.shape[1])
    logs = log2(np.where(shares > 0, shares, 1.0))
    values = _kernels.tmm_log2_factors(
        columns, sizes, reference, logs, log_ratio_trim, sum_trim, a_cutoff, SAME_SAMPLE, weighted, n_threads
    )
    return np.array([2.0**value for value in values.tolist()])


def tmmwsp_factor(
    sample: Floats, reference: Floats, size: float, reference_size: float, *,
    log_ratio_trim: float = LOG_RATIO_TRIM, sum_trim: float = SUM_TRIM, weighted: bool = True,
) -> float:  # fmt: skip
    """Factor of one sample against the reference, with singletons (counted in one of the two only) paired by size.

    Parameters as for `tmm_factor`.
    """
    y, r = _pair_singletons(sample, reference)
    if len(y) == 0:
        return 1.0
    share, reference_share = y / size, r / reference_size
    ratio = log2(share / reference_share)
    if np.max(np.abs(ratio)) < SAME_SAMPLE:
        return 1.0
    mean = 0.5 * log2(share * reference_share)
    n = len(ratio)
    # Ties of the log ratios are ordered by what half a count would make of them.
    shrunk = log2((y + 0.5) / (size + 0.5) / ((r + 0.5) / (reference_size + 0.5)))
    inside = _between(np.lexsort((shrunk, ratio)), n, log_ratio_trim) & _between(
        np.argsort(mean, kind="stable"), n, sum_trim
    )
    if not inside.any():
        return 1.0
    chosen = ratio[inside]
    if not weighted:
        return float(2.0 ** chosen.mean())
    p, q = share[inside], reference_share[inside]
    variance = (1 - p) / p / size + (1 - q) / q / reference_size
    weights = (1 + WEIGHT_FLOOR) / (variance + WEIGHT_FLOOR)
    return float(2.0 ** (np.sum(weights * chosen) / np.sum(weights)))


def _pair_singletons(sample: Floats, reference: Floats) -> tuple[Floats, Floats]:
    """Genes counted in both samples, then as many pairs of the largest singletons as both can fill."""
    in_sample, in_reference = sample > POSITIVE, reference > POSITIVE
    both = in_sample & in_reference
    y, r = sample[both], reference[both]
    alone, reference_alone = sample[in_sample & ~in_reference], reference[in_reference & ~in_sample]
    n = min(len(alone), len(reference_alone))
    if n == 0:
        return y, r
    return (
        np.concatenate([y, np.sort(alone)[::-1][:n]]),
        np.concatenate([r, np.sort(reference_alone)[::-1][:n]]),
    )


def _between(order: np.ndarray, n: int, trim: float) -> Booleans:
    """Tell which of n values stand between the cuts of this order."""
    low = int(n * trim) + 1
    inside = np.zeros(n, dtype=bool)
    inside[order[low - 1 : n + 1 - low]] = True
    return inside
