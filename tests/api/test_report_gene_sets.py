"""Enrichments that stand beside a run come into its report when that is built again."""

from __future__ import annotations

import numpy as np
import pandas as pd

import foldwise as fw
from foldwise.api.rerun import rerun
from foldwise.api.rewrite import replace_report
from foldwise.api.stored_sets import stored_gene_sets

TABLE = "gene_set\tdirection\tn_genes\tcorrelation\tpvalue\tpadj\nHEAT <i>SHOCK\tup\t25\t0.01\t1e-8\t2e-8\n"


def test_a_rebuilt_report_shows_the_enrichments_beside_it(tmp_path):
    counts = np.random.default_rng(1).negative_binomial(5, 0.05, (60, 6))
    names = [f"s{i}" for i in range(6)]
    frame = pd.DataFrame(counts, index=[f"g{i}" for i in range(60)], columns=names)
    frame.to_csv(tmp_path / "counts.csv")
    sheet = pd.DataFrame({"group": list("aaabbb")}, index=pd.Index(names, name="sample"))
    sheet.to_csv(tmp_path / "samples.csv")
    paths = (tmp_path / "counts.csv", tmp_path / "samples.csv")
    folder = fw.de(*paths, "~ group", contrast=("group", "b", "a")).write(tmp_path / "out")
    assert "Not part of this run" in (folder / "report.html").read_text(encoding="utf-8")
    (folder / "enrichment").mkdir()
    (folder / "enrichment" / "group_b_vs_a.camera.tsv").write_text(TABLE)
    (folder / "enrichment" / "group_b_vs_a.fry.tsv").write_text("something\telse\n1\t2\n")
    (folder / "enrichment" / "group_b_vs_a.ora.tsv").write_bytes(b"\xff\x00")
    found = stored_gene_sets(folder, {"group_b_vs_a": "group_b_vs_a"})
    assert [(each.contrast, each.method, each.file) for each in found] == [
        ("group_b_vs_a", "camera", "enrichment/group_b_vs_a.camera.tsv")
    ]
    analysis, facts = rerun(folder, None, None)
    replace_report(analysis, folder, facts)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "HEAT &lt;i&gt;SHOCK" in page
    assert "enrichment/group_b_vs_a.camera.tsv" in page
