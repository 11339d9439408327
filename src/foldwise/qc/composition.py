"""Samples in which a few genes take far more of the reads than in the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.model.flags import Check, Flag
from foldwise.qc.depth import FAR, LEAST_SAMPLES
from foldwise.stats.robust_distance import mad_scores

N_TOP = 10
N_NAMED = 3
MORE = 0.2  # practical floor: of all reads, above the median sample
LEAST_SCALE = 0.005  # of all reads


def top_share(counts: np.ndarray, reads: np.ndarray) -> np.ndarray:
    """Return the share of a sample's reads (n_samples,) that falls on its ten genes with the most.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    reads : ndarray, (n_samples,)
    """
    n = min(N_TOP, len(counts))
    if n == 0:
        return np.zeros(len(reads))
    largest = np.partition(counts, len(counts) - n, axis=0)[len(counts) - n :]
    return np.asarray(np.sort(largest, axis=0).sum(axis=0) / np.maximum(reads, 1.0))


def composition_check(
    samples: Sequence[str], share: np.ndarray, counts: np.ndarray, names: Sequence[str]
) -> tuple[Check, tuple[Flag, ...]]:
    """Find samples whose reads are taken by few genes.

    Parameters
    ----------
    samples : sequence of str
    share : ndarray, (n_samples,)
        From `top_share`.
    counts : ndarray, (n_genes, n_samples)
    names : sequence of str, (n_genes,)
    """
    if len(samples) < LEAST_SAMPLES:
        return Check("composition", False, f"needs {LEAST_SAMPLES} samples"), ()
    scores, median = mad_scores(share, LEAST_SCALE), float(np.median(share))
    flags = []
    for i in np.flatnonzero((scores > FAR) & (share > median + MORE)).tolist():
        first = np.argsort(-counts[:, i], kind="stable")[:N_NAMED]
        text = (
            f"{samples[i]} has {100 * share[i]:.0f} % of its reads on {N_TOP} genes (first: "
            f"{', '.join(str(names[k])[:40] for k in first)}), the median sample {100 * median:.0f} %."
        )
        values = {"top_share": round(float(share[i]), 4), "median": round(median, 4)}
        flags.append(Flag(samples[i], "composition", text, values))
    return Check("composition", True, f"share of the {N_TOP} genes with the most reads"), tuple(flags)
