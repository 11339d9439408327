"""Nothing that a held-out sample holds changes what is learned from the training samples."""

import numpy as np
import pytest

from foldwise.errors import InputError
from foldwise.learn import expression
from foldwise.learn.technical import technical_covariates


def counts(m=300, n=24, seed=0):
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(4, 1.5, m))[:, None] * rng.uniform(0.5, 2, n)
    return rng.negative_binomial(5, 5 / (5 + mean)).astype(np.int32)


def test_held_out_samples_do_not_leak_into_filter_depth_or_scale():
    y = counts()
    train = np.arange(16)
    kept, x = expression.prepare(y, train, 100)
    other = y.copy()
    other[:, 16:] = counts(seed=9)[:, 16:] * 7
    again, x_again = expression.prepare(other, train, 100)
    assert (kept.genes == again.genes).all()
    for name in ("log_means", "center", "scale"):
        assert (getattr(kept, name) == getattr(again, name)).all()
    assert (x[:16] == x_again[:16]).all() and not (x[16:] == x_again[16:]).all()


def test_training_columns_are_standardized_and_the_most_variable_are_kept():
    y = counts()
    kept, x = expression.prepare(y, np.arange(24), 50)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(x.std(axis=0), 1)
    everything, _ = expression.prepare(y, np.arange(24), 10_000)
    assert len(everything.genes) == everything.n_expressed > 50
    assert kept.scale.min() >= np.sort(everything.scale)[-50] - 1e-12


def test_a_sample_read_deeper_has_the_same_values():
    y = counts()
    y[:, 20] = 3 * y[:, 21]
    _, x = expression.prepare(y, np.arange(18), 50)
    np.testing.assert_allclose(x[20], x[21], atol=0.7)
    kept, _ = expression.prepare(y, np.arange(18), 50)
    new = expression.new_values(y[:, [20, 21]], kept.log_means, kept.genes)
    np.testing.assert_allclose((new - kept.center) / kept.scale, x[[20, 21]], rtol=1e-12)


def test_standardized_takes_the_training_rows_and_constant_columns_become_zero():
    values = np.array([[1.0, 5.0], [3.0, 5.0], [9.0, 6.0]])
    x, center, _ = expression.standardized(values, np.array([0, 1]))
    assert center.tolist() == [2.0, 5.0] and x[:, 0].tolist() == [-1.0, 1.0, 7.0] and not x[:, 1].any()


def test_counts_that_no_training_set_can_be_made_of_are_refused():
    sparse = np.eye(12, dtype=np.int32) * 50
    with pytest.raises(InputError, match="E-NORM-001"):
        expression.prepare(sparse, np.arange(12))
    flat = np.full((20, 12), 3, dtype=np.int32)
    with pytest.raises(InputError, match="E-COUNT-009"):
        expression.prepare(flat, np.arange(12))


def test_technical_covariates_are_depth_genes_and_the_top_share():
    y = np.zeros((60, 2), dtype=np.int32)
    y[:, 0] = 1
    y[:3, 1] = [90, 9, 1]
    found = technical_covariates(y)
    np.testing.assert_allclose(np.exp(found[:, :2]), [[60, 60], [100, 3]])
    np.testing.assert_allclose(found[:, 2], [50 / 60, 1])
