"""Cell Ranger's matrices: both versions, folders and HDF5, cells summed to samples; and what is refused."""

from __future__ import annotations

import gzip

import h5py
import numpy as np
import pytest

from foldwise.io.formats import recognize
from foldwise.io.read import read
from foldwise.model.spec import InputSettings
from tests.border.tables import genes, same
from tests.unit.io.format_files import (
    BARCODES,
    SAMPLES,
    cell_sheet,
    fails,
    sheet,
    sparse_values,
    tenx_folder,
    tenx_h5,
)

SUMS = np.column_stack([sparse_values()[:, i::4].sum(axis=1) for i in range(4)])


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("zipped", [True, False])
def test_cells_of_a_folder_are_summed_by_a_sheet_of_cells(tmp_path, version, zipped):
    folder = tenx_folder(tmp_path / "filtered_feature_bc_matrix", version, zipped)
    assert recognize(folder, InputSettings()).name == "10x"
    experiment, messages = read(folder, cell_sheet(tmp_path))
    n = 22 if version == 3 else 24
    same(experiment, SUMS[:n], genes(n), SAMPLES)
    assert experiment.genes["gene_name"].tolist() == [f"NAME{i}" for i in range(n)]
    assert experiment.samples["group"].tolist() == ["a", "b", "a", "b"]
    texts = " ".join(message.text for message in messages)
    assert "12 cells summed to 4 samples by the sheet" in texts
    assert "'n' differ between cells" in texts
    assert ("2 rows of 'Antibody Capture' left out" in texts) == (version == 3)


@pytest.mark.parametrize("version", [2, 3])
def test_hdf5_files(tmp_path, version):
    path = tenx_h5(tmp_path / "raw_feature_bc_matrix.h5", version)
    assert recognize(path, InputSettings()).name == "10x"
    same(read(path, cell_sheet(tmp_path))[0], SUMS[: 22 if version == 3 else 24], genes(22 if version == 3 else 24),
         SAMPLES)  # fmt: skip


def test_several_genomes_of_version_3_need_a_choice(tmp_path):
    path = tenx_h5(tmp_path / "x.h5", 3, ("GRCh38", "mm10"))
    cells = cell_sheet(tmp_path)
    fails("E-USAGE-002", "'GRCh38', 'mm10'", "--genome GRCh38", counts=path, samples=cells)
    fails("E-USAGE-002", "no genome 'hg19'", counts=path, samples=cells, genome="hg19")
    experiment, _ = read(path, cells, settings=InputSettings(genome="mm10"))
    same(experiment, SUMS[1:22:2], genes()[1:22:2], SAMPLES)


def test_several_genomes_of_version_2_need_a_choice(tmp_path):
    path = tenx_h5(tmp_path / "x.h5", 2, ("GRCh38", "mm10"))
    fails("E-USAGE-002", "--genome", counts=path, samples=cell_sheet(tmp_path))
    experiment, _ = read(path, cell_sheet(tmp_path), settings=InputSettings(genome="mm10"))
    same(experiment, SUMS, genes(), SAMPLES)


@pytest.mark.parametrize("form", ["runs/{}", "runs/{}/outs/filtered_feature_bc_matrix"])
def test_a_folder_of_runs_is_one_sample_each(tmp_path, form):
    for name in SAMPLES:
        tenx_folder(tmp_path / form.format(name), values=sparse_values() + SAMPLES.index(name))
    counts = tmp_path / "runs" if form == "runs/{}" else str(tmp_path / form.format("*"))
    experiment, messages = read(counts, sheet(tmp_path))
    expected = np.column_stack([(sparse_values() + i).sum(axis=1) for i in range(4)])[:22]
    same(experiment, expected, genes(22), SAMPLES)
    same(read(counts, sheet(tmp_path), settings=InputSettings(format="10x"))[0], expected, genes(22), SAMPLES)
    assert any("summed to one sample; cells: 's1 12'" in message.text for message in messages)


