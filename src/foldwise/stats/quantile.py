"""Order statistics: quantiles, trimmed means and the median absolute deviation."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats

# Makes the median absolute deviation of a normal sample estimate its standard deviation.
MAD_TO_SD = 1.4826


def quantile7(values: Floats, probabilities: Floats | float, *, is_sorted: bool = False) -> Floats:
    """Quantiles by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).

    Parameters
    ----------
    values : ndarray, (n,)
        Not empty, without missing values.
    probabilities : ndarray or float
        Between 0 and 1.
    is_sorted : bool
        Values are ascending already.

    Returns
    -------
    ndarray
        Of the shape of ``probabilities``. Where both neighbors are equal, exactly their value.
    """
    # Positions count from 1, as in R: the rounding of this sum decides whether a value at a cut belongs to it.
    position = 1 + (len(values) - 1) * np.asarray(probabilities, dtype=np.float64)
    low = np.floor(position)
    fraction = position - low
    index = low.astype(np.intp) - 1
    next_index = np.minimum(index + 1, len(values) - 1)
    ordered = values
    if not is_sorted:  # a few order statistics need no sorting
        ordered = np.partition(values, np.unique([index, next_index])) if index.size <= 4 else np.sort(values)
    below, above = ordered[index], ordered[next_index]
    return np.where((fraction == 0) | (below == above), below, (1 - fraction) * below + fraction * above)


def trimmed_mean(values: Floats, trim: float, axis: int = -1) -> Floats:
    """Mean without the lowest and the highest ``floor(n * trim)`` values along ``axis``."""
    ordered = np.sort(np.moveaxis(values, axis, -1), axis=-1)
    n = ordered.shape[-1]
    cut = int(np.floor(n * trim))
    return np.asarray(ordered[..., cut : n - cut].mean(axis=-1))


def mad_variance(values: Floats) -> float:
    """Robust variance: the square of 1.4826 times the median absolute deviation from the median."""
    deviation = np.abs(values - np.median(values))
    return float((MAD_TO_SD * np.median(deviation)) ** 2)
