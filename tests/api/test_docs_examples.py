"""The examples of the documentation run as they stand, each page in a folder with the files that it names."""

from __future__ import annotations

import gzip
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from foldwise.io.demo_data import airway_folder
from tests.api.pages import agrees, run, steps_of, table_steps

ROOT = Path(__file__).resolve().parents[2]
# Pages that work with files of their own, and the tests that make these and run the examples.
ELSEWHERE = {
    "input_formats.md": "test_input_formats_page.py",
    "nf_core.md": "test_quantifier_pages.py",
    "transcript_quantification.md": "test_quantifier_pages.py",
}
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    if page.name not in ELSEWHERE and steps_of(page.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Give ``counts.tsv`` and ``samples.tsv`` (a part of airway), and ``cells.h5ad``."""
    folder = tmp_path_factory.mktemp("inputs")
    with gzip.open(airway_folder() / "counts.tsv.gz", "rt") as file:
        counts = pd.read_csv(file, sep="\t", index_col=0)
    named = {"ENSG00000120129", "ENSG00000152583"}
    kept = counts.index.isin(named) | (np.arange(len(counts)) % 16 == 0)
    counts[kept].to_csv(folder / "counts.tsv", sep="\t")
    (folder / "samples.tsv").write_bytes((airway_folder() / "samples.tsv").read_bytes())
    rng = np.random.default_rng(8)
    donor, kind = rng.integers(0, 6, 900), rng.integers(0, 3, 900)
    values = sparse.csr_matrix(rng.poisson(rng.gamma(0.6, 1.5, 200) * np.ones((900, 1))).astype(np.float32))
    obs = {"donor": [f"d{i}" for i in donor], "cell_type": [("B", "T", "NK")[i] for i in kind]}
    frame = pd.DataFrame({**obs, "stim": ["ctrl" if i < 3 else "stim" for i in donor]})
    cells = anndata.AnnData(values.log1p(), obs=frame.set_axis([f"c{i}" for i in range(900)]))
    cells.var_names = [f"g{i}" for i in range(200)]
    cells.layers["counts"] = values
    cells.write_h5ad(folder / "cells.h5ad")
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_run_and_print_what_the_page_says(page, inputs, tmp_path):
    for path in inputs.iterdir():
        (tmp_path / path.name).symlink_to(path)
    steps = steps_of(page.read_text(encoding="utf-8"))
    if page.name.startswith("coming_from_"):
        steps += table_steps(page.read_text(encoding="utf-8"))
    for step, printed in zip(steps, run(steps, tmp_path), strict=True):
        if step.printed is not None:
            assert agrees(printed, step.printed, in_part=step.kind == "console"), (
                f"{page.name}\n{step.code}\nprinted:\n{printed}\nsays:\n{step.printed}"
            )
        elif step.kind == "console":
            assert "\nx E-" not in printed, f"{page.name}\n{step.code}\n{printed}"


@pytest.mark.parametrize(("page", "test"), ELSEWHERE.items())
def test_the_others_run_elsewhere(page, test):
    assert (ROOT / "docs" / page).is_file()
    assert page in Path(__file__).with_name(test).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("coming_from_*.md")), ids=lambda page: page.name)
def test_pages_that_compare_show_calls(page):
    assert len(table_steps(page.read_text(encoding="utf-8"))) >= 6


def test_there_are_pages():
    assert {"README.md", "python.md", "figures.md", "anndata.md"} <= {page.name for page in PAGES}


@pytest.mark.parametrize(
    ("printed", "said", "same"),
    [
        ("Fitting 9 genes 0.3 s\n", "Fitting 9 genes 1.4 s\n", True),
        ("Fitting 9 genes 0.3 s\n", "Fitting 8 genes 0.3 s\n", False),
        ("a\nb\nc\nd\n", "a\n...\nd\n", True),
        ("a\nb\n", "a\n", False),
        ("one two three\n", "one ... three\n", True),
    ],
)
def test_what_a_page_says_is_compared(printed, said, same):
    assert agrees(printed, said) is same


def test_a_console_may_show_a_part_in_order():
    assert agrees("a\nb\nc\n", "a\nc\n", in_part=True)
    assert not agrees("a\nb\nc\n", "c\na\n", in_part=True)
