"""The elastic net against scikit-learn's own solver, against its optimality conditions, and at its edges."""

import numpy as np
import pytest

from foldwise.errors import UsageError
from foldwise.learn import signature as net

pytest.importorskip("sklearn")


def data(n=60, p=25, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    y = (rng.random(n) < 1 / (1 + np.exp(-(x[:, 0] + x[:, 1] - 0.3)))).astype(float)
    return (x - x.mean(axis=0)) / x.std(axis=0), y


@pytest.mark.parametrize("l1_ratio", [0.1, 0.5, 0.9])
def test_coefficients_are_those_of_scikit_learns_saga(l1_ratio):
    from sklearn.linear_model import LogisticRegression

    x, y = data()
    penalties = net.penalty_path(x, y, l1_ratio, 10, 20.0)
    with net.solver():
        path = net.logistic_path(x, y, penalties, l1_ratio, net.FINAL)
    assert path.n_unsettled == 0
    for step in (3, 9):
        own = LogisticRegression(
            C=1 / (len(y) * penalties[step]), l1_ratio=l1_ratio, solver="saga", tol=1e-8, max_iter=20_000,
            **({} if "l1_ratio" not in LogisticRegression().get_params() else {"penalty": "elasticnet"}),
        )  # fmt: skip
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            own.fit(x, y)
        np.testing.assert_allclose(path.coefficients[step], own.coef_[0], atol=2e-5)
        np.testing.assert_allclose(path.intercepts[step], own.intercept_[0], atol=2e-5)


def test_with_many_more_columns_than_samples_the_solution_is_optimal():
    """The gradient is at most the penalty, and equals it where a coefficient is not zero: else no minimum."""
    x, y = data(40, 800, seed=3)
    ratio = 0.5
    penalties = net.penalty_path(x, y, ratio, 10, 20.0)
    with net.solver():
        path = net.logistic_path(x, y, penalties, ratio, net.FINAL)
    assert not path.coefficients[0].any() and path.coefficients[1].any()
    for intercept, b, penalty in zip(path.intercepts, path.coefficients, penalties, strict=True):
        residual = y - net.probability(intercept + x @ b)
        gradient = x.T @ residual / len(y)
        assert abs(residual.mean()) < 1e-5
        assert np.abs(gradient).max() < penalty * ratio + penalty * (1 - ratio) * np.abs(b).max() + 1e-5
        inside = b != 0
        expected = penalty * (ratio * np.sign(b) + (1 - ratio) * b)
        np.testing.assert_allclose(gradient[inside], expected[inside], atol=2e-5)


def test_separable_classes_and_constant_columns_give_finite_fits():
    x, y = data()
    x[:, 0] = np.where(y > 0, 3.0, -3.0)
    x[:, 1] = 0.0
    with net.solver():
        path = net.logistic_path(x, y, net.penalty_path(x, y, 0.5, 10, 1e6), 0.5, net.GOOD)
    assert np.isfinite(path.coefficients).all() and not path.coefficients[:, 1].any()
    with net.solver():
        nothing = net.logistic_path(np.zeros_like(x), y, net.penalty_path(np.zeros_like(x), y, 0.5, 10, 20.0), 0.5)
    assert not nothing.coefficients.any()
    assert net.probability(nothing.intercepts)[0] == pytest.approx(y.mean())


def test_the_callers_arrays_stay_as_they_are():
    x, y = data()
    before = x.copy(), y.copy()
    with net.solver():
        net.logistic_path(x, y, net.penalty_path(x, y, 0.5, 5, 20.0), 0.5)
    assert (x == before[0]).all() and (y == before[1]).all()


def test_b101_without_scikit_learn_the_message_says_how_to_get_it(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(UsageError, match=r"E-EXTRA-001.*pip install 'foldwise\[learn\]'"):
        net.require_sklearn()
