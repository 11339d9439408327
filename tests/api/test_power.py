"""``foldwise power`` and ``fw.power``: one answer, files that open, and refusals that say what to do."""

from __future__ import annotations

import json

import jsonschema
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.cli.app import cli
from foldwise.cli.schemas import result_schema
from foldwise.errors import UsageError

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
FEW = {"n": "3:6", "runs": 3, "method": "limma-trend"}
FEW_ARGUMENTS = ["--n", "3:6", "--runs", "3", "--method", "limma-trend"]


def invoke(*arguments):
    done = CliRunner().invoke(cli, [str(each) for each in arguments])
    return done.exit_code, done.stdout, done.stderr


def test_python_command_line_and_run_directory_say_the_same(inputs, tmp_path):
    counts, sheet = inputs / "counts.tsv.gz", inputs / "samples.tsv"
    found = fw.power(counts, samples=sheet, **FEW)
    code, out, err = invoke("power", counts, sheet, *FEW_ARGUMENTS, "-o", tmp_path / "p", "--json")
    assert code == 0
    answer = json.loads(out)
    jsonschema.validate(answer, result_schema())
    assert answer["power"] == json.loads(json.dumps(found.as_facts())) and answer["files"] == ["power.tsv", "power.svg"]
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "p" / "power.tsv", sep="\t"), found.table, check_dtype=False)
    assert (tmp_path / "p" / "power.svg").read_text() == found.svg()
    run = ("run", counts, sheet, "--method", "limma-trend", "-o", tmp_path / "run", "--yes", "--no-report")
    assert invoke(*run)[0] == 0
    code, out, err = invoke("power", tmp_path / "run", "--n", "3:6", "--runs", "3", "-o", tmp_path / "q")
    assert code == 0 and found.sentence in err and "limma-trend" in err
    assert (tmp_path / "q" / "power.tsv").read_bytes() == (tmp_path / "p" / "power.tsv").read_bytes()
    assert invoke("power", counts, sheet, *FEW_ARGUMENTS, "-o", tmp_path / "p")[0] == 2


def test_the_curve_shows_itself(simulation, tmp_path):
    found = fw.power(simulation.counts, samples=simulation.samples, **{**FEW, "n": [4, 8]})
    assert found.table["n"].unique().tolist() == [4, 8]
    assert set(found.table["kind"]) == {"pilot", "extrapolation"} and any("repeatedly" in each for each in found.limits)
    assert repr(found).startswith(found.sentence)
    picture = found.plot(tmp_path / "power.svg")
    assert picture._repr_svg_() == (tmp_path / "power.svg").read_text()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"n": "20:3"}, "takes 2 samples"),
        ({"n": "one"}, "no number of samples"),
        ({"n": 1}, "takes 2 samples"),
        ({"n": 40}, "nothing of more than 12"),
        ({"lfc": 9}, "between 0 and 5"),
        ({"power": 1.5}, "between 0 and 1"),
        ({"runs": 1}, "at least 2"),
        ({"share": 0.9}, "at most 0.5"),
        ({"method": "wilcoxon"}, "nothing beside the groups"),
        ({"method": "auto"}, "auto is none"),
        ({"samples_number": True}, "does not compare groups"),
    ],
)
def test_what_cannot_be_answered_is_refused(simulation, more, words):
    samples, design = simulation.samples, None
    if more.pop("samples_number", False):
        samples, design = samples.assign(dose=range(len(samples))), "~ dose"
    with pytest.raises(UsageError) as caught:
        fw.power(simulation.counts, design, samples=samples, **{**FEW, **more})
    assert words in str(caught.value)
