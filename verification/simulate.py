"""Negative binomial and Poisson counts of two groups, for claims that need the truth of every gene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Median reads per gene: a shallow and a deep library.
DEPTHS = {"shallow": 30.0, "deep": 300.0}
# Dispersion at infinite counts and its growth at low counts (asymptote + extra / mean), scattered by LOG_SD:
# technical replicates, usual bulk tissue or inbred animals, people.
DISPERSIONS = {"poisson": None, "usual": (0.03, 2.0), "high": (0.4, 4.0)}
DISPERSION_LOG_SD = 0.4
# One dispersion at all counts, about that of the usual ones at 30 reads: to see what hangs on its rise at low counts.
FLAT = {"flat": (0.1, 0.0)}
MEAN_LOG_SD = 1.5
LIBRARY_LOG_SD = 0.25
# Fold changes of changed genes: spread in log2, none smaller than LEAST_LOG2.
CHANGE_SD_LOG2 = 1.0
LEAST_LOG2 = 0.25


@dataclass(frozen=True, eq=False)
class Draw:
    """Counts (n_genes, n_samples), group of each sample, and true log2 fold change of each gene."""

    counts: np.ndarray
    group: np.ndarray
    log2_fold_change: np.ndarray


def draw(n_genes: int, n: int, depth: str, dispersion: str, seed: tuple[int, ...], share_changed: float = 0.0) -> Draw:
    """Draw ``n`` samples per group; library sizes vary by a quarter, groups alternate."""
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(np.log(DEPTHS[depth]), MEAN_LOG_SD, n_genes))
    library = np.exp(rng.normal(0.0, LIBRARY_LOG_SD, 2 * n))
    group = np.arange(2 * n) % 2
    drawn = rng.normal(0.0, CHANGE_SD_LOG2, n_genes)
    changed = rng.random(n_genes) < share_changed
    fold = np.where(changed, np.copysign(np.maximum(np.abs(drawn), LEAST_LOG2), drawn), 0.0)
    rate = mean[:, None] * library * np.exp2(fold[:, None] * (group - 0.5))
    shape = (DISPERSIONS | FLAT)[dispersion]
    if shape is not None:
        alpha = (shape[0] + shape[1] / mean) * np.exp(rng.normal(0.0, DISPERSION_LOG_SD, n_genes))
        rate = rng.gamma(1 / alpha[:, None], alpha[:, None] * rate)
    return Draw(rng.poisson(rate).astype(np.int64), group, fold)
