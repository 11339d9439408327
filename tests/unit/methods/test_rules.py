"""Rules of the methods that single genes show: the exception of the outlier mask, emptied genes, contrasts, engines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from foldwise import pipeline
from foldwise.engine.threads import ThreadEngine, take_genes
from foldwise.errors import InternalError, UsageError
from foldwise.method import METHODS, method_class
from foldwise.methods.deseq2 import DESeq2
from foldwise.methods.deseq2.estimates import contrast_estimates, is_two_groups, relative_weights
from foldwise.model.contrast import make_contrast
from foldwise.model.design import make_design
from foldwise.model.experiment import CSRCounts, Experiment
from foldwise.model.fit import Status
from foldwise.model.spec import AnalysisSpec
from tests.property.relations import run, simulated, table, with_counts


def test_a_large_count_that_others_exceed_is_kept_in_two_groups_only():
    """The sample of the largest distance has 1000 reads; three others have more, and the p-value stays."""
    case = simulated("two groups", 4, 2, extremes=False)
    counts, samples = case.experiment.counts.copy(), case.experiment.samples
    first = (samples["a"] == "a0").to_numpy()
    counts[5, first], counts[5, ~first] = [1, 1, 1, 3000], [5000, 6000, 7000, 6500]
    counts[6, first], counts[6, ~first] = [1, 1, 1, 3000], [5, 6, 7, 6]
    kept = table(with_counts(case, counts), factors=np.ones(8))
    assert kept["status"].iloc[6] == "count_outlier"
    assert kept["status"].iloc[5] in ("ok", "low_count")
    more = replace(with_counts(case, counts), design="~ b + a")
    found = run(more, factors=np.ones(8))
    cutoff = found.results[0].facts["cooks_cutoff"]
    assert (found.results[0].table["status"] == "count_outlier").sum() == (found.fit.max_cooks > cutoff).sum()


@pytest.mark.parametrize("shrink", ["none", "apeglm", "ashr", "normal"])
@pytest.mark.parametrize("test", ["wald", "lrt"])
def test_a_gene_whose_only_count_was_replaced_has_change_0_and_p_1(shrink, test):
    case = replace(simulated("two groups", 8, 2, extremes=False), contrast="a:a1:a0")
    counts = case.experiment.counts.copy()
    counts[5] = 0
    counts[5, 3] = 40
    found = run(with_counts(case, counts), shrink=shrink, test=test, independent_filtering=False)
    row = found.results[0].table.iloc[5]
    assert found.fit.extra["emptied"][5]
    assert found.fit.replaced[5]
    assert (row["base_mean"], row["log2_fold_change"], row["statistic"], row["pvalue"], row["padj"]) == (0, 0, 0, 1, 1)
    if shrink != "none":
        assert row["log2_fold_change_shrunk"] == 0
    assert found.fit.status[5] == Status.OK
    assert np.isfinite(found.vst[5]).all()


def test_two_groups_means_one_factor_of_two_levels_as_a_formula():
    samples = simulated("interaction", 4, 1).experiment.samples
    assert is_two_groups(make_design("~ a", samples))
    assert is_two_groups(make_design("~ 0 + a", samples))
    for formula in ("~ b + a", "~ x", "~ a * b", "~ 1", "~ a + x"):
        assert not is_two_groups(make_design(formula, samples))
    three = simulated("three levels", 4, 1).experiment.samples
    assert not is_two_groups(make_design("~ a", three))


def test_weights_are_relative_to_the_largest_of_their_gene():
    weights = np.array([[0.5, 1.0, 2.0], [0.0, 0.0, 0.0], [3.0, 3.0, 3.0]])
    experiment = Experiment(np.ones((3, 3)), pd.DataFrame(index=list("xyz")), pd.DataFrame(index=range(3)))
    assert relative_weights(experiment) is None
    found = relative_weights(replace(experiment, weights=weights))
    np.testing.assert_array_equal(found, [[0.25, 0.5, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    scaled = relative_weights(replace(experiment, weights=weights * 8))
    np.testing.assert_array_equal(found, scaled)


def test_a_contrast_is_the_quadratic_form_of_the_covariance():
    found = run(simulated("batches", 5, 3))
    c = np.array([0.3, -1.0, 2.0])
    contrast = make_contrast(found.design, c)
    lfc, se = contrast_estimates(found.fit, contrast)
    full = np.zeros((160, 3, 3))
    for number, (i, j) in enumerate([(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]):
        full[:, i, j] = full[:, j, i] = found.fit.covariance[:, number]
    np.testing.assert_allclose(lfc, found.fit.coefficients @ c / np.log(2), rtol=1e-13)
    np.testing.assert_allclose(se, np.sqrt(np.einsum("i,gij,j->g", c, full, c)) / np.log(2), rtol=1e-12)
    for k in range(3):
        assert (full[1:, k, k] > 0).all()


def test_with_a_t_distribution_p_is_larger_and_the_rest_the_same():
    case = simulated("two groups", 3, 5)
    normal, t = table(case), table(case, use_t=True)
    tested = normal["pvalue"].between(0, 1, inclusive="neither")
    assert (t["pvalue"][tested] > normal["pvalue"][tested]).all()
    pd.testing.assert_frame_equal(t.iloc[:, :4], normal.iloc[:, :4], check_exact=True)


@pytest.mark.parametrize("shrink", ["apeglm", "normal"])
def test_shrinking_a_coefficient_needs_one(shrink):
    case = simulated("three levels", 4, 1)
    with pytest.raises(UsageError, match="E-USAGE-002") as caught:
        run(replace(case, contrast="a:a2:a1"), shrink=shrink)
    assert "--shrink ashr" in caught.value.fix
    with pytest.raises(UsageError, match="E-USAGE-002"):
        run(replace(case, contrast="Intercept"), shrink=shrink)
    if shrink == "normal":
        with pytest.raises(UsageError, match="interactions"):
            run(simulated("interaction", 4, 1), shrink=shrink)


def test_a_reversed_coefficient_is_shrunk_with_its_sign():
    case = simulated("two groups", 5, 4, extremes=False)
    for shrink in ("apeglm", "normal"):
        one, other = (table(replace(case, contrast=c), shrink=shrink) for c in ("a:a1:a0", "a:a0:a1"))
        np.testing.assert_array_equal(one["log2_fold_change_shrunk"], -other["log2_fold_change_shrunk"])


def test_methods_are_found_by_name():
    assert method_class("deseq2") is DESeq2
    for name in METHODS:
        found = method_class(name)
        assert found.id == name
        assert isinstance(found.from_spec(AnalysisSpec()), found)
    with pytest.raises(UsageError, match="Did you mean deseq2"):
        method_class("deseq")
    with pytest.raises(UsageError, match="E-USAGE-002"):
        DESeq2(kind="lrt").fit(*_inputs(), None, ThreadEngine(1))
    with pytest.raises(InternalError, match="without size factors"):
        DESeq2().fit(*_inputs(), None, ThreadEngine(1))


def _inputs():
    experiment = simulated("two groups", 3, 1).experiment
    return experiment, make_design("~ a", experiment.samples)


def test_fractions_are_taken_by_ols_and_their_sum_is_that_of_the_columns():
    case = simulated("two groups", 4, 6, extremes=False)
    halves = replace(case.experiment, counts=case.experiment.counts / 3)
    found = run(case, experiment=halves, method="ols", size_factors="none")
    whole = run(case, method="ols", size_factors="none")
    np.testing.assert_allclose(found.size_factors.values, whole.size_factors.values, rtol=1e-12)
    np.testing.assert_allclose(found.fit.extra["library_sizes"], case.experiment.counts.sum(axis=0) / 3, rtol=1e-12)
    for block in (1, 7, 100):
        again = run(case, experiment=halves, method="ols", size_factors="none", on=ThreadEngine(1, block_genes=block))
        np.testing.assert_array_equal(again.results[0].table["pvalue"], found.results[0].table["pvalue"])


def test_genes_of_an_engine_are_taken_in_any_order_from_either_storage():
    counts = simulated("two groups", 4, 6).experiment.counts
    gene, sample = np.nonzero(counts)
    indptr = np.concatenate(([0], np.cumsum(np.count_nonzero(counts, axis=1)))).astype(np.int64)
    thin = CSRCounts(counts[gene, sample], sample.astype(np.int32), indptr, counts.shape)
    for pick in (slice(3, 50), slice(0, 0), np.array([9, 2, 2, 150]), np.array([], dtype=int)):
        np.testing.assert_array_equal(take_genes(thin, pick).to_dense(), take_genes(counts, pick))
    total = ThreadEngine(1, block_genes=7).fold_samples(
        lambda block: block.sum(axis=0) if isinstance(block, np.ndarray) else block.to_dense().sum(axis=0), thin
    )
    np.testing.assert_array_equal(total, counts.sum(axis=0))


def test_progress_is_told_by_stage_and_ends_at_all_genes():
    told = []
    case = simulated("batches", 5, 3)
    run(case, on=ThreadEngine(1, block_genes=50, progress=lambda *event: told.append(event)))
    for stage in ("dispersions", "coefficients"):
        done = [(number, total) for name, number, total in told if name == stage]
        assert done == [(50, 159), (100, 159), (150, 159), (159, 159)]


def test_coefficients_on_the_log2_scale_hold_every_contrast():
    found = run(simulated("interaction", 5, 3))
    frame = pipeline.log2_coefficients(found)
    np.testing.assert_array_equal(frame[:, -1], found.results[0].table["log2_fold_change"])
