from __future__ import annotations

import numpy as np
import pytest

from foldwise.model.design import make_design
from foldwise.qc.flags import check_samples
from tests.unit.qc.data import people, with_counts


def flags_of(experiment, formula="~ treatment"):
    return check_samples(experiment, make_design(formula, experiment.samples)).flags


def spoiled(experiment, sample, rng):
    """Counts of a sample whose genes are scattered fourfold, at the same depth."""
    counts = experiment.counts[:, sample] * np.exp(rng.normal(0, 1.4, experiment.n_genes))
    return rng.poisson(counts * experiment.counts[:, sample].sum() / counts.sum())


def test_an_outlier_is_named_and_others_are_not():
    data = people(10, 2, donor_sd=0.1)
    assert flags_of(data) == ()
    flags = flags_of(with_counts(data, {7: spoiled(data, 7, np.random.default_rng(5))}))
    assert [(flag.sample, flag.rule) for flag in flags] == [("s7", "outlier")]
    assert flags[0].values["distance"] > flags[0].values["cut"]
    assert flags[0].values["scatter_ratio"] > 4
    assert "robust distance" in flags[0].text


def test_in_a_paired_design_the_partner_is_named_too():
    data = people(8, 2, donor_sd=0.5)
    flags = flags_of(with_counts(data, {6: spoiled(data, 6, np.random.default_rng(6))}), "~ donor + treatment")
    found = {flag.sample: flag for flag in flags if flag.rule == "outlier"}
    assert set(found) == {"s6", "s7"}
    assert "cannot be told from s7" in found["s6"].text


def test_a_shallow_sample_is_not_an_outlier_but_shallow():
    data = people(10, 2, donor_sd=0.1)
    thin = np.random.default_rng(7).binomial(data.counts[:, 3], 0.001)
    flags = flags_of(with_counts(data, {3: thin}))
    assert {flag.sample for flag in flags} == {"s3"}
    assert {flag.rule for flag in flags} == {"library size", "genes seen"}
    (depth,) = [flag for flag in flags if flag.rule == "library size"]
    assert f"{thin.sum():,} reads" in depth.text


def test_reads_on_few_genes():
    data = people(5, 2)
    greedy = data.counts[:, 4].copy()
    greedy[500] = 2 * greedy.sum()
    flags = [flag for flag in flags_of(with_counts(data, {4: greedy})) if flag.rule == "composition"]
    assert [flag.sample for flag in flags] == ["s4"]
    assert "(first: gene500," in flags[0].text


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_few_samples_are_not_judged(n):
    data = people(5, 2)
    few = data.take_samples(np.arange(n))
    found = check_samples(few)
    assert found.flags == ()
    assert not next(check for check in found.checks if check.rule == "outlier").applied


def test_samples_without_spread_or_genes():
    data = people(4, 2)
    same = with_counts(data, dict.fromkeys(range(8), data.counts[:, 0]))
    assert {flag.rule for flag in check_samples(same).flags} <= {"sex", "duplicate"}
    empty = data.take(np.array([], dtype=np.int64))
    assert check_samples(empty).flags == ()
    zero = with_counts(data, {3: np.zeros(data.n_genes, dtype=np.int32)})
    assert {flag.sample for flag in check_samples(zero).flags} == {"s3"}
