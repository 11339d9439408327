"""Kernels of edgeR's models against their twins, the same bits in every storage and order, and refused input."""

from typing import Any

import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.householder import least_squares
from foldwise.stats.one_way import find_one_way
from tests.twins import glm_fits
from tests.twins.glm_profile_refit import glm_profile_refit
from tests.twins.grid_maximum import grid_maximum
from tests.twins.test_start_and_cooks_twins import csr

GRID = 0.1 * 2.0 ** np.array([-10.0, -6.0, -3.0, 0.0, 1.0, 3.0, 6.0, 10.0])
SHAPES = [(3, 2), (4, 1), (6, 2), (7, 3), (8, 4), (9, 2), (12, 5), (17, 7), (24, 3)]


def example(n: int, p: int, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(3.5, 2.0, (45, 1))) * rng.uniform(0.4, 2.5, n)
    counts = rng.negative_binomial(3, 3 / (3 + mean)).astype(np.int32)
    counts[0] = 1
    counts[1] = 0
    counts[1, n - 1] = 7
    counts[2] = np.minimum(counts[2] + 10**6 + rng.integers(0, 4000, n), 2**31 - 1)
    design = np.column_stack([np.ones(n), np.arange(n) % 2, *rng.normal(size=(max(p - 2, 0), n))])[:, :p]
    return {
        "counts": counts,
        "design": np.ascontiguousarray(design),
        "offset": np.log(rng.uniform(0.4, 2.5, n)),
        "dispersion": 10.0 ** rng.uniform(-3, 0.5, 45),
        "weights": rng.uniform(0.3, 2.0, counts.shape),
        "per_gene": np.log(rng.uniform(0.4, 2.5, counts.shape)),
    }


def unit_of(design: np.ndarray) -> np.ndarray:
    return least_squares(design, np.ones(len(design)))


@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("kind", ["plain", "weights", "per_gene", "prior"])
def test_glm_levenberg_equals_its_twin(n: int, p: int, kind: str) -> None:
    e = example(n, p)
    offset = e["per_gene"] if kind == "per_gene" else e["offset"]
    weights = e["weights"] if kind == "weights" else None
    prior = np.linspace(0.1, 0.2, n) if kind == "prior" else None
    arguments = (offset, e["design"], e["dispersion"], unit_of(e["design"]), None, weights, prior, 1e-6, 250)
    ours, twin = _kernels.glm_levenberg(e["counts"], *arguments), glm_fits.glm_levenberg(e["counts"], *arguments)
    # Where coefficients run away the iterations end by rounding; elsewhere the paths are the same.
    same = ours["iterations"] == twin["iterations"]
    assert same.mean() >= 0.9
    steady = same & (np.abs(twin["beta"]).max(axis=1) < 12)
    assert steady.mean() >= 0.7
    np.testing.assert_allclose(ours["beta"][steady], twin["beta"][steady], rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours["deviance"], twin["deviance"], rtol=1e-8, atol=2e-7)


@pytest.mark.parametrize("kind", ["plain", "weights", "per_gene", "start", "poisson"])
def test_glm_one_way_equals_its_twin(kind: str) -> None:
    for n, k in [(3, 1), (6, 2), (9, 3), (17, 4)]:
        e = example(n, 2)
        cell = np.ascontiguousarray((np.arange(n) % k).astype(np.int32))
        offset = e["per_gene"] if kind == "per_gene" else e["offset"]
        phi = np.zeros(45) if kind == "poisson" else e["dispersion"]
        start = None
        if kind == "start":
            found = glm_fits.glm_one_way(e["counts"], offset, cell, phi, None, None, None, 1e-10, 50, True)
            start = np.maximum(found["beta"], -5.0) + 0.2
        arguments = (offset, cell, phi, start, e["weights"] if kind == "weights" else None, None, 1e-10, 50, True)
        ours, twin = _kernels.glm_one_way(e["counts"], *arguments), glm_fits.glm_one_way(e["counts"], *arguments)
        np.testing.assert_allclose(ours["beta"], twin["beta"], rtol=1e-12, atol=1e-12)
        assert np.abs(ours["iterations"] - twin["iterations"]).max() <= 1


