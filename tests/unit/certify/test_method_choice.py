"""Choosing a method on planted changes: what is planted, what is counted, and that order and threads change nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from foldwise.certify.choice import ChoiceSettings, candidate_specs, choose, ranks_impossible, shuffled, smallest_group
from foldwise.certify.labelings import fake_factors
from foldwise.certify.plasmode import Plasmode, all_rates, realized
from foldwise.certify.procedure import Outcome, classical
from foldwise.errors import UsageError
from foldwise.learn.effects import usual_effects
from foldwise.model.design import make_design
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options
from foldwise.stats.simulate import simulate_counts


def experiment(n=8, n_genes=300, seed=1):
    drawn = simulate_counts(n_genes, n, seed=seed)
    names = [f"s{j}" for j in range(n)]
    samples = pd.DataFrame({"group": ["b" if g else "a" for g in drawn.group]}, index=names)
    genes = pd.DataFrame(index=[f"g{i}" for i in range(n_genes)])
    return Experiment(drawn.counts, samples, genes)


def plasmode(n=8, **more):
    data = experiment(n)
    design = make_design("~ group", data.samples)
    return Plasmode(data, design, fake_factors(design, 100, 1), usual_effects(), **more)


def outcome(called):
    padj = np.where(called, 0.001, 1.0)
    nothing = np.zeros(len(called))
    return Outcome(padj, padj, nothing, nothing, nothing, nothing.astype(np.int8))


def test_genes_without_a_planted_change_keep_their_counts():
    source = plasmode()
    made, design, contrast, change = source.planted(3)
    changed = change != 0
    np.testing.assert_array_equal(made.counts[~changed], source.experiment.counts[~changed])
    assert (made.counts[changed] != source.experiment.counts[changed]).any(axis=1).mean() > 0.9
    assert design.n_coefficients == 3 and contrast.vector.tolist() == [0, 0, 1]
    labels = design.matrix[:, 2]
    np.testing.assert_array_equal(labels, source.labelings.values[3])
    up = change > 0
    np.testing.assert_array_equal(made.counts[up][:, labels == 1], source.experiment.counts[up][:, labels == 1])


def test_a_run_is_a_function_of_its_number():
    first, again, next_ = (plasmode().planted(run) for run in (5, 5, 6))
    np.testing.assert_array_equal(first[0].counts, again[0].counts)
    assert not np.array_equal(first[3], next_[3])
    other = plasmode(seed=2).planted(5)
    assert not np.array_equal(first[3], other[3])


def test_false_discoveries_and_power_are_those_of_the_calls():
    change = np.array([1.0, -1.0, 0.0, 0.0, 0.5])
    assert realized(outcome(np.array([True, False, True, False, False])), change, 0.05) == (0.5, pytest.approx(1 / 3))
    assert realized(outcome(np.zeros(5, dtype=bool)), change, 0.05) == (0.0, 0.0)


def test_threads_and_order_of_candidates_change_nothing():
    source = plasmode()
    fast = {name: classical(with_options(AnalysisSpec(), {"method": name})) for name in ("limma-trend", "ols")}
    one = all_rates(source, fast, range(6), 1)
    two = all_rates(source, dict(reversed(fast.items())), range(6), 3)
    assert one == two and len(one[0]["ols"]) == 6 and not one[1]
    assert one[0]["ols"][4] == source.rates(fast["ols"], 4)


def test_the_choice_is_of_the_candidates_and_repeats_itself():
    data = experiment(8)
    design = make_design("~ group", data.samples)
    spec = AnalysisSpec()
    settings = ChoiceSettings(runs=12)
    found = choose(spec, data, design, usual_effects(), settings, candidates=("limma-trend", "edger-ql", "wilcoxon"))
    again = choose(spec, data, design, usual_effects(), replace(settings, n_threads=2),
                   candidates=("wilcoxon", "edger-ql", "limma-trend"))  # fmt: skip
    assert found.learned and found.method in ("limma-trend", "edger-ql")
    assert found.method == again.method and found.reason == again.reason
    for score in found.scores:
        twin = next(each for each in again.scores if each.method == score.method)
        np.testing.assert_array_equal(score.fdp, twin.fdp)
    assert found.scores[0].verdict == "chosen" and found.scores[0].n_runs == 12
    assert "wilcoxon" in found.skipped


def test_few_groupings_follow_the_rule_and_say_so():
    data = experiment(6)
    found = choose(AnalysisSpec(), data, make_design("~ group", data.samples), usual_effects(), ChoiceSettings())
    assert not found.learned and found.method == "edger-ql" and not found.scores
    assert "Not learned" in found.limits[0] and found.facts["groupings"] == 9


def test_settings_narrow_the_candidates():
    data = experiment(8)
    spec = with_options(AnalysisSpec(), {"shrink": "apeglm"})
    specs, skipped = candidate_specs(spec, data, ("deseq2", "edger-ql"))
    assert list(specs) == ["deseq2"] and "edger-ql" in skipped
    only = choose(spec, data, make_design("~ group", data.samples), usual_effects(), ChoiceSettings())
    assert only.method == "deseq2" and not only.learned and "only candidate" in only.reason
    with pytest.raises(UsageError, match="E-USAGE-002"):
        candidate_specs(spec, data, ("edger-ql", "limma-voom"))
    fractions = replace(data, counts=data.counts + 0.5)
    assert "deseq2" in candidate_specs(AnalysisSpec(), fractions, ("deseq2", "edger-ql"))[1]


def test_the_rank_test_meets_the_chosen_method_within_a_condition():
    data = experiment(36, 120)
    design = make_design("~ group", data.samples)
    settings = ChoiceSettings(runs=10)
    found = choose(
        AnalysisSpec(), data, design, usual_effects(), settings, candidates=("limma-trend", "ols", "wilcoxon")
    )
    assert found.method == "wilcoxon" or "Not better" in found.skipped["wilcoxon"]
    assert "one condition" in found.reason + found.skipped.get("wilcoxon", "")


def test_where_the_rank_test_is_no_candidate():
    sheet = pd.DataFrame({"group": list("ab") * 20, "batch": list("xxyy") * 10}, index=[f"s{i}" for i in range(40)])
    assert "no other term" in ranks_impossible(make_design("~ batch + group", sheet))
    assert ranks_impossible(make_design("~ group", sheet)) == ""
    assert "Not measured" in ranks_impossible(make_design("~ group", sheet.iloc[:10]))
    assert smallest_group(make_design("~ group", sheet.iloc[:7])) == 3


def test_groupings_are_run_in_random_order():
    listed = plasmode().labelings
    mixed = shuffled(listed, 1)
    assert not np.array_equal(listed.values, mixed.values)
    assert {row.tobytes() for row in listed.values} == {row.tobytes() for row in mixed.values}


def test_a_candidate_that_stops_leaves_the_others_alone(monkeypatch):
    source, fast = plasmode(), classical(with_options(AnalysisSpec(), {"method": "limma-trend"}))

    def broken(*_):
        raise ValueError("no trend")

    rates, failed = all_rates(source, {"limma-trend": fast, "ols": broken}, range(3))
    assert list(rates) == ["limma-trend"] and "no trend" in failed["ols"]
    monkeypatch.setattr("foldwise.certify.choice.classical", lambda spec: broken if spec.method.name == "ols" else fast)
    settings = ChoiceSettings(runs=12)
    found = choose(AnalysisSpec(), source.experiment, source.design, usual_effects(), settings,
                   candidates=("limma-trend", "ols"))  # fmt: skip
    assert found.method == "limma-trend" and "no trend" in found.skipped["ols"]
    monkeypatch.setattr("foldwise.certify.choice.classical", lambda spec: broken)
    with pytest.raises(UsageError, match="No candidate"):
        choose(
            AnalysisSpec(),
            source.experiment,
            source.design,
            usual_effects(),
            settings,
            candidates=("limma-trend", "ols"),
        )
