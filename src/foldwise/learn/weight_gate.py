"""Whether learned weights may be used: large p-values must be flat whatever the covariate, and calls must be gained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from foldwise.learn.covariates import is_constant, mid_ranks

N_BINS = 10
# Genes without a change have p-values between 0.5 and 1 half below 0.75. Changed genes add some below it: up to this
# share (0.5 to 0.6 are seen on real data). The piles near 1 of genes with few reads do no harm.
LARGEST_LOWER_SHARE = 0.65
STANDARD_ERRORS = 3.0
# Weights must find this much more than independent filtering, and so many genes: any weights move a gene or two.
LEAST_GAIN = 0.01
LEAST_GENES = 5


@dataclass(frozen=True, eq=False)
class Flatness:
    """Large p-values by bins of covariates.

    Parameters
    ----------
    flat : bool
    covariate : str
        The covariate with the bin that is least flat.
    share : float
        In that bin, the share of p-values above 0.5 that lie below 0.75; NaN where there is no bin.
    n : int
        P-values above 0.5 in that bin.
    histograms : dict of str to ndarray of int, (n_bins, 5)
        By covariate: counts of p-values in the fifths between 0.5 and 1, bins of equal size from low to high.
    """

    flat: bool
    covariate: str
    share: float
    n: int
    histograms: dict[str, np.ndarray]


def flatness(p: np.ndarray, covariates: Mapping[str, np.ndarray]) -> Flatness:
    """Look at the p-values above 0.5 in bins of each covariate.

    A covariate that depends on the test (such as a fold change) puts some of its genes just above 0.5 and others near
    1; one that knows only how likely or how visible a change is leaves genes without a change as they are.

    Parameters
    ----------
    p : ndarray, (n,)
        NaN where missing.
    covariates : mapping of str to ndarray, (n,)
        NaN where unknown.
    """
    worst, histograms = ("", float("nan"), 0, -np.inf), {}
    for name, values in covariates.items():
        known = np.isfinite(p) & np.isfinite(values)
        if is_constant(values[known]):
            continue
        bins = np.minimum((mid_ranks(values[known]) * N_BINS).astype(np.int64), N_BINS - 1)
        inside = p[known]
        histograms[name] = np.array([_fifths(inside[bins == k]) for k in range(N_BINS)])
        for k in range(N_BINS):
            large = inside[(bins == k) & (inside > 0.5)]
            if len(large):
                share = float(np.mean(large <= 0.75))
                excess = (share - LARGEST_LOWER_SHARE) * 2.0 * float(np.sqrt(len(large)))
                worst = max(worst, (name, share, len(large), excess), key=lambda found: found[3])
    return Flatness(worst[3] <= STANDARD_ERRORS, worst[0], worst[1], worst[2], histograms)


def gain(n_weighted: int, n_plain: int) -> float:
    """Share of further calls; infinite where there were none."""
    if n_plain == 0:
        return float("inf") if n_weighted else 0.0
    return n_weighted / n_plain - 1.0


def _fifths(p: np.ndarray) -> np.ndarray:
    return np.histogram(p, np.linspace(0.5, 1.0, 6))[0]
