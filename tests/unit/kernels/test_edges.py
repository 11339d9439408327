"""The edges of the kernels: sample numbers around the lanes, numbers of coefficients, extreme counts and settings."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.householder import projection
from tests.twins.nb_dispersion_search import nb_dispersion_search
from tests.twins.nb_irls import nb_irls
from tests.twins.nb_profile_loglik import nb_profile_loglik
from tests.unit.kernels.examples import Genes, csr, genes
from tests.unit.kernels.test_dispersion import objective_40_digits, rounding

# (samples, coefficients): every number of samples around two blocks of eight lanes; the loops of fixed length end at
# six coefficients, seven and more share one; N - 1 is the most that a method may use.
AROUND_LANES = sorted(
    {(n, p) for n in range(2, 18) for p in (1, 2, n - 1) if p < n}
    | {(n, p) for n in (9, 10, 12, 16, 17) for p in (8, 9) if p < n}
    | {(n, p) for n in (8, 17) for p in range(1, 8)}
)
GRID = np.log([1e-3, 0.1, 3.0])


@pytest.mark.parametrize(("n", "p"), AROUND_LANES)
@pytest.mark.parametrize("kind", ["groups", "covariates"])
def test_kernels_equal_their_twins_around_the_lanes(n: int, p: int, kind: str) -> None:
    some = genes(n, p, kind, n_genes=10)
    ours, twin = some.profile(GRID), some.profile(GRID, nb_profile_loglik)
    assert (np.abs(ours - twin) <= 1e-11 * np.abs(twin).max(axis=1, keepdims=True)).all()

    searched, twin_searched = some.search(), some.search(nb_dispersion_search)
    same = searched["iterations"] == twin_searched["iterations"]
    assert same.mean() >= 0.9
    usual = same & (twin_searched["log_alpha"] > np.log(1e-3))
    np.testing.assert_allclose(searched["log_alpha"][usual], twin_searched["log_alpha"][usual], atol=1e-8)

    fitted, twin_fitted = some.irls(), some.irls(nb_irls)
    same = fitted["iterations"] == twin_fitted["iterations"]
    assert same.mean() >= 0.9
    usual = same & (twin_fitted["status"] == 0) & (np.abs(twin_fitted["beta"]).max(axis=1) < 12)
    for name in ("beta", "covariance", "hat"):
        np.testing.assert_allclose(fitted[name][usual], twin_fitted[name][usual], rtol=1e-8, atol=1e-10)


def extremes(n: int) -> Genes:
    """No read; one read; a single large count; the largest count once and everywhere; all alike; far above the mean."""
    counts = np.zeros((7, n), dtype=np.int32)
    counts[1, n - 1] = 1
    counts[2, 0] = 10_000
    counts[3, n // 2] = 2**31 - 1
    counts[4] = 2**31 - 1
    counts[5] = 12
    counts[6] = np.where(np.arange(n) % 2, 3, 2_000_000)
    sizes = np.geomspace(1e-3, 1e3, n)
    level = np.log(np.maximum((counts / sizes).mean(axis=1), 1e-3))
    beta = np.column_stack([level, np.linspace(-1, 1, 7)])
    design = np.column_stack([np.ones(n), np.arange(n) % 2.0])
    return Genes(counts, sizes, design, np.ascontiguousarray(beta), np.full(7, 0.1))


@pytest.mark.parametrize("n", [4, 7, 8, 17])
@pytest.mark.parametrize("alpha", [1e-8, 1e-4, 10.0])
def test_extreme_genes_keep_their_digits(n: int, alpha: float) -> None:
    """Size factors from 1e-3 to 1e3, counts from none to 2**31 - 1, alpha at its limits: value and slope."""
    some = extremes(n)
    a = float(np.log(alpha))
    # Slopes are up to 1e9 here: a short step, which costs digits of the slope itself
    step = 2.0**-20
    values, slopes = some.profile(np.array([a]))[:, 0], some.slopes(np.full(7, a), step=step)
    for i in range(7):
        # The mean of a gene goes through exp(X beta) with an error of its own of a few units in the last place
        mean = float(np.max(some.factors * np.exp(some.design @ some.beta[i])))
        lost = rounding(some, i, a) + 1e-15 * n * (mean if alpha < 1e-6 else min(mean, 50 / alpha))
        with mpmath.workdps(40):
            value, slope = objective_40_digits(some, i, a)
            assert abs(values[i] - value) < lost, i
            assert abs(slopes[i] - slope) < lost + 4e-16 * (abs(a) + abs(step * slope)) / step, i


@pytest.mark.parametrize("n", [4, 7, 8, 17])
@pytest.mark.parametrize("mode", [0, 1, 2])
@pytest.mark.parametrize("start", [-30.0, np.log(1e-8), 0.0, np.log(10.0), 10.0])
def test_search_ends_within_its_bounds_from_any_start(n: int, mode: int, start: float) -> None:
    some = extremes(n)
    found = some.search(mode=mode, start=np.full(7, start))
    assert (found["log_alpha"] >= -30.0).all()
    assert (found["log_alpha"] <= 10.0 + 1e-12).all()
    assert ((found["iterations"] >= 1) & (found["iterations"] <= 100)).all()
    assert np.isfinite(found["value_start"]).all()
    assert np.isfinite(found["value_end"]).all()


@pytest.mark.parametrize("alpha", [1e-8, 0.1, 10.0, 1e3])
def test_coefficients_of_extreme_genes_are_reported_as_what_they_are(alpha: float) -> None:
    some = extremes(8)
    some = Genes(some.counts, some.factors, some.design, some.beta, np.full(7, alpha))
    with np.errstate(all="ignore"):
        fit, twin = some.irls(), some.irls(nb_irls)
    np.testing.assert_array_equal(fit["status"], twin["status"])
    np.testing.assert_array_equal(fit["iterations"], twin["iterations"])
    converged = fit["status"] == 0
    assert converged[[0, 1, 5]].all()
    np.testing.assert_allclose(fit["beta"][converged], twin["beta"][converged], rtol=1e-11)
    assert (fit["covariance"][converged][:, [0, 2]] > 0).all()
    assert np.isfinite(fit["log_likelihood"][converged]).all()
    assert ((fit["hat"][converged] >= 0) & (fit["hat"][converged] <= 1 + 1e-12)).all()


@pytest.mark.parametrize("form", ["int32", "float64", "csr"])
@pytest.mark.parametrize("n_threads", [1, 4])
def test_no_genes_give_empty_results(form: str, n_threads: int) -> None:
    dense = np.zeros((0, 5), dtype=np.float64 if form == "float64" else np.int32)
    counts = csr(dense) if form == "csr" else dense
    design = np.ascontiguousarray(np.column_stack([np.ones(5), np.arange(5) % 2.0]))
    some = Genes(counts, np.ones(5), design, np.zeros((0, 2)), np.zeros(0))
    assert some.search(n_threads=n_threads)["log_alpha"].shape == (0,)
    assert some.profile(GRID, n_threads=n_threads).shape == (0, 3)
    fit = some.irls(n_threads=n_threads)
    assert fit["beta"].shape == (0, 2)
    assert fit["covariance"].shape == (0, 3)
    assert fit["mu"].shape == (0, 5)
    assert _kernels.row_summaries(counts, np.ones(5), n_threads=n_threads)["mean"].shape == (0,)
    started = _kernels.nb_start(counts, np.ones(5), design, projection(design), 1.0, n_threads)
    assert started["linear_coefficients"].shape == (0, 2)
    cells = (np.arange(5) % 2).astype(np.int32)
    distances = _kernels.nb_cooks(
        counts, np.ones(5), design, some.beta, "log", some.beta, some.alpha, np.zeros(2), None, 0.0, 0.5, cells,
        return_cooks=True, n_threads=n_threads,
    )  # fmt: skip
    assert distances["cooks"].shape == (0, 5)
    assert _kernels.column_medians(counts, np.zeros(0), n_threads=n_threads).shape == (5,)


def test_a_grid_without_points_is_empty() -> None:
    assert genes(6, 2).profile(np.zeros(0)).shape == (60, 0)


def same_bits(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> None:
    for name, values in a.items():
        np.testing.assert_array_equal(values, b[name], err_msg=name)


@pytest.mark.parametrize(
    ("n", "p", "options"), [(7, 2, {}), (9, 4, {"per_gene": True}), (13, 3, {"weighted": True, "prior": True})]
)
def test_a_gene_does_not_depend_on_its_neighbors(n: int, p: int, options: dict[str, bool]) -> None:
    """Shuffled, cut out, stored otherwise, on more threads: the same bits for each gene."""
    some = genes(n, p, "covariates", n_genes=150, **options)
    order = np.random.default_rng(1).permutation(150)
    part = np.array([17, 3, 149])
    for run in (Genes.search, Genes.irls):
        whole = run(some)
        for pick in (order, part):
            same_bits(run(some.rows(pick)), {name: values[pick] for name, values in whole.items()})
        same_bits(run(some, n_threads=5), whole)
        for stored in (csr(some.counts), some.counts.astype(np.float64), csr(some.counts.astype(np.float64))):
            other = Genes(
                stored, some.factors, some.design, some.beta, some.alpha, some.weights, some.prior_mean,
                some.prior_variance,
            )  # fmt: skip
            start = np.log(some.alpha) if run is Genes.search else None
            same_bits(run(other, start=start), run(some, start=start))
    np.testing.assert_array_equal(some.rows(order).profile(GRID), some.profile(GRID)[order])


@pytest.mark.parametrize("n", [3, 8, 11])
def test_all_links_of_the_mean_are_one_mean(n: int) -> None:
    """Coefficients of a log or a linear mean, and the matrix that follows from them."""
    some = genes(n, 2, n_genes=20)
    beta = np.exp(some.beta)
    linear = (beta @ some.design.T) * some.factors
    log = some.factors * np.exp(some.beta @ some.design.T)
    start = np.log(some.alpha)
    for link, values, mu in (("linear", beta, linear), ("log", some.beta, log)):
        by_link, by_matrix = (
            _kernels.nb_profile_loglik(
                some.counts, some.factors, some.design, np.ascontiguousarray(v), name, 0.5, start[:, None].copy(), None,
                0.0, None, 0,
            )
            for name, v in ((link, values), ("matrix", mu))
        )  # fmt: skip
        np.testing.assert_allclose(by_link, by_matrix, rtol=1e-12)
