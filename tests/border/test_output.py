"""Rows B104 to B112 and B118: what a run leaves when it cannot finish, and where it may write."""

from __future__ import annotations

import errno
import functools
import json
import os
import resource
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from foldwise.api.simulate import simulate, write_simulation
from foldwise.cli.app import cli

MODEL = ("--design", "~ group", "--contrast", "group:treated:control", "-q", "--no-report")
# A run that says when it has begun to fit and then waits to be stopped.
SLOW = """
import sys, time
from foldwise import pipeline
def slow(*_, **__):
    print("fitting", flush=True)
    time.sleep(60)
pipeline.run = slow
from foldwise.cli import main
main()
"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_simulation(simulate(300, 6, seed=2), folder)
    return folder


def arguments(inputs: Path, *more: object) -> list[str]:
    return ["run", str(inputs / "counts.tsv.gz"), str(inputs / "samples.tsv"), *MODEL, *map(str, more)]


def call(*args: object):
    return CliRunner().invoke(cli, [str(a) for a in args], prog_name="foldwise")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_b106_a_stopped_run_leaves_nothing(inputs, tmp_path, number, code):
    out = tmp_path / "out"
    command = [sys.executable, "-c", SLOW, *arguments(inputs, "-o", out)]
    # A shell may have told this process to ignore SIGINT, which children inherit
    listen = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listen
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "fitting\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_b107_a_killed_run_leaves_no_result(inputs, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-c", SLOW, *arguments(inputs, "-o", out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    assert [path.name for path in out.iterdir()] == [".foldwise.lock"]
    assert call(*arguments(inputs, "-o", out)).exit_code == 0
    assert (out / "run.json").exists()


def test_b107_killed_between_two_renames_is_not_a_finished_run(inputs, tmp_path, monkeypatch):
    from foldwise.io import staging

    replace = staging.Path.replace

    def dies(self: Path, target: Path) -> Path:
        if target.name.endswith(".rnk"):
            raise SystemExit(9)
        return replace(self, target)

    monkeypatch.setattr(staging.Path, "replace", dies)
    call(*arguments(inputs, "-o", tmp_path / "out"))
    monkeypatch.undo()
    assert not (tmp_path / "out" / "run.json").exists()
    assert call("verify", tmp_path / "out").exit_code == 3
    assert call(*arguments(inputs, "-o", tmp_path / "out", "--force")).exit_code == 0
    assert call("verify", tmp_path / "out").exit_code == 0


def test_b108_a_full_disk_leaves_the_old_result(inputs, tmp_path):
    out = tmp_path / "out"
    assert call(*arguments(inputs, "-o", out)).exit_code == 0
    before = contents(out)
    done = subprocess.run(
        [sys.executable, "-m", "foldwise", *arguments(inputs, "-o", out, "--force", "--seed", "2")],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.returncode == 74, done.stderr
    assert "E-IO-001" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(out) == before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_r4_b108_each_failing_write_exits_74(inputs, tmp_path, monkeypatch, code):
    out = tmp_path / "out"
    assert call(*arguments(inputs, "-o", out)).exit_code == 0
    before = contents(out)
    write = Path.write_bytes
    written = 0

    def failing_at(position: int):
        def fail(self: Path, data: bytes) -> int:
            nonlocal written
            written += 1
            if written == position:
                raise OSError(code, os.strerror(code), str(self))
            return write(self, data)

        return fail

    for position in (1, 2, 3, 4, 5, 6):
        written = 0
        monkeypatch.setattr(Path, "write_bytes", failing_at(position))
        done = call(*arguments(inputs, "-o", out, "--force"))
        monkeypatch.undo()
        assert done.exit_code == 74, (position, done.stderr)
        assert contents(out) == before


def test_b104_memory_that_runs_out_leaves_nothing(inputs, tmp_path, monkeypatch):
    from foldwise import pipeline

    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pipeline, "run", fail)
    done = call(*arguments(inputs, "-o", tmp_path / "out"))
    assert done.exit_code == 75
    assert "E-MEM-002" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_b109_two_runs_in_one_directory(inputs, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-c", SLOW, *arguments(inputs, "-o", out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        done = call(*arguments(inputs, "-o", out))
        process.kill()
    assert done.exit_code == 75
    assert "E-IO-002" in done.stderr
    assert str(process.pid) in done.stderr


def test_b110_existing_output_needs_force(inputs, tmp_path):
    out = tmp_path / "out"
    assert call(*arguments(inputs, "-o", out)).exit_code == 0
    before = contents(out)
    done = call(*arguments(inputs, "-o", out))
    assert done.exit_code == 2
    assert "E-IO-003" in done.stderr
    assert "--force" in done.stderr
    assert contents(out) == before
    (out / "notes.txt").write_text("mine")
    other = ("--contrast", "group:control:treated")
    assert (
        call("run", inputs / "counts.tsv.gz", inputs / "samples.tsv", "-q", *other, "-o", out, "--force").exit_code == 0
    )
    names = contents(out)
    assert names["notes.txt"] == b"mine"
    assert "results/group_control_vs_treated.tsv" in names
    assert "results/group_treated_vs_control.tsv" not in names


def test_b110_other_files_are_not_overwritten_unasked(inputs, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    done = call(*arguments(inputs, "-o", tmp_path))
    assert done.exit_code == 2
    assert "E-IO-003" in done.stderr
    done = call(*arguments(inputs, "-o", tmp_path / "thesis.txt"))
    assert done.exit_code == 2
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_b112_output_and_input_in_each_others_way(inputs, tmp_path):
    folder = tmp_path / "out" / "counts"
    folder.mkdir(parents=True)
    table = folder / "normalized.tsv.gz"
    table.write_bytes((inputs / "counts.tsv.gz").read_bytes())
    done = call("run", table, inputs / "samples.tsv", *MODEL, "-o", tmp_path / "out", "--force")
    assert done.exit_code == 2
    assert "E-IO-004" in done.stderr
    assert table.read_bytes() == (inputs / "counts.tsv.gz").read_bytes()
    done = call("run", table, inputs / "samples.tsv", *MODEL, "-o", table, "--force")
    assert done.exit_code == 2
    assert "E-IO-004" in done.stderr


def test_b118_shell_characters_in_names_are_text(tmp_path):
    data = simulate(300, 6, seed=2)
    level = "$(touch pwned);`touch pwned`|x>y"
    samples = data.samples.replace({"group": {"treated": level}})
    data.counts.rename(index={"gene001": "; rm -rf /"}).to_csv(tmp_path / "counts.tsv", sep="\t")
    samples.to_csv(tmp_path / "samples.tsv", sep="\t")
    model = ("--design", "~ group", "--reference", "group=control")
    done = call("run", tmp_path / "counts.tsv", tmp_path / "samples.tsv", *model, "-q", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert not list(tmp_path.rglob("pwned"))
    (table,) = [p for p in (tmp_path / "out" / "results").glob("*.tsv") if "significant" not in p.name]
    assert "\n; rm -rf /\t" in table.read_text()
    facts = json.loads((tmp_path / "out" / "run.json").read_text())
    assert level in facts["contrasts"][0]["label"]


def test_b105_no_worker_processes_and_no_more_threads_than_asked(inputs, tmp_path):
    code = """
import sys, os, threading, time
most = 0
stop = False
def watch():
    global most
    while not stop:
        most = max(most, len(os.listdir('/proc/self/task')))
        time.sleep(0.0005)
thread = threading.Thread(target=watch, daemon=True)
thread.start()
from foldwise.cli import main
try:
    main()
except SystemExit as done:
    assert done.code == 0, done.code
stop = True
children = open(f'/proc/self/task/{os.getpid()}/children').read().split()
print(most, len(children))
"""
    command = [sys.executable, "-c", code, *arguments(inputs, "-o", tmp_path / "out", "--threads", "1")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    most, children = map(int, done.stdout.split())
    assert children == 0
    # Ours, the one that watches, and the one that pyarrow starts, which pandas loads where it is installed
    assert most <= 2 + (find_spec("pyarrow") is not None)


def test_a_closed_pipe_is_no_error(inputs):
    command = [sys.executable, "-m", "foldwise", *arguments(inputs, "-o", "-")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert "E-INTERNAL" not in said


def test_a_run_ends_with_its_code_as_a_process(inputs, tmp_path):
    start = time.monotonic()
    command = [sys.executable, "-m", "foldwise", *arguments(inputs, "-o", tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert time.monotonic() - start < 60
