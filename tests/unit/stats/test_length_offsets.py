"""Transcripts to genes, and what their lengths do to counts."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.stats.length_offsets import length_factors, length_ratios, length_scaled_counts, with_depth
from foldwise.stats.size_factors import ratio
from foldwise.stats.transcript_sums import filled_lengths, sum_transcripts

GENE = np.array([0, 1, 1, 2])
READS = np.array([[10.0, 20.0], [1.5, 2.0], [3.0, 0.0], [0.0, 0.0]])
LENGTHS = np.array([[100.0, 110.0], [50.0, 60.0], [500.0, 480.0], [40.0, 60.0]])
TPM = np.array([[5.0, 6.0], [1.0, 1.0], [3.0, 0.0], [0.0, 0.0]])


def test_lengths_are_means_weighted_by_abundance():
    found = sum_transcripts(GENE, 3, READS, LENGTHS, TPM)
    assert found.counts.tolist() == [[10, 20], [4.5, 2], [0, 0]]
    assert found.abundance.tolist() == [[5, 6], [4, 1], [0, 0]]
    assert found.lengths[0].tolist() == [100, 110]
    assert found.lengths[1].tolist() == [(50 + 3 * 500) / 4, 60]


def test_a_gene_expressed_nowhere_has_the_mean_length_of_its_transcripts():
    assert sum_transcripts(GENE, 3, READS, LENGTHS, TPM).lengths[2].tolist() == [50, 50]
    none = sum_transcripts(GENE, 3, READS, LENGTHS, np.zeros_like(TPM)).lengths
    np.testing.assert_allclose(none[1], (55 + 490) / 2, rtol=1e-15)


def test_a_gene_not_expressed_in_a_sample_has_the_geometric_mean_of_the_others():
    tpm = np.array([[1.0, 0.0, 2.0]])
    found = sum_transcripts(np.array([0]), 1, tpm, np.array([[100.0, 7.0, 400.0]]), tpm)
    np.testing.assert_allclose(found.lengths, [[100, 200, 400]], rtol=1e-14)


def test_filled_lengths_returns_known_ones_as_they_are():
    lengths = np.array([[3.0, 5.0]])
    assert filled_lengths(lengths, np.ones((1, 2), dtype=bool), np.array([9.0])) is lengths


def test_the_order_of_transcripts_matters_only_within_a_gene():
    order = np.array([3, 1, 0, 2])
    a = sum_transcripts(GENE, 3, READS, LENGTHS, TPM)
    b = sum_transcripts(GENE[order], 3, READS[order], LENGTHS[order], TPM[order])
    for name in ("counts", "lengths", "abundance"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@pytest.fixture
def matrices():
    random = np.random.default_rng(1)
    return random.poisson(80, (60, 4)).astype(float) + 1, random.uniform(300, 3000, (60, 4))


def test_equal_lengths_leave_size_factors(matrices):
    counts, _ = matrices
    found = length_factors(counts, np.full(counts.shape, 750.0), "ratio")
    factors = ratio(counts)
    np.testing.assert_allclose(found.depth, factors, rtol=1e-14)
    np.testing.assert_allclose(found.matrix, np.tile(factors / np.exp(np.log(factors).mean()), (60, 1)), rtol=1e-13)


@pytest.mark.parametrize("kind", ["ratio", "poscounts", "tmm", "upper-quartile", "none"])
def test_factors_have_geometric_mean_one_and_do_not_know_the_unit_of_length(matrices, kind):
    counts, lengths = matrices
    found = length_factors(counts, lengths, kind)
    np.testing.assert_allclose(np.log(found.matrix).mean(axis=1), 0, atol=1e-14)
    again = length_factors(counts, lengths * 1000, kind)
    np.testing.assert_allclose(again.matrix, found.matrix, rtol=1e-13)
    np.testing.assert_allclose(with_depth(lengths, found.depth), found.matrix, rtol=1e-13)


def test_scaled_counts_keep_library_sizes_and_lose_lengths(matrices):
    counts, lengths = matrices
    scaled = length_scaled_counts(counts, lengths)
    np.testing.assert_allclose(scaled.sum(axis=0), counts.sum(axis=0), rtol=1e-14)
    tpm = counts / lengths / (counts / lengths).sum(axis=0) * 1e6
    np.testing.assert_allclose(length_scaled_counts(counts, lengths, tpm), scaled, rtol=1e-13)
    # A gene twice as long in one sample, with twice the reads, is unchanged
    longer, more = lengths.copy(), counts.copy()
    longer[0], more[0] = [100, 100, 200, 200], [50, 50, 100, 100]
    row, scale = length_scaled_counts(more, longer)[0], _scale(more, longer)
    np.testing.assert_allclose(row / row[0], scale / scale[0], rtol=1e-12)


def _scale(counts, lengths):
    return counts.sum(axis=0) / (counts / lengths * lengths.mean(axis=1)[:, None]).sum(axis=0)


def test_ratios_are_relative_to_the_geometric_mean():
    np.testing.assert_allclose(length_ratios(np.array([[100.0, 400.0]])), [[0.5, 2.0]], rtol=1e-15)
