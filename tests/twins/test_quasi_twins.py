"""Kernels of quasi-likelihood and local regression against their twins, and their borders."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.deviance_moments import deviance_weights, moment_table
from foldwise.stats.householder import householder_qr
from tests.twins.nb_quasi import f_log_density, local_lines, nb_deviance_moments, nb_quasi
from tests.twins.test_start_and_cooks_twins import csr


def test_deviance_moments_equal_their_twin() -> None:
    rng = np.random.default_rng(0)
    mean = np.exp(rng.uniform(-12, 9, 200))
    phi = rng.choice([0.0, 1e-6, 1e-3, 0.05, 0.4, 1.0, 4.0, 9.0], 200)
    ours, twin = _kernels.nb_deviance_moments(mean, phi), nb_deviance_moments(mean, phi)
    np.testing.assert_allclose(ours[0], twin[0], rtol=2e-11)
    np.testing.assert_allclose(ours[1], twin[1], rtol=2e-10)


def test_moments_of_a_mean_do_not_depend_on_its_neighbors() -> None:
    rng = np.random.default_rng(1)
    mean, phi = np.exp(rng.uniform(-5, 13, 77)), rng.choice([0.0, 0.01, 0.7], 77)
    whole = _kernels.nb_deviance_moments(mean, phi, n_threads=3)
    order = rng.permutation(77)
    shuffled = _kernels.nb_deviance_moments(mean[order], phi[order])
    for k in (0, 1):
        np.testing.assert_array_equal(whole[k][order], shuffled[k])


@pytest.mark.parametrize(("mean", "phi"), [(3000.0, 0.0), (8000.0, 0.3), (4000.0, 2.0), (5000.0, 4.0), (3000.0, 8.0)])
def test_the_integral_of_large_means_equals_the_sum(mean: float, phi: float) -> None:
    arguments = np.array([mean]), np.array([phi])
    ours, twin = _kernels.nb_deviance_moments(*arguments), nb_deviance_moments(*arguments)
    np.testing.assert_allclose(ours, twin, rtol=5e-11)


@pytest.mark.parametrize(("mean", "phi", "tolerance"), [(1e8, 0.2, 1e-14), (1e8, 0.01, 1e-14), (1e7, 0.1, 1e-12)])
def test_very_large_means_have_the_moments_of_gamma_deviances(mean: float, phi: float, tolerance: float) -> None:
    with mpmath.workdps(40):
        r = 1 / mpmath.mpf(phi)
        expectation = 2 * r * (mpmath.log(r) - mpmath.digamma(r))
        variance = 4 * r * r * (mpmath.polygamma(1, r) - 1 / r)
    ours = _kernels.nb_deviance_moments(np.array([mean]), np.array([phi]))
    assert abs(ours[0][0] / expectation - 1) < tolerance
    assert abs(ours[1][0] / variance - 1) < tolerance


def example(n: int, one_way: bool, p: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    x = np.column_stack([np.arange(n) % p == k for k in range(p)]).astype(float)
    x[:, 0] = 1.0
    if not one_way:
        x[:, -1] = rng.normal(size=n)
    mu = np.exp(rng.normal(3, 3, (50, 1)) + 0.3 * rng.normal(size=(50, n)))
    mu[3] = 0.0
    mu[4, x[:, 1] == 1] = 0.0
    mu[5] *= 1e6
    counts = rng.poisson(np.minimum(mu, 1e8)).astype(np.float64)
    return counts, mu, x if one_way else householder_qr(x)[0], rng.choice([1e-5, 0.02, 0.4], 50)


@pytest.mark.parametrize("n", [4, 7, 8, 12, 33])
@pytest.mark.parametrize("one_way", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_nb_quasi_equals_its_twin(n: int, one_way: bool, weighted: bool) -> None:
    counts, mu, design, dispersion = example(n, one_way)
    weights = np.random.default_rng(2).uniform(0.3, 2, counts.shape) if weighted else None
    table = moment_table(0.1, 1e-9, 1e8)
    arguments = (
        counts,
        mu,
        design,
        dispersion,
        1.3,
        weights,
        table.coefficients,
        table.origin,
        table.per_unit,
        table.first_panel,
    )
    ours, twin = _kernels.nb_quasi(*arguments), nb_quasi(*arguments)
    np.testing.assert_allclose(ours[1], twin[1], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours[0], twin[0], rtol=1e-9, atol=1e-9)
    assert ours[0][3] == ours[1][3] == 0


def test_given_weights_and_other_storage() -> None:
    counts, mu, design, dispersion = example(12, False)
    alpha, kappa = deviance_weights(mu, np.broadcast_to(dispersion[:, None], mu.shape))
    common = (mu, design, dispersion, 1.0, None, None, 0.0, 1.0, 0, alpha, kappa)
    ours = _kernels.nb_quasi(counts, *common)
    np.testing.assert_allclose(ours[1], nb_quasi(counts, *common)[1], rtol=1e-10, atol=1e-12)
    small = np.minimum(counts, 2**30).astype(np.int32)
    dense = _kernels.nb_quasi(small, *common)
    for other, threads in ((csr(small), 1), (small.astype(np.float64), 3)):
        found = _kernels.nb_quasi(other, *common, n_threads=threads)
        np.testing.assert_array_equal(found[0], dense[0])
        np.testing.assert_array_equal(found[1], dense[1])


def line_arguments(n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(n)
    x = np.sort(np.round(rng.normal(0, 2, n), 1))
    at = np.arange(0, n, 3).astype(np.int32)
    first = np.maximum(at - n // 4, 0).astype(np.int32)
    last = np.minimum(at + n // 3 + 1, n).astype(np.int32)
    bandwidth = np.maximum(x[at] - x[first], x[last - 1] - x[at])
    return x, np.sin(x) + rng.normal(0, 0.3, n), rng.uniform(0, 2, n), at, first, last, bandwidth


@pytest.mark.parametrize("n", [3, 10, 64, 500])
@pytest.mark.parametrize("rules", [(0.001, 0.999, 0.0, 1e-3, True), (0.0, 1.0, 1e-7, 1e-7, False)])
def test_local_lines_equal_their_twin(n: int, rules: tuple[Any, ...]) -> None:
    arguments = line_arguments(n)
    np.testing.assert_allclose(
        _kernels.local_lines(*arguments, *rules), local_lines(*arguments, *rules), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_array_equal(
        _kernels.local_lines(*arguments, *rules, n_threads=2), _kernels.local_lines(*arguments, *rules)
    )


@pytest.mark.parametrize(
    ("position", "value", "words"),
    [
        (1, np.full((50, 12), np.nan), "mu"),
        (1, np.ones((49, 12)), "mu"),
        (2, np.ones((11, 1)), "design"),
        (3, np.full(50, -1.0), "dispersion"),
        (4, 0.0, "scale"),
        (5, np.full((50, 12), -1.0), "weights"),
        (6, np.ones((3, 6)), "table"),
        (6, None, "either a table"),
    ],
)
def test_nb_quasi_refuses(position: int, value: Any, words: str) -> None:
    counts, mu, design, dispersion = example(12, False)
    table = moment_table(0.1, 1e-9, 1e8)
    arguments: list[Any] = [
        counts,
        mu,
        design,
        dispersion,
        1.0,
        None,
        table.coefficients,
        table.origin,
        table.per_unit,
        table.first_panel,
    ]
    arguments[position] = value
    with pytest.raises(ValueError, match=words):
        _kernels.nb_quasi(*arguments)


def test_other_borders() -> None:
    for mean, phi in ((np.array([-1.0]), np.array([0.1])), (np.array([1.0]), np.array([np.inf]))):
        with pytest.raises(ValueError, match="must be"):
            _kernels.nb_deviance_moments(mean, phi)
    with pytest.raises(ValueError, match="shape"):
        _kernels.nb_deviance_moments(np.ones(2), np.ones(3))
    arguments = list(line_arguments(10))
    arguments[5] = arguments[5] + np.int32(10)
    with pytest.raises(ValueError, match="outside"):
        _kernels.local_lines(*arguments, 0.0, 1.0, 0.0, 0.0, False)


@pytest.mark.parametrize("n", [1, 8, 53])
@pytest.mark.parametrize("q", [0.7, 2.0, 60.0, 4999.0])
def test_f_log_density_equals_its_twin(n: int, q: float) -> None:
    rng = np.random.default_rng(n)
    x, half = np.exp(rng.normal(0, 4, n)), rng.choice([0.02, 0.5, 2.0, 9.0, 400.0], n)
    x[0] = 0.0
    for scale in (np.exp(rng.normal(0, 1, n)), np.array([0.4])):
        arguments = (x, half, scale, q, math.lgamma(q))
        np.testing.assert_allclose(
            _kernels.f_log_density(*arguments), f_log_density(*arguments), rtol=1e-12, atol=1e-11
        )


def test_f_log_density_refuses() -> None:
    one = np.ones(3)
    for arguments in ((one, one, np.ones(2), 1.0, 0.0), (-one, one, one, 1.0, 0.0), (one, one, one, 0.0, 0.0)):
        with pytest.raises(ValueError, match=r"must be|shape"):
            _kernels.f_log_density(*arguments)
