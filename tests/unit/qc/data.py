"""Simulated experiments with sexes, donors and faults planted on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from foldwise.model.experiment import Experiment
from foldwise.qc.markers import HUMAN_X, HUMAN_Y

N_GENES = 1200


def people(
    n_donors: int = 5, n_each: int = 2, seed: int = 1, donor_sd: float = 0.8, symbols: bool = True, depth: float = 2e6
) -> Experiment:
    """Return samples of donors, each in ``n_each`` treatments; every second donor is male."""
    rng = np.random.default_rng(seed)
    n = n_donors * n_each
    donor, treatment = np.repeat(np.arange(n_donors), n_each), np.tile(np.arange(n_each), n_donors)
    log = rng.normal(5.0, 1.5, N_GENES)[:, None] + rng.normal(0, donor_sd, (N_GENES, n_donors))[:, donor]
    log[:100] += 0.8 * treatment
    markers = {**HUMAN_X, **HUMAN_Y}
    male = donor % 2 == 1
    for row, name in enumerate(markers):
        log[row] = np.where(male == (name != "XIST"), 6.0, -4.0)
    rate = np.exp(log) * rng.lognormal(0, 0.1, n)
    counts = rng.negative_binomial(20.0, 20.0 / (20.0 + rate * depth / rate.sum(axis=0).mean())).astype(np.int32)
    first = list(markers) if symbols else list(markers.values())
    names = [*first, *(f"gene{k}" for k in range(len(first), N_GENES))]
    samples = pd.DataFrame(
        {"sex": np.where(male, "male", "female"), "donor": [f"d{k}" for k in donor],
         "treatment": [f"t{k}" for k in treatment]},
        index=[f"s{k}" for k in range(n)],
    )  # fmt: skip
    return Experiment(counts, samples, pd.DataFrame(index=pd.Index(names, name="gene_id")))


def with_column(experiment: Experiment, name: str, values: Sequence[str]) -> Experiment:
    """Return the experiment with a column of its sheet replaced."""
    return replace(experiment, samples=experiment.samples.assign(**{name: list(values)}))


def exchanged(experiment: Experiment, column: str, first: int, second: int) -> Experiment:
    """Return the experiment with two values of a column exchanged."""
    values = list(experiment.samples[column])
    values[first], values[second] = values[second], values[first]
    return with_column(experiment, column, values)


def with_counts(experiment: Experiment, changes: Mapping[int, np.ndarray]) -> Experiment:
    """Return the experiment with the counts of some samples replaced."""
    counts = experiment.counts.copy()
    for sample, values in changes.items():
        counts[:, sample] = values
    return replace(experiment, counts=counts)
