"""Gene set tests: R's rank sum vector, normal scores, and what must not change a result."""

import numpy as np
import pytest
from scipy import special

from foldwise.stats.camera import camera, camera_preranked, mid_ranks, rank_sum_with_correlation
from foldwise.stats.fry import expected_largest_square, fry
from foldwise.stats.gene_effects import contrast_last, gene_effects, normal_score_bailey, normal_score_hill
from foldwise.stats.least_squares import lm_fit
from foldwise.stats.nb_scores import nb_normal_scores, null_scores
from foldwise.stats.roast import roast
from foldwise.stats.tails import normal_two_sided, t_two_sided

SETS = [np.arange(12), np.arange(30, 60), np.array([5]), np.arange(40, 45)]


@pytest.fixture(scope="module")
def example():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(200, 9)) * rng.gamma(5, 0.2, 200)[:, None]
    design = np.column_stack([np.ones(9), np.arange(9) % 3 == 1, np.arange(9) > 4]).astype(float)
    values[:12] += 2.0 * design[:, 2]
    return values, design, rng.gamma(4, 1, (200, 9))


def test_rank_sum_equals_r():
    statistic = np.array([5, 4, 3.5, 1, 2, -1, 0, 0.3, 0.9, 1.7])
    less, greater = rank_sum_with_correlation(mid_ranks(statistic), np.arange(3), 0.1, 6.0)
    assert less == pytest.approx(0.972016747698, rel=1e-11)
    assert greater == pytest.approx(0.037593557091, rel=1e-11)


def test_mid_ranks_average_ties():
    np.testing.assert_array_equal(mid_ranks(np.array([3.0, 1.0, 3.0, 2.0, 3.0])), [4, 1, 4, 2, 4])


@pytest.mark.parametrize(("score", "limit"), [(normal_score_hill, 1e-3), (normal_score_bailey, 2e-2)])
def test_normal_scores_have_nearly_the_tails_of_t(score, limit):
    t = np.array([-3.0, -0.5, 0.4, 2.0, 5.0])
    z = score(t, 8.0)
    np.testing.assert_array_equal(np.sign(z), np.sign(t))
    np.testing.assert_allclose(normal_two_sided(z), t_two_sided(t, 8.0), rtol=limit)
    np.testing.assert_allclose(score(t, np.inf), t, rtol=1e-12)


def test_effects_are_those_of_the_linear_model(example):
    values, design, weights = example
    effects = gene_effects(values, design, np.array([0.0, 0.0, 1.0]), weights)
    fit = lm_fit(values, design, weights)
    np.testing.assert_allclose(effects.tested, fit.coefficients[:, 2] / fit.stdev_unscaled[:, 2], rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(effects.variances), fit.sigma, rtol=1e-10)
    assert effects.df == 6


@pytest.mark.parametrize("contrast", [[0.0, 1.0, -1.0], [0.0, -2.0, 0.0], [0.5, 0.25, 1.0]])
def test_a_contrast_is_the_last_coefficient_of_another_coding(example, contrast):
    values, design, _ = example
    c = np.array(contrast)
    coded = lm_fit(values, contrast_last(design, c)).coefficients[:, -1]
    estimate = lm_fit(values, design).coefficients @ c
    ratio = estimate / coded
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
    assert ratio[0] > 0


def test_changed_sets_are_found_and_others_not(example):
    values, design, weights = example
    effects = gene_effects(values, design, np.array([0.0, 0.0, 1.0]), weights)
    for found in (camera(effects, SETS), camera(effects, SETS, correlation=None), camera(effects, SETS, use_ranks=True),
                  camera(effects, SETS, trend=True), fry(effects, SETS), fry(effects, SETS, standardize="p2"),
                  fry(effects, SETS, robust=True)):  # fmt: skip
        assert found.pvalue[0] < 0.01
        assert found.up[0]
        assert found.pvalue[1] > 0.05
        np.testing.assert_array_equal(found.n_genes, [12, 30, 1, 5])


def test_the_other_direction_changes_only_the_direction(example):
    values, design, weights = example
    one = gene_effects(values, design, np.array([0.0, 0.0, 1.0]), weights)
    other = gene_effects(values, design, np.array([0.0, 0.0, -1.0]), weights)
    for test in (camera, fry):
        a, b = test(one, SETS), test(other, SETS)
        np.testing.assert_allclose(a.pvalue, b.pvalue, rtol=1e-10)
        np.testing.assert_array_equal(a.up, ~b.up)


