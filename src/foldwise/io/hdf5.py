"""HDF5 files, opened so that nothing outside them is followed: the one place that imports h5py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from foldwise.errors import FoldwiseError, InputError, UsageError
from foldwise.io.raw_bytes import head_bytes
from foldwise.io.wording import escaped, shown, shown_path

# No array of a count file is larger: 60,000 genes x 100,000 cells of 8 bytes.
MAX_VALUES = 6_000_000_000


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    """Open a file for reading.

    Raises
    ------
    UsageError
        E-EXTRA-001 where h5py is missing.
    InputError
        E-FILE-007 for what is no readable file, E-FILE-008 for what is no sound HDF5.
    """
    name = shown_path(path)
    head_bytes(path, 8)  # refuses pipes, devices and what cannot be read
    try:
        import h5py
    except ImportError as error:
        fix = "Install it: pip install 'foldwise[anndata]'"
        raise UsageError("E-EXTRA-001", f"{name} is HDF5, which needs the package h5py.", fix) from error
    try:
        with h5py.File(path, "r") as file:
            yield file
    except FoldwiseError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, UnicodeError) as error:
        raise broken(name, str(error)) from error


def broken(name: str, reason: str) -> InputError:
    """Return E-FILE-008."""
    found = f"{name} is not sound HDF5: {escaped(reason)[:200]}."
    return InputError("E-FILE-008", found, "Write it again with its own program.", where=name)


def array(file: Any, name: str, kinds: str = "iuf") -> np.ndarray:
    """Return a one-dimensional array of a file.

    Parameters
    ----------
    file : h5py.File
    name : str
        Path in the file, such as ``aux/ids``.
    kinds : str
        Kinds of NumPy types that are accepted.

    Raises
    ------
    InputError
        E-FILE-008 where there is none of this kind, it lies outside the file, or it is too large.
    """
    import h5py

    source = shown_path(os.path.basename(file.filename))  # noqa: PTH119
    group = file
    for part in name.split("/"):
        link = group.get(part, getlink=True)
        if link is None:
            raise broken(source, f"it has no {shown(name)}")
        if not isinstance(link, h5py.HardLink):
            raise broken(source, f"{shown(name)} is a link that may lead outside the file")
        group = group[part]
    found = group
    if not isinstance(found, h5py.Dataset) or found.ndim != 1 or found.size > MAX_VALUES:
        raise broken(source, f"{shown(name)} is no list of values")
    if found.external or found.is_virtual:
        raise broken(source, f"{shown(name)} keeps its values outside the file")
    if found.dtype.kind not in kinds:
        raise broken(source, f"{shown(name)} holds values of type {found.dtype}")
    return np.asarray(found[()])


def texts(file: Any, name: str) -> list[str]:
    """Return a list of texts of a file: fixed-length bytes or UTF-8 strings.

    Raises
    ------
    InputError
        E-FILE-008 as `array`.
    """
    return [item.decode("utf-8") if isinstance(item, bytes) else str(item) for item in array(file, name, "SO").tolist()]
