"""The checks of samples from Python, command line and AnnData: one function, the same answer."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.cli.app import cli
from tests.unit.qc.data import exchanged, people

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
DESIGN = "~ donor + treatment"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Counts and sheet of swapped donors, and of a sex that contradicts."""
    folder = tmp_path_factory.mktemp("samples")
    data = exchanged(exchanged(people(5, 4), "donor", 0, 4), "sex", 8, 12)
    pd.DataFrame(data.counts, data.genes.index, data.samples.index).to_csv(folder / "counts.tsv", sep="\t")
    data.samples.to_csv(folder / "samples.tsv", sep="\t", index_label="sample")
    return str(folder / "counts.tsv"), str(folder / "samples.tsv")


def test_command_line_and_python_find_the_same(files, tmp_path):
    flags = fw.qc_flags(*files, DESIGN)
    assert list(flags.table.columns) == ["sample", "rule", "level", "code", "text"]
    assert set(flags.table["code"]) == {"W-QC-001", "W-QC-002"}
    done = CliRunner().invoke(cli, ["check", *files, "--design", DESIGN, "--json"])
    told = [w for w in json.loads(done.stdout)["warnings"] if w["code"].startswith("W-QC")]
    assert [w["msg"] for w in told] == [w.sentence() for w in flags.warnings]
    out = tmp_path / "out"
    ran = CliRunner().invoke(cli, ["run", *files, "--design", DESIGN, "-o", str(out), "--no-report", "-q"])
    assert ran.exit_code == 0, ran.output
    facts = json.loads((out / "run.json").read_text())
    assert [f["text"] for f in facts["sample_checks"]["flags"]] == list(flags.table["text"])
    assert {m["code"] for m in facts["messages"] if m["code"].startswith("W-QC")} == {"W-QC-001", "W-QC-002"}
    res = fw.de(*files, DESIGN, method="limma-trend")
    assert res.analysis.flags.table.equals(flags.table)


def test_objects_frames_and_anndata_give_the_same(files):
    anndata = pytest.importorskip("anndata")
    flags = fw.qc_flags(*files, DESIGN)
    experiment = fw.read(*files)
    sheet = pd.read_csv(files[1], sep="\t", index_col=0)
    counts = pd.read_csv(files[0], sep="\t", index_col=0)
    adata = anndata.AnnData(counts.T.to_numpy(), obs=sheet, var=pd.DataFrame(index=counts.index))
    for given in ((experiment,), (counts, sheet), (adata,)):
        found = fw.qc_flags(*given, design=DESIGN)
        assert found.table.equals(flags.table)
        assert found.measured.equals(flags.measured)


def test_columns_are_guessed_or_given(files):
    experiment = fw.read(*files)
    renamed = experiment.samples.rename(columns={"sex": "x1", "donor": "x2"})
    plain = type(experiment)(experiment.counts, renamed, experiment.genes)
    assert not any(check.applied for check in fw.qc_flags(plain).checks if check.rule in ("sex", "swap"))
    named = fw.qc_flags(plain, design="~ treatment", sex="x1", donor="x2")
    assert all(check.applied for check in named.checks)
    with pytest.raises(fw.DesignError, match="E-SHEET-004"):
        fw.qc_flags(plain, sex="x9")


def test_order_of_samples_and_genes_and_threads_change_nothing(files):
    experiment = fw.read(*files)
    flags = fw.qc_flags(experiment, design=DESIGN)
    rng = np.random.default_rng(1)
    order = rng.permutation(experiment.n_samples)
    turned = fw.qc_flags(experiment.take_samples(order), design=DESIGN)
    assert set(zip(turned.table["sample"], turned.table["rule"], strict=True)) == set(
        zip(flags.table["sample"], flags.table["rule"], strict=True)
    )
    np.testing.assert_allclose(turned.measured.loc[list(flags.samples)], flags.measured, rtol=1e-7)
    genes = rng.permutation(experiment.n_genes)
    shuffled = type(experiment)(
        np.ascontiguousarray(experiment.counts[genes]), experiment.samples, experiment.genes.iloc[genes]
    )
    again = fw.qc_flags(shuffled, design=DESIGN)
    assert again.table["sample"].tolist() == flags.table["sample"].tolist()
    np.testing.assert_allclose(again.measured, flags.measured, rtol=1e-7)
    one, two = (fw.de(experiment, design=DESIGN, threads=n, method="limma-trend").analysis.flags for n in (1, 2))
    assert one.table.equals(two.table)
    assert one.measured.equals(two.measured)


def test_without_what_a_rule_needs_it_says_so(inputs):
    flags = fw.qc_flags(str(inputs / "counts.tsv.gz"), str(inputs / "samples.tsv"), "~ group")
    assert flags.flags == ()
    reasons = {check.rule: check.text for check in flags.checks if not check.applied}
    assert "--sex COLUMN" in reasons["sex"]
    assert "--donor COLUMN" in reasons["swap"]
    assert "nothing stands out" in repr(flags)


def test_a_run_keeps_its_columns(files, tmp_path):
    out = tmp_path / "out"
    arguments = ["run", *files, "--design", DESIGN, "--sex", "sex", "--donor", "donor", "-o", str(out), "--no-report"]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert '[quality]\nsex = "sex"\ndonor = "donor"' in (out / "run.toml").read_text()
