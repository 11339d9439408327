"""Pairs of samples that differ by no more than counting noise: one library twice, or technical replicates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.model.flags import Check, Flag
from foldwise.qc.expression import Expression, gram
from foldwise.stats.elementary import exp, log

N_GENES = 1000  # those with the most reads, where counting noise is smallest
LEAST_GENES = 50
MAX_SAMPLES = 400
# Square roots of counts of independent samplings differ by the variance 1 (in units of counting noise); less than this
# means that reads are shared.
SHARED = 0.8
# Variance between libraries of one tube, beside counting noise: below a dispersion of 2e-4 (1.4 %). Replicates of
# inbred animals and of yeast have 1e-3 and more.
TECHNICAL_DISPERSION = 2e-4
# So many reads a gene needs for such a dispersion to be told from counting noise with `N_GENES` genes.
LEAST_READS = 700.0
# The median pair must differ by so much: where all pairs are alike, none stands out.
LEAST_USUAL = 2e-3


def duplicate_check(samples: Sequence[str], used: Expression) -> tuple[Check, tuple[Flag, ...]]:
    """Find pairs of samples without a difference beyond counting noise."""
    n = len(samples)
    counts = used.counts[:N_GENES]
    counts = counts[(counts > 0).all(axis=1)]
    if n > MAX_SAMPLES:
        return Check("duplicate", False, f"pairs are compared for at most {MAX_SAMPLES} samples"), ()
    if n < 3 or len(counts) < LEAST_GENES:
        return Check("duplicate", False, f"needs 3 samples and {LEAST_GENES} genes with reads in all of them"), ()
    excess, reads = pair_excess(counts)
    upper = np.triu(np.ones((n, n), dtype=bool), 1)
    dispersion = (excess - 1.0) / reads
    usual = float(np.median(dispersion[upper]))
    technical = (dispersion < TECHNICAL_DISPERSION) & (reads >= LEAST_READS) & (usual >= LEAST_USUAL)
    shared = (excess < SHARED) & (usual > 0)
    flags = []
    for i in range(n):
        alike = np.flatnonzero((technical[i] | shared[i]) & (np.arange(n) != i))
        if alike.size:
            nearest = alike[np.argmin(excess[i, alike])]
            flags.append(
                _flag(samples, i, int(nearest), alike.size, float(excess[i, nearest]), float(dispersion[i, nearest]))
            )
    return Check("duplicate", True, f"all pairs of samples, on {len(counts):,} genes with many reads"), tuple(flags)


def pair_excess(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compare all pairs of samples.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
        All above 0.

    Returns
    -------
    excess : ndarray, (n_samples, n_samples)
        Mean squared difference of square roots of scaled counts, by its variance under Poisson sampling (Anscombe
        1948): 1 for two samplings of one library, 0 for a copy.
    reads : ndarray, (n_samples, n_samples)
        Reads of a typical gene in the pair (median of harmonic means of both depths).
    """
    logs = log(counts)
    mean = logs.mean(axis=1)
    depth = exp(np.median(logs - mean[:, None], axis=0))
    roots = np.sqrt((counts + 0.375) / depth)
    products = gram(roots)
    size = np.diag(products)
    squared = np.maximum(size[:, None] + size[None, :] - 2.0 * products, 0.0) / len(counts)
    noise = 0.25 * (1.0 / depth[:, None] + 1.0 / depth[None, :])
    typical = float(np.median(exp(mean)))
    return squared / noise, typical * 2.0 / (1.0 / depth[:, None] + 1.0 / depth[None, :])


def _flag(samples: Sequence[str], i: int, other: int, n_alike: int, excess: float, dispersion: float) -> Flag:
    more = f" (and {n_alike - 1} more)" if n_alike > 1 else ""
    if excess < SHARED:
        text = (
            f"{samples[i]} and {samples[other]}{more} share reads: they differ by {excess:.2f} times the noise of "
            "counting, and independent samples by 1 or more. One may be a copy of the other."
        )
    else:
        text = (
            f"{samples[i]} and {samples[other]}{more} differ by {100 * max(dispersion, 0.0) ** 0.5:.1f} % beside the "
            "noise of counting: one library twice, or technical replicates, which are no replicates of the biology."
        )
    values: dict[str, float | int | str] = {
        "partner": samples[other], "noise_ratio": round(excess, 4), "dispersion": float(f"{dispersion:.3g}"),
        "n_alike": int(n_alike),
    }  # fmt: skip
    return Flag(samples[i], "duplicate", text, values)
