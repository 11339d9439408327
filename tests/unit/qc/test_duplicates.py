from __future__ import annotations

import numpy as np
import pytest

from foldwise.qc.duplicates import duplicate_check, pair_excess
from foldwise.qc.expression import expression
from tests.unit.qc.data import people, with_counts


def duplicates(experiment):
    names = [str(name) for name in experiment.samples.index]
    return [flag.sample for flag in duplicate_check(names, expression(experiment.counts))[1]]


def test_replicates_are_no_duplicates():
    assert duplicates(people(5, 2)) == []
    assert duplicates(people(5, 2, depth=5e7)) == []


@pytest.mark.parametrize("kind", ["copy", "half", "double"])
def test_copies_and_subsamples_share_reads(kind):
    data = people(4, 2)
    first = data.counts[:, 0]
    made = {"copy": first, "half": np.random.default_rng(1).binomial(first, 0.5), "double": 2 * first}[kind]
    assert duplicates(with_counts(data, {5: made})) == ["s0", "s5"]


def test_one_library_sequenced_twice():
    rng = np.random.default_rng(2)
    data = people(4, 2, depth=3e7)
    rate = data.counts[:, 0].astype(float)
    found = duplicates(with_counts(data, {0: rng.poisson(rate), 3: rng.poisson(0.7 * rate)}))
    assert found == ["s0", "s3"]


def test_where_all_are_alike_nothing_stands_out():
    data = people(4, 2, depth=3e7)
    rate = data.counts[:, 0].astype(float)
    rng = np.random.default_rng(3)
    assert duplicates(with_counts(data, {k: rng.poisson(rate) for k in range(8)})) == []


def test_excess_is_one_for_poisson_samplings_of_any_depth():
    rng = np.random.default_rng(4)
    rate = rng.uniform(20, 3000, 1000)
    excess, reads = pair_excess(np.column_stack([rng.poisson(k * rate) for k in (1.0, 0.3, 2.0)]).astype(float))
    np.testing.assert_allclose(excess[np.triu_indices(3, 1)], 1.0, atol=0.15)
    np.testing.assert_allclose(np.diag(excess), 0.0, atol=1e-9)
    assert reads[0, 1] < reads[0, 2]
