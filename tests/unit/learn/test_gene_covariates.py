"""Columns of the table of genes: numbers, places on chromosomes, and what may not be used."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import UsageError
from foldwise.learn.gene_covariates import chromosome_places, covariate_values, depends_on_test, refusal


@pytest.mark.parametrize(
    "name",
    ["pvalue", "PValue", "P.Value", "padj", "FDR", "adj.P.Val", "log2FoldChange", "logFC", "abs LFC", "stat", "lfcSE",
     "dispersion", "trended.dispersion", "weight", "pvals_adj", "padj_learned", "s_value", "log_odds", "q-value"],
)  # fmt: skip
def test_numbers_of_the_comparison_are_known_in_every_language(name):
    assert depends_on_test(name)
    found = refusal(pd.DataFrame({name: [1.0, 2.0]}), [name])
    assert found is not None
    assert found.column == name


@pytest.mark.parametrize(
    "name", ["length", "gc", "prior", "base_mean", "conservation", "tau", "chr", "<img onerror=1>"]
)
def test_what_is_known_of_a_gene_is_allowed(name):
    assert not depends_on_test(name)


def test_values_are_read_as_numbers_and_gaps_stay_gaps():
    genes = pd.DataFrame(
        {"length": ["100", " 2e3", "", "NA"], "gc": [0.4, 0.5, np.nan, 0.6], "word": ["a", "1", "", "b"]}
    )
    length, gc = covariate_values(genes, ["length", "gc"])
    np.testing.assert_array_equal(length, [100, 2000, np.nan, np.nan])
    np.testing.assert_array_equal(gc, [0.4, 0.5, np.nan, 0.6])
    with pytest.raises(UsageError, match="must hold numbers; 2 genes") as caught:
        covariate_values(genes, ["word"])
    assert caught.value.id == "E-USAGE-002"
    with pytest.raises(UsageError, match="no column 'tau'"):
        covariate_values(genes, ["tau"])
    assert refusal(genes, ["length", "gc"]) is None


def test_constant_covariates_are_refused():
    found = refusal(pd.DataFrame({"gc": ["0.5", "0.5", ""]}), ["gc"])
    assert found is not None
    assert "same value" in found.reason


def test_places_on_chromosomes():
    genes = pd.DataFrame({"Chr": ["chr1;chr1", "chr2", ""], "Start": ["10;20", "x", None]})
    chromosome, start = chromosome_places(genes)
    assert chromosome.tolist() == ["chr1", "chr2", ""]
    np.testing.assert_array_equal(start, [10, np.nan, np.nan])
    assert chromosome_places(genes[["Start"]]) is None
    assert chromosome_places(pd.DataFrame({"seqname": ["1", "2"]}))[1] is None
    assert chromosome_places(pd.DataFrame({"chr": ["1", "1"]})) is None