def test_b83_e_cell_001_cells_are_no_samples(tmp_path):
    folder = tenx_folder(tmp_path / "x")
    error = fails("E-CELL-001", "holds 12 cells; cells of a donor", "barcode and sample", counts=folder,
                  samples=sheet(tmp_path, BARCODES))  # fmt: skip
    assert error.data == {"cells": 12}
    fails("E-CELL-001", counts=folder, groups="a=AAAC0000-1,AAAC0001-1; b=AAAC0002-1")


def test_cells_of_the_sheet_that_the_matrix_lacks(tmp_path):
    folder = tenx_folder(tmp_path / "x")
    cells = cell_sheet(tmp_path, [*BARCODES, "TTTT-1"])
    fails("E-SHEET-002", "lacks 1 cell of the sheet: 'TTTT-1'", counts=folder, samples=cells)
    same(read(folder, cells, settings=InputSettings(intersect=True))[0], SUMS[:22], genes(22), SAMPLES)
    some = cell_sheet(tmp_path, BARCODES[:8])
    experiment, messages = read(folder, some)
    expected = np.column_stack([sparse_values()[:, i:8:4].sum(axis=1) for i in range(4)])[:22]
    same(experiment, expected, genes(22), SAMPLES)
    assert any("4 cells are not in the sheet" in message.text for message in messages)


def test_e_sheet_006_a_cell_twice(tmp_path):
    fails("E-SHEET-006", "more than once", counts=tenx_folder(tmp_path / "x"),
          samples=cell_sheet(tmp_path, [*BARCODES, BARCODES[0]]))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change", "id", "words"),
    [
        ("barcodes.tsv", lambda t: t + "EXTRA-1\n", "E-FILE-008", "24 × 12, with 24 features and 13 barcodes"),
        ("features.tsv", lambda t: t.split("\n", 1)[1], "E-FILE-008", "with 23 features"),
        ("matrix.mtx", lambda t: t.replace("coordinate", "array"), "E-FILE-008", "no Matrix Market file"),
        ("matrix.mtx", lambda t: t.rsplit("\n", 2)[0] + "\n", "E-FILE-008", "its header promises"),
        ("matrix.mtx", lambda t: t.rsplit("\n", 2)[0] + "\n25 1 1\n", "E-FILE-008", "lies outside its 24 rows"),
        ("matrix.mtx", lambda t: t.rsplit("\n", 2)[0] + "\n1 0 1\n", "E-FILE-008", "lies outside its 12 columns"),
        ("matrix.mtx", lambda t: t.rsplit("\n", 2)[0] + "\n1 x 1\n", "E-FILE-008", "three numbers per line"),
        ("matrix.mtx", lambda t: t.rsplit("\n", 2)[0] + "\n1 1 1 1\n", "E-FILE-008", "three numbers per line"),
        ("matrix.mtx", lambda t: "%%MatrixMarket matrix coordinate integer general\n%\n", "E-FILE-008", "sizes"),
        ("matrix.mtx", lambda t: "%%MatrixMarket matrix coordinate integer general\n24 12 999999999999\n", "E-SAFE-002",
         "would take"),
        ("matrix.mtx", lambda t: "", "E-FILE-006", "is empty"),
    ],
)  # fmt: skip
def test_b100_folders_whose_parts_do_not_fit(tmp_path, name, change, id, words):
    folder = tenx_folder(tmp_path / "x", zipped=False)
    (folder / name).write_text(change((folder / name).read_text()))
    fails(id, words, counts=folder, samples=cell_sheet(tmp_path))


def test_b95_truncated_parts(tmp_path):
    folder = tenx_folder(tmp_path / "x")
    (folder / "matrix.mtx.gz").write_bytes((folder / "matrix.mtx.gz").read_bytes()[:-9])
    fails("E-FILE-003", "matrix.mtx.gz", counts=folder, samples=cell_sheet(tmp_path))
    (folder / "matrix.mtx.gz").unlink()
    fails("E-FILE-007", "holds no matrix.mtx", counts=folder, samples=cell_sheet(tmp_path), format="10x")


