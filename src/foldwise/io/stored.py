"""Arrays and sparse matrices of a store (HDF5 or zarr), checked before they are used."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.errors import InputError
from foldwise.io.raw_bytes import MAX_BYTES
from foldwise.io.wording import counted, shown


def inconsistent(name: str, reason: str) -> InputError:
    """Return E-FILE-008."""
    return InputError(
        "E-FILE-008",
        f"{name} was not read: {reason}.",
        "Write it again with its own library (anndata, Cell Ranger), or copy it again.",
        where=name,
    )


def array(group: Any, key: str, source: str, *, ndim: int = 1, kinds: str = "iuf") -> np.ndarray:
    """Return a dataset of a group as an array.

    Parameters
    ----------
    group : h5py.Group or zarr.Group
    key : str
    source : str
        Name of the file, for messages.
    ndim : int
        Number of dimensions that it must have.
    kinds : str
        Kinds of its type (``i``, ``u``, ``f``, ``b``; ``S``, ``O``, ``U``, ``T`` for text).

    Raises
    ------
    InputError
        E-FILE-008 where it is missing, of another shape or type; E-SAFE-002 where it is larger than any table.
    """
    item = group.get(key, None)
    if item is None or not hasattr(item, "shape") or not hasattr(item, "dtype"):
        raise inconsistent(source, f"{shown(key)} is missing")
    if len(item.shape) != ndim or item.dtype.kind not in kinds:
        raise inconsistent(source, f"{shown(key)} has {counted(len(item.shape), 'dimension')} of type {item.dtype}")
    require_size(item.shape, item.dtype.itemsize, key, source)
    return np.asarray(item[...])


def require_size(shape: tuple[int, ...], itemsize: int, key: str, source: str) -> None:
    """Raise E-SAFE-002 for an array that would be larger than `raw_bytes.MAX_BYTES`."""
    size = int(np.prod([int(n) for n in shape], dtype=object)) * itemsize
    if size > MAX_BYTES:
        raise InputError(
            "E-SAFE-002",
            f"{source}: {shown(key)} would take {size:,} bytes; reading stopped.",
            f"A table of counts has at most {MAX_BYTES:,} bytes. Check where the file comes from.",
            where=source,
        )


def compressed(group: Any, source: str, n_major: int, n_minor: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return data, indices and indptr of a compressed sparse matrix, checked against its shape.

    Raises
    ------
    InputError
        E-FILE-008: the pointers do not start at 0, fall, or do not end at the number of values; an index lies outside.
    """
    data = array(group, "data", source, kinds="iufb")
    indices = array(group, "indices", source, kinds="iu").astype(np.int64, copy=False)
    indptr = array(group, "indptr", source, kinds="iu").astype(np.int64, copy=False)
    if len(indptr) != n_major + 1 or (len(indptr) and (indptr[0] != 0 or indptr[-1] != len(data))):
        raise inconsistent(source, f"indptr has {len(indptr):,} entries for {n_major:,} rows, or wrong ends")
    if len(data) != len(indices) or (np.diff(indptr) < 0).any():
        raise inconsistent(source, "indptr falls, or data and indices differ in length")
    if len(indices) and (indices.min() < 0 or indices.max() >= n_minor):
        raise inconsistent(source, f"an index of the matrix lies outside its {n_minor:,} columns")
    return data, indices, indptr
