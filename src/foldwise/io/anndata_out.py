"""A finished analysis as AnnData, in memory and as h5ad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foldwise.io.anndata_bridge import require_anndata
from foldwise.io.write_outputs import file_stems
from foldwise.model.analysis import Analysis
from foldwise.model.experiment import dense_counts

_RESERVED = "_index"  # the name that AnnData's files give to the index


def write_h5ad(analysis: Analysis, path: Path) -> None:
    """Write an analysis as AnnData (`to_anndata`), compressed."""
    import warnings

    with warnings.catch_warnings():  # of text columns that become categories
        warnings.simplefilter("ignore")
        to_anndata(analysis).write_h5ad(path, compression="gzip")


def to_anndata(analysis: Analysis) -> Any:
    """Return an analysis as AnnData that h5ad and zarr can hold.

    ``X`` = counts (samples x genes), ``layers["vst"]`` where there are such values, ``obs`` = samples with their size
    factors, ``var`` = genes, ``varm[contrast]`` = result table, ``uns["foldwise"]`` = contrasts in words, method,
    formula. Names that AnnData's files cannot hold (``/``, ``_index``) are changed: ``/`` becomes ``_``.

    Raises
    ------
    UsageError
        E-EXTRA-001 where anndata is not installed.
    """
    anndata = require_anndata()
    experiment = analysis.experiment
    counts = dense_counts(experiment.counts)
    obs = experiment.samples.drop(columns=["size_factor"], errors="ignore")
    obs["size_factor"] = np.asarray(analysis.size_factors.values, dtype=float)
    adata = anndata.AnnData(X=counts.T.copy(), obs=storable(obs), var=storable(experiment.genes))
    if analysis.vst is not None:
        adata.layers["vst"] = analysis.vst.T.copy()
    keys = file_stems(analysis.results)
    for key, result in zip(keys, analysis.results, strict=True):
        adata.varm[key] = storable(result.table.reindex(experiment.genes.index))
    named = list(zip(keys, (result.contrast for result in analysis.results), strict=True))
    adata.uns["foldwise"] = {
        "contrasts": {key: f"{contrast.label} ({contrast.direction})" for key, contrast in named},
        "method": analysis.spec.method.name,
        "formula": analysis.design.formula or "",
    }
    return adata


def storable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with names that are text, unique and without ``/``, and text columns that are text or missing."""
    made: dict[str, Any] = {}
    for position, name in enumerate(frame.columns):
        plain = str(name).replace("/", "_")
        plain, number = ("index" if plain == _RESERVED else plain), 2
        unique = plain
        while unique in made:
            unique, number = f"{plain}_{number}", number + 1
        column = frame.iloc[:, position]
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            texts = [None if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]
            column = pd.Series(texts, index=frame.index, dtype=object)
        made[unique] = column
    whole = pd.DataFrame(made, index=frame.index)
    whole.index = whole.index.rename(None)
    return whole
