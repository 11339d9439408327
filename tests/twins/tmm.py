"""Twin of the kernel of trimmed means of log ratios (edgeR specification, section 2)."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.log2_nearest import log2_nearest as log2


def tmm_log2_factors(
    columns: Floats, sizes: Floats, reference: int, reference_logs: Floats, log_ratio_trim: float, sum_trim: float,
    a_cutoff: float, same_sample: float, weighted: bool, n_threads: int = 1,
) -> Floats:  # fmt: skip
    """log2 of the factor of each row (n_samples, n_genes) against the reference row; 0 where nothing can be said."""
    del n_threads
    settings = (reference_logs, log_ratio_trim, sum_trim, a_cutoff, same_sample, weighted)
    against = columns[reference], sizes[reference]
    pairs = zip(columns, sizes.tolist(), strict=True)
    return np.array([_log2_factor(column, against[0], size, against[1], *settings) for column, size in pairs])


def _log2_factor(
    sample: Floats, reference: Floats, size: float, reference_size: float, reference_logs: Floats,
    log_ratio_trim: float, sum_trim: float, a_cutoff: float, same_sample: float, weighted: bool,
) -> float:  # fmt: skip
    both = (sample > 0) & (reference > 0)
    y, r = sample[both], reference[both]
    share = y / size
    ratio = log2(share / (r / reference_size))
    mean = (log2(share) + reference_logs[both]) / 2
    variance = (size - y) / size / y + (reference_size - r) / reference_size / r
    kept = mean > a_cutoff
    ratio, mean, variance = ratio[kept], mean[kept], variance[kept]
    if len(ratio) == 0 or np.max(np.abs(ratio)) < same_sample:
        return 0.0
    inside = _inside(ratio, log_ratio_trim) & _inside(mean, sum_trim)
    if not inside.any():
        return 0.0
    chosen = ratio[inside]
    value = np.sum(chosen / variance[inside]) / np.sum(1.0 / variance[inside]) if weighted else chosen.mean()
    return float(value) if np.isfinite(value) else 0.0


def _inside(values: Floats, trim: float) -> Booleans:
    """Tell which values (n,) have a rank, ties averaged, that is left after cutting both ends."""
    n = len(values)
    low = int(np.floor(n * trim)) + 1
    high = n + 1 - low
    if high < low:
        return np.zeros(n, dtype=bool)
    ordered = np.partition(values, (low - 1, high - 1))
    bottom, top = ordered[low - 1], ordered[high - 1]
    # The values at the two cuts are in or out with all their ties.
    above = values >= bottom if _rank(values, bottom) >= low else values > bottom
    below = values <= top if _rank(values, top) <= high else values < top
    return np.asarray(above & below)


def _rank(values: Floats, value: float) -> float:
    """Mean rank, from 1, of a value that occurs in ``values``."""
    return float(np.count_nonzero(values < value) + 1 + np.count_nonzero(values <= value)) / 2
