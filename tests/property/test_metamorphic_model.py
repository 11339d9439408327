"""Relations of model and estimate (classes T, X and A): order, scales, codings, contrasts, weights, planted effects.

Class X holds to 1e-7 in the median with the engine exact, for all genes. With parity it is bounded by what R's path
leaves open: line searches that stop within 1e-6 of the likelihood, and a ridge of 1e-6 on each log2 coefficient, which
is not the same prior in another coding. There the genes that needed the fallback optimizer are left out, because in
their flat likelihood it stops anywhere, as in R.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foldwise.errors import DesignError
from foldwise.model.analysis import Analysis
from foldwise.model.experiment import Experiment
from foldwise.stats.nb_glm import fit_coefficients
from tests.property.relations import Case, cases, difference, run, simulated, table, take

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
# The same examples in every run: the limits are measured ones.
PROFILE = settings(max_examples=20, deadline=None, derandomize=True)
LN2 = np.log(2.0)
TESTS = ({}, {"use_t": True}, {"lfc": 0.4}, {"method": "ols"}, {"shrink": "ashr"})
ENGINES = st.sampled_from(["parity", "exact"])


def plain(*kinds: str) -> st.SearchStrategy[Case]:
    """Cases without extremes, and with more than three residual degrees of freedom.

    With fewer the prior variance is one of a thousand steps (as in R), so that nothing is continuous.
    """
    return cases(*kinds, extremes=False, smallest=4)


def settled(one: Analysis, other: Analysis) -> np.ndarray:
    return ~(one.fit.used_optim | other.fit.used_optim)


def close(
    one: Analysis, other: Analysis, *, parity: float = 1e-6, most: float = 1e-2, scale: float = 1.0,
    order: np.ndarray | None = None, columns: Any = ("log2_fold_change", "log2_fold_change_se", "statistic"),
) -> None:  # fmt: skip
    """Class X: the median (limit ``parity`` there) and the largest difference, and the same calls.

    ``scale`` is that of the other's effects, ``order`` where its genes are.
    """
    exact = one.spec.method.engine == "exact"
    order = np.arange(one.experiment.n_genes) if order is None else order
    a, b = one.results[0].table, other.results[0].table.iloc[order]
    keep = np.full(len(a), True) if exact else ~(one.fit.used_optim | other.fit.used_optim[order])
    b = b.assign(
        log2_fold_change=b["log2_fold_change"] / scale, log2_fold_change_se=b["log2_fold_change_se"] / abs(scale),
        statistic=b["statistic"] * np.sign(scale),
    )  # fmt: skip
    for column in columns:
        found = difference(a, b, column)[keep]
        assert np.median(found) <= (1e-7 if exact else parity), column
        assert found.max() <= (1e-3 if exact else most), column
    np.testing.assert_array_equal((a["padj"] < 0.05)[keep], (b["padj"] < 0.05).to_numpy()[keep], err_msg="calls")
    np.testing.assert_array_equal(a["status"].to_numpy()[keep], b["status"].to_numpy()[keep])


def tight(one: pd.DataFrame, other: pd.DataFrame, limit: float = 1e-12, **signs: float) -> None:
    """Class T, with the sign that a column takes."""
    for column in ("base_mean", "log2_fold_change", "log2_fold_change_se", "statistic", "pvalue", "padj"):
        flipped = other.assign(**{column: other[column] * signs.get(column, 1.0)})
        assert difference(one, flipped, column).max() <= limit, column
    assert list(one["status"]) == list(other["status"])


@PROFILE
@given(cases(), st.integers(0, 99))
def test_m01_genes_in_another_order(case, seed):
    order = np.random.default_rng(seed).permutation(case.experiment.n_genes)
    one, other = run(case), run(case, experiment=take(case.experiment, order))
    back = np.argsort(order)
    # Up to the trend, whose sums run over all genes, each gene is alone
    for name in ("genewise", "genewise_iterations"):
        ours, theirs = (getattr(each.fit.dispersions, name) for each in (one, other))
        np.testing.assert_array_equal(ours, theirs[back])
    np.testing.assert_array_equal(one.size_factors.values, other.size_factors.values)
    close(one, other, order=back, parity=1e-12, most=1e-4)


@PROFILE
@given(cases(), st.integers(0, 99), ENGINES)
def test_m02_samples_in_another_order(case, seed, engine):
    order = np.random.default_rng(seed).permutation(case.experiment.n_samples)
    one = run(case, engine=engine)
    other = run(case, engine=engine, experiment=take(case.experiment, samples=order))
    close(one, other, parity=1e-8, most=1e-4)


@PROFILE
@given(plain(), st.floats(0.1, 20))
def test_m21_m22_all_size_factors_times_a_constant(case, factor):
    """With the engine exact; R's start values take a normalized count for a read, and parity copies that.

    Cook's distances rest on a dispersion that does so too.
    """
    factors = run(case).size_factors.values
    frozen = {"engine": "exact", "cooks": False, "replace_outliers": False}
    one, other = run(case, factors=factors, **frozen), run(case, factors=factors * factor, **frozen)
    close(one, other)
    np.testing.assert_allclose(other.fit.base_mean, one.fit.base_mean / factor, rtol=1e-13)
    if one.design.has_intercept and not one.design.numeric:
        keep = settled(one, other) & np.isfinite(one.fit.coefficients[:, 0])
        moved = (one.fit.coefficients - other.fit.coefficients)[keep, 0]
        np.testing.assert_allclose(moved, np.log(factor), atol=2e-3)
        assert abs(np.median(moved) - np.log(factor)) < 1e-6


@PROFILE
@given(plain("two groups", "batches"), st.floats(-3, 3))
def test_m21_offsets_plus_a_constant(case, constant):
    """Offsets of an experiment are centered for each gene, so a constant is nothing."""
    offsets = np.random.default_rng(case.seed).normal(0, 0.3, case.experiment.counts.shape)
    one, other = (
        run(case, experiment=replace(case.experiment, log_offset=values)) for values in (offsets, offsets + constant)
    )
    close(one, other, parity=1e-8, most=1e-4)


@PROFILE
@given(plain("covariate", "slope"), st.sampled_from([0.5, 2.0, -1.0, 3.0]), ENGINES)
def test_m23_covariate_in_another_unit(case, a, engine):
    samples = case.experiment.samples
    factors = run(case).size_factors.values
    one = run(case, factors=factors, engine=engine)
    experiment = replace(case.experiment, samples=samples.assign(x=samples["x"] * a))
    other = run(case, factors=factors, engine=engine, experiment=experiment)
    is_slope = case.contrast == "x"
    columns = ("log2_fold_change_se", "statistic")
    close(one, other, parity=2e-3, most=1e-1, scale=1 / a if is_slope else 1.0, columns=columns)


@PROFILE
@given(plain("covariate", "slope"), st.floats(-50, 50), ENGINES)
def test_m24_covariate_from_another_origin(case, b, engine):
    """Far from the origin R's fallback may stop short for a gene, and the trend with it: there only exact holds."""
    b = b if engine == "exact" else b / 10
    samples = case.experiment.samples
    factors = run(case).size_factors.values
    experiment = replace(case.experiment, samples=samples.assign(x=samples["x"] + b))
    one = run(case, factors=factors, engine=engine)
    close(one, run(case, factors=factors, engine=engine, experiment=experiment), parity=3e-5)


