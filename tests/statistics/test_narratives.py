"""Small form of the proof of the claim checker: right narratives pass, wrong ones do not.

Beside it the fault it guards against, planted: a checker that takes directions and numbers without looking.
"""

from __future__ import annotations

import pytest
from verification import e_narratives
from verification.narratives import cases

from foldwise.report.interpretation import check


@pytest.fixture(scope="module")
def told():
    made = [
        (name, cases._evidence(cases._simulated(name, ("control", "treated"), 0.3, seed), seed))
        for seed, name in ((2, "edger-ql"), (4, "limma-voom"))
    ]
    return [(name, check.checker(evidence)) for name, evidence in made]


def test_wrong_narratives_are_refused_and_right_ones_not(told):
    table = e_narratives.narratives(told, 32, seed=3)
    right = table["kind"] == "right"
    assert table[~right]["kind"].nunique() == 16
    assert table[right & table["refused"]]["text"].tolist() == []
    assert table[~right & ~table["refused"]]["text"].tolist() == []


@pytest.mark.parametrize("blind", ["check_directions", "check_numbers"])
def test_a_checker_that_does_not_look_fails(told, blind, monkeypatch):
    def takes_all(reading, *_: object) -> None:
        reading.used.update(range(len(reading.parts)))
        reading.n_claims += 1

    monkeypatch.setattr(check, blind, takes_all)
    table = e_narratives.narratives(told, 32, seed=3)
    wrong = table[table["kind"] != "right"]
    assert wrong["refused"].mean() < 0.99


def test_shuffled_genes_have_no_coherent_theme(told):
    table = e_narratives.shuffled(told, 40)
    # Up and down are two lists at 5 % each: at most 10 % tell a theme, here 80 draws with three binomial errors
    assert table["refused"].mean() >= 0.9 - 3 * (0.1 * 0.9 / len(table)) ** 0.5
    assert not e_narratives.refusals([], told[0][1])
