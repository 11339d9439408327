"""Random numbers by address: each is a function of a key and a counter, so order and blocks of the work do not matter.

Philox4x32-10 of Salmon, Moraes, Dror and Shaw 2011 (Parallel random numbers: as easy as 1, 2, 3; SC '11).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from foldwise.stats.arrays import Floats

Words = npt.NDArray[np.uint64]

# Multipliers and the Weyl increments of the key, from the paper.
MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
INCREMENTS = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


def key_of(seed: np.random.SeedSequence) -> tuple[int, int]:
    """Return the two 32-bit words of the key of a stream."""
    first, second = seed.generate_state(2, np.uint32).tolist()
    return first, second


def philox(key: tuple[int, int], counter: tuple[Words, Words, Words, Words]) -> tuple[Words, Words, Words, Words]:
    """Four 32-bit words for each counter of four 32-bit words; all arrays are uint64 and of one shape."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        first, second = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            (second >> _HALF) ^ c1 ^ np.uint64(k0), second & _LOW,
            (first >> _HALF) ^ c3 ^ np.uint64(k1), first & _LOW,
        )  # fmt: skip
        k0, k1 = (k0 + INCREMENTS[0]) & 0xFFFFFFFF, (k1 + INCREMENTS[1]) & 0xFFFFFFFF
    return c0, c1, c2, c3


def uniforms(key: tuple[int, int], first: Words, second: Words, draw: int) -> tuple[Floats, Floats]:
    """Two independent uniform numbers, above 0 and below 1, for each address.

    Parameters
    ----------
    key : tuple of int
        From `key_of`.
    first, second : ndarray of uint64, (n,)
        Address, such as gene and sample, each below 2^32.
    draw : int
        Number of the draw at the same address.
    """
    zeros = np.zeros_like(first)
    c0, c1, c2, c3 = philox(key, (first, second, zeros + np.uint64(draw), zeros))
    return _unit(c0, c1), _unit(c2, c3)


def _unit(high: Words, low: Words) -> Floats:
    """Middle of one of 2^52 equal parts of the unit interval."""
    whole = ((high >> np.uint64(6)) << np.uint64(26)) | (low >> np.uint64(6))
    return (whole.astype(np.float64) + 0.5) * 2.0**-52
