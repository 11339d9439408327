"""The rows of the parity table can fail: every way to be wrong is told from being right."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reference.rows import Limit, compare, differences, number, same

R = np.array([1.0, 2.0, 4.0, np.nan])


def row(ours, limit, theirs=R, **options):
    return compare("P0", "quantity", "set", np.asarray(ours, dtype=float), theirs, limit, **options)


def test_equal_values_pass_with_a_difference_of_zero():
    found = row(R, Limit(0.0))
    assert found.passed
    assert found.maximum == 0.0
    assert found.n == 3


@pytest.mark.parametrize(
    ("ours", "limit", "passed"),
    [
        ([1.0, 2.0, 4.0 * (1 + 1e-9), np.nan], Limit(1e-8), True),
        ([1.0, 2.0, 4.0 * (1 + 1e-7), np.nan], Limit(1e-8), False),
        ([1.0, 2.0, 4.0 + 1e-9, np.nan], Limit(1e-8, kind="absolute"), True),
        ([1.0, 2.0, 4.0 + 1e-7, np.nan], Limit(1e-8, kind="absolute"), False),
        ([1.0, 2.0, 4.0, 5.0], Limit(10.0), False),
        ([1.0, 2.0, np.nan, np.nan], Limit(10.0), False),
        ([1.0, 2.0, np.inf, np.nan], Limit(10.0), False),
    ],
)
def test_limits_and_missing_values(ours, limit, passed):
    assert row(ours, limit).passed is passed


def test_a_row_without_values_fails():
    assert not row([np.nan] * 4, Limit(1.0), theirs=np.full(4, np.nan)).passed


def test_quantiles_and_shares():
    theirs = np.ones(2000)
    ours = theirs.copy()
    ours[:3] += 1e-3
    assert row(ours, Limit(q999=1e-6), theirs).passed is False
    assert row(ours, Limit(loose=(1e-6, 2e-3)), theirs).passed is True
    assert row(ours, Limit(loose=(1e-6, 1e-3)), theirs).passed is False
    ours[:1200] += 1e-3
    assert row(ours, Limit(median=1e-6), theirs).passed is False


def test_excused_genes_are_bound_by_r_against_itself():
    ours, excused = [1.0, 2.0, 4.4, np.nan], np.array([False, False, True, False])
    assert row(ours, Limit(1e-8), excused=excused).passed
    assert row(ours, Limit(1e-8), excused=excused, r_self=(1e-6, 0.2)).passed
    assert not row(ours, Limit(1e-8), excused=excused, r_self=(1e-6, 0.05)).passed
    assert not row([1.0, 2.0, np.nan, np.nan], Limit(1e-8), excused=excused).passed
    assert not row([1.1, 2.0, 4.0, np.nan], Limit(1e-8), excused=excused).passed


def test_printed_digits_are_a_slack_of_each_gene():
    ours = [1.0, 2.0, 4.0 * (1 + 1e-9), np.nan]
    assert row(ours, Limit(1e-10), slack=np.array([0, 0, 1e-8, 0])).passed
    assert not row(ours, Limit(1e-10), slack=np.array([1e-8, 0, 0, 0])).passed


def test_the_looser_of_absolute_and_relative():
    found = differences(np.array([1e-20, 1e6 + 1e-3]), np.array([2e-20, 1e6]), "looser")
    np.testing.assert_allclose(found, [1e-20, 1e-9], rtol=1e-5)


def test_sets_and_numbers():
    assert same("P0", "set", "s", np.array([True, False]), np.array([True, False])).passed
    assert not same("P0", "set", "s", np.array([True, False]), np.array([True, True])).passed
    assert number("P0", "one", "s", 1.0 + 1e-12, 1.0, 1e-11).passed
    assert not number("P0", "one", "s", 1.0 + 1e-10, 1.0, 1e-11).passed
