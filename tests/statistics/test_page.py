"""The page on choosing a method shows the kept figures, and a figure that moved is seen."""

from __future__ import annotations

import shutil

from verification import page
from verification.results import FOLDER, keep, kept


def test_page_shows_the_kept_figures():
    assert page.written() == page.measured()
    assert page.written(marks=(page.BEGIN_OUTLIERS, page.END_OUTLIERS)) == page.outliers()


def test_page_that_is_behind_is_seen(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "results")
    moved = kept("t7_simulated")
    moved["tpr"] += 0.02
    keep(moved, "t7_simulated", tmp_path / "results")
    assert page.written() != page.measured(tmp_path / "results")
