"""Cells: summed to profiles per donor, refused as samples, ranked between donors in scanpy's slot."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import foldwise as fw

anndata = pytest.importorskip("anndata")
pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning", "ignore::UserWarning")
N_GENES, N_CELLS, DONORS, TYPES = 300, 1200, 5, ["B cell", "T cell", "NK"]


@pytest.fixture(scope="module")
def cells():
    rng = np.random.default_rng(4)
    donor = rng.integers(0, DONORS, N_CELLS)
    kind = rng.choice(3, N_CELLS, p=[0.5, 0.3, 0.2])
    mean = rng.gamma(0.6, 1.5, N_GENES)
    of_donor = np.exp(rng.normal(0, 0.3, (DONORS, N_GENES)))
    of_kind = np.ones((3, N_GENES))
    for k in range(3):
        of_kind[k, 20 * k : 20 * k + 20] = 5.0  # twenty markers each
    values = rng.poisson(mean * of_donor[donor] * of_kind[kind]).astype(np.float32)
    obs = pd.DataFrame(
        {
            "donor": pd.Categorical([f"d{i}" for i in donor]),
            "cell_type": pd.Categorical([TYPES[i] for i in kind], categories=TYPES),
            "stim": ["ctrl" if i < 3 else "stim" for i in donor],
            "n_counts": values.sum(axis=1),
        },
        index=[f"cell{i}" for i in range(N_CELLS)],
    )
    var = pd.DataFrame({"symbol": [f"S{i}" for i in range(N_GENES)]}, index=[f"g{i}" for i in range(N_GENES)])
    made = anndata.AnnData(sparse.csr_matrix(np.log1p(values)), obs=obs, var=var)
    made.layers["counts"] = sparse.csr_matrix(values)
    return made


def by_hand(adata, donor, kind):
    chosen = ((adata.obs["donor"] == donor) & (adata.obs["cell_type"] == kind)).to_numpy()
    return np.asarray(adata.layers["counts"].toarray()[chosen].sum(axis=0)), int(chosen.sum())


def test_m47_pseudobulk_is_the_sum_made_by_hand_whatever_the_order(cells):
    made = fw.pp.pseudobulk(cells, sample="donor", groups="cell_type", layer="counts")
    assert made.shape == (DONORS * 3, N_GENES)
    assert made.X.dtype == np.int32
    for name, row in zip(made.obs_names, made.X, strict=True):
        sums, n = by_hand(cells, made.obs.loc[name, "donor"], made.obs.loc[name, "cell_type"])
        np.testing.assert_array_equal(row, sums)
        assert made.obs.loc[name, "n_cells"] == n
    assert list(made.obs.columns) == ["donor", "cell_type", "stim", "n_cells"]
    assert list(made.var["symbol"]) == list(cells.var["symbol"])
    order = np.random.default_rng(1).permutation(N_CELLS)
    shuffled = fw.pp.pseudobulk(cells[order].copy(), sample="donor", groups="cell_type", layer="counts")
    np.testing.assert_array_equal(shuffled[made.obs_names].X, made.X)


@pytest.mark.parametrize("kind", ["csr", "csc", "dense", "backed", "backed csc", "backed dense", "dask"])
def test_every_storage_gives_the_same_sums(cells, kind, tmp_path, monkeypatch):
    expected = fw.pp.pseudobulk(cells, sample="donor", groups="cell_type", layer="counts")
    counts = cells.layers["counts"]
    matrix = counts.toarray() if "dense" in kind else counts.tocsc() if "csc" in kind else counts
    adata = anndata.AnnData(matrix, obs=cells.obs, var=cells.var)
    if kind.startswith("backed"):
        adata.write_h5ad(tmp_path / "a.h5ad")
        adata = anndata.read_h5ad(tmp_path / "a.h5ad", backed="r")
    if kind == "dask":
        adata.X = Blocks(counts)
    monkeypatch.setattr("foldwise.io.anndata_bridge.BLOCK", 100)
    made = fw.pp.pseudobulk(adata, sample="donor", groups="cell_type")
    np.testing.assert_array_equal(made.X, expected.X)


class Blocks(np.ndarray):
    """An array that is computed block by block, as dask's are."""

    def __new__(cls, matrix):
        return np.asarray(matrix.toarray()).view(cls)

    def compute(self):
        return np.asarray(self)


def test_small_profiles_and_cells_without_a_donor_are_listed(cells):
    adata = cells.copy()
    adata.obs["donor"] = adata.obs["donor"].astype(object).where(np.arange(N_CELLS) >= 7, None)
    made = fw.pp.pseudobulk(adata, sample="donor", groups="cell_type", layer="counts", min_cells=50)
    said = made.uns["pseudobulk"]
    assert said["n_cells_skipped"] == 7
    assert len(said["left_out"]) == DONORS * 3 - made.n_obs > 0
    assert (made.obs["n_cells"] >= 50).all()
    with pytest.raises(fw.UsageError, match="E-USAGE-002"):
        fw.pp.pseudobulk(adata, sample="donor", layer="counts", min_cells=10_000)


def test_pseudobulk_leads_to_results_in_three_lines(cells):
    pdata = fw.pp.pseudobulk(cells, sample="donor", layer="counts")
    fw.tl.de(pdata, "~ stim", contrast=("stim", "stim", "ctrl"))
    assert len(fw.get.de_df(pdata)) == N_GENES


def test_b83_cells_as_samples_are_refused(cells):
    with pytest.raises(fw.InputError, match="E-CELL-001") as caught:
        fw.de(cells, None, "~ stim", layer="counts")
    assert "1,200 rows" in caught.value.found
    assert "5 values of 'donor'" in caught.value.found
    assert "fw.pp.pseudobulk(adata, sample='donor'" in caught.value.fix
    with pytest.raises(fw.InputError, match=r"E-CELL-001.*cells are no replicates"):
        fw.tl.rank_genes_groups(cells, "cell_type", layer="counts")


