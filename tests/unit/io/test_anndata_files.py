"""AnnData on disk: h5ad and zarr, dense and sparse, layers and raw; and what is refused."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import zarr
from scipy import sparse

from foldwise.io.formats import recognize
from foldwise.io.read import read
from foldwise.model.spec import InputSettings
from tests.border.tables import genes, same
from tests.unit.io.format_files import SAMPLES, VALUES, fails, sheet

KINDS = {"dense": np.asarray, "csr": sparse.csr_matrix, "csc": sparse.csc_matrix}


def adata(kind: str = "csr", values: np.ndarray = VALUES) -> anndata.AnnData:
    obs = pd.DataFrame({"group": pd.Categorical(["a", "b", "a", "b"]), "age": [1.5, 2, 3, 4]}, index=list(SAMPLES))
    var = pd.DataFrame({"gene_name": [f"N{i}" for i in range(24)], "length": range(24)}, index=genes())
    return anndata.AnnData(KINDS[kind](values.T.astype(np.float32)), obs, var)


def store(path: Path, data: anndata.AnnData, version: int = 2) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".h5ad":
            data.write_h5ad(path)
        else:
            anndata.io.write_elem(zarr.open_group(str(path), mode="w", zarr_format=version), "/", data)
    return path


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(("name", "version"), [("x.h5ad", 0), ("x.zarr", 2), ("folder", 3)])
def test_obs_is_the_sheet_and_var_describes_genes(tmp_path, kind, name, version):
    path = store(tmp_path / name, adata(kind), version)
    assert recognize(path, InputSettings()).name == ("zarr" if version else "h5ad")
    experiment, messages = read(path)
    same(experiment, VALUES, genes(), SAMPLES)
    assert experiment.counts.dtype == np.int32
    assert experiment.samples["group"].tolist() == ["a", "b", "a", "b"]
    assert experiment.samples["age"].tolist() == [1.5, 2, 3, 4]
    assert experiment.genes["gene_name"].tolist() == [f"N{i}" for i in range(24)]
    assert experiment.genes["length"].tolist() == list(range(24))
    assert any("Counts taken from X, which holds whole numbers." in message.text for message in messages)


@pytest.mark.parametrize("name", ["x.h5ad", "x.zarr"])
def test_the_file_gives_what_the_object_gives(tmp_path, name):
    there, _ = read(adata())
    here, _ = read(store(tmp_path / name, adata()))
    same(here, there.counts, list(there.genes.index), list(there.samples.index))
    pd.testing.assert_frame_equal(here.samples, there.samples, check_dtype=False, check_categorical=False)
    pd.testing.assert_frame_equal(here.genes, there.genes, check_dtype=False)


def test_a_sheet_wins_over_obs(tmp_path):
    experiment, _ = read(store(tmp_path / "x.h5ad", adata()), sheet(tmp_path, SAMPLES[::-1]))
    same(experiment, VALUES, genes(), SAMPLES)
    assert list(experiment.samples.columns) == ["group"]


@pytest.mark.parametrize("name", ["x.h5ad", "x.zarr"])
def test_b85_layers_and_raw_of_a_file(tmp_path, name):
    data = adata()
    data.layers["counts"] = data.X.copy()
    data.layers["logs"] = np.log1p(VALUES.T)
    data.X = np.log1p(data.X.toarray())
    path = store(tmp_path / name, data)
    fails("E-CELL-002", "Layers with whole counts: 'counts'", "--layer", counts=path)
    experiment, messages = read(path, settings=InputSettings(layer="counts"))
    same(experiment, VALUES, genes(), SAMPLES)
    assert any("the layer 'counts'" in message.text for message in messages)
    fails("E-USAGE-002", "has no layer 'count'", "'counts', 'logs'", counts=path, layer="count")
    raw = adata()
    raw.raw = raw.copy()
    raw = raw[:, :10].copy()
    raw.X = np.log1p(raw.X.toarray())
    experiment, messages = read(store(tmp_path / f"raw_{name}", raw))
    same(experiment, VALUES, genes(), SAMPLES)
    assert any("Counts taken from raw.X" in message.text for message in messages)


def test_two_anndata_files_are_refused(tmp_path):
    paths = [store(tmp_path / name, adata()) for name in ("a.h5ad", "b.h5ad")]
    fails("E-USAGE-002", "2 AnnData files", "concat", counts=paths)


def edit(path: Path, change) -> Path:
    with h5py.File(path, "r+") as file:
        change(file)
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f["X/indptr"].__setitem__(2, 0), "indptr falls"),
        (lambda f: f["X/indices"].__setitem__(0, 99), "lies outside its 24 columns"),
        (lambda f: f["X"].attrs.__setitem__("shape", [5, 24]), "(5, 24) where (4, 24)"),
        (lambda f: f["X"].attrs.__setitem__("encoding-type", "pickled"), "pickled"),
        (lambda f: f.pop("var"), "var is missing"),
        (lambda f: f["obs"].pop("group"), "cannot be read"),
        (lambda f: f.__setitem__("layers/x", h5py.ExternalLink("/etc/passwd", "/")), "link to another file"),
        (lambda f: f["uns"].create_dataset("refs", (1,), dtype=h5py.ref_dtype), "holds objects"),
    ],
)
def test_b100_h5ad_that_is_inconsistent_or_unsafe(tmp_path, change, words):
    path = edit(store(tmp_path / "x.h5ad", adata()), change)
    fails("E-FILE-008", words, counts=path)


def test_b100_a_truncated_h5ad(tmp_path):
    path = store(tmp_path / "x.h5ad", adata())
    path.write_bytes(path.read_bytes()[:-500])
    fails("E-FILE-008", "cannot be opened", counts=path)


def test_b116_zarr_that_would_unpickle_is_not_read(tmp_path):
    path = store(tmp_path / "x.zarr", adata("dense"))
    meta = json.loads((path / "X" / ".zarray").read_text())
    meta["filters"] = [{"id": "pickle", "protocol": 5}]
    (path / "X" / ".zarray").write_text(json.dumps(meta))
    (path / ".zmetadata").unlink(missing_ok=True)
    fails("E-SAFE-001", "codec 'pickle'", counts=path)


def test_b100_zarr_with_links_or_bad_metadata(tmp_path):
    path = store(tmp_path / "x.zarr", adata("dense"))
    (path / "X" / "9.9").symlink_to("/etc/passwd")
    fails("E-FILE-008", "'9.9' is a link", counts=path)
    (path / "X" / "9.9").unlink()
    (path / "X" / ".zarray").write_text("{")
    fails("E-FILE-008", "no JSON", counts=path)


def test_b117_zarr_that_claims_terabytes(tmp_path):
    path = store(tmp_path / "x.zarr", adata("csr"))
    meta = json.loads((path / "X" / "data" / ".zarray").read_text())
    meta["shape"] = [10**13]
    (path / "X" / "data" / ".zarray").write_text(json.dumps(meta))
    (path / ".zmetadata").unlink(missing_ok=True)
    fails("E-SAFE-002", "would take", counts=path)


def test_b101_without_the_extras(tmp_path, monkeypatch):
    h5ad, folder = store(tmp_path / "x.h5ad", adata()), store(tmp_path / "x.zarr", adata())
    monkeypatch.setitem(__import__("sys").modules, "zarr", None)
    fails("E-EXTRA-001", "pip install 'foldwise[zarr]'", counts=folder)
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    fails("E-EXTRA-001", "pip install 'foldwise[anndata]'", counts=h5ad)


def test_b83_cells_of_a_file_are_no_samples_but_are_summed_by_a_sheet(tmp_path):
    cells = [f"c{i}" for i in range(480)]
    values = np.random.default_rng(0).integers(0, 40, size=(24, 480))
    obs = pd.DataFrame({"donor": [f"d{i % 4}" for i in range(480)]}, index=cells)
    var = pd.DataFrame(index=genes())
    path = store(tmp_path / "x.h5ad", anndata.AnnData(sparse.csr_matrix(values.T.astype(np.float32)), obs, var))
    fails("E-CELL-001", "480 cells", "barcode and sample", counts=path)
    rows = [f"{cell},{donor},{'ab'[int(donor[1]) % 2]}" for cell, donor in zip(cells, obs["donor"], strict=True)]
    (tmp_path / "cells.csv").write_text("\n".join(["barcode,sample,group", *rows]) + "\n")
    experiment, _ = read(path, tmp_path / "cells.csv")
    expected = np.column_stack([values[:, i::4].sum(axis=1) for i in range(4)])
    same(experiment, expected, genes(), ["d0", "d1", "d2", "d3"])
