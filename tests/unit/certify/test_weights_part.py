"""The learned part ``weights``: on where it passes its gate, off with a reason where not, and `padj` as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from foldwise.certify import weights_part
from foldwise.certify.certificate import delivered
from foldwise.certify.learned import add_learned, judged
from foldwise.certify.null_runs import Settings
from foldwise.certify.procedure import classical
from foldwise.certify.weighted import common_weights, weighed, with_weights
from foldwise.errors import UsageError
from foldwise.learn.weighting import gene_facts
from foldwise.stats.multiple_testing import benjamini_hochberg
from tests.unit.certify.data import analyzed, simulated

N_GENES, CHANGED = 1000, 140


def with_prior(seed=1, **columns):
    """An analysis whose table of genes knows which genes change, more or less."""
    experiment = simulated(5, N_GENES, CHANGED, seed=seed, dispersion=0.3)
    rng = np.random.default_rng(seed)
    prior = np.where(np.arange(N_GENES) < CHANGED, rng.beta(4, 2, N_GENES), rng.beta(2, 4, N_GENES))
    genes = experiment.genes.assign(prior=prior, noise=rng.random(N_GENES), **columns)
    return analyzed(replace(experiment, genes=genes))


def asking(analysis, *covariates, parts="weights"):
    learn = replace(analysis.spec.learn, parts=parts, covariates=covariates)
    return replace(analysis, spec=replace(analysis.spec, learn=learn))


PLAIN = with_prior()
LEARNED = add_learned(asking(PLAIN, "prior"), 22)


def test_M57_padj_and_all_other_columns_stay_bit_by_bit():
    before, after = PLAIN.results[0].table, LEARNED.results[0].table
    assert LEARNED.learned.parts == ("weights",)
    assert [name for name in after if name not in before] == ["padj_learned", "weight"]
    for name in before:
        np.testing.assert_array_equal(before[name].to_numpy(), after[name].to_numpy())
    assert (after["padj_learned"] != after["padj"]).any(), "the check would see a replaced column"


def test_an_informative_prior_passes_the_gate_and_says_so():
    facts = LEARNED.learned.facts["weights"]
    contrast = facts["contrasts"][0]
    assert facts["on"]
    assert contrast["gain"] >= 0.01
    assert contrast["n_called"] == (LEARNED.results[0].table["padj_learned"] < 0.05).sum()
    assert facts["verdict"] in ("PASS", "WARN")
    assert LEARNED.learned.certificate.method == "limma-trend with learned weights"
    assert LEARNED.messages[-2].text.startswith("weights   ")
    changed = np.arange(N_GENES) < CHANGED
    weight = LEARNED.results[0].table["weight"].to_numpy()
    assert np.nanmean(weight[changed]) > 1.5 * np.nanmean(weight[~changed])
    assert np.nanmean(weight) == pytest.approx(1, abs=1e-9)


def test_same_bytes_for_any_number_of_threads():
    again = add_learned(asking(PLAIN, "prior"), 22, Settings(0.05, 1, 3))
    for name in ("weight", "padj_learned"):
        np.testing.assert_array_equal(LEARNED.results[0].table[name], again.results[0].table[name])
    np.testing.assert_array_equal(LEARNED.learned.certificate.discoveries, again.learned.certificate.discoveries)
    np.testing.assert_array_equal(LEARNED.learned.certificate.curve.mean, again.learned.certificate.curve.mean)


def off(analysis, found):
    """Check that nothing but facts and a message was added, and return the message."""
    assert found.learned.parts == ()
    assert not found.learned.primary
    assert found.results[0].table.columns.tolist() == analysis.results[0].table.columns.tolist()
    assert not found.learned.facts["weights"]["on"]
    message = found.messages[-1]
    assert message.id == "W-LEARN-003"
    assert "padj stands as it is" in message.text
    assert found.learned.facts["weights"]["reason"] in message.text
    return message


@pytest.mark.parametrize("name", ["gc", "logFC", "statistic"])
def test_B129_constant_covariates_and_numbers_of_the_comparison_are_refused(name):
    values = np.full(N_GENES, 0.5) if name == "gc" else np.arange(N_GENES)
    analysis = with_prior(**{name: values})
    message = off(analysis, add_learned(asking(analysis, "prior", name), 10))
    assert repr(name) in message.text


def test_B129_a_covariate_made_of_the_test_is_found_out_under_any_name():
    statistic = np.abs(PLAIN.results[0].table["statistic"].to_numpy())
    analysis = with_prior(innocent=statistic + 0.2 * np.random.default_rng(3).random(N_GENES))
    message = off(analysis, add_learned(asking(analysis, "innocent"), 10))
    assert "'innocent'" in message.text
    assert "below 0.75" in message.text


def test_weights_that_gain_nothing_are_off_without_counting_as_a_fault():
    empty = analyzed(simulated(4, 500))
    message = off(empty, add_learned(asking(empty), 10))
    assert "call 0 genes where 0 are called" in message.text
    assert "must gain at least 1% and 5 genes" in message.text
    assert message.data["counted"] is False


def test_without_null_runs_weights_are_off():
    assert "--certificate" in off(PLAIN, add_learned(asking(PLAIN, "prior"), 0)).text


@pytest.mark.parametrize("fault", ["fdp", "FAIL", "NONE"])
def test_T9_a_bad_certificate_switches_weights_off(monkeypatch, fault):
    good = LEARNED.learned.certificate

    def bad(*given, **more):
        if fault == "fdp":
            return replace(good, contrasts=(replace(good.contrasts[0], fdp=0.056),))
        return replace(good, verdict=fault, reasons=("So it is.",))

    monkeypatch.setattr(weights_part, "certify", bad)
    message = off(PLAIN, add_learned(asking(PLAIN, "prior"), 22))
    assert ("5.6%" if fault == "fdp" else "So it is.") in message.text
    monkeypatch.setattr(
        weights_part,
        "certify",
        lambda *given, **more: replace(good, contrasts=(replace(good.contrasts[0], fdp=0.054),)),
    )
    assert add_learned(asking(PLAIN, "prior"), 22).learned.parts == ("weights",)


def test_nothing_asked_nothing_done():
    assert add_learned(PLAIN, 10) is PLAIN


def test_unknown_covariates_and_texts_are_errors():
    with pytest.raises(UsageError, match="no column 'tau'") as caught:
        add_learned(asking(PLAIN, "tau"), 10)
    assert caught.value.id == "E-USAGE-002"


def test_primary_only_with_a_passed_certificate_and_few_false_discoveries():
    stage = weights_part.Stage(classical(PLAIN.spec), delivered(PLAIN), ("weights",))
    passed = replace(LEARNED.learned.certificate, verdict="PASS")
    assert judged(stage, passed, 0.05)[0]
    assert not judged(stage, replace(passed, verdict="WARN"), 0.05)[0]
    assert not judged(stage, replace(passed, contrasts=(replace(passed.contrasts[0], fdp=0.06),)), 0.05)[0]
    assert not judged(stage, None, 0.05)[0]
    assert not judged(replace(stage, parts=()), passed, 0.05)[0]


def test_null_runs_count_p_values_by_the_delivered_weights():
    facts = gene_facts(PLAIN.experiment.genes, ["noise"])
    given = np.where(np.arange(N_GENES) % 2 == 0, 1.5, 0.5)
    given[7] = np.nan
    contrasts = [PLAIN.results[0].contrast]
    run = with_weights(classical(PLAIN.spec), facts, 0.05, given)
    found = run(PLAIN.experiment, PLAIN.design, contrasts, np.random.SeedSequence(1))[0]
    tested = found.tested
    assert found.weight[tested].mean() == pytest.approx(1, abs=1e-12)
    assert found.weight[2] / found.weight[1] == pytest.approx(3)


def test_M58_without_a_covariate_that_varies_the_weighted_list_is_the_plain_one():
    outcome = delivered(PLAIN)[0]
    flat = replace(outcome, base_mean=np.full(N_GENES, 100.0))
    found = weighed(flat, PLAIN.experiment, PLAIN.design, gene_facts(PLAIN.experiment.genes), 0.05)
    np.testing.assert_allclose(found.outcome.padj, benjamini_hochberg(outcome.pvalue), rtol=1e-12)
    np.testing.assert_allclose(found.outcome.padj, outcome.padj, rtol=1e-12)
    weights = common_weights([found, found])
    assert (weights[np.isfinite(outcome.pvalue)] == 1).all()


def test_each_contrast_passes_the_gate_by_itself():
    experiment = simulated(5, 600, 0, seed=5, dispersion=0.3)
    rng = np.random.default_rng(6)
    group = np.repeat(["a", "b", "c"], 5)
    counts = np.hstack([experiment.counts, rng.permuted(experiment.counts[:, :5], axis=1)])
    counts[:90, 5:10] *= 3
    samples = pd.DataFrame({"group": group}, index=[f"s{j}" for j in range(15)])
    prior = np.where(np.arange(600) < 90, rng.beta(4, 2, 600), rng.beta(2, 4, 600))
    made = replace(experiment, counts=counts, samples=samples, genes=experiment.genes.assign(prior=prior))
    found = add_learned(asking(analyzed(made, contrast=["group:b:a", "group:c:a"]), "prior"), 22)
    assert found.learned.parts == ("weights",)
    assert ["weight" in result.table for result in found.results] == [True, False]
    assert [of["on"] for of in found.learned.facts["weights"]["contrasts"]] == [True, False]
    assert "group: c vs a: off" in found.messages[-2].text
