"""One small simulated experiment for the tests of the faces."""

from __future__ import annotations

import dataclasses

import pytest

import foldwise as fw
from foldwise.api.simulate import write_simulation


@pytest.fixture(scope="session")
def simulation() -> fw.api.simulate.Simulation:
    data = fw.simulate(800, 8, seed=3, share_changed=0.2, sd_log2=1.5)
    counts = data.counts.copy()
    counts.iloc[5] = 0  # one gene without reads
    return dataclasses.replace(data, counts=counts)


@pytest.fixture(scope="session")
def inputs(simulation, tmp_path_factory):
    """Folder with ``counts.tsv.gz`` and ``samples.tsv``."""
    folder = tmp_path_factory.mktemp("inputs")
    write_simulation(simulation, folder)
    return folder
