"""Custom content for MultiQC: what its documentation asks of such files."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

import foldwise as fw
from foldwise.io.multiqc import contrast_content
from foldwise.model.certificate import VERDICTS

from ..certificates import certificate

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    data = fw.simulate(300, 8, seed=2, share_changed=0.2)
    counts = data.counts.rename(columns={data.counts.columns[0]: "<script>alert(1)</script>"})
    samples = data.samples.rename(index={data.counts.columns[0]: "<script>alert(1)</script>"})
    samples = samples.replace({"treated": "<b>drug</b>"})
    results = fw.de(counts, samples, "~ group", contrast=("group", "<b>drug</b>", "control"), report=False)
    folder = results.write(tmp_path_factory.mktemp("mqc") / "out") / "multiqc"
    return results, folder


def test_contrasts(written):
    results, folder = written
    content = json.loads((folder / "foldwise_mqc.json").read_text())
    assert set(content) == {"id", "section_name", "description", "plot_type", "pconfig", "headers", "data"}
    assert content["plot_type"] == "table"
    (row,) = content["data"].values()
    assert set(row) == set(content["headers"])
    assert (row["up"], row["down"], row["tested"]) == (
        results.result.n_up, results.result.n_down, results.result.n_tested,
    )  # fmt: skip


def test_samples(written):
    results, folder = written
    content = json.loads((folder / "foldwise_samples_mqc.json").read_text())
    assert content["plot_type"] == "generalstats"
    assert {name for column in content["pconfig"] for name in column} == {"detected_genes", "size_factor"}
    rows = list(content["data"].values())
    assert [row["size_factor"] for row in rows] == results.analysis.size_factors.values.tolist()
    counts = np.asarray(results.analysis.experiment.counts)
    assert [row["detected_genes"] for row in rows] == (counts > 0).sum(axis=0).tolist()


def test_names_cannot_become_markup(written):
    for path in written[1].iterdir():
        assert path.name.endswith("_mqc.json")
        text = path.read_text()
        assert "<script" not in text
        assert "<b>" not in text


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_verdict_of_the_certificate_is_a_column(written, verdict):
    results, _ = written
    ids = tuple(result.contrast.id for result in results.analysis.results)
    content = contrast_content(dataclasses.replace(results.analysis, certificate=certificate(verdict, ids)))
    (row,) = content["data"].values()
    assert set(row) == set(content["headers"])
    assert row["certificate"] == verdict
    assert "certificate" not in contrast_content(results.analysis)["headers"]
