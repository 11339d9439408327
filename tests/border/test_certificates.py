"""Rows B127, B128 and B137: certificates that cannot be made, fail or warn, and the exit codes that follow."""

from __future__ import annotations

import json
import shutil
import warnings

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.api.simulate import simulate
from foldwise.api.stored import stored_run
from foldwise.cli.app import cli
from foldwise.cli.schemas import SCHEMAS
from foldwise.io.certificate_json import FILE, read_certificate
from foldwise.io.checkpoints import FOLDER, Checkpoints

MODEL = ("--design", "~ group", "--contrast", "group:treated:control", "--reference", "group=control")


def written(folder, n_samples: int, *, outliers: bool = False):
    """Counts without any change, and a sheet; with outliers, 2 % of the counts 50 times too large."""
    data = simulate(300, n_samples, seed=4, share_changed=0.0)
    counts = data.counts.copy()
    if outliers:
        rng = np.random.default_rng(3)
        counts[:] = np.where(rng.random(counts.shape) < 0.02, counts * 50 + 200, counts)
    counts.to_csv(folder / "counts.tsv", sep="\t")
    data.samples.to_csv(folder / "samples.tsv", sep="\t")
    return folder


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return written(tmp_path_factory.mktemp("two"), 4)


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    return written(tmp_path_factory.mktemp("four"), 8)


@pytest.fixture(scope="module")
def wild(tmp_path_factory):
    return written(tmp_path_factory.mktemp("wild"), 12, outliers=True)


def call(command: str, folder, out, *more: str, code: int = 0):
    words = [command, str(folder / "counts.tsv"), str(folder / "samples.tsv"), *MODEL, "-o", str(out), "--force", *more]
    words += ["--no-report"] if command == "run" else []
    done = CliRunner().invoke(cli, words, prog_name="foldwise")
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


def test_b127_no_certificate_of_two_against_two(two, tmp_path):
    done = call("run", two, tmp_path / "out", "--strict")
    assert "Trust     NONE: the certificate cannot be made" in done.stderr
    assert "[W-LEARN-001]" in done.stderr
    assert "2 v 2" in done.stderr or "degree of freedom" in done.stderr
    assert (tmp_path / "out" / "run.json").exists()
    assert read_certificate(tmp_path / "out").verdict == "NONE"
    call("run", two, tmp_path / "out", "--strict", "--certificate", "20", code=4)
    call("run", two, tmp_path / "out", "--require-certificate", code=5)
    assert (tmp_path / "out" / "results" / "group_treated_vs_control.tsv").exists()
    call("certify", two, tmp_path / "out", "-n", "20", code=5)


def test_b128_outliers_fail_the_certificate_and_padj_stays(wild, tmp_path):
    out, options = tmp_path / "out", ("--method", "edger-lrt", "--certificate", "20")
    plain = call("run", wild, tmp_path / "off", "--method", "edger-lrt", "--certificate", "off")
    assert "Trust" not in plain.stderr
    done = call("run", wild, out, *options)
    assert "Trust     FAIL: " in done.stderr
    assert "[W-LEARN-002]" in done.stderr
    made = read_certificate(out)
    assert made.verdict == "FAIL"
    assert made.safe is not None
    tables = [stored_run(folder).table() for folder in (out, tmp_path / "off")]
    assert tables[0]["padj"].equals(tables[1]["padj"])
    assert ("padj_safe" in tables[0]) == bool(made.safe.name)
    call("run", wild, out, *options, "--strict", code=4)
    call("run", wild, out, *options, "--require-certificate", "--strict", code=5)
    for command in ("verify", "report"):
        assert CliRunner().invoke(cli, [command, str(out)]).exit_code == 0


def test_b137_few_groupings_warn_and_are_advice_unless_asked_for(four, tmp_path):
    out, method = tmp_path / "out", ("--method", "edger-ql")
    done = call("run", four, out, *method, "--strict", "--require-certificate")
    assert "Trust     WARN: " in done.stderr
    assert "[W-LEARN-005]" in done.stderr
    assert "groupings of these samples exist" in done.stderr
    asked = call("run", four, out, *method, "--certificate", "30", "--strict", "--json", code=4)
    answer = json.loads(asked.stdout)
    jsonschema.validate(answer, SCHEMAS["result"]())
    assert answer["certificate"]["verdict"] == "WARN"
    assert [item["code"] for item in answer["warnings"] if item["code"].startswith("W-LEARN")] == ["W-LEARN-005"]
    call("certify", four, out, *method, "-n", "20", "--strict", code=4)
    call("certify", four, out, *method, "-n", "20")


