"""A certificate in the files of a run: written, noted with its digest, found again."""

from __future__ import annotations

import dataclasses
import json

import jsonschema
import pytest

import foldwise as fw
from foldwise.api.write_models import certificates_of
from foldwise.cli.schemas import SCHEMAS
from foldwise.io.certificate_json import FILE, certificate_facts, read_certificate
from foldwise.provenance import file_digest

from ..unit.certificates import certificate

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")


@pytest.fixture(scope="module")
def analysis(simulation):
    return fw.de(simulation.counts, simulation.samples, "~ group", contrast="group:treated:control").analysis


@pytest.mark.parametrize("verdict", ["PASS", "WARN", "FAIL", "NONE"])
def test_written_noted_and_found_again(analysis, tmp_path, verdict):
    made = certificate(verdict, tuple(result.contrast.id for result in analysis.results))
    folder = fw.write(dataclasses.replace(analysis, certificate=made), tmp_path / "out")
    facts = json.loads((folder / "run.json").read_text())
    jsonschema.validate(facts, SCHEMAS["run"]())
    (entry,) = [entry for entry in facts["files"] if entry["name"] == FILE]
    assert entry["sha256"] == file_digest(folder / FILE)["sha256"]
    assert facts["certificate"] == certificate_facts(made)
    assert read_certificate(folder).verdict == verdict
    assert fw.api.results.Results(dataclasses.replace(analysis, certificate=made)).certificate is made


def test_a_run_without_one_says_so_and_an_older_one_is_removed(analysis, tmp_path):
    made = certificate("PASS", tuple(result.contrast.id for result in analysis.results))
    fw.write(dataclasses.replace(analysis, certificate=made), tmp_path / "out")
    folder = fw.write(analysis, tmp_path / "out", force=True)
    assert json.loads((folder / "run.json").read_text())["certificate"] is None
    assert not (folder / FILE).exists()


def test_the_workbook_states_it(analysis):
    from foldwise.io.workbook import sheets

    made = certificate("FAIL", tuple(result.contrast.id for result in analysis.results))
    readme = sheets(dataclasses.replace(analysis, certificate=made))[0]
    assert any(text and text.startswith("FAIL. 3 of 9 null runs") for text in readme.columns[1])
    assert "Certificate" not in sheets(analysis)[0].columns[0]


def test_of_several_models_the_worst_verdict_leads():
    parts = {name: certificate_facts(certificate(name)) for name in ("PASS", "FAIL", "NONE", "WARN")}
    together = certificates_of({**parts, "without": None})
    assert together["verdict"] == "FAIL"
    assert together["models"]["without"] is None
    schema = SCHEMAS["run"]()["properties"]["certificate"]
    jsonschema.validate(together, schema)
    assert certificates_of({"a": None}) is None
