"""Dispersion search and profile: R's test vectors, the twins, and slopes against 40-digit arithmetic."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.dispersion_search import MeanModel, Prior, grid_dispersions
from tests.twins.nb_dispersion_search import EXACT, PARITY, R_FORM, nb_dispersion_search
from tests.twins.nb_profile_loglik import nb_profile_loglik
from tests.unit.kernels.examples import LOG_HIGH, LOG_LOW, SEARCH, Genes, genes

# Test vectors of R's DESeq2: one gene, 3 against 3 samples in two blocks.
COUNTS = np.array([[12, 25, 18, 60, 41, 55]], dtype=np.int32)
MU = np.array([[18, 19, 17.5, 52, 50, 54]])
BLOCKS = np.ascontiguousarray(np.column_stack([np.ones(6), np.repeat([0.0, 1.0], 3)]))
START = np.array([-2.995732273553991])
WITHOUT_PRIOR = {
    "log_alpha": -3.992878369600512, "iterations": 31, "value_start": -214.96370905960586,
    "value_end": -214.78718555784428,
}  # fmt: skip
WITH_PRIOR = {
    "log_alpha": -2.6206581398288367, "iterations": 9, "value_start": -215.44416207352407,
    "value_end": -215.25964805028585,
}  # fmt: skip
SLOPE_WITHOUT_PRIOR, SLOPE_WITH_PRIOR = -0.4075722022645614, 0.9787221588553294
GRID_ALPHA = 0.01916674992283567


def vector_search(kernel: Any, mode: int, prior: bool) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = kernel(
        COUNTS, np.ones(6), BLOCKS, MU, "matrix", 0.5, START, np.log([0.1]) if prior else None, 0.5 if prior else 0.0,
        None, *SEARCH, mode, LOG_LOW, LOG_HIGH,
    )  # fmt: skip
    return found


@pytest.mark.parametrize("kernel", [_kernels.nb_dispersion_search, nb_dispersion_search], ids=["kernel", "twin"])
@pytest.mark.parametrize("mode", [PARITY, R_FORM])
@pytest.mark.parametrize("prior", [False, True])
def test_search_ends_where_r_ends(kernel: Any, mode: int, prior: bool) -> None:
    found = vector_search(kernel, mode, prior)
    expected = WITH_PRIOR if prior else WITHOUT_PRIOR
    assert found["iterations"][0] == expected["iterations"]
    assert found["value_start"][0] == pytest.approx(expected["value_start"], rel=1e-14)
    assert found["value_end"][0] == pytest.approx(expected["value_end"], rel=1e-14)
    assert found["log_alpha"][0] == pytest.approx(expected["log_alpha"], abs=2e-13)


def test_slope_at_the_start_equals_r() -> None:
    wide = (-1e6, 1e6, -1e9, 1.0, -1e300, 1e-6, 1e-6, 1)
    for mode in (PARITY, R_FORM):
        for prior, expected in ((None, SLOPE_WITHOUT_PRIOR), (np.log([0.1]), SLOPE_WITH_PRIOR)):
            moved = _kernels.nb_dispersion_search(
                COUNTS, np.ones(6), BLOCKS, MU, "matrix", 0.5, START, prior, 0.5, None, *wide, mode, LOG_LOW, LOG_HIGH
            )
            assert moved["log_alpha"][0] - START[0] == pytest.approx(expected, abs=2e-13)


def test_grid_equals_r() -> None:
    found = grid_dispersions(COUNTS, np.ones(6), BLOCKS, MeanModel("matrix", MU), None, None, 1)
    # R's upper end for six samples is 10; the fine grid is 0.115 wide, so any other point would be 10 % away
    assert found[0] == pytest.approx(GRID_ALPHA, rel=1e-14)
    prior = Prior(np.log([0.1]), 0.5)
    assert grid_dispersions(COUNTS, np.ones(6), BLOCKS, MeanModel("matrix", MU), prior, None, 1)[0] > found[0]


CASES = [
    (6, 2, "groups", {}),
    (8, 4, "groups", {"prior": True}),
    (13, 3, "covariates", {"per_gene": True}),
    (24, 7, "covariates", {"prior": True}),
    (24, 12, "groups", {}),
    (30, 10, "covariates", {}),
    (12, 2, "groups", {"weighted": True}),
    (14, 3, "covariates", {"weighted": True, "prior": True}),
    (16, 5, "covariates", {"weighted": True}),
    (24, 9, "covariates", {"weighted": True, "prior": True}),
]
IDS = [f"{n}-{p}-{kind}{''.join('-' + o for o in options)}" for n, p, kind, options in CASES]


@pytest.fixture(params=CASES, ids=IDS)
def some(request: pytest.FixtureRequest) -> Genes:
    n, p, kind, options = request.param
    return genes(n, p, kind, n_genes=40, **options)


def test_profile_equals_its_twin(some: Genes) -> None:
    """1e-12 from alpha = 1e-3 on; below, the twin's difference of log gamma functions loses r ln r ulps per sample."""
    grid = np.linspace(np.log(1e-3), np.log(10), 8)
    for form in (0, 2):
        ours, twin = some.profile(grid, form=form), some.profile(grid, nb_profile_loglik, form=form)
        scale = np.abs(twin).max(axis=1, keepdims=True)
        assert (np.abs(ours - twin) / scale).max() < 1e-12
    grid = np.linspace(np.log(1e-8), np.log(1e-3), 6)
    r = np.exp(-grid)
    lost = some.design.shape[0] * r * np.abs(grid) * 2.3e-16 + 1e-12 * np.abs(twin).max(axis=1, keepdims=True)
    assert (np.abs(some.profile(grid) - some.profile(grid, nb_profile_loglik)) < lost).all()


