"""AnnData in and out: samples x genes there, genes x samples here. The only file that imports anndata."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foldwise.errors import InputError, UsageError
from foldwise.io.assemble import assemble
from foldwise.io.cell_sums import dense, require_room
from foldwise.io.count_layers import are_counts, choose_counts, no_counts
from foldwise.io.counts_checks import CountRules
from foldwise.io.foreign_frames import text_labels
from foldwise.io.groups import Groups
from foldwise.io.messages import Messages, note
from foldwise.io.sample_sheet import Sheet, sheet_from_frame
from foldwise.io.stored import inconsistent
from foldwise.io.table import Table
from foldwise.io.wording import escaped, listed, shown
from foldwise.model.experiment import Experiment
from foldwise.model.spec import InputSettings

SOURCE = "the AnnData"
# No bulk study of this many samples has so few reads in each; no cell has more.
MIN_CELLS, MAX_CELL_READS = 400, 60_000
BLOCK = 4096  # cells read at a time
DONOR_WORDS = ("donor", "patient", "subject", "individual", "sample", "mouse", "animal", "orig.ident", "replicate")


def is_anndata(value: object) -> bool:
    """Tell whether ``value`` is an AnnData, without importing anndata."""
    return any(kind.__name__ == "AnnData" and kind.__module__.startswith("anndata") for kind in type(value).__mro__)


def from_anndata(
    adata: Any,
    sheet: Sheet | Groups | None = None,
    *,
    settings: InputSettings | None = None,
    rules: CountRules | None = None,
) -> tuple[Experiment, Messages]:
    """Return the experiment of an AnnData.

    Parameters
    ----------
    adata : AnnData, n_samples x n_genes
    sheet : Sheet or Groups, optional
        Replaces ``obs``; matched by name with ``obs_names``.
    settings : InputSettings, optional
        ``layer`` names the layer of counts; without it ``X`` must hold whole numbers.
    rules : CountRules, optional

    Raises
    ------
    InputError
        E-CELL-002 where no layer was named and ``X`` holds no counts; others as `assemble.assemble`.
    """
    settings, rules = settings or InputSettings(), rules or CountRules()
    adata = adata.to_memory() if getattr(adata, "isbacked", False) else adata
    raw = None if adata.raw is None else adata.raw.X
    chosen = choose_counts(adata.X, adata.layers, raw, settings.layer, _holds_counts, SOURCE)
    matrix = chosen.item
    _refuse_cells(adata, matrix)
    var = adata.raw.var if matrix is raw else adata.var
    genes = text_labels(var.index)
    table = Table(
        source=SOURCE,
        row_names=genes,
        column_names=text_labels(adata.obs_names),
        values=_genes_major(matrix),
        corner="gene_id",
    )
    own = sheet is None
    if sheet is None:
        frame = adata.obs.copy()
        frame.index = pd.Index(text_labels(frame.index), dtype=object, name="sample_name")
        sheet = sheet_from_frame(frame, "obs")
    experiment, messages = assemble(table, sheet, settings, rules)
    annotated = _with_var(experiment, var, genes)
    kept = messages if not own else tuple(message for message in messages if message.data.get("step") != "Matching")
    return annotated, (note(chosen.words), *kept)


def _refuse_cells(adata: Any, matrix: Any) -> None:
    """Raise E-CELL-001 where the rows are cells: many, with few reads each."""
    if adata.n_obs < MIN_CELLS:
        return
    reads = float(np.median(np.asarray(matrix.sum(axis=1)).ravel()))
    if reads >= MAX_CELL_READS:
        return
    columns = [str(name) for name in adata.obs.columns if 1 < adata.obs[name].nunique() <= adata.n_obs // 10]
    donors = [name for name in columns if any(word in name.lower() for word in DONOR_WORDS)]
    column = donors[0] if donors else "donor"
    found = f"The AnnData has {adata.n_obs:,} rows with about {reads:,.0f} reads each: these are cells, not samples."
    if donors:
        found += f" They come from {adata.obs[column].nunique()} values of '{column}'."
    fix = f"Sum them per donor first: fw.pp.pseudobulk(adata, sample='{column}', groups=...)."
    raise InputError("E-CELL-001", found, fix, data={"cells": int(adata.n_obs), "donor_columns": donors})


@dataclass(frozen=True, eq=False)
class StoredCounts:
    """A matrix of cells x genes that is read block by block.

    Parameters
    ----------
    adata : AnnData
        Where it is from.
    matrix : ndarray, sparse matrix, or dataset of a backed AnnData
    name : str
        How messages call it.
    var : DataFrame
        Its genes.
    """

    adata: Any
    matrix: Any
    name: str
    var: pd.DataFrame

    def blocks(self) -> Iterator[tuple[int, Any]]:
        """Yield first row and rows, a block of cells at a time; backed data are read as they are needed.

        Raises
        ------
        InputError
            E-CELL-002 where a block holds other than whole numbers at least 0.
        """
        for start in range(0, self.adata.n_obs, BLOCK):
            block = _block(self.matrix, start)
            if not _holds_counts(block):
                raise no_counts(f"{self.name} does not hold whole counts", _count_layers(self.adata))
            yield start, block


def stored_counts(adata: Any, layer: str | None) -> StoredCounts:
    """Return the layer asked for; else ``X``, or ``raw.X`` where the first cells of ``X`` hold no whole numbers.

    Parameters
    ----------
    adata : AnnData, in memory or backed, n_cells x n_genes
    layer : str or None
        A layer, ``X`` or ``raw``.

    Raises
    ------
    InputError
        E-CELL-002 where ``X`` is empty.
    UsageError
        E-USAGE-002 for a layer that does not exist.
    """
    raw = None if adata.raw is None else adata.raw.X
    places = {name: item for name, item in {"X": adata.X, "raw": raw, **adata.layers}.items() if item is not None}
    if layer is not None and layer not in places:
        raise UsageError("E-USAGE-002", f"The AnnData has no layer {shown(layer)}.", f"Layers: {listed(places)}.")
    if layer is None:
        counts = [name for name in ("X", "raw") if name in places and _holds_counts(_block(places[name], 0))]
        layer = counts[0] if counts else "X"
    if layer not in places:
        raise no_counts("X of the AnnData is empty", _count_layers(adata))
    matrix = places[layer]
    if getattr(matrix, "format", "") == "csc":  # stored by genes: rows cannot be had one block at a time
        matrix = (matrix.to_memory() if hasattr(matrix, "to_memory") else matrix).tocsr()
    name = {"X": "X of the AnnData", "raw": "raw.X of the AnnData"}.get(layer, f"The layer {shown(layer)}")
    return StoredCounts(adata, matrix, name, adata.raw.var if layer == "raw" else adata.var)


def _block(matrix: Any, start: int) -> Any:
    """Return rows of any storage as an array or a sparse matrix in memory."""
    block = matrix[start : start + BLOCK]
    return block.compute() if hasattr(block, "compute") else block


def _count_layers(adata: Any) -> list[str]:
    return [name for name in adata.layers if _holds_counts(adata.layers[name])]


def _holds_counts(matrix: Any) -> bool:
    return are_counts(matrix.data if hasattr(matrix, "tocsr") else np.asarray(matrix))


def _genes_major(matrix: Any) -> np.ndarray:
    """Return a dense (n_genes, n_samples) matrix."""
    require_room(matrix.shape, "The AnnData")
    return np.ascontiguousarray(dense(matrix, "The AnnData").T)


def _with_var(experiment: Experiment, var: pd.DataFrame, genes: list[str]) -> Experiment:
    """Return the experiment with the columns of ``var`` as gene annotation."""
    if not len(var.columns):
        return experiment
    frame = var.copy()
    frame.index = pd.Index(genes, dtype=object, name="gene_id")
    frame.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    frame = frame[~frame.index.duplicated()].reindex(experiment.genes.index)
    return replace(experiment, genes=frame)


def require_anndata(what: str = "AnnData output") -> Any:
    """Return the module anndata; raises E-EXTRA-001 without it."""
    try:
        import anndata
        import anndata.io
    except ImportError as error:
        raise UsageError("E-EXTRA-001", f"{what} needs anndata.", "pip install 'foldwise[anndata]'") from error
    return anndata


def write_matrix(path: Path, values: Any, obs: pd.DataFrame, var: pd.DataFrame, lengths: np.ndarray | None) -> None:
    """Write values (n_genes, n_samples; array or sparse) as an h5ad file; lengths of the same shape are a layer."""
    anndata = require_anndata()
    matrix = values.T.tocsr() if hasattr(values, "tocsr") else np.ascontiguousarray(np.asarray(values).T)
    adata = anndata.AnnData(matrix, obs=_storable(obs), var=_storable(var))
    if lengths is not None:
        adata.layers["lengths"] = np.ascontiguousarray(lengths.T)
    adata.write_h5ad(path, compression="gzip")


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that HDF5 can hold: missing text is empty, titles are text."""
    plain = frame.copy()
    plain.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    for name in [title for title in plain.columns if plain[title].dtype.kind == "O"]:
        plain[name] = ["" if cell is None or cell != cell else str(cell) for cell in plain[name]]
    return plain


def read_frame(group: Any, source: str) -> pd.DataFrame:
    """Return a stored data frame (``obs`` or ``var`` of an AnnData in HDF5 or zarr).

    Raises
    ------
    UsageError
        E-EXTRA-001 where anndata is not installed.
    InputError
        E-FILE-008 where it cannot be read.
    """
    anndata = require_anndata("Reading AnnData files")
    try:
        frame = anndata.io.read_elem(group)
    except Exception as error:  # anndata raises whatever the encoding makes it raise
        raise inconsistent(source, f"its tables cannot be read ({escaped(str(error))[:120]})") from error
    if not isinstance(frame, pd.DataFrame):
        raise inconsistent(source, f"obs or var is a {type(frame).__name__}, not a table")
    return frame
