"""Coefficients by iteratively reweighted least squares: R's test vector, the twin, and the likelihood in 40 digits."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.householder import projection
from foldwise.stats.nb_glm import LN2
from tests.twins.nb_irls import CONVERGED, NOT_A_NUMBER, NOT_CONVERGED, nb_irls
from tests.unit.kernels.examples import Genes, genes

# Test vector of R's DESeq2: one gene, 3 against 3 samples, ridge 1e-6 on the log2 scale.
COUNTS = np.array([[12, 25, 18, 60, 41, 55]], dtype=np.int32)
SIZES = np.array([0.8, 1.1, 1.0, 1.2, 0.9, 1.0])
BLOCKS = np.ascontiguousarray(np.column_stack([np.ones(6), np.repeat([0.0, 1.0], 3)]))
START = np.array([[2.9128542251526097, 1.0019111157816685]])
RIDGE = np.full(2, 1e-6 / LN2**2)
BETA = [2.933029596107469, 0.9835661251910809]
VARIANCES = [0.035174059495719286, 0.058329109616448445]
HAT = [
    0.3018083053014246, 0.35747483037537164, 0.3407167179027929, 0.34772247181338434, 0.32105919129936783,
    0.33121828869303205,
]  # fmt: skip
DEVIANCE = 38.310427642905985  # -2 log likelihood


@pytest.mark.parametrize("kernel", [_kernels.nb_irls, nb_irls], ids=["kernel", "twin"])
@pytest.mark.parametrize("given_start", [True, False])
def test_fit_equals_r(kernel: Any, given_start: bool) -> None:
    start, by_projection = (START, None) if given_start else (None, projection(BLOCKS))
    fit = kernel(
        COUNTS, SIZES, BLOCKS, np.array([0.05]), start, by_projection, RIDGE, None, 0.5, 1e-8, 30.0, 100,
        return_mu=True, return_hat=True,
    )  # fmt: skip
    assert fit["iterations"][0] == 3
    assert fit["status"][0] == CONVERGED
    np.testing.assert_allclose(fit["beta"][0], BETA, rtol=5e-14)
    np.testing.assert_allclose(fit["covariance"][0, [0, 2]], VARIANCES, rtol=5e-14)
    np.testing.assert_allclose(fit["hat"][0], HAT, rtol=5e-14)
    assert -2 * fit["log_likelihood"][0] == pytest.approx(DEVIANCE, rel=1e-13)
    np.testing.assert_allclose(fit["mu"][0], SIZES * np.exp(BLOCKS @ np.array(BETA)), rtol=1e-13)


@pytest.mark.parametrize(
    ("n", "p", "kind", "options"),
    [
        (6, 2, "groups", {}),
        (7, 1, "groups", {}),
        (8, 6, "groups", {"per_gene": True}),
        (13, 3, "covariates", {"weighted": True}),
        (24, 7, "covariates", {}),
        (24, 12, "groups", {"weighted": True}),
        (30, 10, "covariates", {"per_gene": True}),
    ],
)
def test_irls_equals_its_twin(n: int, p: int, kind: str, options: dict[str, bool]) -> None:
    """Beta, mean and leverage 1e-12 where the normal equations are well conditioned; likelihood to rounding."""
    some = genes(n, p, kind, **options)
    ours, twin = some.irls(), some.irls(nb_irls)
    np.testing.assert_array_equal(ours["iterations"], twin["iterations"])
    np.testing.assert_array_equal(ours["status"], twin["status"])
    good = (twin["status"] == CONVERGED) & (np.abs(twin["beta"]).max(axis=1) < 12)
    assert good.mean() > 0.9
    np.testing.assert_allclose(ours["beta"][good], twin["beta"][good], rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(ours["covariance"][good], twin["covariance"][good], rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(ours["mu"][good], twin["mu"][good], rtol=1e-11)
    np.testing.assert_allclose(ours["hat"][good], twin["hat"][good], rtol=1e-11, atol=1e-12)
    # The twin adds log gamma functions of the counts, each with a rounding of its own
    lost = 1e-15 * np.sum(some.counts * np.log(some.counts + 2.0), axis=1) + 1e-12 * np.abs(twin["log_likelihood"])
    for name in ("log_likelihood", "deviance"):
        assert (np.abs(ours[name] - twin[name]) < 2 * lost)[good].all()


def test_ill_conditioned_designs_take_the_qr_path() -> None:
    """A covariate of 1e6 plus noise: the twin, which always solves by QR, and the kernel fit the same means."""
    some = genes(12, 3, "covariates")
    design = some.design.copy()
    design[:, 2] = 1e6 + design[:, 2]
    shifted = Genes(some.counts, some.factors, np.ascontiguousarray(design), some.beta, some.alpha)
    start = np.ascontiguousarray(np.column_stack([np.log(some.counts.mean(axis=1) + 0.5), np.zeros((60, 2))]))
    ours, twin = shifted.irls(start=start), shifted.irls(nb_irls, start=start)
    same = (ours["status"] == CONVERGED) & (twin["status"] == CONVERGED)
    assert same.sum() > 20
    np.testing.assert_allclose(ours["mu"][same], twin["mu"][same], rtol=1e-3)


def log_likelihood_40_digits(y: list[int], mu: list[float], alpha: float, weights: list[float]) -> mpmath.mpf:
    a = mpmath.mpf(alpha)
    r = 1 / a
    return mpmath.fsum(
        w * (mpmath.loggamma(k + r) - mpmath.loggamma(r) - mpmath.loggamma(k + 1) - r * mpmath.log1p(a * m)
             + (k * mpmath.log(a * m / (1 + a * m)) if k else 0))
        for k, m, w in zip(y, map(mpmath.mpf, mu), weights, strict=True)
    )  # fmt: skip


@pytest.mark.parametrize("alpha", [1e-8, 3e-5, 9.9e-5, 1.01e-4, 1e-2, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_log_likelihood_against_forty_digits(alpha: float, weighted: bool) -> None:
    """Both branches of the logarithm, counts below and above eight, alpha at both limits.

    From alpha = 1e-4 on the kernel takes ln(1 + alpha mu) by the rounded sum, which costs an ulp of 1/alpha per sample.
    """
    rounded_sum = 9 / alpha if alpha >= 1e-4 else 0.0
    some = genes(9, 2, "groups", n_genes=8, weighted=weighted)
    some = Genes(some.counts, some.factors, some.design, some.beta, np.full(8, alpha), some.weights)
    fit = some.irls()
    for i in range(8):
        weights = np.ones(9) if some.weights is None else some.weights[i]
        y, mu = some.counts[i].tolist(), fit["mu"][i].tolist()
        with mpmath.workdps(40):
            exact = log_likelihood_40_digits(y, mu, alpha, weights.tolist())
            # The sums hold terms of the size of the counts times ln mu
            size = float(np.sum(some.counts[i] * (1 + np.abs(np.log(fit["mu"][i] + 1e-9))))) + 10 + rounded_sum
            assert abs(fit["log_likelihood"][i] - exact) < 1e-15 * size, i


def test_separated_groups_are_not_converged_and_reported() -> None:
    """All counts in one group and a start far off: the loop leaves the range of coefficients and says so."""
    counts = np.array([[0, 0, 0, 5000, 7000, 4000]], dtype=np.int32)
    arguments = (counts, np.ones(6), BLOCKS, np.array([1e-3]), np.array([[0.0, 0.0]]), None, RIDGE, None, 1e-300)
    far = _kernels.nb_irls(*arguments, 1e-8, 5.0, 100)
    assert far["status"][0] != CONVERGED
    assert far["iterations"][0] == 100
    short = _kernels.nb_irls(COUNTS, SIZES, BLOCKS, np.array([0.05]), START, None, RIDGE, None, 0.5, 1e-8, 30.0, 2)
    assert short["status"][0] == NOT_CONVERGED
    assert short["iterations"][0] == 2


def test_weights_of_zero_leave_no_variance_and_are_reported() -> None:
    weights = np.array([[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]])
    arguments = (COUNTS, SIZES, BLOCKS, np.array([0.05]), START, None)
    fit = _kernels.nb_irls(*arguments, np.zeros(2), weights, 0.5, 1e-8, 30.0, 100)
    assert fit["status"][0] == NOT_A_NUMBER


def test_a_sample_of_weight_zero_is_as_if_it_were_not_there() -> None:
    some = genes(9, 2, "groups", weighted=True)
    assert some.weights is not None
    weights = some.weights.copy()
    weights[:, 8] = 0.0
    whole = Genes(some.counts, some.factors, some.design, some.beta, some.alpha, weights)
    part = Genes(
        np.ascontiguousarray(some.counts[:, :8]), some.factors[:8].copy(), some.design[:8].copy(), some.beta,
        some.alpha, np.ascontiguousarray(weights[:, :8]),
    )  # fmt: skip
    start = np.ascontiguousarray(some.beta)
    a, b = whole.irls(start=start), part.irls(start=start)
    np.testing.assert_array_equal(a["iterations"], b["iterations"])
    for name in ("beta", "covariance"):
        np.testing.assert_allclose(a[name], b[name], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(a["log_likelihood"], b["log_likelihood"], rtol=1e-12)
