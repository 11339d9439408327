"""Counts carried from one negative binomial mean to another at equal probability (edgeR specification, section 9).

Robinson and Smyth 2008 (Biostatistics 9:321): the mean of a normal and of a gamma approximation of the quantiles.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.f_tails import f_quantile_of_tails, log_f_tails

# Means below this have no variance to scale by; both means are then raised.
NO_MEAN = 1e-14
RAISE = 0.25
# Tail probabilities below this are carried over as logarithms.
TINY_TAIL = 1e-290


def map_quantiles(x: Floats, mean_in: Floats, mean_out: Floats, dispersion: Floats) -> Floats:
    """Values with the quantiles under ``mean_out`` that ``x`` has under ``mean_in``.

    Parameters
    ----------
    x, mean_in, mean_out, dispersion : ndarray
        Shapes that broadcast; not negative.
    """
    x, mean_in, mean_out, phi = np.broadcast_arrays(x, mean_in, mean_out, dispersion)
    low = (mean_in < NO_MEAN) | (mean_out < NO_MEAN)
    mean_in, mean_out = np.where(low, mean_in + RAISE, mean_in), np.where(low, mean_out + RAISE, mean_out)
    ratio_in, ratio_out = 1.0 + phi * mean_in, 1.0 + phi * mean_out
    normal = mean_out + np.sqrt(mean_out * ratio_out) * (x - mean_in) / np.sqrt(mean_in * ratio_in)
    gamma = _map_gamma(x, mean_in, ratio_in, mean_out, ratio_out)
    return np.asarray((normal + gamma) / 2)


def _map_gamma(x: Floats, mean_in: Floats, scale_in: Floats, mean_out: Floats, scale_out: Floats) -> Floats:
    """The same for gamma variables of these means and scales, through the nearer tail."""
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    shape_in, shape_out = mean_in / scale_in, mean_out / scale_out
    upper = x >= mean_in
    standard = x / scale_in
    tail = np.where(upper, gammaincc(shape_in, standard), gammainc(shape_in, standard))
    mapped = np.where(upper, gammainccinv(shape_out, tail), gammaincinv(shape_out, tail)) * scale_out
    far = (tail < TINY_TAIL) & (x > 0)
    if far.any():
        # A gamma variable is its mean times an F variable with infinite second degrees of freedom
        tails = log_f_tails(x[far] / mean_in[far], 2.0 * shape_in[far], np.inf)
        log_tail = np.where(upper[far], tails[1], tails[0])
        mapped[far] = f_quantile_of_tails(log_tail, upper[far], 2.0 * shape_out[far], np.inf) * mean_out[far]
    return np.asarray(mapped)
