import numpy as np
import pandas as pd
import pytest

from foldwise.errors import FitError
from foldwise.stats.dispersion_prior import dispersion_outliers, log_residual_variance, log_residuals, prior_variance
from foldwise.stats.dispersion_search import MeanModel, genewise_dispersions, posterior_dispersions, start_dispersions
from foldwise.stats.dispersion_trend import fit_trend
from foldwise.stats.size_factors_iterate import TrimmedLikelihood, iterate, log_density_sum
from tests.fixtures import FOLDER, read


def intercept_stage(counts: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dispersions and means of the design ~ 1 with the trend of kind mean."""
    n = counts.shape[1]
    design, q = np.ones((n, 1)), counts / sizes
    mean, variance = q.mean(axis=1), q.var(axis=1, ddof=1)
    fitted = np.maximum(mean, 1.0)[:, None]
    rough = np.maximum(0, np.sum(((q - fitted) ** 2 - fitted) / fitted**2, axis=1) / (n - 1))
    start = start_dispersions(rough, (variance - np.mean(1 / sizes) * mean) / mean**2, n)
    mu = np.ascontiguousarray(np.maximum(mean[:, None] * sizes, 0.5))
    model = MeanModel("matrix", mu)
    genewise = genewise_dispersions(counts, sizes, design, model, start)["dispersion"]
    trend = fit_trend(mean, genewise, "mean").predict(mean)
    residuals = log_residuals(genewise, trend)
    prior = prior_variance(residuals, n - 1)
    final = posterior_dispersions(counts, sizes, design, model, genewise, trend, prior)["dispersion"]
    outlier = dispersion_outliers(genewise, trend, log_residual_variance(residuals))
    return np.where(outlier, genewise, final), mu


def example() -> tuple[np.ndarray, pd.DataFrame]:
    counts = read(FOLDER / "size_factors" / "counts.tsv.gz").to_numpy(dtype=np.float64)
    return np.ascontiguousarray(counts[counts.sum(axis=1) > 0]), read(FOLDER / "size_factors" / "size_factors.tsv")


def test_p2_iterate_equals_r() -> None:
    counts, theirs = example()
    ours = iterate(counts, lambda sizes: intercept_stage(counts, sizes))
    np.testing.assert_allclose(ours, theirs["iterate"], rtol=1e-6)
    assert np.exp(np.mean(np.log(ours))) == pytest.approx(1, rel=1e-12)


def test_gradient_is_the_central_difference_of_the_value() -> None:
    counts, _ = example()
    rng = np.random.default_rng(0)
    q, alpha = np.maximum(counts.mean(axis=1, keepdims=True), 0.5) + 0 * counts, rng.uniform(0.05, 2, len(counts))
    likelihood = TrimmedLikelihood(counts, q, alpha)
    v = rng.normal(0, 0.3, counts.shape[1])
    value, gradient = likelihood.value_and_gradient(v)

    def direct(v: np.ndarray) -> float:
        by_gene = log_density_sum(counts, q * np.exp(v - v.mean()), alpha)
        return -float(np.sum(by_gene[by_gene > np.quantile(by_gene, 0.05)]))

    assert value == pytest.approx(direct(v), rel=1e-12)
    for j in range(len(v)):
        step = np.where(np.arange(len(v)) == j, 1e-3, 0.0)
        assert gradient[j] == pytest.approx((direct(v + step) - direct(v - step)) / 2e-3, rel=1e-6, abs=1e-5)


def test_no_agreement_in_ten_rounds_is_an_error() -> None:
    counts, _ = example()
    state = iter(range(100))

    def wandering(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        tilt = np.where(np.arange(len(sizes)) % 2, 3.0, 1 / 3.0) ** (1 if next(state) % 2 else -1)
        return np.full(len(counts), 0.1), np.maximum(counts.mean(axis=1, keepdims=True), 0.5) * sizes * tilt

    with pytest.raises(FitError, match="E-NORM-006"):
        iterate(counts, wandering)
