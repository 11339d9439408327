"""Labels that mean nothing: the AUC of a signature is one half, and a leak is seen.

The fault that the bounds guard against, genes chosen on all samples before the division, is planted by
``leaking_area``: it must break the bound that the signature keeps.
"""

import numpy as np
import pytest
from verification.sg_signature import leaking_area, simulated_noise

from foldwise.learn import scores
from foldwise.learn.expression import prepare
from foldwise.learn.nested import Plan, nested
from foldwise.learn.signature import solver

pytest.importorskip("sklearn")

N_SEEDS, SHAPE = 10, (150, 40)
# The AUC of one data set of 20 against 20 has a standard deviation of about .1 around one half (measured: .11).
BOUND = 3 * 0.11 / np.sqrt(N_SEEDS)


def area(counts, y, stream):
    def columns(train, _):
        kept, x = prepare(counts, train, 100)
        return x, kept.genes

    with solver():
        fits = list(nested(columns, y, np.arange(len(y)), Plan(1), stream))
    return scores.area(scores.held_out(fits, len(y)), y)


@pytest.fixture(scope="module")
def sets():
    return [(*simulated_noise(seed, SHAPE), np.random.SeedSequence(seed)) for seed in range(N_SEEDS)]


def test_the_area_of_noise_is_one_half(sets):
    areas = [area(*each) for each in sets]
    assert abs(np.mean(areas) - 0.5) < BOUND, areas


def test_genes_chosen_outside_the_fold_break_that_bound(sets):
    """The planted fault."""
    areas = [leaking_area(counts, y, stream, 20) for counts, y, stream in sets[:4]]
    assert np.mean(areas) > 0.7 > 0.5 + BOUND, areas
