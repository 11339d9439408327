from __future__ import annotations

import numpy as np
import pytest

from foldwise.model.design import make_design
from foldwise.qc.flags import check_samples, without_donor
from tests.unit.qc.data import exchanged, people, with_column, with_counts

DESIGN = "~ donor + treatment"


def swap_flags(experiment, formula=DESIGN):
    found = check_samples(experiment, make_design(formula, experiment.samples))
    return [flag for flag in found.flags if flag.rule == "swap"], found


def test_pairs_that_belong_together_are_quiet():
    flags, found = swap_flags(people(5, 2))
    assert flags == []
    assert found.donors.within > 0.8
    assert (found.donors.own > found.donors.stranger).all()


def test_swapped_donors_of_pairs_are_named_with_their_true_partners():
    flags, _ = swap_flags(exchanged(people(5, 2), "donor", 0, 2))
    partners = {flag.sample: flag.values["partner"] for flag in flags}
    assert partners == {"s0": "s1", "s1": "s0", "s2": "s3", "s3": "s2"}
    assert "donor d1" in flags[0].text
    assert "correlation" in flags[0].text


def test_of_larger_donors_only_the_two_swapped_are_named():
    flags, _ = swap_flags(exchanged(people(5, 4), "donor", 0, 4))
    assert {flag.sample for flag in flags} == {"s0", "s4"}
    assert flags[0].values["partner_donor"] == "d0"


def test_a_stray_single_sample_is_found_by_its_true_donor():
    data = people(6, 3)
    donors = list(data.samples["donor"])
    donors[4] = "d9"  # a donor of one sample, really d1: nearer to it than two samples of a donor usually are
    data = with_counts(data, {4: data.counts[:, 3] + data.counts[:, 5]})
    flags, _ = swap_flags(with_column(data, "donor", donors), "~ treatment")
    assert [flag.sample for flag in flags] == ["s4"]
    assert flags[0].values["partner_donor"] == "d1"
    assert "correlation_own" not in flags[0].values


def test_donors_that_cannot_be_told_apart_are_not_judged():
    flags, found = swap_flags(exchanged(people(5, 2, donor_sd=0.0), "donor", 0, 2))
    assert flags == []
    check = next(check for check in found.checks if check.rule == "swap")
    assert not check.applied
    assert "cannot be told apart" in check.text


@pytest.mark.parametrize(("donors", "each"), [(2, 2), (8, 1)])
def test_too_few_donors_or_pairs(donors, each):
    flags, found = swap_flags(people(donors, each), "~ treatment" if each > 1 else "~ 1")
    assert flags == []
    assert "needs 3 donors" in next(check.text for check in found.checks if check.rule == "swap")


def test_what_is_taken_out_is_the_design_without_the_donor():
    data = people(5, 2)
    kept = without_donor(make_design(DESIGN, data.samples), "donor", 10)
    treated = (data.samples["treatment"] == "t1").to_numpy(dtype=float)
    np.testing.assert_array_equal(kept, np.column_stack([np.ones(10), treated]))
    samples = people(4, 4).samples.assign(treatment=["a", "a", "b", "b"] * 4)
    crossed = without_donor(make_design("~ 0 + treatment + treatment:donor", samples), "donor", 16)
    assert np.linalg.matrix_rank(crossed) == crossed.shape[1] == 2
    np.testing.assert_array_equal(without_donor(None, "donor", 3), np.ones((3, 1)))
