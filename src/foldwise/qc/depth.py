"""Samples with far fewer reads, or far fewer genes seen, than the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.model.flags import Check, Flag
from foldwise.stats.elementary import log2
from foldwise.stats.robust_distance import mad_scores

LEAST_SAMPLES = 4
FAR = 4.0  # median absolute deviations
# Practical floors: share of the median below which depth, or complexity, is told.
FEW_READS, FEW_GENES = 1.0 / 3.0, 0.75
LEAST_SCALE = 0.05  # log2: where all but one are equal, the deviation is 0


def depth_check(samples: Sequence[str], reads: np.ndarray) -> tuple[Check, tuple[Flag, ...]]:
    """Find libraries with far fewer reads."""
    return _low(samples, reads, "library size", "reads", FEW_READS)


def complexity_check(samples: Sequence[str], genes_seen: np.ndarray) -> tuple[Check, tuple[Flag, ...]]:
    """Find libraries in which far fewer genes are seen."""
    return _low(samples, genes_seen, "genes seen", "genes with a read", FEW_GENES)


def _low(
    samples: Sequence[str], values: np.ndarray, rule: str, words: str, share: float
) -> tuple[Check, tuple[Flag, ...]]:
    if len(samples) < LEAST_SAMPLES:
        return Check(rule, False, f"needs {LEAST_SAMPLES} samples"), ()
    median = float(np.median(values))
    scores = mad_scores(log2(np.maximum(values, 1.0)), LEAST_SCALE)
    low = np.flatnonzero((scores < -FAR) & (values < share * median)).tolist()
    flags = tuple(
        Flag(
            samples[i], rule,
            f"{samples[i]} has {values[i]:,.0f} {words}, the median sample {median:,.0f} "
            f"({-scores[i]:.1f} median absolute deviations below, on the log scale).",
            {"value": float(values[i]), "median": median, "mad_score": round(float(scores[i]), 2)},
        )
        for i in low
    )  # fmt: skip
    return Check(rule, True, f"{words} of all samples, against their median"), flags
