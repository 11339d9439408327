"""Exact test of two groups of negative binomial counts (edgeR specification, section 13.5).

Robinson and Smyth 2008 (Biostatistics 9:321): counts are carried to one library size; given the total, the sum of one
group is beta-binomial under the null hypothesis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.cpm import add_prior_count
from foldwise.stats.edger_glm import ONE_WAY_ITERATIONS, ONE_WAY_TOLERANCE, PRIOR_COUNT
from foldwise.stats.elementary import LN2, exp, log, log1p, log_gamma
from foldwise.stats.f_tails import exp_to_zero, f_upper_tail
from foldwise.stats.quantile_map import map_quantiles

# Where both sums are above this a beta distribution stands for the beta-binomial.
BIG_SUM = 900.0
# Dispersions below this are taken as this: the binomial limit, to rounding.
SMALLEST_DISPERSION = 1e-10
STIRLING_FROM = 10.0
BLOCK_TERMS = 1_000_000


@dataclass(frozen=True, eq=False)
class ExactTest:
    """log2 fold change of the second group against the first, and two-sided p-value; (n_genes,)."""

    log2_fold_change: Floats
    pvalue: Floats


def exact_test(
    counts: Floats, second: np.ndarray, library_sizes: Floats, dispersion: Floats, *, prior_count: float = PRIOR_COUNT,
    n_threads: int = 1,
) -> ExactTest:  # fmt: skip
    """Compare two groups.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
        Of the samples compared.
    second : ndarray of bool, (n_samples,)
        Samples of the second group.
    library_sizes : ndarray, (n_samples,)
        Effective.
    dispersion : ndarray, (n_genes,)
    prior_count : float
        Of the fold change.

    Returns
    -------
    ExactTest
    """
    counts, sizes = np.ascontiguousarray(counts, dtype=np.float64), np.asarray(library_sizes, dtype=np.float64)
    phi = np.ascontiguousarray(np.broadcast_to(dispersion, (len(counts),)), dtype=np.float64)
    padded, padded_sizes = add_prior_count(counts, sizes, prior_count)
    cells = _rates(padded, log(padded_sizes), np.asarray(second).astype(np.int32), phi, n_threads)
    pooled = _rates(counts, log(sizes), np.zeros(len(sizes), dtype=np.int32), phi, n_threads)
    rate = np.where(pooled > -700.0, exp(np.maximum(pooled, -700.0)), 0.0)
    common = float(exp(np.array([log(sizes).mean()]))[0])
    equal = map_quantiles(counts, rate * sizes, rate * common, phi[:, None])
    return ExactTest((cells[:, 1] - cells[:, 0]) / LN2, double_tail(equal[:, ~second], equal[:, second], phi))


def _rates(counts: Floats, offset: Floats, cell: np.ndarray, phi: Floats, n_threads: int) -> Floats:
    found = _kernels.glm_one_way(
        counts, offset, np.ascontiguousarray(cell), phi, None, None, None, ONE_WAY_TOLERANCE, ONE_WAY_ITERATIONS, True,
        n_threads=n_threads,
    )  # fmt: skip
    return np.asarray(found["beta"])


def double_tail(first: Floats, second: Floats, dispersion: Floats) -> Floats:
    """Twice the probability of the smaller tail of the sum of the first group, given the total; (n_genes,).

    Parameters
    ----------
    first, second : ndarray, (n_genes, n_1), (n_genes, n_2)
        Counts of samples of one size, whole or not; their sums are rounded. Counts carried to a smaller library can be
        negative: a tail then ends at no reads.
    dispersion : ndarray, (n_genes,)
    """
    n1, n2 = first.shape[1], second.shape[1]
    phi = np.maximum(dispersion, SMALLEST_DISPERSION)
    exact1, exact2 = first.sum(axis=1), second.sum(axis=1)
    s1, s2 = np.rint(exact1), np.rint(exact2)
    total = np.maximum(s1 + s2, 0.0)
    expected = n1 * total / (n1 + n2)
    big = (s1 > BIG_SUM) & (s2 > BIG_SUM)
    p = np.ones(len(s1))
    p[big] = _beta_tails(exact1[big], exact1[big] + exact2[big], phi[big], n1, n2)
    rest = np.flatnonzero(~big & (s1 != expected))
    lower = s1[rest] < expected[rest]
    # The sum of the first group from 0 to s1, or that of the second from 0 to s2
    ends = np.maximum(np.where(lower, s1[rest], s2[rest]), 0.0)
    a, b = np.where(lower, n1, n2) / phi[rest], np.where(lower, n2, n1) / phi[rest]
    p[rest] = np.minimum(2.0 * _lower_tails(ends, total[rest], a, b), 1.0)
    return p


def _beta_tails(y1: Floats, y: Floats, phi: Floats, n1: int, n2: int) -> Floats:
    mu = y / (n1 + n2)
    alpha1 = n1 * mu / (1.0 + phi * mu)
    alpha2 = n2 / n1 * alpha1
    x, z = (y1 + 0.5) / y, (y1 - 0.5) / y
    below = f_upper_tail((1.0 - x) / x * (alpha1 / alpha2), 2.0 * alpha2, 2.0 * alpha1)
    above = f_upper_tail(z / (1.0 - z) * (alpha2 / alpha1), 2.0 * alpha1, 2.0 * alpha2)
    return np.where(below < 0.5, 2.0 * below, np.where(above < 0.5, 2.0 * above, 1.0))


def _lower_tails(ends: Floats, totals: Floats, a: Floats, b: Floats) -> Floats:
    """Sum over x = 0 .. end of the beta-binomial probabilities of x in ``total``."""
    lengths = ends.astype(np.int64) + 1
    tails = np.zeros(len(ends))
    block = np.cumsum(lengths) // BLOCK_TERMS
    for number in np.unique(block):
        genes = np.flatnonzero(block == number)
        starts = np.concatenate([[0], np.cumsum(lengths[genes])[:-1]])
        which = np.repeat(np.arange(len(genes)), lengths[genes])
        x = np.arange(len(which)) - starts[which]
        rising_a = _log_rising(a[genes][which], x.astype(np.float64))
        rest = totals[genes][which] - x
        rising_b = _log_rising(b[genes][which], rest)
        fixed = log_gamma(totals[genes] + 1.0) - _log_rising(a[genes] + b[genes], totals[genes])
        terms = exp_to_zero(rising_a + rising_b - log_gamma(x + 1.0) - log_gamma(rest + 1.0) + fixed[which])
        tails[genes] = np.add.reduceat(terms, starts)
    return tails


def _log_rising(a: Floats, x: Floats) -> Floats:
    """ln Gamma(a + x) - ln Gamma(a), with all digits where ``a`` is large."""
    large = a >= STIRLING_FROM
    safe = np.where(large, a, STIRLING_FROM)
    quotient = (safe + x - 0.5) * log1p(x / safe) + x * log(safe) - x + _stirling(safe + x) - _stirling(safe)
    return np.where(large, quotient, log_gamma(a + x) - log_gamma(a))


def _stirling(z: Floats) -> Floats:
    """ln Gamma(z) - (z - 1/2) ln z + z - ln(2 pi)/2 for z >= 10."""
    inverse = 1.0 / z
    square = inverse * inverse
    series = 1 / 1680 - square * (1 / 1188 - square * (691 / 360360))
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * series)))
