"""The vocabulary and the styles of result tables."""

from __future__ import annotations

import pytest

from foldwise import names

DESEQ2 = ["gene_id", "base_mean", "log2_fold_change", "log2_fold_change_se", "statistic", "pvalue", "padj", "status"]


def test_canonical_keeps_the_order_of_the_vocabulary():
    shuffled = list(reversed(DESEQ2))
    assert [name for name, _ in names.style_columns("canonical", shuffled)] == DESEQ2


def test_deseq2_names_are_those_that_downstream_tools_read():
    shown = [name for _, name in names.style_columns("deseq2", DESEQ2)]
    assert shown == ["gene_id", "baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj"]


def test_statistic_column_says_what_it_is():
    present = [*DESEQ2, "mean_log2_cpm"]
    lrt = [name for _, name in names.style_columns("edger", present, names.statistic_name("deseq2", "lrt"))]
    assert lrt == ["gene_id", "logFC", "logCPM", "LR", "PValue", "FDR"]
    t = [name for _, name in names.style_columns("limma", [*present, "log_odds"], names.statistic_name("ols"))]
    assert t == ["gene_id", "logFC", "AveExpr", "t", "P.Value", "adj.P.Val", "B"]
    assert names.statistic_name("deseq2") == "z"


def test_absent_columns_are_left_out():
    assert "logCPM" not in [shown for _, shown in names.style_columns("edger", DESEQ2, "z")]
    shown = [name for _, name in names.style_columns("scanpy", DESEQ2)]
    assert shown == ["names", "scores", "logfoldchanges", "pvals", "pvals_adj"]


def test_missing_values_are_na_in_r_styles_only():
    assert {style: names.missing_text(style) for style in names.STYLES} == {
        "canonical": "",
        "scanpy": "",
        "deseq2": "NA",
        "edger": "NA",
        "limma": "NA",
    }


def test_every_quantity_has_a_sentence():
    for quantity in names.RESULT_COLUMNS + names.OTHER_QUANTITIES:
        assert quantity.meaning.endswith("."), quantity.name
        assert names.quantity(quantity.name) is quantity


def test_unknown_style():
    with pytest.raises(KeyError):
        names.style_columns("excel", DESEQ2)
