"""Tables on disk."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from foldwise.io import write_outputs as out
from foldwise.model.contrast import Contrast
from foldwise.model.results import ResultTable

NAN = float("nan")


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "base_mean": [100.0, 0.0, 2.5, 1e-7],
            "log2_fold_change": [1.5, NAN, -2.0, 0.1],
            "log2_fold_change_se": [0.5, NAN, 0.25, 1 / 3],
            "statistic": [3.0, NAN, -8.0, 3.0],
            "pvalue": [0.0027, NAN, 1e-300, 0.0027],
            "padj": [0.003, NAN, 2e-300, NAN],
            "status": pd.Categorical(["ok", "all_zero", "ok", "low_count"]),
        },
        index=pd.Index(["b", "=cmd", "µ gene", "a"], name="gene_id"),
    )


def result(table: pd.DataFrame, id: str = "x") -> ResultTable:
    return ResultTable(Contrast(id, "x", "up", np.zeros(1), "numeric"), table, fdr=0.05)


def test_canonical_text(table):
    lines = out.result_bytes(table, "canonical", "z").decode().splitlines()
    head = "gene_id\tbase_mean\tlog2_fold_change\tlog2_fold_change_se\tstatistic\tpvalue\tpadj\tstatus"
    assert lines[0] == head
    assert lines[1] == "b\t100\t1.5\t0.5\t3\t0.0027\t0.003\tok"
    assert lines[2] == "=cmd\t0\t\t\t\t\t\tall_zero"
    assert lines[4] == "a\t1e-07\t0.1\t0.3333333333333333\t3\t0.0027\t\tlow_count"


def test_r_styles_write_na(table):
    lines = out.result_bytes(table, "deseq2", "z").decode().splitlines()
    assert lines[0] == "gene_id\tbaseMean\tlog2FoldChange\tlfcSE\tstat\tpvalue\tpadj"
    assert lines[2] == "=cmd\t0\tNA\tNA\tNA\tNA\tNA"


@pytest.mark.parametrize("style", ["canonical", "deseq2", "edger", "limma", "scanpy"])
def test_m67_a_style_changes_no_number(tmp_path, table, style):
    path = tmp_path / "t.tsv"
    out.write_result(path, table, style, "z")
    back = pd.read_csv(path, sep="\t", index_col=0, na_values=["NA"], keep_default_na=False)
    from foldwise.names import style_columns

    for canonical, shown in style_columns(style, ["gene_id", *table.columns], "z")[1:]:
        if canonical != "status":
            written = pd.to_numeric(back[shown]).to_numpy()
            np.testing.assert_array_equal(written, table[canonical].to_numpy())


def test_significant_genes_best_first(table):
    assert list(out.significant(result(table)).index) == ["µ gene", "b"]


def test_ranking_is_by_signed_statistic_and_ties_by_id(table):
    genes, score = out.ranking(table, "z")
    assert genes == ["a", "b", "µ gene"]
    assert score.tolist() == [3.0, 3.0, -8.0]
    genes, score = out.ranking(table.assign(statistic=[9.0, NAN, 16.0, 4.0]), "LR")
    assert genes == ["b", "a", "µ gene"]
    assert score.tolist() == [3.0, 2.0, -4.0]


def test_file_names_are_safe_and_distinct(table):
    ids = ["../../etc/passwd", "a b/c", "A_b_c", "a:b", "", "ü"]
    stems = out.file_stems([result(table, id) for id in ids])
    assert stems == ["_.._etc_passwd", "a_b_c", "A_b_c_2", "a_b", "contrast", "ü"]


def test_gzip_depends_on_the_content_only(tmp_path):
    for name in ("one.tsv.gz", "two.tsv.gz"):
        out.write_columns(tmp_path / name, ["gene_id", "S1"], [["g"], np.array([[1.5]])])
    first, second = (tmp_path / "one.tsv.gz").read_bytes(), (tmp_path / "two.tsv.gz").read_bytes()
    assert first == second
    assert gzip.decompress(first) == b"gene_id\tS1\ng\t1.5\n"