def test_a_set_of_one_gene_has_its_own_mixed_p_value(example):
    values, design, weights = example
    found = fry(gene_effects(values, design, np.array([0.0, 0.0, 1.0]), weights), SETS)
    assert found.pvalue_mixed[2] == found.pvalue[2]
    assert found.pvalue_mixed[0] < 0.01


def test_correlation_makes_camera_more_careful():
    statistic = np.random.default_rng(1).normal(size=300)
    statistic[:20] += 1.0
    p = [camera_preranked(statistic, [np.arange(20)], correlation=r).pvalue[0] for r in (0.0, 0.01, 0.1)]
    assert p[0] < p[1] < p[2]


def test_expected_largest_square():
    drawn = np.random.default_rng(2).normal(size=(200_000, 7)) ** 2
    assert expected_largest_square(7) == pytest.approx(drawn.max(axis=1).mean(), rel=0.01)
    assert expected_largest_square(1) == pytest.approx(1.0, rel=1e-3)


def test_an_unknown_standardization_is_refused(example):
    values, design, _ = example
    with pytest.raises(ValueError, match="standardize"):
        fry(gene_effects(values, design, np.array([0.0, 0.0, 1.0])), SETS, standardize="sd")


def test_scores_of_counts_equal_r():
    counts, mean = np.array([[0, 3, 20, 2.4]]), np.array([[2.0, 5, 8, 2]])
    theirs = [-1.40002583266052, -0.668919788348846, 2.54551666338065, 0.392760287562906]
    np.testing.assert_allclose(nb_normal_scores(counts, mean, np.array([0.1]))[0], theirs, rtol=1e-12)


def test_scores_of_counts_rise_with_the_count_and_split_its_probability():
    counts = np.arange(400.0)[None, :]
    mean, dispersion = np.full((1, 400), 60.0), np.array([0.3])
    z = nb_normal_scores(counts, mean, dispersion)[0]
    assert np.all(np.diff(z) > 0)
    k, size = np.arange(400), 1 / 0.3
    below = np.concatenate([[0.0], special.betainc(size, k[1:], size / (size + 60.0))])
    here = special.betainc(size, k + 1.0, size / (size + 60.0)) - below
    np.testing.assert_allclose(special.ndtr(z[:150]), (below + 0.5 * here)[:150], rtol=1e-10)


def test_scores_under_the_null_model_use_the_other_coefficients_only():
    rng = np.random.default_rng(4)
    group = np.repeat([0.0, 1.0], 6)
    design = np.column_stack([np.ones(12), group])
    counts = rng.negative_binomial(5, 0.05, (80, 12)).astype(np.int32)
    counts[:10, 6:] *= 3
    sizes = np.full(12, 1e6)
    z = null_scores(counts, design, np.array([0.0, 1.0]), sizes, np.full(80, 0.2))
    plain = nb_normal_scores(counts.astype(float), np.repeat(counts.mean(axis=1), 12).reshape(80, 12), np.full(80, 0.2))
    np.testing.assert_allclose(z, plain, rtol=1e-8, atol=1e-9)
    assert (z[:10, 6:].mean(axis=1) > z[:10, :6].mean(axis=1)).all()


def test_roast_nears_fry_and_repeats_itself(example):
    values, design, weights = example
    effects = gene_effects(values, design, np.array([0.0, 0.0, 1.0]), weights)
    found, limit = roast(effects, SETS, seed=1, n_rotations=20_000), fry(effects, SETS)
    assert found.pvalue[0] < 0.001
    assert found.pvalue_mixed[0] < 0.001
    np.testing.assert_allclose(found.pvalue[1:], limit.pvalue[1:], atol=0.06)
    np.testing.assert_array_equal(found.up, limit.up)
    again = roast(effects, SETS, seed=1, n_rotations=20_000)
    np.testing.assert_array_equal(again.pvalue, found.pvalue)
    assert found.share_up[0] > 0.5
    assert np.all(found.padj >= found.pvalue)


def test_roast_is_uniform_without_changes():
    rng = np.random.default_rng(8)
    design = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])
    p = []
    for _ in range(60):
        effects = gene_effects(rng.normal(size=(60, 8)), design, np.array([0.0, 1.0]))
        found = roast(effects, [np.arange(20), np.arange(20, 30)], seed=int(rng.integers(1 << 30)), n_rotations=199)
        p += [*found.pvalue, *found.pvalue_mixed]
    p = np.array(p)
    assert 0.02 < np.mean(p < 0.1) < 0.2
    assert 0.4 < np.mean(p < 0.5) < 0.62
