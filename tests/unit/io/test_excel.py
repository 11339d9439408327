"""The workbook: typed cells, nothing that Excel would run or turn into a date."""

from __future__ import annotations

import re
import zipfile

import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.io import excel
from foldwise.io.excel import Sheet, workbook_bytes
from foldwise.io.workbook import cells, sheet_names

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
IDS = ["SEPT1", "MARCH1", "1-2", "001", "2310009E13", "NA", "TRUE", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx"]


@pytest.fixture(scope="module")
def results() -> fw.Results:
    data = fw.simulate(300, 8, seed=2, share_changed=0.2)
    counts = data.counts.copy()
    counts.index = [*IDS[:-1], *counts.index[len(IDS) - 1 :]]
    counts.iloc[20] = 0
    both = [("group", "treated", "control"), ("group", "control", "treated")]
    return fw.de(counts, data.samples, "~ group", contrast=both)


def sheet_xml(path, number):
    with zipfile.ZipFile(path) as book:
        return book.read(f"xl/worksheets/sheet{number}.xml").decode()


def read(path, sheet) -> pd.DataFrame:
    """Cells as a spreadsheet sees them: text is text, numbers are numbers."""
    names = re.findall(r'<sheet name="([^"]+)"', zipfile.ZipFile(path).read("xl/workbook.xml").decode())
    page = sheet_xml(path, names.index(sheet) + 1)
    rows = []
    for row in re.findall(r"<row [^>]*?(?:/>|>(.*?)</row>)", page, re.DOTALL):
        cells_of = {}
        for letters, kind, body in re.findall(
            r'<c r="([A-Z]+)\d+"(?: s="\d+")?(?: t="(\w+)")?>(.*?)</c>', row, re.DOTALL
        ):
            found = re.search(r"<t[^>]*>(.*?)</t>|<v>(.*?)</v>", body, re.DOTALL)
            cells_of[letters] = found.group(1) if kind == "inlineStr" else float(found.group(2))
        rows.append(cells_of)
    header, *body = rows
    return pd.DataFrame(body).rename(columns=header)


def test_b113_cells_are_typed_and_formulas_inert(results, tmp_path):
    path = results.to_excel(tmp_path / "x.xlsx")
    page = sheet_xml(path, 3)
    assert "<f>" not in page
    assert not re.search(r't="b"|t="d"|t="str"', page)
    sheet = read(path, "group_treated_vs_control").set_index("gene_id")
    kept = {name.replace("&", "&amp;") for name in IDS[:-1]}
    assert kept <= set(sheet.index)
    table = results.table
    ours = table.loc[sheet.index[~sheet.index.isin(kept)]]
    theirs = sheet.loc[ours.index]
    for name in ("log2_fold_change", "pvalue", "padj", "base_mean"):
        np.testing.assert_allclose(theirs[name].astype(float), ours[name], rtol=1e-15)
    assert theirs["pvalue"].isna().sum() == ours["pvalue"].isna().sum() > 0
    assert sheet["padj"].dropna().is_monotonic_increasing


def test_header_is_frozen_and_filtered(results, tmp_path):
    page = sheet_xml(results.to_excel(tmp_path / "x.xlsx"), 3)
    assert 'state="frozen"' in page
    assert '<autoFilter ref="A1:H301"/>' in page
    assert re.search(r'<col min="1" max="1" width="2\d', page)


def test_readme_and_summary_say_what_is_where(results, tmp_path):
    path = results.to_excel(tmp_path / "x.xlsx")
    names = re.findall(r'<sheet name="([^"]+)"', zipfile.ZipFile(path).read("xl/workbook.xml").decode())
    assert names == ["README", "summary", "group_treated_vs_control", "group_control_vs_treated"]
    summary = read(path, "summary")
    assert summary["up"].tolist() == [results.result.n_up, results.result.n_down]
    assert summary["direction"].tolist() == ["up = higher in treated", "up = higher in control"]
    readme = read(path, "README")
    assert {"column padj", "status low_count"} <= set(readme.iloc[:, 0])


def test_same_content_same_bytes(results, tmp_path):
    first, second = (results.to_excel(tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second


def test_numbers_that_spreadsheets_lack():
    values = pd.Series([1e-320, 0.0, np.nan, np.inf, -np.inf, 2.5e-308])
    assert cells(values) == [0.0, 0.0, None, "inf", "-inf", 2.5e-308]
    assert cells(pd.Series(["a", None, "nan"], dtype=object)) == ["a", None, "nan"]


def test_sheet_names_are_such_as_excel_takes():
    names = sheet_names(["a/b:c*d?[e]\\f", "'quoted'", "History", "x" * 40, "x" * 41, "README", ""], ("README",))
    assert names == ["a_b_c_d__e__f", "quoted", "History_2", "x" * 31, "x" * 29 + "_2", "README_2", "contrast"]


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(excel, "MAX_ROWS", 3)
    sheet = Sheet("a", ("g",), (["x", "y", "z"],), ("",), (10.0,))
    with pytest.raises(fw.UsageError, match=r"E-USAGE-002.*3 rows"):
        workbook_bytes([sheet])


def test_without_xlsxwriter_the_message_names_the_extra(results, monkeypatch, tmp_path):
    import sys

    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(fw.UsageError, match=r"E-EXTRA-001.*foldwise\[excel\]"):
        results.to_excel(tmp_path / "x.xlsx")


def test_the_command_asks_for_extras_before_it_reads(monkeypatch):
    import sys

    from click.testing import CliRunner

    from foldwise.cli.app import cli

    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    done = CliRunner().invoke(cli, ["run", "absent.tsv", "absent.tsv", "--excel"], prog_name="foldwise")
    assert "E-EXTRA-001" in done.output + str(done.exception)
