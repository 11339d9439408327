"""Transformations of counts for the methods that compare means of log values (`ols`, and later t and rank tests)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.errors import UsageError
from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.elementary import LN2, log1p, log2

# Added to each count of log2-cpm, in counts at the mean library size, so that zeros stay finite.
PRIOR_COUNT = 2.0
PER_MILLION = 1e6

TRANSFORMS = {
    "log1p": "ln(1 + count / library size x mean library size); log2 fold change = coefficient / ln 2",
    "log1p-raw": "ln(1 + count), without regard to depth; log2 fold change = coefficient / ln 2",
    "log2-cpm": "log2 of counts per million with a prior count of 2; log2 fold change = coefficient",
}


@dataclass(frozen=True, eq=False)
class Transformed:
    """Transformed counts.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
    log2_per_unit : float
        Log2 fold change per unit of a coefficient: 1 / ln 2 on natural-log scales, 1 on log2 scales. The
        differences are those of mean log values; the 1 (or the prior count) inside the log pulls them towards 0
        in genes of few counts.
    name : str
    """

    values: Floats
    log2_per_unit: float
    name: str


def log2_per_unit(name: str) -> float:
    """Log2 fold change per unit of the transform."""
    return 1.0 if name == "log2-cpm" else 1 / LN2


def transform_counts(
    counts: Floats | Integers, name: str = "log1p", library_sizes: Floats | None = None
) -> Transformed:
    """Transform counts.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    name : str
        ``log1p``, ``log1p-raw`` or ``log2-cpm``; see `TRANSFORMS`.
    library_sizes : ndarray, (n_samples,), optional
        Positive; the column sums where not given (give them where genes were left out, or blocks are transformed).

    Raises
    ------
    UsageError
        E-USAGE-001 for an unknown name.
    """
    if name == "log1p-raw":
        return Transformed(log1p(np.asarray(counts, dtype=np.float64)), 1 / LN2, name)
    if name not in TRANSFORMS:
        raise UsageError("E-USAGE-001", f"Unknown transform {name!r}.", f"Choose one of {', '.join(TRANSFORMS)}.")
    sizes = counts.sum(axis=0).astype(np.float64) if library_sizes is None else library_sizes
    relative = sizes / sizes.mean()
    if name == "log1p":
        return Transformed(log1p(counts / relative), 1 / LN2, name)
    prior = PRIOR_COUNT * relative
    scaled = (counts + prior) / (sizes + 2 * prior) * PER_MILLION
    return Transformed(log2(scaled), 1.0, name)