@PROFILE
@given(
    cases("two groups", "uneven", "batches", "cells", "covariate"),
    st.sampled_from([{}, {"use_t": True}, {"lfc": 0.4}, {"method": "ols"}, {"shrink": "ashr"}]),
)
def test_m27_reversed(case, options):
    back = replace(case, contrast="a:a0:a1")
    signs = {"log2_fold_change": -1.0, "statistic": -1.0}
    # the reference level stays, so the model is the same
    tight(table(case, **options), table(back, **options), **signs)


@PROFILE
@given(plain("two groups", "uneven", "batches", "three levels", "covariate"), ENGINES)
def test_m28_another_reference(case, engine):
    for reference in sorted(set(case.experiment.samples["a"])):
        other = run(case, engine=engine, reference=[f"a={reference}"])
        close(run(case, engine=engine), other, parity=2e-5)


@PROFILE
@given(plain("interaction"), ENGINES)
def test_m29_cells_instead_of_an_interaction(case, engine):
    contrast = "cond(a=a1,b=b1) - cond(a=a0,b=b1) - cond(a=a1,b=b0) + cond(a=a0,b=b0)"
    cells = replace(case, design="~ 0 + a:b", contrast=contrast)
    close(run(case, engine=engine), run(cells, engine=engine), parity=2e-5)
    tight(run(case, engine=engine, contrast=[contrast]).results[0].table, table(case, engine=engine), limit=1e-9)


@PROFILE
@given(cases("three levels", "batches"), st.floats(0.1, 9), st.booleans(), st.sampled_from([{}, {"method": "ols"}]))
def test_m30_contrast_times_a_constant(case, c, negative, options):
    c = -c if negative else c
    vector = np.array([0.0, -1.0, 1.0] if case.design == "~ a" else [0.0, 0.5, 1.0])
    one, other = (table(case, contrast=[str((vector * k).tolist())], **options) for k in (1.0, c))
    scaled = other.assign(
        log2_fold_change=other["log2_fold_change"] / c, log2_fold_change_se=other["log2_fold_change_se"] / abs(c),
        statistic=other["statistic"] * np.sign(c),
    )  # fmt: skip
    tight(one, scaled, limit=1e-11)


