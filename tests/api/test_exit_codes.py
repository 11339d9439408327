"""Every exit code of the program, each with the JSON that machines get: one object on stdout, one line per event."""

from __future__ import annotations

import errno
import functools
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from click.testing import CliRunner

from foldwise.cli.app import COMMANDS, cli
from foldwise.cli.schemas import SCHEMAS

MODEL = ("--design", "~ group", "--contrast", "group:treated:control", "--no-report")
# A run that says when it fits and then waits.
SLOW = """
import sys, time
from foldwise import pipeline
def slow(*_, **__):
    print("fitting", file=sys.stderr, flush=True)
    time.sleep(60)
pipeline.run = slow
from foldwise.cli import main
main()
"""


def checked(stdout: str, stderr: str, code: int) -> dict:
    """The answer, after it and all events were held against their schemas."""
    answer = json.loads(stdout)
    assert stdout.count("\n") == 1
    jsonschema.validate(answer, SCHEMAS["result"]())
    assert answer["exit"] == code
    assert answer["ok"] == (code in (0, 4))
    for line in stderr.splitlines():
        jsonschema.validate(json.loads(line), SCHEMAS["event"]())
    assert "\x1b" not in stdout + stderr
    return answer


def call(*arguments: object, code: int, env: dict[str, str] | None = None) -> dict:
    words = [str(item) for item in arguments]
    done = CliRunner().invoke(cli, [*words, "--json"], prog_name="foldwise", env=env)
    assert done.exit_code == code, done.stderr
    return checked(done.stdout, done.stderr, code)


@pytest.fixture(scope="module")
def run(inputs):
    return ("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", *MODEL)


def test_exit_0_done(run, tmp_path):
    answer = call(*run, "-o", tmp_path / "o", code=0)
    assert answer["contrasts"][0]["id"] == "group_treated_vs_control"
    assert answer["contrasts"][0]["direction"] == "up = higher in treated"
    assert answer["output"] == str(tmp_path / "o")
    assert all((tmp_path / "o" / name).is_file() for name in answer["files"])


def test_exit_0_of_the_other_commands(run, inputs, tmp_path):
    call(*run, "-o", tmp_path / "o", code=0)
    call("verify", tmp_path / "o", code=0)
    call("report", tmp_path / "o", code=0)
    call("check", inputs / "samples.tsv", code=0)
    call(*run, "-o", tmp_path / "dry", "--dry-run", code=0)
    call("simulate", tmp_path / "s", "--genes", "40", code=0)
    call("compare", *run[1:5], "--methods", "ols,t", "-o", tmp_path / "c", code=0)


def test_exit_1_a_bug(run, tmp_path, monkeypatch):
    from foldwise import pipeline

    def broken(*_: object, **__: object) -> None:
        raise KeyError("colour")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(pipeline, "run", broken)
    answer = call(*run, "-o", tmp_path / "o", code=1)
    assert answer["error"]["code"] == "E-INTERNAL-001"
    assert not (tmp_path / "o").exists()
    assert len(list(tmp_path.glob("foldwise-crash-*.txt"))) == 1


@pytest.mark.parametrize(
    ("more", "id"),
    [
        (["--fdr", "2"], "E-USAGE-002"),
        (["--mehtod", "t"], "E-USAGE-001"),
        (["--method", "deseq"], "E-USAGE-001"),
        (["--config", "bad.toml"], "E-CONFIG-001"),
        (["--test", "lrt"], "E-USAGE-002"),
    ],
)
def test_exit_2_usage(run, tmp_path, monkeypatch, more, id):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("[correction]\nfrd = 0.1\n")
    answer = call(*run, *more, code=2)
    assert answer["error"]["code"] == id


def test_exit_2_of_a_config_names_line_and_nearest_key(run, tmp_path):
    (tmp_path / "bad.toml").write_text("[correction]\nfrd = 0.1\n")
    answer = call(*run, "--config", tmp_path / "bad.toml", code=2)
    assert "bad.toml:2" in answer["error"]["found"]
    assert "Did you mean 'fdr'?" in answer["error"]["fix"]


def test_exit_3_invalid_input(inputs, tmp_path):
    answer = call("run", tmp_path / "nowhere.tsv", inputs / "samples.tsv", "-o", tmp_path / "o", code=3)
    assert answer["error"]["code"] == "E-FILE-007"
    assert call("verify", tmp_path, code=3)["error"]["code"] == "E-FILE-007"


def test_exit_4_warnings_under_strict(inputs, tmp_path):
    counts = pd.read_csv(inputs / "counts.tsv.gz", sep="\t", index_col=0)
    counts.assign(S2=counts["S1"]).to_csv(tmp_path / "twins.tsv", sep="\t")
    arguments = ("run", tmp_path / "twins.tsv", inputs / "samples.tsv", *MODEL, "-o", tmp_path / "o")
    answer = call(*arguments, "--strict", code=4)
    assert [item["code"] for item in answer["warnings"]][:1] == ["W-COUNT-002"]
    assert (tmp_path / "o" / "run.json").exists()
    call(*arguments, "--force", code=0)


def test_exit_6_verify(run, tmp_path):
    out = tmp_path / "o"
    call(*run, "-o", out, code=0)
    table = out / "results" / "group_treated_vs_control.tsv"
    lines = table.read_text().splitlines()
    lines[3] = lines[3].replace(lines[3].split("\t")[1], "12345.678")
    table.write_text("\n".join(lines) + "\n")
    answer = call("verify", out, code=6)
    assert answer["error"]["code"] == "E-VERIFY-001"
    assert "base_mean: the file says 12345.678" in answer["error"]["found"]


