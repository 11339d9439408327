"""Excel workbooks and Parquet files as counts and as sample sheets; and what is refused."""

from __future__ import annotations

import datetime
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
import xlsxwriter

from foldwise.io.formats import recognize
from foldwise.io.read import read
from foldwise.model.spec import InputSettings
from tests.border.tables import genes, same
from tests.unit.io.format_files import SAMPLES, VALUES, fails, sheet


def workbook(path: Path, sheets: dict, change=None) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    page.write_string(i, j, cell) if isinstance(cell, str) else page.write(i, j, cell)
        if change:
            change(book, book.worksheets()[0])
    return path


def counts_rows(rows=None) -> list[list]:
    names = rows or genes()
    return [["gene_id", *SAMPLES], *([g, *map(int, v)] for g, v in zip(names, VALUES, strict=True))]


def sheet_rows() -> list[list[str]]:
    return [["sample", "group"], *([name, "ab"[i % 2]] for i, name in enumerate(SAMPLES))]


def test_b97_a_workbook_of_counts_and_one_of_samples(tmp_path):
    rows = ["001", "NA", "1-2", "SEPT2", *genes()[4:]]
    counts = workbook(tmp_path / "counts.bin", {"anything": counts_rows(rows)})
    assert recognize(counts, InputSettings()).name == "xlsx"
    experiment, messages = read(counts, workbook(tmp_path / "samples.xlsx", {"x": sheet_rows()}))
    same(experiment, VALUES, rows, SAMPLES)
    assert experiment.counts.dtype == np.int32
    assert not [message for message in messages if message.level == "warning"]


def test_b97_e_file_005_several_sheets_need_a_name(tmp_path):
    counts = workbook(tmp_path / "c.xlsx", {"notes": [["a", "b"], ["c", 1]], "raw counts": counts_rows()})
    error = fails("E-FILE-005", "2 sheets: 'notes', 'raw counts'", "--sheet", counts=counts, samples=sheet(tmp_path))
    assert error.data["sheets"] == ["notes", "raw counts"]
    fails("E-FILE-005", "no sheet 'Raw'", counts=counts, samples=sheet(tmp_path), sheet="Raw")
    experiment, _ = read(counts, sheet(tmp_path), settings=InputSettings(sheet="raw counts"))
    same(experiment, VALUES, genes(), SAMPLES)


def test_b97_a_hidden_sheet_does_not_count(tmp_path):
    counts = workbook(
        tmp_path / "c.xlsx", {"a": counts_rows(), "b": [["x"]]}, lambda book, _: book.worksheets()[1].hide()
    )
    same(read(counts, sheet(tmp_path))[0], VALUES, genes(), SAMPLES)


def test_b97_formulas_are_read_as_their_values(tmp_path):
    def formula(book, page):
        page.write_formula(1, 1, "=1+1", None, int(VALUES[0, 0]))

    same(
        read(workbook(tmp_path / "c.xlsx", {"a": counts_rows()}, formula), sheet(tmp_path))[0], VALUES, genes(), SAMPLES
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda book, page: page.set_row(3, None, None, {"hidden": True}), "hidden rows"),
        (lambda book, page: page.set_column(2, 2, None, None, {"hidden": True}), "hidden columns"),
        (lambda book, page: page.merge_range("H40:I40", ""), "1 merged range"),
    ],
)
def test_b97_w_file_002_merged_and_hidden_cells(tmp_path, change, words):
    experiment, messages = read(workbook(tmp_path / "c.xlsx", {"R&D <1>": counts_rows()}, change), sheet(tmp_path))
    same(experiment, VALUES, genes(), SAMPLES)
    (said,) = [message for message in messages if message.level == "warning"]
    assert said.id == "W-FILE-002"
    assert words in said.text


def test_b23_dates_that_excel_made_of_symbols_are_found(tmp_path):
    def date(book, page):
        page.write_datetime(2, 0, datetime.datetime(2025, 9, 2), book.add_format({"num_format": "d-mmm"}))

    experiment, messages = read(workbook(tmp_path / "c.xlsx", {"a": counts_rows()}, date), sheet(tmp_path))
    assert experiment.genes.index[1] == "2025-09-02"
    (said,) = [message for message in messages if message.level == "warning"]
    assert said.id == "W-NAME-001"
    assert "SEPT2" in said.text or "SEPTIN2" in said.text