@PROFILE
@given(cases("three levels"), st.sampled_from([{}, {"engine": "exact"}, {"method": "ols"}]))
def test_m31_differences_add_up(case, options):
    results = run(case, contrast=["a:a2:a1", "a:a1:a0", "a:a2:a0"], **options).results
    first, second, whole = (result.table["log2_fold_change"].to_numpy() for result in results)
    zero = [(result.table["pvalue"] == 1).to_numpy() for result in results]
    keep = ~np.any(zero, axis=0)  # a gene without reads in two groups has fold change 0 by rule
    np.testing.assert_allclose((first + second)[keep], whole[keep], rtol=0, atol=1e-12)


@PROFILE
@given(plain("two groups", "batches", "three levels"), ENGINES)
def test_m35_lrt_in_other_coordinates(case, engine):
    one = run(case, test="lrt", engine=engine)
    cells = replace(case, design=case.design.replace("~", "~ 0 +"), reduced=case.reduced.replace("~ b", "~ 0 + b"))
    columns = ("statistic",)
    close(one, run(case, test="lrt", engine=engine, reference=["a=a1"]), parity=1e-5, columns=columns)
    close(one, run(cells, test="lrt", engine=engine), parity=1e-5, columns=columns)


@PROFILE
@given(cases("two groups", "batches", "three levels", "interaction", "covariate"))
def test_m36_lrt_is_never_negative(case):
    found = table(case, test="lrt", engine="exact")
    assert (found["statistic"].dropna() >= 0).all()
    with pytest.raises(DesignError, match="E-DESIGN-009"):
        run(replace(case, reduced=case.design), test="lrt")


@PROFILE
@given(cases("two groups", "batches", "cells"), st.floats(0, 2), st.booleans())
def test_m37_m38_one_sided_tests_mirror(case, threshold, use_t):
    ways = {"use_t": use_t, "cooks": False, "independent_filtering": False}
    back = replace(case, contrast="a:a0:a1")
    up = table(case, alternative="greater", lfc=threshold, **ways)
    down = table(back, alternative="less", lfc=threshold, **ways)
    tight(up, down, log2_fold_change=-1.0, statistic=-1.0)
    if threshold == 0 or case.seed % 2:
        sides = [table(case, alternative=side, **ways)["pvalue"].to_numpy() for side in ("greater", "less")]
        # Genes without reads in both groups have p 1 by rule
        tested = ~((sides[0] == 1) & (sides[1] == 1))
        np.testing.assert_allclose(np.nansum(sides, axis=0)[tested & ~np.isnan(sides[0])], 1, atol=1e-12)


@PROFILE
@given(cases("two groups", "batches", "three levels"), st.sampled_from(["deseq2-1.38", "deseq2-1.44"]), st.booleans())
def test_m39_thresholds_are_monotone(case, profile, use_t):
    ways = {"profile": profile, "use_t": use_t}
    beyond = [table(case, lfc=t, **ways)["pvalue"].to_numpy() for t in (0.0, 0.2, 0.5, 1.0, 2.0)]
    within = [table(case, lfc=t, alternative="lessAbs", **ways)["pvalue"].to_numpy() for t in (0.2, 0.5, 1.0, 2.0)]
    ours = ~np.isnan(beyond[0])
    lfc = table(case)["log2_fold_change"].to_numpy()
    zero = (beyond[0] == 1) & (lfc == 0)
    for low, high in pairwise(beyond):
        assert (high[ours] >= low[ours] - 1e-12).all()
    for low, high in pairwise(within):
        assert (high[ours & ~zero] <= low[ours & ~zero] + 1e-12).all()


