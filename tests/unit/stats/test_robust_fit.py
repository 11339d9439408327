from __future__ import annotations

import numpy as np
import pytest

from foldwise.stats.householder import householder_qr
from foldwise.stats.robust_fit import robust_residuals


def hat_of(design):
    q, _ = householder_qr(design)
    return q @ q.T


GROUPS = np.column_stack([np.ones(6), np.repeat([0.0, 1.0], 3)])


def test_one_sample_does_not_pull_its_group_along():
    rng = np.random.default_rng(1)
    values = rng.normal(0, 0.1, (200, 6))
    values[:, 1] += 5.0
    robust = robust_residuals(values, hat_of(GROUPS), 2)
    plain = values - values @ hat_of(GROUPS)
    assert np.median(robust[:, 1]) > 4.0
    assert np.abs(np.median(robust[:, [0, 2]], axis=0)).max() < 0.7
    assert np.abs(np.median(plain[:, [0, 2]], axis=0)).min() > 1.5


def test_without_outliers_it_is_near_least_squares():
    rng = np.random.default_rng(2)
    values = rng.normal(0, 1.0, (500, 12)) + rng.normal(0, 3, (500, 1))
    design = np.column_stack([np.ones(12), np.tile([0.0, 1.0], 6), np.linspace(-1, 1, 12)])
    robust = robust_residuals(values, hat_of(design), 3)
    plain = values - values @ hat_of(design)
    assert np.corrcoef(robust.ravel(), plain.ravel())[0, 1] > 0.98


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_constant_genes_and_fitted_effects_leave_nothing(value):
    values = np.full((3, 6), value) + np.array([0.0, 2.0, -4.0])[:, None] * GROUPS[:, 1]
    np.testing.assert_allclose(robust_residuals(values, hat_of(GROUPS), 2), 0.0, atol=1e-12)


def test_pairs_stay_mirror_images():
    rng = np.random.default_rng(3)
    pairs = np.kron(np.eye(4), np.ones((2, 1)))
    design = np.column_stack([pairs, np.tile([0.0, 1.0], 4)])
    left = robust_residuals(rng.normal(size=(50, 8)), hat_of(design), 5)
    np.testing.assert_allclose(left[:, 0::2], -left[:, 1::2], atol=1e-12)
