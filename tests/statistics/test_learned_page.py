"""The page on the learned parts shows the kept figures, and a figure that moved is seen."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from verification import learned_page
from verification.results import FOLDER, keep, kept


def test_page_shows_the_kept_figures():
    assert learned_page.written() == learned_page.measured(), "run: python -m verification.learned_page"


def test_page_that_is_behind_is_seen(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "results")
    moved = kept("t4_covariates")
    moved["tpr"] += 0.02
    keep(moved, "t4_covariates", tmp_path / "results")
    assert learned_page.written() != learned_page.measured(tmp_path / "results")


@pytest.mark.parametrize("table", learned_page.TABLES, ids=lambda table: table.figure)
def test_tables_name_a_part_and_columns_that_are_kept(table):
    assert table.part in learned_page.PARTS
    assert set(table.columns) <= set(kept(table.figure).columns)
    assert table.caption.endswith(".")


def test_cells():
    values = ["a|b", float("nan"), np.int64(12345), 3.0, 0.0512345, 0.0, True]
    assert [learned_page.cell(value) for value in values] == ["a\\|b", "", "12,345", "3", "0.0512", "0", "True"]
