"""Reduced forms of the claims Q1 to Q3 on real data: sexes, donors, replicates set aside."""

from __future__ import annotations

import pytest
from verification import q1_sex_labels, q2_swapped_donors, q3_bad_replicates
from verification.samples import MALE_AFTER_ALL, experiment

from foldwise.model.design import make_design
from foldwise.qc import swaps
from foldwise.qc.flags import check_samples


def test_Q1_flipped_labels_of_sex(monkeypatch):
    found = q1_sex_labels.flipped_labels(draws=10)
    assert (found["verdict"] == "pass").all(), found.to_string()
    assert found["flagged_as_given"].tolist() == [0, 0, 1, 0]
    monkeypatch.setattr("foldwise.qc.sex.MARGIN", 0.49)  # nearly all samples between the groups are unclear
    assert (q1_sex_labels.flipped_labels(draws=10)["verdict"] == "FAIL").any()


def test_Q1_a_real_mislabeled_sample_is_found_with_its_true_owner():
    data = experiment("hapmap")
    flags = check_samples(data, make_design("~ study + gender", data.samples)).flags
    named = [flag for flag in flags if flag.sample == MALE_AFTER_ALL]
    assert [flag.rule for flag in named] == ["sex", "swap"]
    assert named[1].values["partner"] == "NA12891_Montgomery"


def test_Q2_exchanged_donors_of_airway(monkeypatch):
    data = experiment("airway")
    assert q2_swapped_donors._flagged(data, "cell", "dex") == set()
    swapped = q2_swapped_donors.exchanged(data, ("cell",), 0, 2)
    assert q2_swapped_donors._flagged(swapped, "cell", "dex") == set(data.samples.index[:4])
    monkeypatch.setattr(swaps, "LEAST_MARGIN", 1.5)
    assert q2_swapped_donors._flagged(swapped, "cell", "dex") == set()


@pytest.mark.parametrize("pair", [(0, 4), (3, 9), (10, 23), (5, 17)])
def test_Q2_exchanged_donors_of_macrophage(pair):
    data = experiment("macrophage")
    swapped = q2_swapped_donors.exchanged(data, ("line",), *pair)
    named = q2_swapped_donors._flagged(swapped, "line", "condition")
    assert named
    assert named <= {data.samples.index[k] for k in pair}


def test_Q3_replicates_set_aside_by_their_authors_lie_apart():
    found = q3_bad_replicates.bad_replicates()
    assert found["flagged"].iloc[0] >= 5
    assert found["flagged"].iloc[1] <= 1
    assert found["fisher_p"].iloc[0] < 1e-4


@pytest.mark.parametrize("name", ["airway", "bottomly", "macrophage", "pasilla", "pickrell"])
def test_Q3_sets_that_are_taken_for_clean_are_left_alone(name):
    data = experiment(name)
    flags = check_samples(data, make_design(q3_bad_replicates.SETS[name], data.samples)).flags
    assert [flag for flag in flags if flag.level == "warning"] == []
