"""Gene names in tables, report and lookups, the same from command line and Python."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.cli.app import cli
from tests.unit.io.format_files import SAMPLES, VALUES, sheet


@pytest.fixture
def files(tmp_path):
    lines = ["gene_id\t" + "\t".join(SAMPLES)]
    lines += [f"ENSG{i:03d}.{i}\t" + "\t".join(map(str, row)) for i, row in enumerate(VALUES)]
    (tmp_path / "counts.tsv").write_text("\n".join(lines) + "\n")
    gtf = "".join(f'1\tx\tgene\t1\t2\t.\t+\t.\tgene_id "ENSG{i:03d}"; gene_name "NAME{i}";\n' for i in range(24))
    (tmp_path / "g.gtf").write_text(gtf)
    (tmp_path / "g.csv").write_text(
        "gene_id,symbol,note\n" + "".join(f"ENSG{i:03d}.{i},OTHER{i},n{i}\n" for i in range(24))
    )
    sheet(tmp_path)
    return tmp_path


def test_names_of_a_gtf_are_in_tables_and_found(files):
    res = fw.de(files / "counts.tsv", files / "samples.csv", "~ group", gtf=files / "g.gtf", filter="none")
    assert res.table.loc["ENSG005.5", "gene_name"] == "NAME5"
    assert res.gene("NAME7").id == "ENSG007.7"
    out = files / "out"
    arguments = [str(files / "counts.tsv"), str(files / "samples.csv"), "--design", "~ group", "-o", str(out)]
    done = CliRunner().invoke(cli, ["run", *arguments, "--gtf", str(files / "g.gtf"), "--filter", "none"])
    assert done.exit_code == 0, done.output
    assert "g.gtf names 24 of 24 genes" in done.stderr
    (table,) = (out / "results").glob("*_vs_?.tsv")
    rows = [line.split("\t")[:2] for line in table.read_text().splitlines()]
    assert rows[0] == ["gene_id", "gene_name"]
    assert ["ENSG005.5", "NAME5"] in rows
    assert '"gene_name"' in (out / "report.html").read_text()
    again = CliRunner().invoke(cli, ["verify", str(out)])
    assert again.exit_code == 0, again.output


def test_a_table_of_names_wins_over_a_gtf(files):
    options = {"gtf": files / "g.gtf", "genes": files / "g.csv"}
    experiment = fw.read(files / "counts.tsv", files / "samples.csv", **options)
    assert experiment.genes["gene_name"].tolist() == [f"OTHER{i}" for i in range(24)]
    assert experiment.genes["note"].tolist() == [f"n{i}" for i in range(24)]
    frames = fw.read(fw.read(files / "counts.tsv", files / "samples.csv"), **options)
    assert frames.genes["gene_name"].tolist() == experiment.genes["gene_name"].tolist()