def test_b117_a_matrix_that_unpacks_to_far_more(tmp_path):
    folder = tenx_folder(tmp_path / "x")
    (folder / "matrix.mtx.gz").write_bytes(gzip.compress(b"0" * (80 << 20)))
    fails("E-SAFE-002", "unpacks to more than", counts=folder, samples=cell_sheet(tmp_path))


def changed(path, change):
    with h5py.File(path, "r+") as file:
        change(file["matrix"])
    return path


def set_at(key, place, value):
    def change(group):
        group[key][place] = value

    return change


def replaced(key, value):
    def change(group):
        del group[key]
        group[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_at("indptr", 3, 0), "indptr falls"),
        (set_at("indptr", 0, 1), "wrong ends"),
        (set_at("indptr", -1, 10**9), "wrong ends"),
        (set_at("indices", 0, 24), "lies outside"),
        (set_at("indices", 0, -1), "lies outside"),
        (set_at("shape", 0, 10), "shape is [10, 12]"),
        (replaced("indptr", np.arange(5)), "indptr has 5 entries"),
        (replaced("data", np.ones((2, 2))), "'data' has 2 dimensions"),
        (replaced("data", np.array([b"a"])), "'data' has 1 dimension"),
        (replaced("barcodes", np.arange(3)), "'barcodes' has 1 dimension"),
        (lambda group: group.pop("data"), "'data' is missing"),
        (replaced("data", h5py.ExternalLink("other.h5", "/data")), "link to another file"),
        (replaced("data", h5py.SoftLink("/nowhere")), "'data' is missing"),
    ],
)
def test_b100_hdf5_that_is_inconsistent_or_unsafe(tmp_path, change, words):
    path = changed(tenx_h5(tmp_path / "x.h5"), change)
    fails("E-FILE-008", words, counts=path, samples=cell_sheet(tmp_path))


def test_b100_hdf5_with_objects_data_elsewhere_or_cut(tmp_path):
    path = tenx_h5(tmp_path / "x.h5")

    def references(group):
        group.create_dataset("refs", (1,), dtype=h5py.ref_dtype)

    def virtual(group):
        layout = h5py.VirtualLayout((3,), "i4")
        layout[:] = h5py.VirtualSource("other.h5", "x", (3,))
        group.create_virtual_dataset("virtual", layout)

    def external(group):
        group.create_dataset("outside", (4,), "i4", external=[("/etc/passwd", 0, 16)])

    for change, words in ((references, "holds objects"), (virtual, "another file"), (external, "another file")):
        fails("E-FILE-008", words, counts=changed(tenx_h5(path), change), samples=cell_sheet(tmp_path))
    tenx_h5(path)
    path.write_bytes(path.read_bytes()[:-300])
    fails("E-FILE-008", "cannot be opened", counts=path, samples=cell_sheet(tmp_path))


def test_b117_an_array_that_claims_terabytes(tmp_path):
    path = tenx_h5(tmp_path / "x.h5")

    def huge(group):
        del group["data"]
        group.create_dataset("data", (10**12,), "i4", chunks=(1024,), compression="gzip")

    fails("E-SAFE-002", "'data' would take", counts=changed(path, huge), samples=cell_sheet(tmp_path))


def test_b96_hdf5_of_another_program(tmp_path):
    with h5py.File(tmp_path / "x.loom", "w") as file:
        file["matrix"] = np.ones((3, 3))
    fails("E-FILE-004", "HDF5, but none of AnnData", counts=tmp_path / "x.loom", samples=sheet(tmp_path))
    (tmp_path / "y.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    fails("E-FILE-008", "cannot be opened", counts=tmp_path / "y.h5", samples=sheet(tmp_path))
