"""Reduced forms of the claims of ``verification`` on real data with a truth, each with its fault planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from verification import n6_wild_type_splits as n6
from verification import t1_yeast_gold, t2_thinning, t4_covariates, t5_seqc, t6_sex_genes
from verification.analysis import Called, compare, two_groups
from verification.beside_r import IN_R
from verification.rates import null_rates
from verification.reference import yeast
from verification.results import kept
from verification.t7_false_discoveries import false_discoveries


def too_small(counts, group, method):
    """Adjusted p-values a quarter of the plain ones."""
    called = two_groups(counts, group, method)
    return Called(called.pvalue, called.pvalue / 4, called.log2_fold_change, called.mean)


@pytest.mark.parametrize("method", sorted(kept("n6_beside_r_splits")["method"].unique()))
def test_N6_wild_type_splits_are_as_in_R(method):
    """R's fractions on the same splits are kept figures."""
    theirs = kept("n6_beside_r_splits").query("method == @method and n == 3 and split < 4")
    counts = yeast("WT")[0].to_numpy()
    for row, columns in zip(theirs.itertuples(), n6.splits(3, 4), strict=True):
        ours = null_rates(two_groups(counts[:, columns], np.repeat([0, 1], 3), method, **IN_R[method]))
        assert ours["tested"] == row.genes_r
        assert abs(ours["below_05"] - row.below_05_r) < 0.001  # the goal is .01


def test_N6_sees_other_splits():
    """The check tells one split from another: fractions of two splits lie further apart than its bound."""
    theirs = kept("n6_beside_r_splits").query("method == 'edger-ql' and n == 3")
    assert np.ptp(theirs["below_05_r"]) > 0.01


def test_T1_yeast_draws():
    table = false_discoveries(
        t1_yeast_gold.yeast_draws(4, (3, 6), ("edger-ql", "limma-voom")), ("truth", "method", "n")
    )
    assert (table["verdict"] == "pass").all(), table.to_string()
    power = table[table["truth"] == "own"].set_index(["method", "n"])["tpr"]
    assert (power.xs(3, level="n") > 0.15).all()
    assert (power.xs(6, level="n") > 0.45).all()


def test_T1_fails_with_p_values_too_small():
    runs = t1_yeast_gold.yeast_draws(4, (3,), ("edger-ql", "limma-voom"), too_small)
    table = false_discoveries(runs, ("truth", "method", "n"))
    assert (table["verdict"] == "FAIL").all(), table.to_string()


def thinned(analyze):
    runs = t2_thinning.planted_changes(3, "yeast", ("edger-ql", "limma-voom"), analyze, (6,), (0.15,))
    return t2_thinning.summary(runs)


def test_T2_planted_changes():
    table = thinned(two_groups)
    assert set(table["planted"]) == {"15% both", "15% up"}
    assert (table["verdict"] == "pass").all(), table.to_string()
    assert (table["tpr"] > 0.5).all()
    assert (table["mse_log2"] < 0.2).all()
    assert table.query("method == 'limma-voom'")["coverage"].between(0.85, 0.999).all()


def test_T2_fails_with_p_values_taken_for_adjusted_ones():
    def uncorrected(counts, group, method):
        called = two_groups(counts, group, method)
        return Called(called.pvalue, called.pvalue, called.log2_fold_change, called.mean)

    table = thinned(uncorrected)
    assert (table["fdp"] > 0.05).all(), table.to_string()


def test_T4_a_covariate_that_knows_something_helps_and_a_shuffled_one_does_not():
    runs = t4_covariates.draws(2, (5,), ("strong",))
    table = t4_covariates.summary(runs).set_index("method")
    assert table.loc["ihw", "gain_points"] > 1
    assert abs(table.loc["ihw, shuffled", "gain_points"]) < 0.5
    assert (table.drop("storey")["fdp"] < 0.15).all(), table.to_string()


def test_T4_sees_a_correction_that_is_none():
    runs = t4_covariates.draws(2, (5,), ("none",), lambda p, x, seed: {"bh": p / 5})
    assert t4_covariates.summary(runs).set_index("method").loc["bh", "fdp"] > 0.05


def test_T5_fold_changes_of_taqman_and_spikes():
    table = t5_seqc.seqc(("edger-ql", "limma-voom")).set_index("method")
    assert (table["taqman_r"] > 0.93).all()
    assert (table["ercc_r"] > 0.97).all()
    assert (table["taqman_clear_called_right"] > 0.95).all()


def test_T5_fails_with_groups_exchanged(monkeypatch):
    def exchanged(counts, samples, design, contrast, method, **options):
        return compare(counts, samples, design, (contrast[0], contrast[2], contrast[1]), method, **options)

    monkeypatch.setattr(t5_seqc, "compare", exchanged)
    table = t5_seqc.seqc(("limma-voom",)).iloc[0]
    assert table["taqman_r"] < -0.9
    assert table["taqman_clear_called_right"] < 0.05


def test_T6_sex_genes(monkeypatch):
    monkeypatch.setattr(t6_sex_genes, "TWO_GROUP_ONLY", ("edger-ql", "limma-voom"))  # pickrell alone: hapmap is large
    table = t6_sex_genes.sex_genes(("edger-ql", "limma-voom"))
    assert list(table["data"]) == ["pickrell", "pickrell"]
    assert (table["msY_up"] >= 9).all()
    assert (table["msY_down"] == 0).all()
    assert (table["escape_down"] > 5 * table["escape_up"]).all()


def test_T6_fails_with_sexes_shuffled(monkeypatch):
    samples = t6_sex_genes.table("pickrell", "samples.tsv").copy()
    rng = np.random.default_rng(6)
    samples["gender"] = pd.Series(rng.permutation(samples["gender"].to_numpy()), index=samples.index)
    row = t6_sex_genes._sex("pickrell", samples, "~ gender", "limma-voom")
    assert row["msY_up"] < 9