@pytest.mark.parametrize("weighted", [False, True])
def test_glm_deviance_equals_its_twin(weighted: bool) -> None:
    e = example(9, 3)
    phi = e["dispersion"].copy()
    phi[::4] = [0.0, 5e-5, 9.9e-5] * 4
    phi[2] = 30.0  # 1e6 counts: the limit for large dispersion times mean
    beta = np.random.default_rng(2).normal(1.0, 0.5, (45, 3))
    beta[2, 0] = 13.0
    arguments = (e["offset"], e["design"], beta, phi, e["weights"] if weighted else None, None)
    ours = _kernels.glm_deviance(e["counts"], *arguments, return_fitted=True)
    twin = glm_fits.glm_deviance(e["counts"], *arguments, return_fitted=True)
    np.testing.assert_allclose(ours["fitted"], twin["fitted"], rtol=1e-13)
    np.testing.assert_allclose(ours["deviance"], twin["deviance"], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("n", "p"), [*SHAPES, (6, 5)])
@pytest.mark.parametrize("kind", ["plain", "weights", "per_gene"])
def test_glm_profile_refit_equals_its_twin(n: int, p: int, kind: str) -> None:
    e = example(n, p)
    one_way = find_one_way(e["design"])
    rows = e["design"] if one_way is None else one_way.rows
    cell = None if one_way is None else one_way.cell
    arguments = (
        e["per_gene"] if kind == "per_gene" else e["offset"], rows, cell, GRID, unit_of(e["design"]),
        0.0 if one_way is None else one_way.log_det(), e["weights"] if kind == "weights" else None,
        1e-6 if one_way is None else 1e-10, 250,
    )  # fmt: skip
    ours, twin = _kernels.glm_profile_refit(e["counts"], *arguments), glm_profile_refit(e["counts"], *arguments)
    size = np.maximum(e["counts"].max(axis=1), 1e3)
    # Coefficients of cells without counts run away, and the information is singular: see the next test
    ordinary = np.arange(45) != 1
    if one_way is not None:
        ordinary = np.stack([e["counts"][:, cell == k].any(axis=1) for k in range(len(rows))]).all(axis=0)
    total = ours["value"] + ours["constant"][:, None], twin["value"] + twin["constant"][:, None]
    gap = np.abs(total[0] - total[1]).max(axis=1) / (1 + 1e-4 * size)
    settled = ordinary & (np.abs(ours["constant"]) < 1e9)
    assert np.median(gap[settled]) < 1e-9
    assert np.quantile(gap[settled], 0.9) < 3e-6
    if one_way is not None:
        np.testing.assert_allclose(ours["value"][settled], twin["value"][settled], atol=2e-6, rtol=1e-12)


def test_a_singular_information_takes_the_pivoted_floor() -> None:
    counts = np.array([[0, 0, 0, 5, 3, 8]], dtype=np.int32)
    design = np.column_stack([np.ones(6), np.repeat([0.0, 1.0], 3)])
    one_way = find_one_way(design)
    found = _kernels.glm_profile_refit(
        counts, np.zeros(6), one_way.rows, one_way.cell, np.array([0.1]), unit_of(design), one_way.log_det(), None,
        1e-10, 50,
    )  # fmt: skip
    alone = _kernels.glm_profile_refit(
        counts[:, 3:], np.zeros(3), np.ones((1, 1)), np.zeros(3, dtype=np.int32), np.array([0.1]), np.ones(1), 0.0,
        None, 1e-10, 50,
    )  # fmt: skip
    # One pivot is that of the cell with counts, the other stands at 1e-10 and is not halved
    assert found["value"][0, 0] == pytest.approx(alone["value"][0, 0] - np.log(1e-10), rel=1e-12)