def test_b13_text_and_blank_cells_of_a_workbook(tmp_path):
    rows = counts_rows()
    rows[2][2] = "5 reads"
    fails("E-COUNT-008", "gene 'gene1', sample 's2'", "5 reads", counts=workbook(tmp_path / "c.xlsx", {"a": rows}),
          samples=sheet(tmp_path))  # fmt: skip
    rows[2][2] = ""
    fails("E-COUNT-004", "gene1", counts=workbook(tmp_path / "c.xlsx", {"a": rows}), samples=sheet(tmp_path))


def test_b22_repeated_columns_of_a_workbook(tmp_path):
    rows = counts_rows()
    rows[0][2] = "s1"
    fails("E-NAME-002", "s1", counts=workbook(tmp_path / "c.xlsx", {"a": rows}), samples=sheet(tmp_path))


def test_b98_an_empty_sheet(tmp_path):
    fails("E-FILE-006", "no cells", counts=workbook(tmp_path / "c.xlsx", {"a": []}), samples=sheet(tmp_path))


def test_b95_a_truncated_workbook(tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"a": counts_rows()})
    path.write_bytes(path.read_bytes()[:-400])
    fails("E-FILE-004", "c.xlsx", counts=path, samples=sheet(tmp_path))
    whole = workbook(tmp_path / "d.xlsx", {"a": counts_rows()})
    data = bytearray(whole.read_bytes())
    data[300:700] = bytes(400)
    whole.write_bytes(data)
    fails("E-FILE-004", "damaged or protected", counts=whole, samples=sheet(tmp_path))


def test_b117_a_workbook_that_unpacks_to_far_more(tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"a": counts_rows()})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", bytes(90 << 20))
    fails("E-SAFE-002", "unpacks to more than", counts=path, samples=sheet(tmp_path))


def test_b96_another_zip_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as archive:
        archive.writestr("data.txt", "x")
    fails("E-FILE-004", "zip archive", counts=tmp_path / "c.xlsx", samples=sheet(tmp_path))


@pytest.mark.parametrize("kind", ["index", "named", "column", "dictionary"])
def test_parquet_of_pandas_and_arrow(tmp_path, kind):
    rows = ["001", "NA", *genes()[2:]]
    frame = pd.DataFrame(VALUES, index=rows, columns=list(SAMPLES))
    frame = frame.rename_axis("gene_id") if kind != "index" else frame
    table = pyarrow.Table.from_pandas(frame if kind in ("index", "named") else frame.reset_index())
    if kind == "dictionary":
        table = table.set_column(0, "gene_id", table["gene_id"].dictionary_encode())
    path = tmp_path / "c.dat"
    pyarrow.parquet.write_table(table, path)
    assert recognize(path, InputSettings()).name == "parquet"
    same(read(path, sheet(tmp_path))[0], VALUES, rows, SAMPLES)


def test_fractions_of_parquet_are_read_exactly(tmp_path):
    values = VALUES * np.random.default_rng(1).uniform(0.3, 1.7, size=4)
    pd.DataFrame(values, index=genes(), columns=list(SAMPLES)).to_parquet(tmp_path / "c.parquet")
    experiment, _ = read(tmp_path / "c.parquet", sheet(tmp_path), needs_integers=False, log_method=True)
    np.testing.assert_array_equal(experiment.counts, values)


def test_a_sheet_in_parquet(tmp_path):
    counts = workbook(tmp_path / "c.xlsx", {"a": counts_rows()})
    pd.DataFrame(sheet_rows()[1:], columns=["sample", "group"]).to_parquet(tmp_path / "s.parquet", index=False)
    assert read(counts, tmp_path / "s.parquet")[0].samples["group"].tolist() == ["a", "b", "a", "b"]


def test_b95_truncated_or_nested_parquet(tmp_path):
    path = tmp_path / "c.parquet"
    pd.DataFrame(VALUES, index=genes(), columns=list(SAMPLES)).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    fails("E-FILE-004", "damaged Parquet", counts=path, samples=sheet(tmp_path))
    pyarrow.parquet.write_table(pyarrow.table({"gene_id": ["a"], "s1": [[1, 2]]}), path)
    fails("E-FILE-004", "'s1' holds list", counts=path, samples=sheet(tmp_path))


def test_b101_workbooks_and_parquet_without_their_packages(tmp_path, monkeypatch):
    counts = workbook(tmp_path / "c.xlsx", {"a": counts_rows()})
    pd.DataFrame(VALUES, index=genes(), columns=list(SAMPLES)).to_parquet(tmp_path / "c.parquet")
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    fails("E-EXTRA-001", "pip install 'foldwise[excel]'", counts=counts, samples=sheet(tmp_path))
    fails("E-EXTRA-001", "pip install 'foldwise[parquet]'", counts=tmp_path / "c.parquet", samples=sheet(tmp_path))
