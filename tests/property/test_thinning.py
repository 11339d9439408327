"""Relations that thinning keeps for any counts and probabilities."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from foldwise.stats.thinning import plant, thin

SHAPES = st.tuples(st.integers(1, 8), st.integers(1, 6))
COUNTS = SHAPES.flatmap(lambda shape: arrays.arrays(np.int32, shape, elements=st.integers(0, 2**31 - 1)))
SEEDS = st.integers(0, 2**32 - 1).map(lambda seed: np.random.SeedSequence(seed, spawn_key=(3, 0)))


@settings(max_examples=60, deadline=None)
@given(COUNTS, SEEDS, st.data())
def test_no_count_grows_and_any_part_gives_the_same_numbers(counts, seed, data):
    keep = data.draw(arrays.arrays(np.float64, counts.shape, elements=st.floats(0, 1)))
    made = thin(counts, keep, seed)
    assert made.dtype == counts.dtype and (made <= counts).all() and (made >= 0).all()
    np.testing.assert_array_equal(made[keep == 1], counts[keep == 1])
    assert not made[keep == 0].any()
    rows = np.array(data.draw(st.lists(st.integers(0, len(counts) - 1), min_size=1, unique=True)))
    columns = np.array(data.draw(st.lists(st.integers(0, counts.shape[1] - 1), min_size=1, unique=True)))
    cells = np.ix_(rows, columns)
    part = thin(counts[cells], keep[cells], seed, genes=rows, samples=columns)
    np.testing.assert_array_equal(part, made[cells])


@settings(max_examples=40, deadline=None)
@given(COUNTS, SEEDS, st.data())
def test_only_changed_genes_are_planted_and_only_in_one_group(counts, seed, data):
    labels = np.array(data.draw(st.lists(st.sampled_from([0, 1]), min_size=counts.shape[1], max_size=counts.shape[1])))
    change = data.draw(arrays.arrays(np.float64, len(counts), elements=st.sampled_from([0.0, 1.0, -1.0, 4.5, -0.3])))
    made = plant(counts, labels, change, seed)
    np.testing.assert_array_equal(made[change == 0], counts[change == 0])
    np.testing.assert_array_equal(made[change > 0][:, labels == 1], counts[change > 0][:, labels == 1])
    np.testing.assert_array_equal(made[change < 0][:, labels == 0], counts[change < 0][:, labels == 0])
    assert (made <= counts).all()
