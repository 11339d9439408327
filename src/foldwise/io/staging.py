"""Files become visible all together or not at all: written aside, then moved, the commit mark last."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType

from foldwise.errors import FoldwiseError, OutputError

COMMIT_MARK = "run.json"
_PREFIX = ".foldwise.tmp-"


class Staging:
    """A folder beside the results in which a run's files are written before they are moved into place.

    Use with ``with``: on any error, and on an interrupt, the folder is removed
    and what was in ``directory`` before is untouched. `commit` moves the files,
    ``mark`` last: a directory without it holds no finished run.

    Parameters
    ----------
    directory : Path
    mark : str
        The file that says that all others are there.
    """

    def __init__(self, directory: Path, mark: str = COMMIT_MARK) -> None:
        self.directory = directory
        self.mark = mark
        self.path = directory / f"{_PREFIX}{os.getpid()}"

    def __enter__(self) -> Staging:
        with writing(self.directory):
            for left in self.directory.glob(f"{_PREFIX}*"):
                shutil.rmtree(left, ignore_errors=True)
            self.path.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name: str) -> Path:
        """Return where the file ``name`` (relative, with ``/``) is to be written; its folder exists."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def names(self) -> list[str]:
        """Return the files written so far, relative, sorted."""
        return sorted(path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file())

    def commit(self, stale: list[str]) -> None:
        """Move all files into place; remove those of ``stale`` (an earlier run's) that were not written again.

        Raises
        ------
        OutputError
            E-IO-001 where the disk is full or a file cannot be replaced.
        """
        names = self.names()
        with writing(self.directory):
            for name in names:
                _sync(self.path / name)
            (self.directory / self.mark).unlink(missing_ok=True)
            for name in sorted(names, key=lambda name: name == self.mark):
                target = self.directory / name
                target.parent.mkdir(parents=True, exist_ok=True)
                (self.path / name).replace(target)
            for name in set(stale) - set(names):
                if not (Path(name).is_absolute() or ".." in Path(name).parts):
                    (self.directory / name).unlink(missing_ok=True)
                    _remove_emptied((self.directory / name).parent, self.directory)
            _sync(self.directory)


def _remove_emptied(folder: Path, top: Path) -> None:
    """Remove a folder and those around it below ``top`` that hold nothing any more."""
    while folder != top and folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


class writing:
    """Turn an `OSError` inside ``with`` into E-IO-001 (exit 74) that names the directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError) and not isinstance(error, FoldwiseError):
            found = f"{self.directory} cannot be written: {error.strerror or error}."
            fix = "Make room and permission there, or give another directory with -o. Earlier results are untouched."
            raise OutputError("E-IO-001", found, fix) from None


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
