"""AnnData on disk (h5ad, zarr): one matrix of counts, ``obs`` and ``var`` are read, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from foldwise.errors import UsageError
from foldwise.io import hdf5, zarr_store
from foldwise.io.anndata_bridge import MAX_CELL_READS, MIN_CELLS, read_frame
from foldwise.io.count_layers import are_counts, choose_counts
from foldwise.io.foreign_frames import text_labels
from foldwise.io.messages import note
from foldwise.io.stored import compressed, inconsistent, require_size
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample
from foldwise.io.wording import shown_path
from foldwise.model.spec import InputSettings


def read_h5ad(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the counts of an h5ad file: samples from ``obs``, genes from ``var``.

    Raises
    ------
    InputError
        E-CELL-002 where no layer was named and neither X nor raw.X holds counts; E-FILE-008 where it is inconsistent.
    UsageError
        E-EXTRA-001 where anndata is missing, E-USAGE-002 for several files or an unknown layer.
    """
    path = _only(paths)
    with hdf5.opened(path) as file:
        return _read(file, path.name, settings.layer)


def read_zarr(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return the counts of an AnnData zarr folder; see `read_h5ad`."""
    path = _only(paths)
    with zarr_store.opened(path) as group:
        return _read(group, path.name, settings.layer)


def _only(paths: Sequence[Path]) -> Path:
    if len(paths) > 1:
        names = ", ".join(shown_path(path.name) for path in paths[:3])
        fix = "Join them first (anndata.concat), or give one."
        raise UsageError("E-USAGE-002", f"{len(paths)} AnnData files were given: {names}.", fix)
    return paths[0]


def _read(store: Any, source: str, layer: str | None) -> Table:
    for key in ("obs", "var"):
        if key not in store:
            raise inconsistent(source, f"{key} is missing")
    obs = read_frame(store["obs"], source)
    layers = {name: store["layers"][name] for name in sorted(store["layers"])} if "layers" in store else {}
    raw = store["raw"]["X"] if "raw" in store and "X" in store["raw"] else None
    chosen = choose_counts(store.get("X"), layers, raw, layer, lambda item: _holds_counts(item, source), source)
    var = read_frame(store["raw"]["var"] if chosen.item is raw and "var" in store["raw"] else store["var"], source)
    matrix = _matrix(chosen.item, (len(obs), len(var)), source)
    reads = np.asarray(matrix.sum(axis=1)).ravel()
    cells = len(reads) >= MIN_CELLS and bool(np.median(reads) < MAX_CELL_READS)
    annotation = {str(name): text_labels(var[name]) for name in var.columns}
    table = Table(source, text_labels(var.index), text_labels(obs.index), matrix.T, annotation, "gene_id", samples=obs)
    return replace(table, cells=cells, messages=(note(chosen.words),))


def _matrix(item: Any, shape: tuple[int, int], source: str) -> Any:
    """Return a stored matrix (samples x genes), dense or sparse, checked against its shape."""
    if hasattr(item, "shape"):
        if tuple(item.shape) != shape or item.dtype.kind not in "iufb":
            raise inconsistent(source, f"the matrix is {tuple(item.shape)} of {item.dtype} where {shape} is expected")
        require_size(item.shape, item.dtype.itemsize, "X", source)
        return np.ascontiguousarray(item[...])
    kind = str(item.attrs.get("encoding-type", ""))
    stated = tuple(int(n) for n in item.attrs.get("shape", item.attrs.get("h5sparse_shape", ())))
    if kind not in ("csr_matrix", "csc_matrix") or stated != shape:
        raise inconsistent(source, f"the matrix is {kind or 'of no known kind'} {stated} where {shape} is expected")
    major, minor = shape if kind == "csr_matrix" else shape[::-1]
    make = sparse.csr_matrix if kind == "csr_matrix" else sparse.csc_matrix
    return make(compressed(item, source, major, minor), shape=shape)


def _holds_counts(item: Any, source: str) -> bool:
    """Tell whether a stored matrix holds whole numbers from 0 up; looks at one block of values after the other."""
    values = item if hasattr(item, "shape") else item.get("data", None)
    if values is None or values.dtype.kind not in "iufb":
        return False
    if values.dtype.kind in "ub":
        return True
    require_size(values.shape, values.dtype.itemsize, "X", source)
    step = max(1, (1 << 22) // max(1, int(np.prod(values.shape[1:]))))
    return all(are_counts(np.asarray(values[start : start + step])) for start in range(0, values.shape[0], step))
