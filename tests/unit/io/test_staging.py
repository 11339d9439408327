"""R2: all files of a run, or none of them; run.json last."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from foldwise.errors import OutputError
from foldwise.io import staging
from foldwise.io.staging import COMMIT_MARK, Staging


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def fill(stage: Staging, text: str) -> None:
    stage.file("results/a.tsv").write_text(text)
    stage.file(COMMIT_MARK).write_text(text)


def test_r2_files_appear_together_and_the_mark_last(tmp_path, monkeypatch):
    moved = []
    replace = staging.Path.replace

    def noted(self, target):
        moved.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(staging.Path, "replace", noted)
    with Staging(tmp_path) as stage:
        fill(stage, "1")
        assert stage.names() == ["results/a.tsv", COMMIT_MARK]
        assert not (tmp_path / "results").exists()
        stage.commit([])
    assert moved == ["a.tsv", COMMIT_MARK]
    assert names(tmp_path) == ["results", COMMIT_MARK]


def test_r2_an_error_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), Staging(tmp_path) as stage:
        fill(stage, "1")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_r4_b108_a_failed_sync_leaves_the_old_result(tmp_path, monkeypatch, code):
    with Staging(tmp_path) as stage:
        fill(stage, "old")
        stage.commit([])

    def fail(file: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(staging.os, "fsync", fail)
    with pytest.raises(OutputError, match="E-IO-001") as caught, Staging(tmp_path) as stage:
        fill(stage, "new")
        stage.commit([])
    assert caught.value.exit_code == 74
    assert (tmp_path / "results" / "a.tsv").read_text() == (tmp_path / COMMIT_MARK).read_text() == "old"
    assert names(tmp_path) == ["results", COMMIT_MARK]


def test_stale_files_go_and_others_stay(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.txt"
    outside.write_text("x")
    (tmp_path / "old.tsv").write_text("x")
    with Staging(tmp_path) as stage:
        fill(stage, "1")
        stage.commit(["old.tsv", f"../{outside.name}", str(outside), "results/a.tsv"])
    assert names(tmp_path) == ["mine.txt", "results", COMMIT_MARK]
    assert (tmp_path / "results" / "a.tsv").exists()
    assert outside.exists()


def test_leftovers_of_a_killed_run_are_removed(tmp_path):
    (tmp_path / ".foldwise.tmp-1" / "results").mkdir(parents=True)
    with Staging(tmp_path) as stage:
        fill(stage, "1")
        stage.commit([])
    assert names(tmp_path) == ["results", COMMIT_MARK]
