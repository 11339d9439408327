"""The Python examples of the documentation run as they stand, each page in a folder with the files that it names."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import foldwise
from foldwise.io.demo_data import airway_folder

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [
    page for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if "```python\n" in page.read_text()
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
def test_examples_run(page, inputs, tmp_path):
    for path in inputs.iterdir():
        (tmp_path / path.name).symlink_to(path)
    code = "\n".join(BLOCK.findall(page.read_text(encoding="utf-8")))
    (tmp_path / "page.py").write_text("import warnings\n\nwarnings.simplefilter('ignore')\n" + code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(foldwise.__file__).parents[1]), "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "page.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{page.name}\n{code}\n{done.stderr[-3000:]}"


def test_there_are_pages():
    assert {"README.md", "python.md", "figures.md", "anndata.md"} <= {page.name for page in PAGES}