def test_exit_6_also_where_the_inputs_are_gone(run, inputs, tmp_path):
    import shutil

    shutil.copytree(inputs, tmp_path / "in")
    out = tmp_path / "o"
    moved = ("run", tmp_path / "in" / "counts.tsv.gz", tmp_path / "in" / "samples.tsv", *run[3:])
    call(*moved, "-o", out, code=0)
    shutil.rmtree(tmp_path / "in")
    assert call("verify", out, code=3)["error"]["code"] == "E-FILE-011"
    (out / "methods.md").write_text("mine")
    answer = call("verify", out, code=6)
    assert "methods.md is not the file" in answer["error"]["found"]


def test_exit_74_a_write_that_fails(run, tmp_path, monkeypatch):
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    answer = call(*run, "-o", tmp_path / "o", code=74)
    assert answer["error"]["code"] == "E-IO-001"
    assert not (tmp_path / "o").exists()


def test_exit_75_memory_and_lock(run, tmp_path):
    from foldwise.io.lock import DirectoryLock

    answer = call(*run, "-o", tmp_path / "o", "--memory", "1M", code=75)
    assert answer["error"]["code"] == "E-MEM-001"
    code = (
        "import sys, time; from pathlib import Path; from foldwise.io.lock import DirectoryLock\n"
        "with DirectoryLock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "o")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        answer = call(*run, "-o", tmp_path / "o", code=75)
        process.kill()
    assert answer["error"]["code"] == "E-IO-002"
    with DirectoryLock(tmp_path / "o"):
        pass


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_exit_130_and_143_stopped(run, tmp_path, number, code):
    command = [sys.executable, "-c", SLOW, *map(str, run), "-o", str(tmp_path / "o"), "-q", "--json"]
    listen = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listen
    ) as process:
        assert process.stderr is not None
        while process.stderr.readline() != "fitting\n":
            assert process.poll() is None
        process.send_signal(number)
        said, told = process.communicate(timeout=30)
    assert process.returncode == code
    assert checked(said, told, code)["error"] is None
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("env", "colored"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    ids=["no terminal", "FORCE_COLOR", "NO_COLOR wins"],
)
def test_color_only_where_it_is_wanted(run, tmp_path, env, colored):
    cleared = {"NO_COLOR": None, "FORCE_COLOR": None, **env}
    done = CliRunner().invoke(cli, [*map(str, run), "-o", str(tmp_path / "o")], prog_name="foldwise", env=cleared)
    assert done.exit_code == 0
    assert ("\x1b[" in done.stderr) == colored
    assert "\r" not in done.stderr
    failed = CliRunner().invoke(cli, ["run", "gone.tsv"], prog_name="foldwise", env=cleared)
    assert ("\x1b[" in failed.stderr) == colored


def at_a_terminal(arguments: list[str], typed: bytes) -> tuple[int, str]:
    """Run the program at a pseudo-terminal; return its exit code and what it showed."""
    main, other = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "foldwise", *arguments], stdin=other, stdout=subprocess.DEVNULL, stderr=other
    ) as process:
        os.close(other)
        os.write(main, typed)
        shown = b""
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(main)
    return process.returncode, shown.decode()


def test_a_guess_is_asked_about_at_a_terminal_only(inputs, tmp_path):
    files = ["run", str(inputs / "counts.tsv.gz"), str(inputs / "samples.tsv"), "--no-report"]
    code, shown = at_a_terminal([*files, "-o", str(tmp_path / "a")], b"n\n")
    assert code == 2
    assert "Use this design? [Y/n]" in shown
    assert "E-USAGE-002" in shown
    assert not (tmp_path / "a").exists()
    code, shown = at_a_terminal([*files, "-o", str(tmp_path / "b")], b"\n")
    assert code == 0
    assert "Use this design?" in shown
    code, shown = at_a_terminal([*files, "-o", str(tmp_path / "c"), "--yes"], b"")
    assert code == 0
    assert "Use this design?" not in shown
    assert (tmp_path / "c" / "run.json").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell):
    done = CliRunner().invoke(cli, ["completion", shell], prog_name="foldwise")
    assert done.exit_code == 0
    assert "_FOLDWISE_COMPLETE" in done.stdout
    assert f"{shell}_complete" in done.stdout


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("foldwise ", set(COMMANDS)),
        ("foldwise run --met", {"--method"}),
        ("foldwise run --method limma", {"limma-voom", "limma-trend"}),
        ("foldwise run --style ", {"canonical", "deseq2", "edger", "limma", "scanpy"}),
    ],
)
def test_completion_knows_commands_options_and_words(typed, expected):
    words = typed.split(" ")
    env = {**os.environ, "_FOLDWISE_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    code = "from foldwise.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert {line.split(",")[1] for line in done.stdout.splitlines()} == expected, done.stderr


def test_an_unknown_shell_is_a_usage_error():
    done = CliRunner().invoke(cli, ["completion", "bsh"], prog_name="foldwise")
    assert done.exit_code == 2
    assert "Did you mean 'bash'?" in done.stderr


@pytest.mark.parametrize("word", ["low_count", "COUNT-OUTLIER", "padj", "e-confounded", "W-REFERENCE", "s_value"])
def test_explain_knows_statuses_columns_and_titles(word):
    done = CliRunner().invoke(cli, ["explain", word], prog_name="foldwise")
    assert done.exit_code == 0
    assert len(done.stdout) > 40


def test_explain_lists_everything():
    from foldwise.catalogue import CATALOGUE

    said = CliRunner().invoke(cli, ["explain"], prog_name="foldwise").stdout
    for word in (*CATALOGUE, "not_estimable", "log2_fold_change", "E-CONFOUNDED"):
        assert word in said
