"""Bad-input catalogue, rows B126 and B140: samples whose expression contradicts the sheet or the other samples."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.cli.app import cli
from tests.unit.qc.data import exchanged, people, with_counts


def write(folder, experiment, sheet=None):
    """Write an experiment as the files of a user; return their paths."""
    counts = pd.DataFrame(experiment.counts, index=experiment.genes.index, columns=experiment.samples.index)
    counts.to_csv(folder / "counts.tsv", sep="\t")
    (experiment.samples if sheet is None else sheet).to_csv(folder / "samples.tsv", sep="\t", index_label="sample")
    return str(folder / "counts.tsv"), str(folder / "samples.tsv")


def call(*arguments, code=0):
    done = CliRunner().invoke(cli, [*map(str, arguments)], prog_name="foldwise")
    assert done.exit_code == code, done.output
    return done


def outlying():
    data = people(10, 2, donor_sd=0.1)
    rng = np.random.default_rng(5)
    scattered = data.counts[:, 7] * np.exp(rng.normal(0, 1.4, data.n_genes))
    return with_counts(data, {7: rng.poisson(scattered * data.counts[:, 7].sum() / scattered.sum())})


def test_b126_sex_contradicts_the_sheet(tmp_path):
    files = write(tmp_path, exchanged(people(8, 1), "sex", 2, 5))
    done = call("check", *files, "--design", "~ sex", "--json")
    (warning,) = [w for w in json.loads(done.stdout)["warnings"] if w["code"] == "W-QC-001"]
    assert warning["data"]["samples"] == ["s2", "s5"]
    assert "s2 is male by column 'sex' and female by its expression" in warning["msg"]
    assert "counts per million" in warning["msg"]
    assert "Nothing was changed." in warning["msg"]
    assert "--exclude s2" in warning["msg"]
    call("check", *files, "--design", "~ sex", "--strict", code=4)
    assert "W-QC-001" not in call("check", *files, "--design", "~ sex", "--exclude", "s2,s5").stderr


def test_b126_nothing_is_removed_or_relabeled():
    wrong = exchanged(people(8, 1), "sex", 2, 5)
    with pytest.warns(fw.FoldwiseWarning, match="W-QC-001"):
        res = fw.de(wrong, design="~ sex", method="limma-trend")
    assert list(res.analysis.experiment.samples.index) == [f"s{k}" for k in range(8)]
    assert res.analysis.experiment.samples["sex"].equals(wrong.samples["sex"])
    assert res.analysis.flags.flagged == ("s2", "s5")


@pytest.mark.parametrize(
    ("fault", "rule", "samples"),
    [("swapped", "swap", ["s0", "s4"]), ("copied", "duplicate", ["s1", "s6"]), ("shallow", "library size", ["s3"])],
)
def test_b140_swapped_duplicated_or_shallow(tmp_path, fault, rule, samples):
    data = people(5, 4)
    copy = np.random.default_rng(1).binomial(data.counts[:, 1], 0.7)
    thin = np.random.default_rng(2).binomial(data.counts[:, 3], 0.05)
    faulty = {
        "swapped": exchanged(data, "donor", 0, 4),
        "copied": with_counts(data, {6: copy}),
        "shallow": with_counts(data, {3: thin}),
    }[fault]
    files = write(tmp_path, faulty)
    done = call("check", *files, "--design", "~ donor + treatment", "--json")
    found = {w["data"]["rule"]: w for w in json.loads(done.stdout)["warnings"] if w["code"] == "W-QC-002"}
    assert found[rule]["data"]["samples"] == samples
    assert len(found[rule]["data"]["values"]) == len(samples)
    assert f"--exclude {samples[0]}" in found[rule]["msg"]


def test_b140_outlying_with_remedies_that_work(tmp_path):
    files = write(tmp_path, outlying())
    options = ("--design", "~ treatment", "--json", "--no-report", "--contrast", "treatment:t1:t0")
    done = call("run", *files, *options, "-o", tmp_path / "a")
    (warning,) = [w for w in json.loads(done.stdout)["warnings"] if w["code"] == "W-QC-002"]
    assert warning["data"]["rule"] == "outlier"
    assert warning["data"]["samples"] == ["s7"]
    assert "robust distance" in warning["msg"]
    for remedy in ("--exclude s7", "--sample-weights", "limma-voom", "limma-trend"):
        assert remedy in warning["msg"]
    without = call("run", *files, *options, "-o", tmp_path / "b", "--exclude", "s7")
    assert "W-QC-002" not in without.stdout
    facts = json.loads((tmp_path / "a" / "run.json").read_text())
    assert facts["sample_checks"]["flags"][0]["sample"] == "s7"
    for method in ("limma-voom", "limma-trend"):
        data = people(10, 2, donor_sd=0.1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fw.FoldwiseWarning)
            res = fw.de(outlying(), design="~ treatment", method=method, sample_weights=True)
        weights = np.asarray(res.analysis.fit.extra["sample_weights"])
        assert int(np.argmin(weights)) == 7
        assert data.n_samples == len(weights)


def test_b140_clean_samples_are_quiet(tmp_path):
    done = call("check", *write(tmp_path, people(6, 2)), "--design", "~ donor + treatment")
    assert "W-QC" not in done.stderr
    assert "nothing stands out" in done.stderr


def test_b126_and_b140_a_column_that_does_not_exist(tmp_path):
    files = write(tmp_path, people(6, 1))
    for option in ("--sex", "--donor"):
        done = call("check", *files, "--design", "~ sex", option, "gendre", code=3)
        assert "E-SHEET-004" in done.stderr or "E-COLUMN" in done.stderr


def test_b126_hostile_names_are_escaped_on_the_terminal(tmp_path):
    data = exchanged(people(8, 1), "sex", 2, 5)
    data.samples.index = [*data.samples.index[:2], "a\x1b[31mred", *data.samples.index[3:]]
    done = call("check", *write(tmp_path, data), "--design", "~ sex")
    assert "W-QC-001" in done.stderr
    assert "\x1b[31m" not in done.stderr
