import numpy as np
import pytest
from scipy import optimize, stats

from foldwise.stats.ash import prior_sds, shrink_ash
from foldwise.stats.mixture_weights import kkt_violation, optimal_weights


def simulated(n: int = 800, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.1, 0.5, n)
    truth = np.where(rng.random(n) < 0.7, rng.normal(0, 0.05, n), rng.normal(0, 1.5, n))
    return truth + rng.normal(0, se), se


def test_grid_runs_in_half_doublings_up_to_the_largest_signal() -> None:
    lfc, se = simulated()
    sds = prior_sds(lfc, se)
    assert sds[-1] == pytest.approx(2 * np.sqrt(np.max(lfc**2 - se**2)), rel=1e-15)
    np.testing.assert_allclose(sds[1:] / sds[:-1], np.sqrt(2), rtol=1e-14)
    assert sds[0] <= se.min() / 10 < sds[1]
    assert prior_sds(np.array([0.1, 0.0]), np.array([1.0, 2.0]))[-1] == pytest.approx(0.8)


def test_weights_are_the_optimum() -> None:
    lfc, se = simulated()
    result = shrink_ash(lfc, se)
    sds, weights = result.prior["sd"], result.prior["weight"]
    assert np.sum(weights) == pytest.approx(1, abs=1e-12)
    likelihood = stats.norm.pdf(lfc, 0, np.sqrt(se**2 + sds[:, None] ** 2))
    gradient = 1 - np.mean(likelihood / (weights @ likelihood), axis=1)
    assert kkt_violation(gradient, weights) < 1e-9

    def objective(x: np.ndarray) -> float:
        w = np.exp(x - np.max(x))
        return -float(np.mean(np.log(w / w.sum() @ likelihood)))

    found = optimize.minimize(objective, np.zeros(len(sds)), method="L-BFGS-B", options={"maxiter": 2000})
    assert -np.mean(np.log(weights @ likelihood)) <= found.fun + 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_optimal_weights_of_difficult_likelihoods(seed: int) -> None:
    rng = np.random.default_rng(seed)
    likelihood = rng.random((12, 30)) ** rng.integers(1, 30)
    likelihood[3] = likelihood[4]
    likelihood[5] = 0.0
    w = optimal_weights(likelihood)
    gradient = 1 - np.mean(likelihood / (w @ likelihood), axis=1)
    assert kkt_violation(gradient, w) < 1e-9
    assert w[5] == 0
    assert (w >= 0).all()


def test_single_component_and_single_value() -> None:
    np.testing.assert_array_equal(optimal_weights(np.array([[0.3, 0.2]])), [1.0])
    np.testing.assert_allclose(optimal_weights(np.array([[0.1], [1.0], [0.4]])), [0, 1, 0], atol=1e-12)


def test_posterior_of_one_component() -> None:
    lfc, se = np.array([2.0, -0.5]), np.array([0.5, 0.5])
    result = shrink_ash(lfc, se, weights=np.eye(len(prior_sds(lfc, se)))[-1])
    sd = result.prior["sd"][-1]
    shrink = sd**2 / (sd**2 + 0.25)
    np.testing.assert_allclose(result.lfc, lfc * shrink, rtol=1e-14)
    np.testing.assert_allclose(result.se, 0.5 * np.sqrt(shrink), rtol=1e-14)
    np.testing.assert_allclose(result.rate, stats.norm.sf(np.abs(lfc) * shrink / (0.5 * np.sqrt(shrink))), rtol=1e-12)


def test_excluded_genes_get_the_prior() -> None:
    lfc, se = simulated(200)
    known = shrink_ash(lfc, se)
    more_lfc = np.concatenate([lfc, [np.nan, 1.0, 2.0]])
    result = shrink_ash(more_lfc, np.concatenate([se, [np.nan, 0.0, np.inf]]))
    np.testing.assert_array_equal(result.lfc[:200], known.lfc)
    np.testing.assert_array_equal(result.lfc[200:], 0.0)
    spread = np.sqrt(np.sum(known.prior["weight"] * known.prior["sd"] ** 2))
    np.testing.assert_allclose(result.se[200:], spread, rtol=1e-8)
    np.testing.assert_array_equal(result.rate[200:], 0.5)


def test_threshold_raises_the_rate() -> None:
    lfc, se = simulated()
    plain, beyond = shrink_ash(lfc, se), shrink_ash(lfc, se, threshold=0.5)
    np.testing.assert_array_equal(plain.lfc, beyond.lfc)
    assert (beyond.rate >= plain.rate - 1e-12).all()
    nearly = shrink_ash(lfc, se, threshold=1e-12)
    np.testing.assert_allclose(nearly.rate, plain.rate, atol=1e-9)


def test_m65_sign_kept_and_not_larger() -> None:
    lfc, se = simulated()
    result = shrink_ash(lfc, se)
    assert (np.sign(result.lfc) == np.sign(lfc)).all()
    assert (np.abs(result.lfc) <= np.abs(lfc)).all()
