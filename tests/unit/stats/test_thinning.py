"""Thinned counts are binomial, exact in what is not thinned, and depend on seed, gene and sample alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from foldwise.stats.philox import key_of, philox, uniforms
from foldwise.stats.thinning import binomial, plant, thin

SEED = np.random.SeedSequence(1, spawn_key=(3, 0))


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_known_answers_of_its_authors(counter, key, expected):
    words = philox(key, tuple(np.array([word], dtype=np.uint64) for word in counter))
    assert tuple(int(word[0]) for word in words) == expected


def test_uniforms_fill_the_open_unit_interval():
    address = np.arange(20_000, dtype=np.uint64)
    both = uniforms(key_of(SEED), address, np.zeros_like(address), 0)
    for values in both:
        assert values.min() > 0 and values.max() < 1
        assert stats.kstest(values, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(*both)[0, 1]) < 0.03


@pytest.mark.parametrize(
    ("n", "p"),
    [(1, 0.3), (7, 0.5), (30, 0.05), (12, 0.9), (19, 0.5), (21, 0.5), (200, 0.06), (500, 0.77), (40_000, 0.4)],
)
def test_draws_have_the_binomial_distribution(n, p):
    """A chi-square test on up to 40 cells; the same test of a probability off by 0.02 must fail."""
    size = 60_000
    address = (np.arange(size, dtype=np.uint64), np.full(size, 5, dtype=np.uint64))
    drawn = binomial(np.full(size, n), np.full(size, p), key_of(SEED), address)
    assert drawn.min() >= 0 and drawn.max() <= n
    assert _fits(drawn, n, p) > 1e-4
    assert _fits(drawn, n, p - 0.02) < 1e-4


def _fits(drawn, n, p):
    edges = np.unique(stats.binom.ppf(np.linspace(0, 1, 41)[1:-1], n, p))
    observed = np.bincount(np.searchsorted(edges, drawn, side="left"), minlength=len(edges) + 1)
    share = np.diff(np.concatenate([[0.0], stats.binom.cdf(edges, n, p), [1.0]]))
    share[-1] = max(share[-1], 0.0)
    some = share > 0
    assert not observed[~some].any()
    return stats.chisquare(observed[some], share[some] / share[some].sum() * observed.sum()).pvalue


def test_very_large_counts_keep_mean_and_spread():
    size, n, p = 40_000, 2**31 - 1, 0.25
    address = (np.arange(size, dtype=np.uint64), np.zeros(size, dtype=np.uint64))
    z = (binomial(np.full(size, n), np.full(size, p), key_of(SEED), address) - n * p) / np.sqrt(n * p * (1 - p))
    assert stats.kstest(z, "norm").pvalue > 1e-3


def test_probabilities_at_the_borders():
    address = (np.arange(3, dtype=np.uint64), np.zeros(3, dtype=np.uint64))
    drawn = binomial(np.array([5, 400, 9]), np.array([0.0, 1e-12, 1 - 1e-12]), key_of(SEED), address)
    assert drawn.tolist() == [0, 0, 9]


def test_genes_and_samples_that_are_kept_whole_are_not_touched():
    counts = np.random.default_rng(0).poisson(50, (40, 6)).astype(np.int32)
    keep = np.ones((40, 6))
    keep[3:9, :3] = 0.5
    made = thin(counts, keep, SEED)
    assert made.dtype == np.int32
    changed = np.zeros((40, 6), dtype=bool)
    changed[3:9, :3] = True
    np.testing.assert_array_equal(made[~changed], counts[~changed])
    assert (made[changed] < counts[changed]).all()


def test_numbers_depend_on_gene_and_sample_not_on_the_block():
    counts = np.random.default_rng(0).poisson(80, (50, 8)).astype(np.int32)
    keep = np.full((50, 8), 0.3)
    whole = thin(counts, keep, SEED)
    rows, columns = np.array([41, 3, 17]), np.array([6, 0])
    part = thin(counts[np.ix_(rows, columns)], keep[:3, :2], SEED, genes=rows, samples=columns)
    np.testing.assert_array_equal(part, whole[np.ix_(rows, columns)])
    keep[:20] = 1.0
    np.testing.assert_array_equal(thin(counts, keep, SEED)[20:], whole[20:])
    other = thin(counts, np.full((50, 8), 0.3), np.random.SeedSequence(1, spawn_key=(3, 1)))
    assert not np.array_equal(other, whole)


def test_planted_fold_changes_are_exact_in_the_mean():
    counts = np.full((6, 4000), 200, dtype=np.int32)
    labels = np.arange(4000) % 2
    change = np.array([0.0, 1.0, -1.0, 2.5, -0.25, 0.0])
    made = plant(counts, labels, change, SEED)
    ratio = np.log2(made[:, labels == 1].mean(axis=1) / made[:, labels == 0].mean(axis=1))
    np.testing.assert_allclose(ratio, change, atol=0.02)
    np.testing.assert_array_equal(made[change == 0], counts[change == 0])
    np.testing.assert_array_equal(made[1, labels == 1], counts[1, labels == 1])
    np.testing.assert_array_equal(made[2, labels == 0], counts[2, labels == 0])
    keep = np.where(labels == 0, 2.0 ** -np.maximum(change, 0)[:, None], 2.0 ** np.minimum(change, 0)[:, None])
    np.testing.assert_array_equal(made, thin(counts, keep, SEED))


def test_samples_of_neither_group_are_left_alone():
    counts = np.full((2, 6), 100, dtype=np.int32)
    labels = np.array([0, 1, -1, 0, 1, -1])
    made = plant(counts, labels, np.array([2.0, -2.0]), SEED)
    np.testing.assert_array_equal(made[:, labels < 0], counts[:, labels < 0])
    assert (made[0, labels == 0] < 60).all() and (made[1, labels == 1] < 60).all()


def test_fractions_are_scaled():
    made = thin(np.array([[100.75, 0.5, 0.0]]), np.array([[0.5]]), SEED)
    assert made[0, 0] % 1 == pytest.approx(0.375) and made[0, 1] == 0.25 and made[0, 2] == 0.0