def test_bits_do_not_hang_on_storage_order_blocks_or_threads() -> None:
    for n, p in [(7, 3), (12, 2), (20, 7)]:
        e = example(n, p)
        one_way = find_one_way(e["design"])
        rows = e["design"] if one_way is None else one_way.rows
        shared = (e["offset"], rows, None if one_way is None else one_way.cell, GRID, unit_of(e["design"]), 0.0)

        def refit(counts: Any, weights: Any = None, shared: Any = shared, **named: Any) -> np.ndarray:
            return _kernels.glm_profile_refit(counts, *shared, weights, 1e-6, 250, **named)["value"]

        whole = refit(e["counts"])
        order = np.random.default_rng(3).permutation(45)
        np.testing.assert_array_equal(refit(np.ascontiguousarray(e["counts"][order])), whole[order])
        np.testing.assert_array_equal(refit(e["counts"].astype(float)), whole)
        np.testing.assert_array_equal(refit(csr(e["counts"])), whole)
        np.testing.assert_array_equal(refit(e["counts"], n_threads=3), whole)
        np.testing.assert_array_equal(refit(np.ascontiguousarray(e["counts"][11:12])), whole[11:12])
        whole = refit(e["counts"], e["weights"])
        part = refit(np.ascontiguousarray(e["counts"][order]), np.ascontiguousarray(e["weights"][order]))
        np.testing.assert_array_equal(part, whole[order])


def test_counts_may_be_fractions_and_genes_few_or_none() -> None:
    e = example(6, 2)
    fit = _kernels.glm_levenberg(
        e["counts"] + 0.25, e["offset"], e["design"], e["dispersion"], unit_of(e["design"]), None, None, None, 1e-6, 250
    )
    assert np.isfinite(fit["beta"]).all()
    none = _kernels.glm_levenberg(
        e["counts"][:0], e["offset"], e["design"], e["dispersion"][:0], unit_of(e["design"]), None, None, None, 1e-6, 9
    )
    assert none["beta"].shape == (0, 2)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("offset", np.full(6, np.nan), "offset"),
        ("offset", np.zeros(5), "offset"),
        ("design", np.full((6, 2), np.inf), "design"),
        ("design", np.zeros((6, 7)), "design"),
        ("dispersion", np.full(45, -1.0), "dispersion"),
        ("dispersion", np.zeros(44), "dispersion"),
        ("weights", np.zeros((45, 6)), "weights"),
        ("weights", np.ones(6), "weights"),
        ("prior", np.full(6, -0.1), "prior"),
        ("counts", np.full((45, 6), -1.0), "negative"),
    ],
)
def test_bad_input_is_refused(name: str, value: np.ndarray, message: str) -> None:
    e = example(6, 2)
    given = {"counts": e["counts"], "offset": e["offset"], "design": e["design"], "dispersion": e["dispersion"],
             "weights": None, "prior": None, name: value}  # fmt: skip
    with pytest.raises(ValueError, match=message):
        _kernels.glm_levenberg(
            given["counts"], given["offset"], given["design"], given["dispersion"], np.ones(2), None, given["weights"],
            given["prior"], 1e-6, 250,
        )  # fmt: skip


def test_grid_maximum_equals_its_twin() -> None:
    rng = np.random.default_rng(4)
    grid = np.sort(rng.normal(size=21)) + np.arange(21) * 9.0
    curves = -((grid - rng.uniform(-9, 190, (103, 1))) ** 2) * 0.01 + np.sin(grid / 7) * rng.normal(size=(103, 1))
    curves[0] = 1.0  # no maximum: the first point
    ours = _kernels.grid_maximum(grid, curves)
    np.testing.assert_allclose(ours, grid_maximum(grid, curves), rtol=1e-10)
    assert ours[0] == grid[0]
    np.testing.assert_array_equal(_kernels.grid_maximum(grid, curves[50:51].copy())[0], ours[50])
    for bad in (grid[::-1].copy(), grid[:3].copy()):
        with pytest.raises(ValueError, match="grid"):
            _kernels.grid_maximum(bad, np.zeros((2, len(bad))))
