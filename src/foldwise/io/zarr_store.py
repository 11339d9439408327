"""Zarr stores (folders, version 2 or 3), their files and codecs checked first. The only file that imports zarr."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from foldwise.errors import InputError, UsageError
from foldwise.io.stored import inconsistent
from foldwise.io.wording import escaped, shown, shown_path

MAX_FILES = 1_000_000
_MAX_METADATA = 16 << 20
# Codecs that hold numbers and text. Others (pickle, ...) would run code of the file, or need further packages.
CODECS = frozenset(
    {"blosc", "bytes", "crc32c", "delta", "endian", "fixedscaleoffset", "gzip", "lz4", "lzma", "sharding_indexed",
     "shuffle", "transpose", "vlen-bytes", "vlen-utf8", "zlib", "zstd"}
)  # fmt: skip


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a zarr folder for reading.

    Raises
    ------
    InputError
        E-FILE-008 where it is damaged or holds links or devices; E-SAFE-001 where a codec would run code.
    UsageError
        E-EXTRA-001 where zarr is not installed.
    """
    try:
        import zarr
    except ImportError as error:
        raise UsageError("E-EXTRA-001", "Reading zarr stores needs zarr.", "pip install 'foldwise[zarr]'") from error
    name = shown_path(path)
    _refuse_unsafe(path, name)
    try:
        yield zarr.open_group(str(path), mode="r")
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise inconsistent(name, f"reading it failed ({escaped(str(error))[:120]})") from error


def _refuse_unsafe(root: Path, name: str) -> None:
    """Look at every file of the store: regular ones only, and metadata with codecs of the list only."""
    n_files = 0
    for folder, folders, files in os.walk(root):
        for item in (*folders, *files):
            path = Path(folder, item)
            mode = path.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise inconsistent(name, f"{shown(item)} is a link or a device")
        for item in files:
            n_files += 1
            if item in (".zarray", "zarr.json", ".zmetadata"):
                _refuse_codecs(Path(folder, item), name)
        if n_files > MAX_FILES:
            raise inconsistent(name, f"it holds more than {MAX_FILES:,} files")


def _refuse_codecs(path: Path, name: str) -> None:
    try:
        if path.stat().st_size > _MAX_METADATA:
            raise ValueError("it is too large")
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise inconsistent(name, f"{path.name} is no JSON ({escaped(str(error))[:80]})") from error
    for codec in _codecs(content):
        if codec.removeprefix("numcodecs.") not in CODECS:
            raise InputError(
                "E-SAFE-001",
                f"{name} is packed with the codec {shown(codec)}, which is not used: it could run code.",
                "Write it again with anndata's own settings.",
                where=name,
            )


def _codecs(content: Any) -> Iterator[str]:
    """Yield the names of all codecs in a piece of metadata."""
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            for key, value in item.items():
                if key in ("filters", "compressor", "compressors", "codecs", "serializer", "index_codecs"):
                    entries = value if isinstance(value, list) else [value]
                    yield from (str(e.get("id", e.get("name", "?"))) for e in entries if isinstance(e, dict))
                if key != "attributes":
                    waiting.append(value)
