"""Learned weights in small forms of their proofs; each fails when weights may look at what they weigh."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from verification import c1_learned_weights as c1

from foldwise.certify.null_runs import Settings, fake_jobs, fakes_for, null_runs
from foldwise.certify.procedure import classical
from foldwise.certify.seeds import FAKE
from foldwise.certify.verdict import binomial_quantile
from foldwise.certify.weighted import weighed
from foldwise.learn.weighting import gene_facts
from tests.unit.certify.data import analyzed, simulated

RUNS = 40


def runs_with_a_call(peeking):
    """Runs with a fake factor in which weights, learned anew and always taken, let a gene be called."""
    analysis = analyzed(simulated(6, 600, seed=4))
    inner, facts = classical(analysis.spec), gene_facts(analysis.experiment.genes)

    def run(experiment, design, contrasts, seed):
        outcome = inner(experiment, design, contrasts, seed)[0]
        if peeking:  # the covariate is made of the test itself
            outcome = replace(outcome, base_mean=np.exp(np.abs(outcome.statistic)))
        return (weighed(outcome, experiment, design, facts, 0.05).outcome,)

    jobs = list(fake_jobs(analysis.experiment, analysis.design, fakes_for("limma-trend", analysis.design, RUNS, 1)))
    return int((null_runs(run, jobs, Settings(0.05, 1), component=FAKE).discoveries[:, 0] > 0).sum())


def test_C3_weights_learned_anew_give_no_false_genes_beyond_the_rate():
    assert runs_with_a_call(peeking=False) <= binomial_quantile(RUNS, 0.05)


def test_C3_sees_weights_made_of_the_test():
    assert runs_with_a_call(peeking=True) > 2 * binomial_quantile(RUNS, 0.05)


def test_C2_planted_changes_keep_the_rate_and_the_power_of_filtering():
    found = c1.summary(c1.simulated(3, (5,), ("limma-trend",), n_genes=1500)).set_index("correction")
    assert (found.loc[[c1.DELIVERED, c1.SHUFFLED], "verdict"] == "pass").all(), found.to_string()
    assert found.loc[c1.DELIVERED, "tpr"] > 0.1


@pytest.mark.parametrize("fault", ["false discoveries", "power", "shuffled"])
def test_C2_summary_fails_what_it_should(fault):
    rng = np.random.default_rng(1)
    rows = []
    for draw in range(8):
        for word in ("bh", "independent filtering", c1.DELIVERED, c1.SHUFFLED):
            fdp, tpr = 0.04 + 0.01 * rng.random(), 0.5 + 0.002 * rng.random()
            if word == c1.DELIVERED:
                fdp, tpr = fdp + 0.03 * (fault == "false discoveries"), tpr - 0.02 * (fault == "power")
            if word == c1.SHUFFLED:
                tpr -= 0.01 * (fault == "shuffled")
            rows.append({"n": 3, "method": "m", "draw": draw, "correction": word, "fdp": fdp, "tpr": tpr})
    found = c1.summary(pd.DataFrame(rows)).set_index("correction")["verdict"]
    bad, good = (c1.SHUFFLED, c1.DELIVERED) if fault == "shuffled" else (c1.DELIVERED, c1.SHUFFLED)
    assert found[bad] == "FAIL"
    assert found[good] == "pass"
