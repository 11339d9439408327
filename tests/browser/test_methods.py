"""A report of every registered method, from real runs: what each has is shown, what it lacks is not asked for."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.method import METHODS
from foldwise.report import write_report

pytestmark = pytest.mark.browser

SPREAD = {"deseq2": "Dispersion", "edger-lrt": "Dispersion", "edger-ql": "Quasi-dispersion"}
SPREAD |= {"limma-voom": "Residual variance", "limma-trend": "Residual variance"}


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(5)
    mean = np.exp(rng.normal(4, 1.5, 400))
    change = np.where(rng.random(400) < 0.15, rng.normal(0, 2, 400), 0)
    groups = np.repeat([0, 1], 5)
    counts = rng.poisson(rng.gamma(8, mean[:, None] * 2.0 ** (change[:, None] * groups) / 8))
    names = [f"s{i}" for i in range(10)]
    sheet = pd.DataFrame({"group": np.where(groups == 1, "b", "a")}, index=pd.Index(names, name="sample"))
    return pd.DataFrame(counts, index=[f"gene{i}" for i in range(400)], columns=names), sheet


@pytest.mark.parametrize("method", sorted(METHODS))
def test_the_report_of_every_method(page, inputs, tmp_path, method):
    counts, sheet = inputs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = fw.de(counts, sheet, "~ group", contrast=("group", "b", "a"), method=method)
    path = tmp_path / "report.html"
    write_report(results.analysis, path)
    page.open(path)
    page.run("await foldwise.unfold(); foldwise.set({ fdr: 0.1, lfc: 0.5, gene: 7 });")
    page.settle()
    assert page.console() == []
    table = results.table
    shown = page.run("return foldwise.sections[0].fields.map((f) => f.key);")
    assert shown == ["gene_id", *table.columns]
    called = (table["padj"] < 0.1) & (table["log2_fold_change"].abs() >= 0.5)
    up = int((called & (table["log2_fold_change"] > 0)).sum())
    assert page.run("return [foldwise.sections[0].up, foldwise.sections[0].down];") == [up, int(called.sum()) - up]
    headings = page.run("return [...document.querySelectorAll('h3')].map((h) => h.textContent);")
    if method in SPREAD:
        assert SPREAD[method] in headings
        assert page.run("return foldwise.spread.n;") == 800
    text = page.run("return document.querySelector('#methods-text').textContent;")
    assert "foldwise" in text
    assert "undefined" not in page.run("return document.body.innerText;")
