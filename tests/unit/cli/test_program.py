"""The program's frame: help, usage errors, exit codes, no traceback."""

from __future__ import annotations

import errno
import json

import click
import pytest
from click.testing import CliRunner

from foldwise.cli.app import COMMANDS, cli
from foldwise.cli.guard import as_foldwise_error, guarded
from foldwise.cli.session import Session
from foldwise.errors import FoldwiseError, InputError


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *arguments: runner.invoke(cli, list(arguments), prog_name="foldwise")


def test_help_lists_every_subcommand(run):
    done = run("--help")
    assert done.exit_code == 0
    for name, (_, text) in COMMANDS.items():
        assert name in done.stdout
        assert text in " ".join(done.stdout.split())


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_subcommand_has_help(run, name):
    done = run(name, "--help")
    assert done.exit_code == 0
    assert f"Usage: foldwise {name}" in done.stdout


def test_version(run):
    import foldwise

    assert run("--version").stdout == f"foldwise {foldwise.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rnu"], ["E-USAGE-001", "'rnu'", "Did you mean 'run'?"]),
        (["run", "--desing", "~ a"], ["E-USAGE-001", "--desing", "Did you mean '--design'?"]),
        (["run", "c.tsv", "s.tsv", "--method", "deseq"], ["E-USAGE-001", "Did you mean 'deseq2'?"]),
        (["run", "c.tsv", "s.tsv", "--style", "r"], ["E-USAGE-001", "canonical, deseq2"]),
        (["run", "c.tsv", "--fdr", "2"], ["E-USAGE-002", "between 0 and 1"]),
        (["run", "c.tsv", "--fdr", "five"], ["E-USAGE-002", "'five'"]),
        (["run", "c.tsv", "--threads", "0"], ["E-USAGE-002", "at least 1"]),
        (["run", "c.tsv", "--lfc", "-1"], ["E-USAGE-002", "positive"]),
        (["verify", "a", "b", "c", "d"], ["E-USAGE-002", "unexpected"]),
        (["run"], ["E-USAGE-002", "No counts"]),
        (["run", "c.tsv", "--fdr"], ["E-USAGE-002", "--fdr"]),
        (["explain", "E-NOTHING-001"], ["E-USAGE-001"]),
        (["schema", "evnt"], ["E-USAGE-001", "Did you mean 'event'?"]),
        (["check"], ["E-USAGE-002"]),
    ],
)
def test_b123_b124_usage_errors_exit_2_in_words(run, arguments, words):
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_usage_errors_under_json(run):
    done = run("run", "c.tsv", "--fdr", "2", "--json", "-q")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    event = json.loads(line)
    assert (event["level"], event["code"]) == ("error", "E-USAGE-002")
    answer = json.loads(done.stdout)
    assert answer["ok"] is False
    assert answer["exit"] == 2
    assert answer["error"]["code"] == "E-USAGE-002"


def raises(error: BaseException):
    def call():
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (InputError("E-COUNT-005", "inf at gene 'g'."), 3, "E-COUNT-005"),
        (MemoryError(), 75, "E-MEM-002"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), 74, "E-IO-001"),
        (PermissionError(errno.EACCES, "Permission denied", "/x/y"), 74, "E-IO-001"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (click.exceptions.Exit(5), 5, ""),
    ],
)
def test_b104_b106_every_end_has_its_exit_code(capsys, error, code, word):
    assert guarded(Session(), raises(error)) == code
    captured = capsys.readouterr()
    assert word in captured.err
    assert "Traceback" not in captured.err + captured.out


def test_internal_error_writes_a_redacted_crash_file(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("USER", "marie.curie")
    monkeypatch.setenv("LOGNAME", "marie.curie")
    secret = f"cannot open {tmp_path}/patients/anna.tsv for marie.curie"
    assert guarded(Session(), raises(ValueError(secret))) == 1
    told = capsys.readouterr().err
    (crash,) = tmp_path.glob("foldwise-crash-*.txt")
    assert told.startswith("x E-INTERNAL-001")
    assert str(crash) in told
    assert "Traceback" not in told
    text = crash.read_text()
    assert "Traceback" in text
    assert "ValueError" in text
    assert "foldwise/cli/guard.py" in text
    assert str(tmp_path) not in text
    assert "marie.curie" not in text


def test_names_cannot_move_the_cursor(capsys):
    guarded(Session(), raises(FoldwiseError("E-NAME-003", "gene 'a\x1b[2Jb\r\u202ec'.")))
    told = capsys.readouterr().err
    assert "a\\x1b[2Jb\\x0d\\u202ec" in told
    assert "\x1b[2J" not in told


def test_an_error_is_laid_out_in_lines(capsys):
    guarded(Session(), raises(FoldwiseError("E-DESIGN-004", "line one\nline two", "do this")))
    assert capsys.readouterr().err.splitlines() == [
        "x E-DESIGN-004 (E-CONFOUNDED)  line one",
        "    line two",
        "  do this",
        "  more: foldwise explain E-DESIGN-004",
    ]


def test_permission_is_told_without_a_folder():
    error = as_foldwise_error(PermissionError(errno.EACCES, "Permission denied", "/home/anna/out/run.json"))
    assert "/home" not in error.sentence()
    assert "run.json" in error.found


def test_explain_knows_titles(run):
    assert run("explain", "E-CONFOUNDED").stdout == run("explain", "e-design-004").stdout
    assert "E-DESIGN-004" in run("explain", "E-CONFOUNDED").stdout


def test_doctor(run):
    import tomllib
    from pathlib import Path

    done = run("doctor")
    project = tomllib.loads((Path(__file__).resolve().parents[3] / "pyproject.toml").read_text())["project"]
    for extra in project["optional-dependencies"]:
        assert f"[{extra}]" in done.stdout or extra in ("all", "test", "docs", "benchmark"), extra
    assert done.exit_code == 0, done.stdout
    assert "kernels" in done.stdout
    assert " x " not in done.stdout


@pytest.mark.parametrize("name", ["result", "event", "run", "config"])
def test_schemas_are_json_schemas(run, name):
    schema = json.loads(run("schema", name).stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["type"] == "object"
