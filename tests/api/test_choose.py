"""The choice of a method from Python, the command line and as ``--method auto``: one answer, and told everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.api.choose import stored_choice
from foldwise.cli.app import cli
from foldwise.cli.schemas import result_schema, run_schema
from foldwise.errors import UsageError

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
# Two fast candidates and few runs: what is tested here is the way through the faces.
FAST = {"candidates": ["limma-trend", "ols"], "runs": 10}
FAST_ARGUMENTS = ["--candidates", "limma-trend,ols", "--runs", "10"]


@pytest.fixture
def quick(monkeypatch):
    """Make ``--method auto`` choose between the fast ones."""
    monkeypatch.setattr("foldwise.certify.choice.CANDIDATES", ("limma-trend", "ols"))
    monkeypatch.setattr("foldwise.api.choose.RUNS", 10)


@pytest.fixture(scope="module")
def finished(inputs, tmp_path_factory):
    out = tmp_path_factory.mktemp("chosen") / "run"
    arguments = [
        "run",
        str(inputs / "counts.tsv.gz"),
        str(inputs / "samples.tsv"),
        "-o",
        str(out),
        "--yes",
        "--no-report",
    ]
    assert CliRunner().invoke(cli, [*arguments, "--method", "ols"]).exit_code == 0
    return out


def invoke(*arguments):
    done = CliRunner().invoke(cli, [str(each) for each in arguments])
    return done.exit_code, done.stdout, done.stderr


def test_python_command_line_and_run_directory_choose_alike(inputs, finished, tmp_path):
    counts, sheet = inputs / "counts.tsv.gz", inputs / "samples.tsv"
    found = fw.choose_method(counts, samples=sheet, **FAST)
    assert found.learned and found.method in FAST["candidates"]
    code, out, err = invoke("choose", counts, sheet, *FAST_ARGUMENTS, "-o", tmp_path, "--json")
    assert code == 0
    answer = json.loads(out)
    jsonschema.validate(answer, result_schema())
    assert answer["choice"] == json.loads(json.dumps(found.as_facts()))
    written = pd.read_csv(tmp_path / "choice.tsv", sep="\t")
    pd.testing.assert_frame_equal(written, found.table, check_dtype=False)
    code, out, err = invoke("choose", finished, *FAST_ARGUMENTS)
    assert code == 0 and found.sentence in err
    moved = invoke("choose", finished, counts, sheet, *FAST_ARGUMENTS)
    assert moved[0] == 0 and found.sentence in moved[2]


def test_an_experiment_and_its_formula(simulation):
    counts = fw.read(simulation.counts, simulation.samples)
    formula = "~ " + str(simulation.samples.columns[0])
    found = fw.choose_method(counts, formula, **FAST)
    assert repr(found).startswith(found.sentence) and "planted" in repr(found)
    assert list(found.table["method"][:2]) == [found.method, ({"limma-trend", "ols"} - {found.method}).pop()]


def test_an_earlier_table_is_not_overwritten(inputs, tmp_path):
    (tmp_path / "choice.tsv").write_text("mine")
    code, _, err = invoke("choose", inputs / "counts.tsv.gz", inputs / "samples.tsv", "-o", tmp_path)
    assert code == 2 and "E-IO-003" in err and (tmp_path / "choice.tsv").read_text() == "mine"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"candidates": ["desek2"]}, "Did you mean 'deseq2'"),
        ({"candidates": []}, "No candidate"),
        ({"candidates": ["t", "deseq2"]}, "compares groups"),
        ({"candidates": ["wilcoxon"]}, "compares groups"),
        ({"runs": 3}, "at least 10"),
        ({"share": 0.9}, "at most 0.5"),
        ({"size_factors": [1.0] * 8}, "given as objects"),
    ],
)
def test_what_cannot_be_measured_is_refused(simulation, more, words):
    with pytest.raises(UsageError) as caught:
        fw.choose_method(simulation.counts, samples=simulation.samples, **more)
    assert words in str(caught.value)


def test_auto_runs_the_chosen_method_and_tells_it_everywhere(inputs, tmp_path, quick):
    counts, sheet = inputs / "counts.tsv.gz", inputs / "samples.tsv"
    code, _, err = invoke("run", counts, sheet, "--method", "auto", "-o", tmp_path / "a", "--yes")
    assert code == 0
    facts = json.loads((tmp_path / "a" / "run.json").read_text())
    choice = facts["method_choice"]
    jsonschema.validate(facts, run_schema())
    assert facts["method"] == choice["method"] and f"{choice['method']} was chosen" in err
    toml = (tmp_path / "a" / "run.toml").read_text()
    assert f'name = "{choice["method"]}"' in toml and 'chosen_by = "auto"' in toml
    assert "planted" in (tmp_path / "a" / "methods.md").read_text()
    assert "was chosen" in (tmp_path / "a" / "report.html").read_text()
    alone = fw.de(counts, sheet, method=choice["method"])
    chosen = fw.de(counts, sheet, method="auto")
    pd.testing.assert_frame_equal(chosen.table, alone.table)
    assert chosen.provenance["method_choice"] == choice
    again = invoke("run", "--config", tmp_path / "a" / "run.toml", "-o", tmp_path / "b", "--yes", "--no-report")
    assert again[0] == 0 and "was chosen" not in again[2]
    for table in (tmp_path / "a" / "results").iterdir():
        assert table.read_bytes() == (tmp_path / "b" / "results" / table.name).read_bytes()


def test_a_method_given_by_name_is_the_users(inputs):
    from foldwise.model.spec import AnalysisSpec
    from foldwise.model.spec_options import with_options

    spec = with_options(AnalysisSpec(), {"method": "ols", "chosen_by": "auto"})
    assert spec.method.chosen_by == "auto"
    assert with_options(spec, {"method": "deseq2"}).method.chosen_by == "user"


def test_the_report_of_a_finished_run_keeps_the_choice(inputs, tmp_path, quick):
    counts, sheet = inputs / "counts.tsv.gz", inputs / "samples.tsv"
    assert invoke("run", counts, sheet, "--method", "auto", "-o", tmp_path / "a", "--yes")[0] == 0
    (tmp_path / "a" / "report.html").unlink()
    assert invoke("report", tmp_path / "a")[0] == 0
    assert "was chosen" in Path(tmp_path / "a" / "report.html").read_text()


@pytest.mark.parametrize(
    "broken",
    [
        "a text",
        {"method": "ols"},
        {"method": "ols", "reason": "so", "learned": True, "scores": [], "limits": []},
        {"method": "ols", "reason": "so", "learned": False, "scores": [{"method": 1}], "limits": []},
        {"method": "ols", "reason": "so", "learned": False, "limits": [],
         "scores": [{"method": "ols", "n_runs": 3, "verdict": "", "power": "much"}]},
    ],
)  # fmt: skip
def test_a_damaged_choice_in_run_json_is_passed_over(broken):
    assert stored_choice({"method_choice": broken}) == ()


def test_a_hostile_choice_is_text_in_report_and_methods(inputs, tmp_path, quick):
    counts, sheet = inputs / "counts.tsv.gz", inputs / "samples.tsv"
    assert invoke("run", counts, sheet, "--method", "auto", "-o", tmp_path / "a", "--yes")[0] == 0
    path = tmp_path / "a" / "run.json"
    facts = json.loads(path.read_text())
    facts["method_choice"]["reason"] = "<img src=x onerror=alert(1)>"
    path.write_text(json.dumps(facts))
    assert invoke("report", tmp_path / "a")[0] == 0
    assert "<img src=x" not in (tmp_path / "a" / "report.html").read_text()
