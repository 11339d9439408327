"""Groupings of samples: how many there are, that they are balanced, distinct, and the same whatever else runs."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd
import pytest

from foldwise.certify.labelings import MAX_ODD, balanced, estimable, fake_factors
from foldwise.certify.scrambles import CONTINUOUS, scrambled_design, scrambles, variables_of
from foldwise.certify.within_groups import within_groups
from foldwise.model.contrast import make_contrast
from foldwise.model.design import Design, design_from_matrix, make_design


def design(formula: str, **columns: str) -> Design:
    return make_design(formula, pd.DataFrame({name: list(values) for name, values in columns.items()}))


def pairs(n: int) -> Design:
    return design("~ p + g", p="".join(chr(97 + i) * 2 for i in range(n)), g="xy" * n)


@pytest.mark.parametrize(("n", "number"), [(3, 9), (4, 18), (5, 100), (6, 200)])
def test_two_groups_have_so_many_fake_factors(n, number):
    found = fake_factors(design("~ g", g="a" * n + "b" * n), 1000, 1)
    assert found.n_distinct == len(found) == number
    assert found.complete and not found.approximate


@pytest.mark.parametrize(("n", "number"), [(3, 9), (4, 34), (5, 125), (6, 461)])
def test_two_groups_have_so_many_scrambles_beside_the_observed(n, number):
    found = scrambles(design("~ g", g="a" * n + "b" * n), ("g",), 1000, 1)
    assert found.n_distinct == len(found) == number


def test_unequal_groups_cannot_be_exchanged():
    assert scrambles(design("~ g", g="aaaabbb"), ("g",), 100, 1).n_distinct == comb(7, 3) - 1


def test_four_pairs_turn_half_of_the_pairs_round():
    found = fake_factors(pairs(4), 100, 1)
    assert found.n_distinct == len(found) == 3
    for labels in found.values.reshape(3, 4, 2):
        assert (labels.sum(axis=1) == 1).all()  # one of each pair
        assert labels[:, 0].sum() == 2  # half of them turned
    assert len(scrambles(pairs(4), ("g",), 100, 1)) == 7


def test_an_odd_number_of_pairs_is_said_to_be_approximate():
    found = fake_factors(pairs(3), 100, 1)
    assert len(found) == 3
    assert "odd" in found.approximate


def test_cells_and_margins_are_as_even_as_can_be():
    of = design("~ batch + g", batch="1111112222222333333", g="aaabbbaaaabbbaaabbb")
    found = fake_factors(of, 60, 3)
    batch, group = (np.asarray(factor.codes) for factor in of.factors)
    for labels in found.values:
        for b in range(3):
            for g in range(2):
                cell = labels[(batch == b) & (group == g)]
                assert abs(2 * int(cell.sum()) - len(cell)) <= 1
            assert abs(2 * int(labels[batch == b].sum()) - int((batch == b).sum())) <= 1
        assert abs(2 * int(labels.sum()) - len(labels)) <= 1
    assert (
        len({labels.tobytes() for labels in found.values} | {(1 - labels).tobytes() for labels in found.values}) == 120
    )


def test_many_pairs_are_drawn_balanced_and_distinct():
    n = MAX_ODD  # pairs: twice as many odd cells as are tried in every way
    found = fake_factors(pairs(n), 40, 1)
    assert found.n_distinct is None and len(found) == 40 and not found.complete
    turned = found.values.reshape(40, n, 2)
    assert (turned.sum(axis=2) == 1).all()
    assert (turned[:, :, 0].sum(axis=1) == n // 2).all()
    assert len({labels.tobytes() for labels in found.values}) == 40


def test_the_seed_decides_and_nothing_else():
    of = design("~ g", g="a" * 10 + "b" * 10)
    first, again, other = (fake_factors(of, 50, seed).values for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_what_cannot_be_told_from_the_design_is_left_out():
    of = design("~ a + b", a="xxyy", b="xyxy")
    assert len(fake_factors(of, 10, 1)) == 0  # 4 samples, 3 coefficients: no degree of freedom is left
    assert not estimable(of, np.array([0, 0, 1, 1], dtype=np.int8))


def test_donors_within_one_condition_are_labeled_whole():
    of = design("~ g", g="aaaaaaaabbbbbbbb")
    donor = np.repeat(np.arange(8), 2)
    found = fake_factors(of, 100, 1, block=donor)
    assert found.n_distinct == 18  # as 4 v 4 donors
    assert (found.values[:, ::2] == found.values[:, 1::2]).all()


def test_a_matrix_is_split_by_its_two_valued_columns():
    matrix = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4), np.linspace(0, 1, 8)])
    found = fake_factors(design_from_matrix(matrix, ["Intercept", "g", "x"]), 100, 1)
    assert len(found) == 18
    assert (found.values[:, :4].sum(axis=1) == 2).all()


def test_groupings_without_factors_halve_the_samples():
    labels, number = balanced([], 6, 100, 1)
    assert number == len(labels) == comb(6, 3) // 2


def test_halves_of_one_condition():
    found = within_groups(design("~ g", g="aaaabbbbb"), 100, 1)
    assert found.approximate and found.n_distinct == 3 + 10
    for labels in found.values:
        used = labels >= 0
        assert used[:4].all() != used[4:].all() and used.sum() in (4, 5)


def test_the_identity_scramble_is_the_design():
    of = pairs(4)
    same = scrambled_design(of, ("g",), np.arange(8))
    np.testing.assert_array_equal(same.matrix, of.matrix)
    assert same.factors == of.factors


def test_scrambles_stay_within_blocks():
    of = design("~ batch + g", batch="111122223333", g="aabbaabbaabb")
    found = scrambles(of, ("g",), 30, 5)
    for rows in found.values:
        again = scrambled_design(of, ("g",), rows)
        np.testing.assert_array_equal(again.matrix[:, :-1], of.matrix[:, :-1])
        assert again.matrix[:4, -1].sum() == again.matrix[4:8, -1].sum() == again.matrix[8:, -1].sum() == 2
        np.testing.assert_array_equal(again.matrix[:, -1], np.asarray(again.factor("g").codes))
    assert len({scrambled_design(of, ("g",), rows).matrix.tobytes() for rows in found.values}) == 30


def test_a_number_is_permuted_and_said_to_be_approximate():
    of = make_design("~ age", pd.DataFrame({"age": np.arange(9.0)}))
    found = scrambles(of, ("age",), 20, 1)
    assert len(found) == 20 and found.approximate == CONTINUOUS
    moved = scrambled_design(of, ("age",), found.values[0]).matrix
    assert sorted(moved[:, 1]) == sorted(of.matrix[:, 1]) and (moved[:, 1] != of.matrix[:, 1]).any()


def test_variables_of_a_contrast():
    of = design("~ batch + g", batch="112233", g="ababab")
    assert variables_of(of, make_contrast(of, "g:b:a")) == ("g",)
    assert variables_of(of, make_contrast(of, "batch")) == ("batch",)
    assert variables_of(of, make_contrast(of, [0, 1, 0, -1])) == ("batch", "g")
