"""Kernels of the fallback fit, the Cauchy prior and numeric contrasts against their twins."""

from typing import Any

import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.nb_optim import least_squares_start
from tests.twins.nb_cauchy_map import nb_cauchy_map
from tests.twins.nb_contrast import nb_contrast
from tests.twins.nb_optim import nb_optim
from tests.twins.test_start_and_cooks_twins import csr


def example(n: int, p: int, n_genes: int = 30, seed: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), np.arange(n) % 2, *rng.normal(size=(max(p - 2, 0), n))])[:, :p]
    alpha = rng.uniform(0.02, 0.6, n_genes)
    mean = np.exp(rng.uniform(1, 7, (n_genes, 1)) + design[:, 1] * rng.normal(size=(n_genes, 1)))
    counts = rng.negative_binomial(1 / alpha[:, None], 1 / (1 + alpha[:, None] * mean)).astype(np.int32)
    counts[:, 0] += 1
    return {
        "counts": counts,
        "factors": rng.uniform(0.5, 2, n),
        "design": np.ascontiguousarray(design),
        "alpha": alpha,
    }


SHAPES = [(6, 2), (8, 3), (20, 2)]


@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_nb_optim_equals_its_twin(n: int, p: int, weighted: bool) -> None:
    data = example(n, p)
    start = least_squares_start(data["counts"], data["factors"], data["design"]) / np.log(2)
    weights = np.random.default_rng(1).uniform(0.2, 1, (30, n)) if weighted else None
    arguments = (*data.values(), np.ascontiguousarray(start), np.full(p, 1e-6), weights)
    settings = {"min_mu": 0.5, "bound": 30.0, "max_iterations": 100}
    ours, twin = _kernels.nb_optim(*arguments, **settings), nb_optim(*arguments, **settings)
    assert ours["converged"].all()
    # Both stop when the value no longer falls by a relative 2e-9: the coefficients agree to its square root.
    np.testing.assert_allclose(ours["beta_log2"], twin["beta_log2"], atol=1e-3)
    np.testing.assert_allclose(ours["log_likelihood"], twin["log_likelihood"], rtol=2e-6)
    np.testing.assert_allclose(ours["covariance"], twin["covariance"], rtol=2e-3, atol=1e-5)


def test_nb_optim_stays_in_the_box() -> None:
    data = example(8, 2)
    data["counts"][:, 1::2] = 0
    start = np.zeros((30, 2))
    fit = _kernels.nb_optim(*data.values(), start, np.full(2, 1e-6), None, min_mu=0.5, bound=30.0, max_iterations=100)
    assert (np.abs(fit["beta_log2"]) <= 30).all()
    assert np.isfinite(fit["log_likelihood"]).all()
    # A group without counts: the contrast goes far down, the other group stays at its mean.
    assert (fit["beta_log2"][:, 1] < -10).all()


@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_exact_cauchy_mode_equals_its_twin(n: int, p: int, weighted: bool) -> None:
    data = example(n, p, n_genes=12)
    weights = np.random.default_rng(1).uniform(0.2, 1, (12, n)) if weighted else None
    arguments = (*data.values(), 1, 0.3, 15.0, weights, None, 1)
    ours, twin = _kernels.nb_cauchy_map(*arguments), nb_cauchy_map(*arguments)
    np.testing.assert_allclose(ours["map"], twin["map"], atol=1e-9)
    np.testing.assert_allclose(ours["sd"], twin["sd"], rtol=1e-8)
    assert (ours["status"] == 0).all()


def test_replayed_mode_is_near_the_exact_one() -> None:
    data = example(20, 2)
    exact = _kernels.nb_cauchy_map(*data.values(), 1, 0.3, 15.0, None, None, 1)
    replay = _kernels.nb_cauchy_map(*data.values(), 1, 0.3, 15.0, None, None, 0)
    np.testing.assert_allclose(replay["map"], exact["map"], atol=5e-3)
    np.testing.assert_allclose(replay["sd"], exact["sd"], rtol=2e-2)
    assert replay["converged"].all()


@pytest.mark.parametrize("weighted", [False, True])
def test_nb_contrast_equals_its_twin(weighted: bool) -> None:
    data = example(9, 3)
    rng = np.random.default_rng(2)
    beta = np.ascontiguousarray(rng.normal(size=(30, 3)) + np.array([3.0, 0, 0]))
    weights = rng.uniform(0.2, 1, (30, 9)) if weighted else None
    arguments = (
        data["counts"], data["factors"], data["design"], beta, data["alpha"],
        np.array([0.0, 1.0, -0.5]), np.full(3, 2e-6), weights,
    )  # fmt: skip
    ours, twin = _kernels.nb_contrast(*arguments, min_mu=0.5), nb_contrast(*arguments, min_mu=0.5)
    np.testing.assert_allclose(ours["estimate"], twin["estimate"], rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(ours["se"], twin["se"], rtol=1e-12)


@pytest.mark.parametrize("mode", [0, 1])
def test_other_storage_threads_and_blocks_give_the_same_bits(mode: int) -> None:
    data = example(14, 2, n_genes=50)
    rest = (data["factors"], data["design"])
    whole = _kernels.nb_cauchy_map(data["counts"], *rest, data["alpha"], 1, 0.3, 15.0, mode=mode)
    for counts in (data["counts"].astype(np.float64), csr(data["counts"])):
        other = _kernels.nb_cauchy_map(counts, *rest, data["alpha"], 1, 0.3, 15.0, mode=mode, n_threads=3)
        for name, values in other.items():
            np.testing.assert_array_equal(values, whole[name])
    part = _kernels.nb_cauchy_map(data["counts"][7:9], *rest, data["alpha"][7:9], 1, 0.3, 15.0, mode=mode)
    np.testing.assert_array_equal(part["map"], whole["map"][7:9])
    matrix = np.ascontiguousarray(np.broadcast_to(data["factors"], data["counts"].shape))
    by_gene = _kernels.nb_cauchy_map(data["counts"], matrix, data["design"], data["alpha"], 1, 0.3, 15.0, mode=mode)
    np.testing.assert_array_equal(by_gene["map"], whole["map"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"alpha": np.full(30, np.nan)}, "alpha"),
        ({"alpha": np.zeros(30)}, "alpha"),
        ({"factors": np.zeros(6)}, "factors"),
        ({"factors": np.ones(5)}, "factors"),
        ({"design": np.ones((5, 2))}, "design"),
        ({"counts": np.zeros((30, 6), dtype=np.int16)}, "counts"),
        ({"coef": 2}, "coef"),
        ({"weights": np.full((30, 6), -1.0)}, "weights"),
        ({"prior_scale": 0.0}, "prior"),
    ],
)
def test_bad_arguments_are_refused(change: dict[str, Any], sentence: str) -> None:
    arguments = {**example(6, 2), "coef": 1, "prior_scale": 0.3, "no_shrink_scale": 15.0} | change
    with pytest.raises((ValueError, TypeError), match=sentence):
        _kernels.nb_cauchy_map(**arguments)