def test_profile_takes_one_grid_or_one_per_gene(some: Genes) -> None:
    grid = np.linspace(-8, 1, 4)
    np.testing.assert_array_equal(some.profile(grid), some.profile(np.tile(grid, (len(some.alpha), 1))))


def test_search_equals_its_twin(some: Genes) -> None:
    """The same decisions in the same order: equal iterations, and the end within rounding of the path."""
    for mode in (PARITY, R_FORM):
        ours, twin = some.search(mode=mode), some.search(nb_dispersion_search, mode=mode)
        np.testing.assert_allclose(ours["value_start"], twin["value_start"], rtol=1e-12)
        same = ours["iterations"] == twin["iterations"]
        # A gain within the twin's rounding of the stop rule may end its search one step apart.
        assert same.mean() > 0.96
        noisy = np.exp(twin["log_alpha"]) < 1e-4
        assert np.abs(ours["log_alpha"] - twin["log_alpha"])[same & ~noisy].max() < 1e-9
        np.testing.assert_allclose(ours["value_end"][same], twin["value_end"][same], rtol=1e-11)


def test_exact_search_equals_its_twin(some: Genes) -> None:
    ours, twin = some.search(mode=EXACT), some.search(nb_dispersion_search, mode=EXACT)
    small = twin["log_alpha"] < np.log(1e-3)
    np.testing.assert_allclose(ours["log_alpha"][~small], twin["log_alpha"][~small], atol=1e-9)
    inside = ~small & (ours["log_alpha"] > LOG_LOW) & (ours["log_alpha"] < LOG_HIGH)
    assert inside.sum() > 20
    slope = some.slopes(ours["log_alpha"], EXACT)[inside]
    assert np.abs(slope).max() < 1e-9 * len(some.design)
    assert (ours["value_end"] >= some.search()["value_end"] - 1e-9)[inside].all()


def test_exact_search_stops_at_the_ends_of_the_range() -> None:
    # Counts without any variation around the mean push alpha to its lower end, a single huge count to its upper.
    counts = np.array([[100] * 8, [0, 0, 0, 0, 0, 0, 0, 500_000]], dtype=np.int32)
    mean = np.array([[np.log(100.0)], [0.0]])
    some = Genes(counts, np.ones(8), np.ones((8, 1)), mean, np.array([0.1, 1.0]))
    np.testing.assert_array_equal(some.search(mode=EXACT)["log_alpha"], [LOG_LOW, LOG_HIGH])


