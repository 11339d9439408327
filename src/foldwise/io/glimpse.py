"""A first look at an input: what kind of thing it is and its first lines, enough to tell formats apart."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from foldwise.errors import InputError
from foldwise.io.hdf5 import top_names
from foldwise.io.raw_bytes import HEAD_BYTES, head_bytes, looks_binary, read_bytes
from foldwise.io.text_encoding import to_utf8

_LINES = 50
_KINDS = (
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"PK\x03\x04", "zip"),
    (b"PAR1", "parquet"),
    (b"%%MatrixMarket", "mtx"),
)


@dataclass(frozen=True)
class Glimpse:
    """A path before it is read.

    Parameters
    ----------
    path : Path
    kind : str
        ``folder``, ``text``, ``hdf5``, ``zip``, ``parquet``, ``mtx`` or ``binary``, by the first bytes (of what gzip
        holds).
    lines : tuple of str
        First lines of a text, without line ends.
    names : tuple of str
        Names in a folder (two levels, ``a/b`` for the second), sorted; members of a zip archive; groups and
        datasets of an HDF5 file.
    """

    path: Path
    kind: str
    lines: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """Fields of the first line that is no comment, split at tabs."""
        line = next((line for line in self.lines if line.strip() and not line.startswith("#")), "")
        return tuple(field.strip().strip('"') for field in line.split("\t"))

    @cached_property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines of a text that are not blank; reads all of it."""
        text, _ = to_utf8(read_bytes(self.path), self.path.name)
        lines = text[-8192:].decode("utf-8", errors="replace").split("\n")
        return tuple(line.rstrip("\r") for line in lines if line.strip())[-_LINES:]


def glimpse(path: Path) -> Glimpse:
    """Return the first look at a path.

    Raises
    ------
    InputError
        E-FILE-007 for what is neither a folder nor a readable file.
    """
    if path.is_dir():
        return Glimpse(path, "folder", names=_listing(path))
    head = head_bytes(path)
    kind = next((kind for magic, kind in _KINDS if head.startswith(magic)), "text")
    if kind == "zip":
        return Glimpse(path, kind, names=_members(path))
    if kind == "hdf5":
        return Glimpse(path, kind, names=top_names(path))
    marked = head[:2] in (b"\xff\xfe", b"\xfe\xff")  # UTF-16, whose zeros are no binary data
    if kind != "text" or (looks_binary(head[:4096]) and not marked):
        return Glimpse(path, "binary" if kind == "text" else kind)
    return Glimpse(path, kind, _first_lines(head, path.name))


def _listing(folder: Path) -> tuple[str, ...]:
    names = []
    for item in sorted(folder.iterdir()):
        names.append(item.name)
        if item.is_dir() and not item.is_symlink():
            names += [f"{item.name}/{inner.name}" for inner in sorted(item.iterdir())]
    return tuple(names)


def _members(path: Path) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return ()


def _first_lines(head: bytes, name: str) -> tuple[str, ...]:
    whole = head if len(head) < HEAD_BYTES else head[: HEAD_BYTES // 2 * 2]
    try:
        text, _ = to_utf8(whole, name)
    except InputError:  # UTF-16 cut within a character
        return ()
    return tuple(line.rstrip("\r") for line in text.decode("utf-8", errors="replace").split("\n")[:_LINES])
