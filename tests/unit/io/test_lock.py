"""One writer per directory."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from foldwise.errors import OutputError, ResourceError
from foldwise.io.lock import LOCK_NAME, DirectoryLock

HOLD = """
import sys, pathlib
from foldwise.io.lock import DirectoryLock
with DirectoryLock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "out")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        stream.close()


def test_b109_second_run_is_told_who_holds_the_directory(tmp_path, holder):
    with pytest.raises(ResourceError, match="E-IO-002") as caught, DirectoryLock(tmp_path / "out"):
        pytest.fail("two writers at once")
    assert caught.value.exit_code == 75
    assert caught.value.data == {"pid": holder.pid, "host": os.uname().nodename}
    assert str(holder.pid) in caught.value.found


def test_a_killed_process_leaves_no_lock(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert (tmp_path / "out" / LOCK_NAME).exists()
    with DirectoryLock(tmp_path / "out"):
        assert str(os.getpid()) in (tmp_path / "out" / LOCK_NAME).read_text()
    assert not (tmp_path / "out" / LOCK_NAME).exists()


def test_folders_made_for_nothing_are_removed(tmp_path):
    with DirectoryLock(tmp_path / "a" / "b" / "out"):
        pass
    assert list(tmp_path.iterdir()) == []
    with DirectoryLock(tmp_path / "a" / "b" / "out"):
        (tmp_path / "a" / "b" / "out" / "kept").write_text("x")
    assert (tmp_path / "a" / "b" / "out" / "kept").exists()


def test_b108_a_place_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="E-IO-001") as caught, DirectoryLock(tmp_path / "file" / "out"):
        pytest.fail("a directory inside a file")
    assert caught.value.exit_code == 74
