"""One writer per directory: an advisory lock that the system drops when its process ends."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from foldwise.errors import OutputError, ResourceError

LOCK_NAME = ".foldwise.lock"


class DirectoryLock:
    """Hold the lock of a directory while inside ``with``; the directory is made if missing.

    The lock is the system's (``flock``): a killed process leaves the file, not
    the lock. A directory that this lock made and that is still empty at the end
    is removed again.

    Raises
    ------
    ResourceError
        E-IO-002: another process holds it; names its process id and host.
    OutputError
        E-IO-001: the directory cannot be made or written.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._file: int | None = None
        self._made: list[Path] = []

    def __enter__(self) -> DirectoryLock:
        try:
            self._made = _make(self.directory)
            self._file = self._acquire()
        except OSError as error:
            self._remove_made()
            fix = "Give another directory with -o, or make room and permission there."
            reason = error.strerror or str(error)
            raise OutputError("E-IO-001", f"{self.directory} cannot be written: {reason}.", fix) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            (self.directory / LOCK_NAME).unlink(missing_ok=True)
            os.close(self._file)
            self._file = None
        self._remove_made()

    def _acquire(self) -> int:
        path = self.directory / LOCK_NAME
        while True:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(file, 4096)
                os.close(file)
                raise _held(self.directory, holder) from None
            # The holder before us may have removed the name between our open and our lock.
            if path.exists() and os.stat(path).st_ino == os.fstat(file).st_ino:  # noqa: PTH116
                os.ftruncate(file, 0)
                os.write(file, json.dumps({"pid": os.getpid(), "host": os.uname().nodename}).encode())
                return file
            os.close(file)

    def _remove_made(self) -> None:
        for directory in reversed(self._made):
            try:
                directory.rmdir()
            except OSError:
                return


def _make(directory: Path) -> list[Path]:
    """Make ``directory`` and its missing parents; return those that were made, outermost first."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    return list(reversed(missing))


def _held(directory: Path, holder: bytes) -> ResourceError:
    try:
        facts = json.loads(holder)
        who = f"process {facts['pid']} on {facts['host']}"
    except (ValueError, KeyError, TypeError):
        facts, who = {}, "another process"
    fix = "Wait for it, or write to another directory with -o."
    return ResourceError("E-IO-002", f"{directory} is being written by {who}.", fix, data=facts)
