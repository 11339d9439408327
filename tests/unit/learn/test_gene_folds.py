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
    n, program = 2000, rng.normal(size=(2, 12)) * np.array([[2.0], [1.0]])
    values = 5 + rng.normal(size=(n, 2)) @ program + rng.normal(size=(n, 12)) + rng.normal(size=(n, 1))
    design = np.column_stack([np.ones(12), np.arange(12) % 2])
    folds = folds_by_residuals(values, design)
    assert np.ptp(np.bincount(folds, minlength=5)) < 60
    residual = values - (design @ np.linalg.lstsq(design, values.T, rcond=None)[0]).T
    squared = np.corrcoef(residual) ** 2
    same = folds[:, None] == folds[None]
    np.fill_diagonal(same, False)
    random = same[rng.permutation(n)]
    assert squared[same].mean() > 1.15 * squared[~same].mean()
    assert squared[random].mean() < 1.03 * squared[~random].mean(), "folds at random would be seen"
    shift = rng.normal(size=n)[:, None] * (design[:, 1] - 0.5)
    assert np.mean(folds == folds_by_residuals(values + shift, design)) > 0.999, "effects of the design do not enter"
    order = rng.permutation(n)
    np.testing.assert_array_equal(folds_by_residuals(values[order], design), folds[order])


def test_genes_of_equal_counts_share_a_fold():
    rng = np.random.default_rng(5)
    values = np.repeat(rng.normal(size=(60, 8)), 9, axis=0)[rng.permutation(540)]
    folds = folds_by_residuals(values, np.ones((8, 1)))
    _, kind = np.unique(values, axis=0, return_inverse=True)
    assert all(len(set(folds[kind.reshape(-1) == k])) == 1 for k in range(60))
    assert len(set(folds)) == 5


def test_no_residual_degree_of_freedom_leaves_one_fold_per_stratum():
    values = np.random.default_rng(4).normal(size=(50, 3))
    assert residual_loadings(values, np.eye(3)).shape == (50, 0)
    assert folds_by_residuals(values, np.eye(3)).shape == (50,)
