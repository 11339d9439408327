"""Runs on planted changes count right: a method that keeps its rate is seen to keep it, and finds what was planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from foldwise.certify.labelings import fake_factors
from foldwise.certify.plasmode import Plasmode, all_rates
from foldwise.certify.procedure import classical
from foldwise.learn.effects import usual_effects
from foldwise.model.design import make_design
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options
from foldwise.stats.simulate import simulate_counts

RUNS = 24


def plasmode() -> Plasmode:
    drawn = simulate_counts(1000, 20, share_changed=0.0, seed=11)
    sheet = pd.DataFrame({"group": ["b" if g else "a" for g in drawn.group]}, index=[f"s{j}" for j in range(20)])
    data = Experiment(drawn.counts, sheet, pd.DataFrame(index=[f"g{i}" for i in range(1000)]))
    design = make_design("~ group", sheet)
    return Plasmode(data, design, fake_factors(design, RUNS, 1), usual_effects())


def mean_rates(source: Plasmode) -> tuple[float, float, float]:
    method = classical(with_options(AnalysisSpec(), {"method": "limma-trend"}))
    rates, failed = all_rates(source, {"limma-trend": method}, range(RUNS))
    assert not failed
    fdp, tpr = np.array(rates["limma-trend"]).T
    return float(fdp.mean()), float(fdp.std(ddof=1) / np.sqrt(RUNS)), float(tpr.mean())


def test_false_discoveries_stay_at_the_rate_and_changes_are_found():
    """A tenth of the genes changes, so a rate of 5 % gives 4.5 %; three standard errors are allowed."""
    fdp, error, tpr = mean_rates(plasmode())
    assert abs(fdp - 0.045) <= 3 * error + 0.01
    assert tpr > 0.4


def test_changes_planted_between_other_groups_than_those_tested_are_not_found(monkeypatch):
    """The fault that this guards against: thinning and testing by different labels."""
    from foldwise.certify import plasmode as module

    real = module.planted_experiment

    def astray(experiment, labels, settings, run):
        return real(experiment, np.random.default_rng(run).permutation(labels), settings, run)

    monkeypatch.setattr(module, "planted_experiment", astray)
    assert mean_rates(plasmode())[2] < 0.2


def test_the_real_groups_do_not_leak_into_the_planted_ones():
    """A change of half of the genes between the real groups leaves rate and power as they were."""
    source = plasmode()
    group = np.array([1 if g == "b" else 0 for g in source.experiment.samples["group"]])
    counts = np.array(source.experiment.counts)
    counts[:500, group == 1] *= 4
    shifted = replace(source, experiment=replace(source.experiment, counts=counts))
    fdp, error, tpr = mean_rates(shifted)
    assert fdp <= 0.05 + 3 * error
    assert abs(tpr - mean_rates(source)[2]) < 0.08
