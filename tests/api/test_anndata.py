"""The AnnData face: same numbers, and nothing of the AnnData is touched but uns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import foldwise as fw

anndata = pytest.importorskip("anndata")
pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
CONTRAST = ("group", "treated", "control")


@pytest.fixture
def adata(simulation):
    counts = simulation.counts.T.to_numpy().astype(np.float32)
    obs = simulation.samples.astype({"group": "category"})
    made = anndata.AnnData(np.log1p(counts), obs=obs, var=pd.DataFrame(index=simulation.counts.index))
    made.layers["counts"] = counts
    return made


@pytest.fixture(scope="module")
def expected(simulation) -> pd.DataFrame:
    return fw.de(simulation.counts, simulation.samples, "~ group", contrast=CONTRAST).table


def test_m13_m19_anndata_gives_the_same_numbers(adata, expected):
    results = fw.de(adata, None, "~ group", contrast=CONTRAST, layer="counts")
    pd.testing.assert_frame_equal(results.table, expected, check_exact=True)


def test_tl_de_writes_uns_and_nothing_else(adata, expected):
    before = adata.copy()
    assert fw.tl.de(adata, "~ group", contrast=CONTRAST, layer="counts") is None
    assert list(adata.uns) == ["de"]
    np.testing.assert_array_equal(adata.X, before.X)
    assert list(adata.obs.columns) == list(before.obs.columns)
    assert list(adata.var.columns) == list(before.var.columns)
    assert list(adata.layers) == ["counts"]
    pd.testing.assert_frame_equal(fw.get.de_df(adata), expected, check_exact=True)
    styled = fw.get.de_df(adata, style="deseq2")
    np.testing.assert_array_equal(styled["lfcSE"], expected["log2_fold_change_se"])


def test_the_result_survives_h5ad(adata, expected, tmp_path):
    both = [CONTRAST, ("group", "control", "treated")]
    fw.tl.de(adata, "~ group", contrast=both, layer="counts", key_added="bulk")
    adata.write_h5ad(tmp_path / "a.h5ad")
    back = anndata.read_h5ad(tmp_path / "a.h5ad")
    table = fw.get.de_df(back, "bulk")
    assert list(table.columns) == list(expected.columns)
    np.testing.assert_array_equal(table["padj"], expected["padj"])
    assert list(table["status"].astype(str)) == list(expected["status"].astype(str))
    for draw in (fw.pl.volcano, fw.pl.ma, fw.pl.pvalue_hist):
        figure = draw(back, "bulk", contrast="group_control_vs_treated")
        assert figure.axes[0].get_title(loc="left") == "group: control vs treated"


def test_scanpy_slot(adata, expected):
    fw.tl.de(adata, "~ group", contrast=CONTRAST, layer="counts", write="scanpy")
    slot = adata.uns["rank_genes_groups"]
    assert slot["params"]["groupby"] == "group"
    assert slot["params"]["reference"] == "control"
    assert [slot[name].dtype["treated"].str for name in ("scores", "pvals", "pvals_adj", "logfoldchanges")] == [
        "<f4",
        "<f8",
        "<f8",
        "<f4",
    ]
    scores = slot["scores"]["treated"]
    assert (np.diff(scores[np.isfinite(scores)]) <= 0).all()
    assert np.isnan(scores[np.isfinite(scores).sum() :]).all()
    assert sorted(slot["names"]["treated"]) == sorted(adata.var_names)
    np.testing.assert_array_equal(expected.loc[slot["names"]["treated"], "pvalue"], slot["pvals"]["treated"])


@pytest.mark.parametrize("method", ["edger-ql", "edger-lrt"])
def test_scores_without_a_sign_get_that_of_the_change(adata, method):
    fw.tl.de(adata, "~ group", contrast=CONTRAST, layer="counts", write="scanpy", method=method)
    slot = adata.uns["rank_genes_groups"]
    scores, change = slot["scores"]["treated"], slot["logfoldchanges"]["treated"]
    known = np.isfinite(scores)
    assert (np.diff(scores[known]) <= 0).all()
    assert (np.sign(scores[known]) == np.sign(change[known])).all()
    assert change[0] > 0 > change[known][-1]


def test_without_a_layer_x_must_be_counts(adata):
    with pytest.raises(fw.InputError, match="E-CELL-002") as caught:
        fw.tl.de(adata, "~ group", contrast=CONTRAST)
    assert "counts" in caught.value.fix


def test_questions_about_what_is_not_there(adata):
    with pytest.raises(fw.UsageError, match="holds no result"):
        fw.get.de_df(adata)
    fw.tl.de(adata, "~ group", contrast=CONTRAST, layer="counts")
    with pytest.raises(fw.UsageError, match="There are: de"):
        fw.get.de_df(adata, "markers")
    with pytest.raises(fw.UsageError, match="group_treated_vs_control"):
        fw.get.de_df(adata, contrast="drug")
    with pytest.raises(fw.UsageError, match="E-USAGE-001"):
        fw.tl.de(adata, "~ group", write="seurat", layer="counts")
