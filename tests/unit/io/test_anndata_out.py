"""An analysis as AnnData: what is in it, and names that h5ad files cannot hold."""

from __future__ import annotations

import anndata
import numpy as np
import pytest

import foldwise as fw
from foldwise.io.anndata_out import storable, to_anndata, write_h5ad

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def analysis():
    data = fw.simulate(200, 8, seed=3, share_changed=0.2)
    odd = {
        "a/b": ["x", "y"] * 4,
        "mixed": ["1", None] * 4,
        "size_factor": [9] * 8,
        "index": range(8),
        "_index": range(8),
    }
    counts = data.counts.copy()
    counts.insert(0, "gene_name", [None if i % 3 else f"N/{i}" for i in range(200)])
    fit = fw.fit(fw.read(counts, data.samples.assign(**odd)), "~ group")
    both = {"a/b": ("group", "treated", "control"), "x": ("group", "control", "treated")}
    return fit.contrasts(both)["a/b"].analysis


def test_round_trip(analysis, tmp_path):
    write_h5ad(analysis, tmp_path / "fit.h5ad")
    back = anndata.read_h5ad(tmp_path / "fit.h5ad")
    np.testing.assert_array_equal(back.X, np.asarray(analysis.experiment.counts).T)
    np.testing.assert_array_equal(back.layers["vst"], analysis.vst.T)
    np.testing.assert_array_equal(back.obs["size_factor"], analysis.size_factors.values)
    assert list(back.varm) == ["a_b", "x"]
    np.testing.assert_array_equal(back.varm["a_b"]["padj"], analysis.results[0].table["padj"])
    assert back.uns["foldwise"]["contrasts"]["x"] == "group: control vs treated (up = higher in control)"


def test_same_analysis_same_bytes(analysis, tmp_path):
    for name in ("a.h5ad", "b.h5ad"):
        write_h5ad(analysis, tmp_path / name)
    assert (tmp_path / "a.h5ad").read_bytes() == (tmp_path / "b.h5ad").read_bytes()


def test_names_that_files_cannot_hold(analysis):
    obs = to_anndata(analysis).obs
    assert list(obs.columns) == ["group", "a_b", "mixed", "index", "index_2", "size_factor"]
    assert obs["mixed"].tolist() == ["1", None] * 4
    frame = storable(analysis.experiment.samples)
    assert frame.index.name is None