def test_b86_donor_column_absent_or_one_donor(cells):
    with pytest.raises(fw.InputError, match=r"E-CELL-003.*no column 'doner'.*donor"):
        fw.pp.pseudobulk(cells, sample="doner", layer="counts")
    one = cells[cells.obs["donor"] == "d1"].copy()
    with pytest.raises(fw.InputError, match=r"E-CELL-003.*one sample only: d1"):
        fw.pp.pseudobulk(one, sample="donor", layer="counts")


def test_x_must_hold_counts_and_the_error_lists_layers_that_do(cells):
    with pytest.raises(fw.InputError, match="E-CELL-002") as caught:
        fw.pp.pseudobulk(cells, sample="donor")
    assert "'counts'" in caught.value.fix
    adata = cells.copy()
    adata.layers["log"] = adata.X
    with pytest.raises(fw.InputError, match=r"E-CELL-002.*'log'"):
        fw.pp.pseudobulk(adata, sample="donor", layer="log")
    with pytest.raises(fw.UsageError, match="no layer 'raw'"):
        fw.pp.pseudobulk(adata, sample="donor", layer="raw")


def test_raw_counts_are_found_with_their_own_genes(cells):
    adata = anndata.AnnData(cells.X.copy(), obs=cells.obs.copy(), var=cells.var.copy())
    adata.raw = anndata.AnnData(cells.layers["counts"], obs=cells.obs, var=cells.var)
    adata = adata[:, :50].copy()
    made = fw.pp.pseudobulk(adata, sample="donor")
    assert made.shape == (DONORS, N_GENES)
    np.testing.assert_array_equal(made.X, fw.pp.pseudobulk(cells, sample="donor", layer="counts").X)
    with pytest.raises(fw.InputError, match=r"E-CELL-002  X of the AnnData"):
        fw.pp.pseudobulk(adata, sample="donor", layer="X")


def test_rank_genes_groups_finds_the_markers_in_scanpys_slot(cells, tmp_path):
    adata = cells.copy()
    assert fw.tl.rank_genes_groups(adata, "cell_type", sample="donor", layer="counts") is None
    slot = adata.uns["rank_genes_groups"]
    assert slot["params"]["reference"] == "rest"
    assert slot["params"]["groupby"] == "cell_type"
    assert slot["params"]["corr_method"] == "benjamini-hochberg"
    for field, kind in {
        "names": "O",
        "scores": "<f4",
        "pvals": "<f8",
        "pvals_adj": "<f8",
        "logfoldchanges": "<f4",
    }.items():
        assert slot[field].dtype.names == tuple(TYPES)
        assert len(slot[field]) == N_GENES
        assert all(slot[field].dtype[name] == np.dtype(kind) for name in TYPES)
    for k, name in enumerate(TYPES):
        markers = {f"g{i}" for i in range(20 * k, 20 * k + 20)}
        assert len(markers & set(slot["names"][name][:20])) >= 15
        scores = slot["scores"][name]
        assert (np.diff(scores[np.isfinite(scores)]) <= 0).all()
    of_type = (cells.obs["cell_type"] == "B cell").to_numpy()
    share = (cells.layers["counts"].toarray()[of_type] > 0).mean(axis=0)
    np.testing.assert_allclose(slot["pts"]["B cell"], share)
    adata.write_h5ad(tmp_path / "a.h5ad")
    back = anndata.read_h5ad(tmp_path / "a.h5ad").uns["rank_genes_groups"]
    np.testing.assert_array_equal(back["pvals"]["NK"], slot["pvals"]["NK"])


def test_rank_genes_groups_against_one_group_equals_the_bulk_test_made_by_hand(cells):
    adata = cells.copy()
    fw.tl.rank_genes_groups(
        adata, "cell_type", sample="donor", reference="NK", groups=["B cell"], layer="counts", method="deseq2"
    )
    slot = adata.uns["rank_genes_groups"]
    assert slot["names"].dtype.names == ("B cell",)
    pdata = fw.pp.pseudobulk(cells, sample="donor", groups="cell_type", layer="counts")
    two = pdata[pdata.obs["cell_type"].isin(["B cell", "NK"])].copy()
    table = fw.de(two, None, "~ donor + cell_type", contrast=("cell_type", "B cell", "NK")).table
    ours = pd.Series(slot["pvals"]["B cell"], index=slot["names"]["B cell"])
    np.testing.assert_allclose(ours.loc[table.index], table["pvalue"], rtol=1e-6)


def test_b87_a_group_with_one_donor_is_left_out_and_said(cells):
    rare = (cells.obs["cell_type"] == "NK") & (cells.obs["donor"] != "d0")
    adata = cells[~rare].copy()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fw.tl.rank_genes_groups(adata, "cell_type", sample="donor", layer="counts")
    said = [w.message for w in caught if isinstance(w.message, fw.FoldwiseWarning) and w.message.id == "W-CELL-001"]
    assert ["'NK'" in warning.found for warning in said] == [True]
    assert adata.uns["rank_genes_groups"]["names"].dtype.names == ("B cell", "T cell")


def test_unknown_groups_are_named(cells):
    with pytest.raises(fw.UsageError, match="no group 'Tcell'"):
        fw.tl.rank_genes_groups(cells, "cell_type", sample="donor", reference="Tcell", layer="counts")
    same = cells[cells.obs["cell_type"] == "NK"].copy()
    with pytest.raises(fw.UsageError, match="one group only"):
        fw.tl.rank_genes_groups(same, "cell_type", sample="donor", layer="counts")
