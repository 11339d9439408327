"""Ridge logistic regression: the optimum of its own criterion, and shrinkage towards the common share."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from foldwise.stats.ridge_logistic import probability, ridge_logistic


def drawn(n=400, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    y = (rng.random(n) < 1 / (1 + np.exp(-(0.5 + x[:, 0] - 2 * x[:, 1])))).astype(float)
    return x, y


@pytest.mark.parametrize("penalty", [0.01, 1.0, 50.0])
def test_it_is_the_optimum_of_the_penalized_likelihood(penalty):
    x, y = drawn()

    def loss(beta):
        linear = beta[0] + x @ beta[1:]
        return np.sum(np.logaddexp(0, linear) - y * linear) + penalty / 2 * np.sum(beta[1:] ** 2)

    found = ridge_logistic(x, y, penalty)
    best = minimize(loss, np.zeros(4), options={"gtol": 1e-9})
    np.testing.assert_allclose(found, best.x, atol=2e-6)
    assert loss(found) <= best.fun + 1e-9


def test_a_large_penalty_leaves_the_common_share():
    x, y = drawn()
    beta = ridge_logistic(x, y, 1e9)
    assert np.abs(beta[1:]).max() < 1e-5
    np.testing.assert_allclose(probability(x, beta), y.mean(), atol=1e-4)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_separated_and_constant_outcomes_stay_finite(value):
    x, _ = drawn()
    assert np.isfinite(ridge_logistic(x, np.full(len(x), value), 50.0)).all()
    assert np.isfinite(ridge_logistic(x, (x[:, 0] > 0).astype(float), 50.0)).all()
    assert np.isfinite(ridge_logistic(x[:, :0], np.full(len(x), value), 50.0)).all()
