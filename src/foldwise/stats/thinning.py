"""Binomial thinning: each read is kept with a given probability, which plants an exact fold change into real counts.

Gerard 2020 (Data-based RNA-seq simulations by binomial thinning, BMC Bioinformatics 21:206). Counts that vary as real
ones do keep doing so, and genes that are not thinned are not touched. The number drawn for a gene and a sample depends
on the seed and on these two alone, not on what else is thinned or in which order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.elementary import LN2, exp, log, log1p, log_gamma
from foldwise.stats.philox import Words, key_of, uniforms

# Below this mean the distribution function is summed; above it the rejection scheme is valid (Hoermann 1993).
SUMMED_BELOW = 10.0


def thin(
    counts: np.ndarray,
    keep: Floats,
    seed: np.random.SeedSequence,
    *,
    genes: Integers | None = None,
    samples: Integers | None = None,
) -> np.ndarray:
    """Keep each read with its probability.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
        Not negative. Of a number that is not whole the fraction is multiplied by the probability.
    keep : ndarray, (n_genes, n_samples) or what broadcasts to it
        Probabilities; those of 1 cost nothing.
    seed : SeedSequence
    genes, samples : ndarray of int, optional
        Numbers that rows and columns have in the whole experiment, where ``counts`` is a part of it.

    Returns
    -------
    ndarray, (n_genes, n_samples)
        Of the type of ``counts``.
    """
    wanted = np.broadcast_to(np.asarray(keep, dtype=np.float64), counts.shape)
    made = np.array(counts, order="C")
    row, column = np.nonzero((wanted < 1.0) & (made > 0))
    _thin_at(made, (row, column), wanted[row, column], seed, (genes, samples))
    return made


def plant(counts: np.ndarray, labels: Integers, log2_fold_change: Floats, seed: np.random.SeedSequence) -> np.ndarray:
    """Give genes a fold change between two groups, by thinning the group that shall have fewer reads.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    labels : ndarray of 0 and 1, (n_samples,)
        1 is the target; other numbers are samples of neither group.
    log2_fold_change : ndarray, (n_genes,)
        Target against reference. A gene of b > 0 keeps each read of the reference with probability 2^-b, one of
        b < 0 each read of the target with 2^b; genes of 0 are not touched.
    seed : SeedSequence

    Returns
    -------
    ndarray, (n_genes, n_samples)
        Of the type of ``counts``.
    """
    labels, change = np.asarray(labels), np.asarray(log2_fold_change, dtype=np.float64)
    made = np.array(counts, order="C")
    for rows, label in ((np.flatnonzero(change > 0), 0), (np.flatnonzero(change < 0), 1)):
        columns = np.flatnonzero(labels == label)
        row, column = np.repeat(rows, len(columns)), np.tile(columns, len(rows))
        some = made[row, column] > 0
        row, column = row[some], column[some]
        probability = exp(-LN2 * np.abs(change[row]))
        _thin_at(made, (row, column), probability, seed, (None, None))
    return made


def binomial(n: Integers, probability: Floats, key: tuple[int, int], address: tuple[Words, Words]) -> Integers:
    """Draw from binomial distributions, exactly.

    Parameters
    ----------
    n : ndarray of int64, (k,)
        At least 1.
    probability : ndarray, (k,)
        At least 0 and below 1.
    key : tuple of int
        Of the stream (`foldwise.stats.philox.key_of`).
    address : tuple of two ndarray of uint64, (k,)
        Of each draw.
    """
    flipped = probability > 0.5
    p = np.where(flipped, 1.0 - probability, probability)
    found = np.zeros(len(n), dtype=np.int64)
    small = n * p < SUMMED_BELOW
    for part, draw in ((small, _by_sum), (~small, _by_rejection)):
        chosen = np.flatnonzero(part & (p > 0))
        if len(chosen):
            where = (address[0][chosen], address[1][chosen])
            found[chosen] = draw(n[chosen], p[chosen], key, where)
    return np.where(flipped, n - found, found)


def _thin_at(
    made: np.ndarray, cells: tuple[Integers, Integers], probability: Floats, seed: np.random.SeedSequence,
    numbers: Sequence[Integers | None],
) -> None:  # fmt: skip
    """Thin the given cells of ``made`` in place."""
    values = made[cells]
    whole = np.floor(values).astype(np.int64)
    address = [
        (at if number is None else np.asarray(number)[at]).astype(np.uint64)
        for at, number in zip(cells, numbers, strict=True)
    ]
    drawn = binomial(whole, probability, key_of(seed), (address[0], address[1]))
    made[cells] = drawn if made.dtype.kind in "iu" else drawn + (values - whole) * probability


def _by_sum(n: Integers, p: Floats, key: tuple[int, int], address: tuple[Words, Words]) -> Integers:
    """Invert the distribution function of one uniform number, summed from 0 on; for small n p."""
    left = uniforms(key, *address, 0)[0]
    mass = exp(n * log1p(-p))
    odds = p / (1.0 - p)
    found = np.zeros(len(n), dtype=np.int64)
    open_ = np.flatnonzero((left > mass) & (n > 0))
    left, mass = left[open_] - mass[open_], mass[open_]
    k = 0
    while len(open_):
        mass = mass * odds[open_] * (n[open_] - k) / (k + 1)
        k += 1
        found[open_] = k
        # Rounding may leave a rest where all is summed: the last number stands.
        more = (left > mass) & (n[open_] > k) & (mass > 0)
        left, mass, open_ = left[more] - mass[more], mass[more], open_[more]
    return found


def _by_rejection(n: Integers, p: Floats, key: tuple[int, int], address: tuple[Words, Words]) -> Integers:
    """Transformed rejection with squeeze, algorithm BTRS of Hoermann 1993 (J Stat Comput Simul 46:101); n p >= 10."""
    found = np.zeros(len(n), dtype=np.int64)
    open_ = np.arange(len(n))
    draw = 0
    while len(open_):
        u, v = uniforms(key, address[0][open_], address[1][open_], draw)
        k, taken = _attempt(n[open_].astype(np.float64), p[open_], u, v)
        found[open_[taken]] = k[taken].astype(np.int64)
        open_ = open_[~taken]
        draw += 1
    return found


def _attempt(n: Floats, p: Floats, u: Floats, v: Floats) -> tuple[Floats, np.ndarray]:
    """One attempt of BTRS: the proposed number, and whether it is taken. Constants are those of the paper."""
    spread = np.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    u = u - 0.5
    us = 0.5 - np.abs(u)
    k = np.floor((2.0 * a / us + b) * u + n * p + 0.5)
    taken = (us >= 0.07) & (v <= 0.92 - 4.2 / b)
    asked = np.flatnonzero(~taken & (k >= 0) & (k <= n))
    n, p, k_asked, mode = n[asked], p[asked], k[asked], np.floor((n + 1.0) * p)[asked]
    height = log(v[asked] * (2.83 + 5.1 / b[asked]) * spread[asked] / (a[asked] / us[asked] ** 2 + b[asked]))
    ratio = (
        log_gamma(mode + 1.0) - log_gamma(k_asked + 1.0) + log_gamma(n - mode + 1.0) - log_gamma(n - k_asked + 1.0)
        + (k_asked - mode) * log(p / (1.0 - p))
    )  # fmt: skip
    taken[asked] = height <= ratio
    return k, taken
