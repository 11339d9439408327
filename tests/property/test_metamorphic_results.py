"""Relations of results as a whole (class A): depth, single genes, adjusted p-values, shrinkage, thinning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import foldwise as fw
from foldwise.stats.size_factors import ratio
from tests.property.relations import N_GENES, cases, run, same, simulated, table, take, with_counts

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
PROFILE = settings(max_examples=20, deadline=None, derandomize=True)
WAYS = ({}, {"test": "lrt"}, {"engine": "exact"}, {"use_t": True}, {"lfc": 0.5}, {"trend": "mean"}, {"method": "ols"})


@PROFILE
@given(cases(extremes=False, smallest=4), st.sampled_from([2, 3, 8]), st.data())
def test_m20_one_sample_sequenced_deeper(case, k, data):
    """Its size factor is k times what it was, relative to the others; fold changes of high counts hardly move."""
    sample = data.draw(st.integers(0, case.experiment.n_samples - 1))
    counts = case.experiment.counts.copy()
    counts[:, sample] *= k
    change = ratio(counts) / ratio(case.experiment.counts)
    others = np.delete(change, sample)
    np.testing.assert_allclose(others, others[0], rtol=1e-12)
    np.testing.assert_allclose(change[sample] / others, k, rtol=1e-12)
    one, other = table(case, replace_outliers=False), table(with_counts(case, counts), replace_outliers=False)
    high = (case.experiment.counts > 1000).all(axis=1) & (one["log2_fold_change"].abs() < 5).to_numpy()
    moved = (one["log2_fold_change"] - other["log2_fold_change"])[high].abs()
    assert moved.median() < 0.01
    # In units of the standard error, which a slope per unit of a covariate needs
    assert (moved / one["log2_fold_change_se"][high]).max() < 0.2


@PROFILE
@given(cases(extremes=False, smallest=4), st.integers(1, 5), st.integers(0, N_GENES - 1))
def test_m49_constant_genes_more_or_a_gene_less(case, n, dropped):
    counts = case.experiment.counts
    constant = np.full((n, case.experiment.n_samples), 100, dtype=np.int32)
    genes = pd.DataFrame(index=[*case.experiment.genes.index, *(f"constant{k}" for k in range(n))])
    more = replace(case.experiment, counts=np.vstack([counts, constant]), genes=genes)
    fewer = take(case.experiment, np.delete(np.arange(N_GENES), dropped))
    expected = table(case, replace_outliers=False)
    for experiment in (more, fewer):
        result = run(case, experiment=experiment, replace_outliers=False)
        found = result.results[0].table
        assert np.isfinite(result.size_factors.values).all()
        assert not found["log2_fold_change"][found["status"] != "all_zero"].isna().any()
        both = found.index.intersection(expected.index)
        moved = (found.loc[both, "log2_fold_change"] - expected.loc[both, "log2_fold_change"]).abs()
        assert moved.median() < 0.05


@PROFILE
@given(cases(), st.sampled_from(WAYS))
def test_m53_m56_adjusted_values_and_statistics(case, options):
    found = table(case, **options)
    tested = found.dropna(subset=["pvalue"])
    assert tested["pvalue"].between(0, 1).all()
    adjusted = tested.dropna(subset=["padj"]).sort_values("pvalue")
    assert (adjusted["padj"] >= adjusted["pvalue"]).all()
    assert (adjusted["padj"] <= 1).all()
    assert adjusted["padj"].is_monotonic_increasing
    if not options.get("lfc"):
        by_size = tested.assign(size=tested["statistic"].abs()).sort_values(["size", "pvalue"], ascending=[True, False])
        assert by_size["pvalue"].is_monotonic_decreasing


@PROFILE
@given(cases(), st.sampled_from(WAYS))
def test_m54_adjustment_ignores_missing_values_and_order(case, options):
    from foldwise.stats.multiple_testing import benjamini_hochberg

    plain = {**options} if options.get("method") == "ols" else {**options, "independent_filtering": False}
    found = table(case, **plain)
    present = found["pvalue"].notna().to_numpy()
    alone = benjamini_hochberg(found["pvalue"].to_numpy()[present][::-1])[::-1]
    np.testing.assert_array_equal(found["padj"].to_numpy()[present], alone)
    assert found["padj"][~present].isna().all()


def test_m63_half_the_depth():
    """Thinning loses reads, not direction: the median of the change of fold changes is nothing."""
    biases = []
    for seed in range(6):
        case = simulated("two groups", 6, seed, 400, extremes=False)
        thinned = np.random.default_rng(seed).binomial(case.experiment.counts, 0.5).astype(np.int32)
        one, half = table(case), table(with_counts(case, thinned))
        biases.append((half["log2_fold_change"] - one["log2_fold_change"])[one["base_mean"] > 20].median())
    assert abs(np.mean(biases)) < 0.01
    assert np.abs(biases).max() < 0.03


@PROFILE
@given(cases("two groups", "batches", "three levels", smallest=4), st.sampled_from(["apeglm", "ashr", "normal"]))
def test_m65_shrinkage_keeps_the_sign_and_touches_nothing_else(case, kind):
    name = case.contrast if case.contrast != "a:a2:a1" else "a:a2:a0"
    whole = replace(case, contrast=name)
    plain, shrunk = table(whole), table(whole, shrink=kind)
    same(plain, shrunk, plain.columns)
    keep = (shrunk["status"] == "ok").to_numpy()
    change, less = shrunk["log2_fold_change"][keep], shrunk["log2_fold_change_shrunk"][keep]
    assert less.notna().all()
    clear = (change / shrunk["log2_fold_change_se"][keep]).abs() > 1
    assert (np.sign(less[clear]) * np.sign(change[clear]) >= 0).mean() > 0.98
    if kind != "apeglm":
        assert (np.sign(less) * np.sign(change) >= 0).mean() > 0.95
    assert (less.abs() <= change.abs() * (1 + 1e-9) + 0.05).mean() > 0.95


def test_m65_a_gene_without_reads_in_both_groups_stays_at_zero():
    case = simulated("three levels", 4, 3, extremes=False)
    counts = case.experiment.counts.copy()
    counts[7, case.experiment.samples["a"].isin(["a0", "a1"]).to_numpy()] = 0
    counts[7, (case.experiment.samples["a"] == "a2").to_numpy()] = 300
    whole = replace(with_counts(case, counts), contrast="a:a1:a0")
    for kind in ("apeglm", "ashr", "normal"):
        row = table(whole, shrink=kind).iloc[7]
        assert (row["log2_fold_change"], row["pvalue"], row["log2_fold_change_shrunk"]) == (0.0, 1.0, 0.0)


def test_m68_every_face_shows_the_numbers_of_the_table(tmp_path):
    case = simulated("batches", 5, 8)
    result = fw.de(case.experiment, None, case.design, contrast=case.contrast)
    expected = result.table
    written = pd.read_csv(
        result.to_tsv(tmp_path / "t.tsv"), sep="\t", index_col=0, keep_default_na=False, na_values=["NA", ""],
        float_precision="round_trip",
    )  # fmt: skip
    for column in ("log2_fold_change", "pvalue", "padj"):
        np.testing.assert_allclose(written[column], expected[column], rtol=1e-9)
    best = result.top(5)
    for gene in best.index:
        pd.testing.assert_series_equal(best.loc[gene], expected.loc[gene])
        assert f"{gene}" in result.explain(gene)
    assert f"{(expected['padj'] < 0.05).sum():,} gene" in result.summary()