@pytest.mark.parametrize("engine", ["parity", "exact"])
def test_m40_m41_m42_planted_means(engine):
    """Equal size factors: coefficients are the logs of the group means, whatever the dispersions."""
    case = simulated("two groups", 4, 1, extremes=False)
    samples = case.experiment.samples.assign(a=["w", "x", "y", "z"] * 2)
    counts = case.experiment.counts.copy()
    counts[0] = np.array([100, 200, 400, 800] * 2)
    counts[1] = np.array([90, 180, 420, 790, 110, 220, 380, 810])
    planted = replace(case, experiment=Experiment(counts, samples, case.experiment.genes), contrast="a:x:w")
    contrasts = ["a:x:w", "a:y:w", "a:z:w"]
    found = run(planted, factors=np.ones(8), engine=engine, contrast=contrasts)
    for power, result in enumerate(found.results, 1):
        np.testing.assert_allclose(result.table["log2_fold_change"].iloc[:2], power, atol=1e-6)
    groups = np.stack([counts[:, k::4].mean(axis=1) for k in range(4)], axis=1)
    usual = (groups >= 5).all(axis=1) & ~found.fit.used_optim
    assert usual.sum() > 80
    log_means = np.log(groups[usual])
    fitted = found.fit.coefficients[usual] @ np.array([[1, 1, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    np.testing.assert_allclose(fitted, log_means, atol=1e-4)
    assert np.median(np.abs(fitted - log_means)) < 1e-6
    whole = replace(planted, design="~ 1", contrast="Intercept")
    alone = run(whole, factors=np.ones(8), engine=engine)
    counted = counts.any(axis=1)
    np.testing.assert_allclose(alone.fit.coefficients[counted, 0], np.log(counts[counted].mean(axis=1)), rtol=1e-13)


def test_m43_weight_0_is_a_sample_less():
    """At the dispersions of each gene alone; R's start values, prior and base means count samples of any weight."""
    case = simulated("batches", 6, 5, extremes=False)
    factors = run(case).size_factors.values
    weights = np.ones(case.experiment.counts.shape)
    weights[:, [0, 7]] = 0.0
    kept = np.setdiff1d(np.arange(case.experiment.n_samples), [0, 7])
    alone = {"trend": "none", "use_t": True, "cooks": False, "replace_outliers": False, "engine": "exact"}
    weighted = run(case, factors=factors, experiment=replace(case.experiment, weights=weights), **alone)
    smaller = run(case, factors=factors[kept], experiment=take(case.experiment, samples=kept), **alone)
    np.testing.assert_array_equal(weighted.fit.residual_df, smaller.fit.residual_df)
    a, b = weighted.results[0].table, smaller.results[0].table
    for column in ("log2_fold_change", "log2_fold_change_se", "pvalue"):
        found = difference(a, b, column)[settled(weighted, smaller)]
        assert np.median(found) < 1e-4, column
        assert np.quantile(found, 0.95) < 1e-2, column
    counts, factors, design, alpha = block()
    weights = np.ones(counts.shape)
    weights[:, 2] = 0.0
    one = fit_coefficients(counts, factors, design, alpha, weights=weights, engine="exact")
    other = fit_coefficients(
        np.ascontiguousarray(np.delete(counts, 2, 1)), np.delete(factors, 2), np.delete(design, 2, 0), alpha,
        engine="exact",
    )  # fmt: skip
    for name in ("beta", "covariance", "log_likelihood"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-6, atol=1e-6, err_msg=name)


def block(n_genes: int = 60, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Counts, factors, design and dispersions of a small block."""
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4), np.tile([0.0, 1.0], 4)])
    mean = np.exp(rng.normal(5, 1, n_genes))
    alpha = np.exp(rng.normal(-2, 0.7, n_genes))
    rate = mean[:, None] * np.exp(rng.normal(0, 0.5, (n_genes, 3)) @ design.T)
    counts = rng.poisson(rng.gamma(1 / alpha[:, None], alpha[:, None] * rate)).astype(np.int32)
    return counts + 1, np.exp(rng.normal(0, 0.2, 8)), design, alpha


def test_m44_twice_at_half_the_weight():
    counts, factors, design, alpha = block()
    once = fit_coefficients(counts, factors, design, alpha, engine="exact")
    twice = fit_coefficients(
        np.hstack([counts, counts]), np.tile(factors, 2), np.vstack([design, design]), alpha,
        weights=np.full((len(counts), 16), 0.5), engine="exact",
    )  # fmt: skip
    # The optimum is found where the deviance no longer changes in its 14th digit: half as many digits of its place
    np.testing.assert_allclose(twice["beta"], once["beta"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(twice["covariance"], once["covariance"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(twice["log_likelihood"], once["log_likelihood"], rtol=1e-9)


def test_m62_samples_twice_halve_the_variance():
    counts, factors, design, alpha = block()
    once = fit_coefficients(counts, factors, design, alpha, engine="exact")
    twice = fit_coefficients(
        np.hstack([counts, counts]), np.tile(factors, 2), np.vstack([design, design]), alpha, engine="exact"
    )
    np.testing.assert_allclose(twice["beta"], once["beta"], rtol=0, atol=2e-5)
    np.testing.assert_allclose(twice["covariance"], once["covariance"] / 2, rtol=0, atol=1e-6)


def test_m64_without_dispersion_it_is_poisson():
    statsmodels = pytest.importorskip("statsmodels.api")
    counts, factors, design, _ = block()
    fit = fit_coefficients(counts, factors, design, np.full(len(counts), 1e-10), engine="exact")
    for row, beta, packed in zip(counts, fit["beta"], fit["covariance"], strict=True):
        theirs = statsmodels.GLM(row, design, family=statsmodels.families.Poisson(), offset=np.log(factors)).fit(
            tol=1e-12
        )
        np.testing.assert_allclose(beta, theirs.params, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(np.sqrt(packed[[0, 2, 5]]), theirs.bse, rtol=1e-5)
