"""HDF5 files, opened with their structure checked. The only file that imports h5py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from foldwise.errors import UsageError
from foldwise.io.raw_bytes import head_bytes
from foldwise.io.stored import inconsistent
from foldwise.io.wording import escaped, shown, shown_path

# Groups and datasets of one file; a count file has some tens.
MAX_OBJECTS = 50_000


def _h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        raise UsageError(
            "E-EXTRA-001", "Reading HDF5 files (h5ad, 10x, kallisto) needs h5py.", "pip install 'foldwise[anndata]'"
        ) from error
    return h5py


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open an HDF5 file for reading after a look at all its links and types.

    Raises
    ------
    InputError
        E-FILE-008 where the file is damaged, points outside itself, or holds Python objects.
    UsageError
        E-EXTRA-001 where h5py is not installed.
    """
    h5py = _h5py()
    name = shown_path(path)
    head_bytes(path, 8)
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise inconsistent(name, f"it cannot be opened ({escaped(str(error))[:120]})") from error
    with file:
        try:
            _refuse_unsafe(h5py, file, name)
            yield file
        except (OSError, RuntimeError, KeyError) as error:
            raise inconsistent(name, f"reading it failed ({escaped(str(error))[:120]})") from error


def top_names(path: Path) -> tuple[str, ...]:
    """Return the names of the first two levels, and ``encoding-type=...`` where the root says so."""
    with opened(path) as file:
        names = []
        for name, item in file.items():
            names.append(name)
            if hasattr(item, "keys"):
                names += [f"{name}/{inner}" for inner in item]
        kind = file.attrs.get("encoding-type")
        return (*names, *([f"encoding-type={kind}"] if isinstance(kind, str) else []))


def _refuse_unsafe(h5py: Any, file: Any, name: str) -> None:
    """Walk through all groups once; raise for links out of the file and for types that are no plain data."""
    seen: set[int] = set()
    waiting = [file]
    while waiting:
        group = waiting.pop()
        for key in group:
            link = group.get(key, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise inconsistent(name, f"{shown(key)} is a link to another file")
            if isinstance(link, h5py.SoftLink):
                continue
            item = group[key]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > MAX_OBJECTS:
                raise inconsistent(name, f"it holds more than {MAX_OBJECTS:,} objects")
            if isinstance(item, h5py.Group):
                waiting.append(item)
            elif isinstance(item, h5py.Dataset):
                _refuse_dataset(h5py, item, name)


def _refuse_dataset(h5py: Any, item: Any, name: str) -> None:
    if item.is_virtual or item.external:
        raise inconsistent(name, f"the data of {shown(item.name)} lie in another file")
    if item.dtype.kind == "O" and h5py.check_string_dtype(item.dtype) is None:
        raise inconsistent(name, f"{shown(item.name)} holds objects, not numbers or text")


def texts(values: Any) -> np.ndarray:
    """Return text as str, whether stored as fixed or variable bytes."""
    return np.array([v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values], dtype=object)