def test_certify_of_a_directory_changes_what_speaks_of_it_and_nothing_else(four, tmp_path):
    out = tmp_path / "out"
    call("run", four, out, "--method", "edger-ql", "--certificate", "off")
    before = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    done = CliRunner().invoke(cli, ["certify", str(out), "-n", "12", "--json"], prog_name="foldwise")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMAS["result"]())
    assert answer["certificate"]["n_runs"] == 12
    after = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    changed = {str(path) for path in after if after[path] != before.get(path)}
    assert {FILE, "run.json", "methods.md", "citations.bib", "multiqc/foldwise_mqc.json"} <= changed
    assert not any(name.startswith(("results/", "counts/", "run.toml")) for name in changed)
    assert changed <= set(answer["files"])
    assert json.loads((out / "run.json").read_text())["certificate"] == answer["certificate"]
    assert CliRunner().invoke(cli, ["verify", str(out)]).exit_code == 0
    again = CliRunner().invoke(cli, ["certify", str(out), "-n", "12"], prog_name="foldwise")
    assert again.exit_code == 0
    assert (out / FILE).read_bytes() == after[(out / FILE).relative_to(out)]


def test_a_changed_certificate_is_not_shown(four, tmp_path):
    out = tmp_path / "out"
    call("run", four, out, "--method", "edger-ql", "--certificate", "10")
    text = (out / FILE).read_text()
    (out / FILE).write_text(text.replace('"WARN"', '"PASS"'))
    done = CliRunner().invoke(cli, ["report", str(out)], prog_name="foldwise")
    assert done.exit_code == 6
    assert "E-VERIFY-001" in done.output


def test_m69_a_certificate_that_was_stopped_goes_on(four, tmp_path, monkeypatch):
    monkeypatch.setattr("foldwise.io.checkpoints.LEAST_SECONDS", 0.0)
    out, whole = tmp_path / "out", Checkpoints.__call__
    call("run", four, out, "--method", "edger-ql", "--certificate", "off")
    reference = tmp_path / "reference"
    shutil.copytree(out, reference)
    assert CliRunner().invoke(cli, ["certify", str(reference), "-n", "18"]).exit_code == 0

    def stopping(self, name, known, compute):
        value = whole(self, name, known, compute)
        if name.startswith("fake"):
            raise KeyboardInterrupt
        return value

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "__call__", stopping)
        assert CliRunner().invoke(cli, ["certify", str(out), "-n", "18"]).exit_code == 130
    assert list((out / FOLDER).glob("fake0.*.npz"))
    assert not (out / FILE).exists()
    assert CliRunner().invoke(cli, ["certify", str(out), "-n", "18"]).exit_code == 0
    assert (out / FILE).read_bytes() == (reference / FILE).read_bytes()
    assert not (out / FOLDER).exists()


@pytest.mark.parametrize("value", ["-1", "ten", "1e3", "10001", "99999999999", "", "1.5"])
def test_numbers_of_null_runs_that_are_none(four, tmp_path, value):
    done = call("run", four, tmp_path / "out", "--certificate", value, code=2)
    assert "E-USAGE-002" in done.stderr
    assert "auto, off" in done.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("run", "--certificate", "off", "--require-certificate"), "required and turned off"),
        (("certify", "-n", "0"), "-n must be at least 1"),
    ],
)
def test_b124_contradictions_are_refused(four, tmp_path, words, text):
    done = call(words[0], four, tmp_path / "out", *words[1:], code=2)
    assert "E-USAGE-002" in done.stderr
    assert text in done.stderr


def test_certify_refuses_what_is_no_run_and_settings_beside_one(four, tmp_path):
    out = tmp_path / "out"
    call("run", four, out, "--method", "edger-ql", "--certificate", "off")
    for words in (["certify", str(tmp_path)], ["certify", str(out), "--method", "ols"]):
        done = CliRunner().invoke(cli, words, prog_name="foldwise")
        assert done.exit_code == 2, done.output
        assert "E-USAGE-002" in done.stderr


def test_from_python_a_certificate_is_made_where_it_is_asked_for(four):
    files = (four / "counts.tsv", four / "samples.tsv")
    options = {"contrast": ("group", "treated", "control"), "method": "edger-ql"}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert fw.de(*files, "~ group", **options).certificate is None
        asked = fw.de(*files, "~ group", certificate=10, **options)
    assert [item.message.id for item in caught if item.message.id.startswith("W-LEARN")] == ["W-LEARN-005"]
    assert asked.certificate.asked == 10
    assert asked.warnings[-1].id == "W-LEARN-005"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = fw.fit(files[0], "~ group", samples=files[1], method="edger-ql")
        made = fw.certify(model, 10)
        assert fw.certify(asked.analysis, 10, seed=2).seed == 2
        tested = fw.fit(files[0], "~ group", samples=files[1], method="edger-ql", certify=5).contrast(
            "treated - control"
        )
    assert made.verdict == "WARN"
    assert len(made.discoveries) == 10
    assert tested.certificate.contrasts[0].id == tested.contrast.id
    for n in (0, -1, "auto", True):
        with pytest.raises(fw.UsageError, match="E-USAGE-002"):
            fw.certify(asked, n)
