"""N1: p-values of every method on simulated data without any difference, over replicates, depth and dispersion."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import product

import pandas as pd

from verification.analysis import METHODS, Analyze, two_groups
from verification.rates import null_rates
from verification.simulate import DEPTHS, DISPERSIONS, draw

REPLICATES = (2, 3, 5, 10, 50)
# Runs of so many samples cost most and vary least: a quarter of them is made.
MANY = 50


def null_simulations(
    runs: int,
    n_genes: int = 2000,
    replicates: Sequence[int] = REPLICATES,
    methods: Sequence[str] = METHODS,
    dispersions: Sequence[str] = tuple(DISPERSIONS),
    depths: Sequence[str] = tuple(DEPTHS),
    analyze: Analyze = two_groups,
    first: int = 0,
) -> pd.DataFrame:
    """Return `null_rates` of each run: one row per method, n, depth, dispersion and run.

    All methods see the same counts. ``first`` is the number of the first run: other numbers, other counts.
    """
    rows = []
    for n, depth, dispersion in product(replicates, depths, dispersions):
        seed = zlib.crc32(f"{n} {depth} {dispersion}".encode())
        for run in range(first, first + (runs if n < MANY else max(runs // 4, 1))):
            data = draw(n_genes, n, depth, dispersion, (seed, run))
            for method in methods:
                found = null_rates(analyze(data.counts, data.group, method))
                rows.append({"method": method, "n": n, "depth": depth, "dispersion": dispersion, "run": run, **found})
    return pd.DataFrame(rows)
