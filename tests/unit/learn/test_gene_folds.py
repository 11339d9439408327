"""Folds keep genes that go together in one fold, are of equal size, and do not hang on order or chance."""

from __future__ import annotations

import numpy as np

from foldwise.learn.gene_folds import folds_by_position, folds_by_residuals, packed, residual_loadings


def test_stretches_of_the_genome_are_cut_into_equal_folds():
    rng = np.random.default_rng(1)
    chromosome = rng.choice(["chr2", "chr10", "chr1", "X"], 1003)
    start = rng.random(1003) * 1e8
    folds = folds_by_position(chromosome, start)
    assert np.ptp(np.bincount(folds, minlength=5)) <= 1
    names = ["chr1", "chr2", "chr10", "X"]
    order = np.lexsort((start, [names.index(name) for name in chromosome]))
    assert (np.diff(folds[order]) >= 0).all(), "a fold is one stretch, chromosomes in their natural order"
    again = rng.permutation(1003)
    np.testing.assert_array_equal(folds_by_position(chromosome[again], start[again]), folds[again])


def test_whole_chromosomes_stay_together_without_positions():
    chromosome = np.repeat([f"c{i}" for i in range(12)], np.arange(10, 130, 10))
    folds = folds_by_position(chromosome)
    assert all(len(set(folds[chromosome == name])) == 1 for name in set(chromosome))
    sizes = np.bincount(folds, minlength=5)
    assert sizes.max() <= 1.25 * sizes.mean()
    assert (packed(np.array([5, 5])) == [0, 1]).all()


def test_genes_that_move_together_share_a_fold():
    rng = np.random.default_rng(3)
    n, module = 2000, np.arange(2000) % 4
    programs = rng.normal(size=(4, 12))
    sign = rng.choice([-1.0, 1.0], n)
    values = 5 + sign[:, None] * programs[module] + 0.3 * rng.normal(size=(n, 12))
    design = np.column_stack([np.ones(12), np.arange(12) % 2])
    folds = folds_by_residuals(values, design)
    assert np.ptp(np.bincount(folds, minlength=5)) <= 1
    same = np.mean([np.mean(folds[module == k][:, None] == folds[module == k][None]) for k in range(4)])
    assert same > 0.6, "at random it would be 0.2"
    shift = rng.normal(size=n)[:, None] * design[:, 1]
    np.testing.assert_array_equal(folds, folds_by_residuals(values + 0 * shift, design))
    assert np.mean(folds == folds_by_residuals(values + shift, design)) > 0.999, "effects of the design do not enter"
    order = rng.permutation(n)
    np.testing.assert_array_equal(folds_by_residuals(values[order], design), folds[order])


def test_no_residual_degree_of_freedom_leaves_stretches_of_the_table():
    values = np.random.default_rng(4).normal(size=(50, 3))
    assert residual_loadings(values, np.eye(3)).shape == (50, 0)
    assert np.bincount(folds_by_residuals(values, np.eye(3))).tolist() == [10] * 5