def objective_40_digits(some: Genes, i: int, a: float) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Value and numerical derivative of the objective of gene ``i``, in 40 digits (no columns dropped)."""
    n, p = some.design.shape
    factors = some.factors if some.factors.ndim == 1 else some.factors[i]
    eta = [mpmath.fsum(mpmath.mpf(some.design[j, k]) * mpmath.mpf(some.beta[i, k]) for k in range(p)) for j in range(n)]
    mu = [max(mpmath.mpf(factors[j]) * mpmath.exp(eta[j]), mpmath.mpf(some.min_mu)) for j in range(n)]
    w = [1.0] * n if some.weights is None else some.weights[i].tolist()
    y = some.counts[i].tolist()

    def value(at: mpmath.mpf) -> mpmath.mpf:
        alpha = mpmath.exp(at)
        r = 1 / alpha
        total = mpmath.fsum(
            w[j]
            * (
                mpmath.loggamma(y[j] + r) - mpmath.loggamma(r) - y[j] * mpmath.log(mu[j] + r)
                - r * mpmath.log1p(mu[j] * alpha)
            )
            for j in range(n)
        )  # fmt: skip
        gram = mpmath.matrix(p, p)
        for j in range(n):
            v = (w[j] > 0.01) / (1 / mu[j] + alpha)
            for s in range(p):
                for t in range(p):
                    gram[s, t] += v * some.design[j, s] * some.design[j, t]
        total -= mpmath.log(mpmath.det(gram)) / 2
        if some.prior_mean is not None:
            total -= (at - some.prior_mean[i]) ** 2 / (2 * some.prior_variance)
        return total

    return value(mpmath.mpf(a)), mpmath.diff(value, mpmath.mpf(a), h=mpmath.mpf("1e-15"))


def rounding(some: Genes, i: int, a: float) -> float:
    """What double precision may lose in value and slope at a = ln alpha.

    Terms of the size of the counts are added up. From alpha = 1e-4 on the kernel takes logarithms of rounded ratios,
    times 1/alpha; in R's own form, which weights use, differences of log gamma functions near 1/alpha.
    """
    terms = float(some.counts[i].sum()) * (1 + abs(a)) + 10.0 * some.counts.shape[1]
    if a > np.log(0.99e-4):
        terms += some.counts.shape[1] * np.exp(-a)
    return 1e-15 * terms * (1.0 if some.weights is None else 1 + np.exp(-a))


@pytest.mark.parametrize(
    ("n", "p", "kind", "options"),
    [
        (6, 2, "groups", {}),
        (9, 3, "covariates", {"prior": True}),
        (17, 1, "groups", {}),
        (10, 2, "groups", {"weighted": True}),
    ],
)
def test_value_and_slope_against_forty_digits(n: int, p: int, kind: str, options: dict[str, bool]) -> None:
    """From alpha = 1e-8 to 10: no cliff where log gamma functions would lose their digits."""
    some = genes(n, p, kind, n_genes=6, **options)
    # In R's own form, which weights use, the digits go as R loses them: tested from 1e-3 on
    for alpha in (1e-8, 1e-6, 1e-5, 2e-4, 1e-3, 0.05, 1.0, 10.0)[4 if some.weights is not None else 0 :]:
        a = float(np.log(alpha))
        values = some.profile(np.array([a]))[:, 0]
        slopes = some.slopes(np.full(6, a))
        for i in range(6):
            with mpmath.workdps(40):
                value, slope = objective_40_digits(some, i, a)
                assert abs(values[i] - value) < rounding(some, i, a), (alpha, i)
                assert abs(slopes[i] - slope) < rounding(some, i, a), (alpha, i)


@pytest.mark.parametrize("p", [4, 5, 9])
def test_weighted_slope_where_pivots_change_places(p: int) -> None:
    """Columns of unlike sizes under weights: the slope, which needs an inverse, is that of differences of the value."""
    drawn = genes(20, p, "covariates", n_genes=8, weighted=True)
    sizes = np.where(np.arange(p) % 2 == 0, 1.0, 100.0)
    beta = np.ascontiguousarray(drawn.beta / sizes)
    some = Genes(
        drawn.counts, drawn.factors, np.ascontiguousarray(drawn.design * sizes), beta, drawn.alpha, drawn.weights
    )
    h = 1e-4
    difference = np.diff(some.profile(np.array([-1.0 - h, -1.0 + h])), axis=1)[:, 0] / (2 * h)
    np.testing.assert_allclose(some.slopes(np.full(8, -1.0)), difference, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("p", [3, 4, 9])
def test_nearly_dependent_columns_go_through_lu(p: int) -> None:
    """Below the pivot that Cholesky accepts the determinant keeps two or three digits, and so do value and slope."""
    n = 14
    drawn = genes(n, p, "covariates", n_genes=4)
    design = drawn.design.copy()
    design[:, p - 1] = 3.0 * design[:, 1] - 2.0 + 4e-7 * design[:, p - 1]
    beta = np.ascontiguousarray(drawn.beta * np.where(np.arange(p) == 0, 1.0, 1e-3))
    some = Genes(drawn.counts, drawn.factors, np.ascontiguousarray(design), beta, drawn.alpha)
    values, slopes = some.profile(np.array([-1.0]))[:, 0], some.slopes(np.full(4, -1.0))
    for i in range(4):
        with mpmath.workdps(40):
            value, slope = objective_40_digits(some, i, -1.0)
        assert abs(values[i] - value) < 0.02
        assert abs(slopes[i] - slope) < 0.02
