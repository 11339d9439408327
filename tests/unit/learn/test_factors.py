"""Hidden factors: algebra against plain least squares, and what they are for."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.learn import factors, huber
from foldwise.learn.parallel_analysis import parallel_analysis
from foldwise.learn.rotation import rotation
from foldwise.learn.surrogate import surrogate


def simulated(
    n_genes: int = 800, n: int = 24, strength: float = 1.0, along: float = 0.7, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, design (intercept, block, group) and mask of the genes with an effect of 2 standard deviations.

    A hidden factor acts on all genes and goes along with the group.
    """
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 2.0
    design = np.column_stack([np.ones(n), np.arange(n) // (n // 2) * 1.0, group])
    hidden = along * (2 * group - 1) + np.sqrt(1 - along**2) * rng.normal(size=n)
    changed = rng.random(n_genes) < 0.05
    spread = rng.uniform(0.5, 2.0, n_genes)
    values = rng.normal(size=(n_genes, n)) + strength * rng.normal(size=(n_genes, 1)) * hidden
    values += np.where(changed, 2.0 * rng.choice([-1, 1], n_genes), 0.0)[:, None] * group
    return values * spread[:, None] + 5.0, design, changed


def least_squares_t(values: np.ndarray, design: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    inverse = np.linalg.inv(design.T @ design)
    coefficients = values @ design @ inverse
    left = values - coefficients @ design.T
    variance = (left**2).sum(axis=1) / (design.shape[0] - design.shape[1])
    return np.asarray(coefficients @ contrast / np.sqrt(variance * (contrast @ inverse @ contrast)))


CONTRASTS = {
    "last": np.array([0.0, 0.0, 1.0]),
    "first": np.array([0.0, 1.0, 0.0]),
    "sum": np.array([0.0, 1.0, -0.5]),
}


@pytest.mark.parametrize("name", CONTRASTS)
@pytest.mark.parametrize("k", [0, 1, 4])
def test_closed_form_is_least_squares_with_the_factors_appended(name: str, k: int) -> None:
    """With sqrt(1 + |a|^2) in place of sqrt(1 + |a|^2 / df) this differs in the first digit."""
    values, design, _ = simulated()
    split = rotation(design, CONTRASTS[name])
    found = factors.residuals(values, split)
    leading = factors.principal_factors(found, split.residual_df, k)
    adjustment = factors.adjust(found, leading, k)
    appended = np.column_stack([design, factors.factor_columns(split, leading, adjustment)])
    whole = least_squares_t(values, appended, np.concatenate([CONTRASTS[name], np.zeros(k)]))
    np.testing.assert_allclose(factors.t_statistics(found, adjustment)[:, 0], whole, rtol=1e-12, atol=1e-12)


def test_several_contrasts_share_one_set_of_columns() -> None:
    values, design, _ = simulated()
    contrasts = np.array([CONTRASTS["last"], CONTRASTS["sum"], CONTRASTS["last"] + CONTRASTS["sum"]])
    split = rotation(design, contrasts)
    assert split.tested.shape == (24, 2)
    found = factors.residuals(values, split)
    leading = factors.principal_factors(found, split.residual_df, 3)
    together = factors.adjust(found, leading, 3)
    appended = np.column_stack([design, factors.factor_columns(split, leading, together)])
    for number, name in enumerate(("last", "sum")):
        alone = factors.adjust(found, leading, 3, None)
        np.testing.assert_array_equal(alone.shares[number], together.shares[number])
        whole = least_squares_t(values, appended, np.concatenate([CONTRASTS[name], np.zeros(3)]))
        np.testing.assert_allclose(factors.t_statistics(found, together)[:, number], whole, rtol=1e-11, atol=1e-11)


def test_factors_lie_beside_the_design_and_their_largest_entry_is_positive() -> None:
    values, design, _ = simulated()
    split = rotation(design, CONTRASTS["last"])
    leading = factors.principal_factors(factors.residuals(values, split), split.residual_df, 5)
    found = leading.factors
    np.testing.assert_allclose(design.T @ found, 0, atol=1e-9)
    np.testing.assert_allclose(found.T @ found, split.residual_df * np.eye(5), atol=1e-8)
    assert np.all(found[np.argmax(np.abs(found), axis=0), np.arange(5)] > 0)
    assert leading.variances.sum() == pytest.approx(1.0)
    assert np.all(np.diff(leading.variances) <= 0)


def test_a_further_direction_is_the_same_as_a_further_column() -> None:
    values, design, _ = simulated()
    fake = np.random.default_rng(3).permutation(np.arange(24) % 2.0)
    whole = rotation(np.column_stack([design, fake]), np.array([0.0, 0.0, 0.0, 1.0]))
    direction = whole.tested[:, 0]
    known = factors.with_direction(factors.residuals(values, rotation(design, CONTRASTS["last"])), direction)
    short = surrogate(known, whole.residual_df, 4, level=0.05, cuts=np.array([0.001, 0.05]), direction=direction)
    anew = factors.residuals(values, whole)
    long = surrogate(anew, whole.residual_df, 4, level=0.05, cuts=np.array([0.001, 0.05]))
    np.testing.assert_array_equal(short.below, long.below)
    np.testing.assert_array_equal(short.called, long.called)


def test_confounded_factor_is_taken_out_and_principal_components_of_residuals_do_not_do_it() -> None:
    """The fault: shares of 0, which are the components of the residuals alone."""
    values, design, changed = simulated()
    split = rotation(design, CONTRASTS["last"])
    found = factors.residuals(values, split)
    leading = factors.principal_factors(found, split.residual_df, 1)
    right = factors.adjust(found, leading, 1)
    wrong = factors.Adjustment(np.zeros((1, 1)), right.loadings, right.sigma, right.df)
    small = {
        name: float(np.mean(np.abs(factors.t_statistics(found, how)[~changed, 0]) > 2.09))
        for name, how in {"right": right, "wrong": wrong, "none": factors.adjust(found, leading, 0)}.items()
    }
    # 760 genes at 5 %: three binomial standard errors are .024; the estimated share adds some.
    assert 0.02 < small["right"] < 0.08
    assert small["wrong"] > 0.3
    assert small["none"] > 0.3
    assert np.mean(np.abs(factors.t_statistics(found, right)[changed, 0]) > 2.09) > 0.5


def test_negative_controls_are_the_only_genes_looked_at() -> None:
    """Four fifths of the genes go up by the group: without controls the factor takes that up."""
    values, design, _ = simulated(along=0.0)
    values[160:] += 3.0 * design[:, 2] * np.std(values[160:], axis=1, keepdims=True)
    values[160:] += np.where(np.arange(640) % 2 == 0, 1.0, 0.5)[:, None] * (design[:, 1] * (np.arange(24) % 3 == 0))
    split = rotation(design, CONTRASTS["last"])
    found = factors.residuals(values, split)
    leading = factors.principal_factors(found, split.residual_df, 1)
    controls = np.arange(800) < 160
    chosen = factors.adjust(found, leading, 1, controls)
    alone = huber.huber(chosen.loadings[:160] / chosen.sigma[:160, None], found.effects[:160, 0] / chosen.sigma[:160])
    np.testing.assert_array_equal(chosen.shares[0], alone)
    assert not np.array_equal(factors.adjust(found, leading, 1).shares, chosen.shares)


def test_genes_without_residual_are_left_out() -> None:
    values, design, _ = simulated(n_genes=50)
    values[3] = 1.0
    values[7] = design[:, 2]
    found = factors.residuals(values, rotation(design, CONTRASTS["last"]))
    assert set(range(50)) - set(found.rows.tolist()) == {3, 7}


def test_parallel_analysis_counts_the_factors() -> None:
    rng = np.random.default_rng(5)
    values, design, _ = simulated(strength=0.0)
    split = rotation(design, CONTRASTS["last"])
    none = parallel_analysis(factors.residuals(values, split), design, np.random.SeedSequence(1))
    assert none.rank == 0
    values += 2 * rng.normal(size=(800, 2)) @ rng.normal(size=(2, 24))
    two = parallel_analysis(factors.residuals(values, split), design, np.random.SeedSequence(1))
    assert two.rank == 2
    assert two.variances.sum() == pytest.approx(1.0)


def test_huber_is_the_optimum_of_its_equations() -> None:
    rng = np.random.default_rng(2)
    columns = rng.normal(size=(500, 3))
    values = columns @ np.array([1.0, -2.0, 0.5]) + rng.normal(size=500)
    values[:40] += 30.0
    found = huber.huber(columns, values)
    left = values - columns @ found
    bend = huber.BEND * np.median(np.abs(left)) / huber.MAD_OF_NORMAL
    np.testing.assert_allclose(columns.T @ np.clip(left, -bend, bend), 0, atol=1e-4)
    np.testing.assert_allclose(found, [1.0, -2.0, 0.5], atol=0.25)
    assert np.max(np.abs(np.linalg.lstsq(columns, values, rcond=None)[0] - [1, -2, 0.5])) > 0.25
    np.testing.assert_allclose(huber.huber(columns, values, start=np.ones(3)), found, atol=1e-6)
    assert huber.huber(columns[:, :0], values).shape == (0,)


def test_surrogate_counts_as_scipy_does() -> None:
    from scipy import stats

    values, design, _ = simulated()
    split = rotation(design, CONTRASTS["last"])
    found = factors.residuals(values, split)
    cuts = np.array([0.0001, 0.01, 0.05])
    many = surrogate(found, split.residual_df, 2, level=0.05, cuts=cuts)
    leading = factors.principal_factors(found, split.residual_df, 2)
    for k in range(3):
        t = factors.t_statistics(found, factors.adjust(found, leading, k))[:, 0]
        p = 2 * stats.t.sf(np.abs(t), split.residual_df - k)
        np.testing.assert_array_equal(many.below[k], [(p <= cut).sum() for cut in cuts])
        np.testing.assert_array_equal(many.called[k], stats.false_discovery_control(p) < 0.05)
