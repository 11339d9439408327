"""Options of the command line that change what is read or tested, end to end."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import tomllib

import pandas as pd
import pytest
from click.testing import CliRunner

from foldwise.cli.app import cli

MODEL = ("--design", "~ group", "--contrast", "group:treated:control")
TABLE = "results/group_treated_vs_control.tsv"


def run(inputs, out, *more: object, samples: bool = True, code: int = 0):
    files = [inputs / "counts.tsv.gz", *([inputs / "samples.tsv"] if samples else [])]
    arguments = ["run", *files, "-o", out, "-q", "--no-report", "--force", *more]
    done = CliRunner().invoke(cli, [str(item) for item in arguments], prog_name="foldwise")
    assert done.exit_code == code, done.stderr
    return pd.read_csv(out / TABLE, sep="\t", index_col=0) if code == 0 and (out / TABLE).exists() else done


def test_m17_groups_in_place_of_a_sheet(inputs, tmp_path):
    groups = "control=S1,S3,S5,S7; treated=S2,S4,S6,S8"
    without = run(inputs, tmp_path / "a", "--groups", groups, samples=False)
    pd.testing.assert_frame_equal(without, run(inputs, tmp_path / "b", *MODEL), check_exact=True)


def test_left_out_samples_are_those_of_a_smaller_table(inputs, tmp_path):
    excluded = run(inputs, tmp_path / "a", *MODEL, "--exclude", "S1,S2")
    counts = pd.read_csv(inputs / "counts.tsv.gz", sep="\t", index_col=0).drop(columns=["S1", "S2"])
    counts.to_csv(tmp_path / "counts.tsv.gz", sep="\t")
    (tmp_path / "samples.tsv").write_text((inputs / "samples.tsv").read_text())
    refused = run(tmp_path, tmp_path / "b", *MODEL, code=3)
    assert "E-SHEET-002" in refused.stderr
    intersected = run(tmp_path, tmp_path / "b", *MODEL, "--intersect")
    pd.testing.assert_frame_equal(excluded, intersected, check_exact=True)


def test_m70_the_seed_changes_no_number(inputs, tmp_path):
    first = run(inputs, tmp_path / "a", *MODEL, "--seed", 1)
    pd.testing.assert_frame_equal(first, run(inputs, tmp_path / "b", *MODEL, "--seed", 2), check_exact=True)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_m5_threads_change_no_number(inputs, tmp_path, threads):
    first = run(inputs, tmp_path / "a", *MODEL)
    pd.testing.assert_frame_equal(first, run(inputs, tmp_path / "b", *MODEL, "--threads", threads), check_exact=True)


def test_likelihood_ratio_test_names_its_statistic(inputs, tmp_path):
    table = run(inputs, tmp_path, *MODEL, "--test", "lrt", "--reduced", "~ 1", "--style", "edger")
    assert "LR" in table.columns
    facts = json.loads((tmp_path / "run.json").read_text())
    assert facts["options"]["design"]["reduced"] == "~ 1"


def test_threshold_test(inputs, tmp_path):
    plain = run(inputs, tmp_path / "a", *MODEL)
    beyond = run(inputs, tmp_path / "b", *MODEL, "--lfc", 1)
    assert (beyond["pvalue"].dropna() >= plain["pvalue"].dropna() - 1e-12).all()
    config = tomllib.loads((tmp_path / "b" / "run.toml").read_text())
    assert config["correction"]["lfc"] == 1.0


def test_several_contrasts_and_three_levels(inputs, tmp_path):
    groups = "a=S1,S2,S3; b=S4,S5,S6; c=S7,S8"
    run(inputs, tmp_path, "--groups", groups, "--reference", "group=a", samples=False)
    names = sorted(path.name for path in (tmp_path / "results").glob("*.tsv") if "significant" not in path.name)
    assert names == ["group_b_vs_a.tsv", "group_c_vs_a.tsv"]


def terminal(arguments: list[str], answer: bytes) -> tuple[str, int]:
    """Run the program on a pseudo-terminal, answer its question, return what was shown and the exit code."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "100"}
    command = [sys.executable, "-m", "foldwise", *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while select.select([ours], [], [], 60)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            shown += piece
            if answer and b"[Y/n]" in shown:
                os.write(ours, answer)
                answer = b""
    os.close(ours)
    return shown.decode(), process.returncode


def test_a_terminal_is_asked_about_a_guess_and_sees_a_bar(inputs, tmp_path):
    files = [str(inputs / "counts.tsv.gz"), str(inputs / "samples.tsv")]
    shown, code = terminal(["run", *files, "-o", str(tmp_path / "no")], b"n\n")
    assert "Use this design? [Y/n]" in shown
    assert code == 2
    assert not (tmp_path / "no").exists()
    shown, code = terminal(["run", *files, "-o", str(tmp_path / "yes"), "--no-report"], b"\n")
    assert code == 0
    assert "━" in shown
    assert "\x1b[32mok" in shown
    assert (tmp_path / "yes" / "run.json").exists()
