"""Real experiments as the checks of samples take them, and shares with their exact binomial intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import beta

from foldwise.model.columns import infer_types
from foldwise.model.experiment import Experiment
from verification import reference

LEVEL = 0.95
# A real mislabeled sample: all Y genes at the level of males, and the expression of NA12891 (tests on hapmap).
MALE_AFTER_ALL = "NA12892_Montgomery"


def experiment(name: str, chosen: str | None = None) -> Experiment:
    """Return a set of ``../shared/reference``; ``chosen`` is a query on its sheet."""
    samples = reference.table(name, "samples.tsv")
    samples = samples if chosen is None else samples.query(chosen)
    counts = reference.table(name, "counts.tsv.gz")[list(samples.index)]
    values = np.ascontiguousarray(np.rint(counts.to_numpy(dtype=np.float64)), dtype=np.int32)
    text = samples.astype(str).set_axis([str(column) for column in samples.columns], axis=1)
    return Experiment(values, infer_types(text), pd.DataFrame(index=counts.index.astype(str)))


def interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the exact binomial interval (Clopper and Pearson 1934) of a share."""
    tail = (1 - LEVEL) / 2
    low = float(beta.ppf(tail, successes, trials - successes + 1)) if successes else 0.0
    high = float(beta.ppf(1 - tail, successes + 1, trials - successes)) if successes < trials else 1.0
    return low, high


def between(successes: int, trials: int) -> str:
    """Return the interval as text."""
    low, high = interval(successes, trials)
    return f"{low:.3f}-{high:.3f}"


def binary(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    """Return a mask (n,) with k chosen at random."""
    mask = np.zeros(n, dtype=bool)
    mask[rng.choice(n, k, replace=False)] = True
    return mask
