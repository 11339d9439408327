"""Random streams of the learned parts: each keyed by component and run number, never by order of creation."""

from __future__ import annotations

import numpy as np

# Components; numbers are part of the results and never change.
FAKE = 1  # fake factors
SCRAMBLE = 2  # scrambled labels
PLANT = 3  # planted effects
FACTORS = 4  # hidden factors and their rank
WEIGHTS = 5  # folds of learned weights
CHOICE = 6  # choice of a method
POWER = 7  # resampled samples
QUALITY = 8
SIGNATURE = 9


def stream(seed: int, component: int, run: int = 0) -> np.random.SeedSequence:
    """Return the stream of one run of one component; ``default_rng`` makes the generator of it."""
    return np.random.SeedSequence(seed, spawn_key=(component, run))
