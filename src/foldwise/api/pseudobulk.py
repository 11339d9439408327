"""Cells summed to one profile per donor and group: the samples that inference rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from foldwise.errors import InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

MIN_CELLS = 10


@dataclass(frozen=True, eq=False)
class Profiles:
    """Raw counts summed over the cells of each sample and group.

    Parameters
    ----------
    counts : ndarray of int64, (n_profiles, n_genes)
    present : ndarray of int64, (n_profiles, n_genes)
        Cells with at least one read of the gene.
    n_cells : ndarray of int, (n_profiles,)
    sample, group : ndarray of int, (n_profiles,)
        Places in the levels.
    samples, groups : tuple of str
        Levels, in the order of categories or of appearance; one empty group where cells are not divided.
    n_skipped : int
        Cells without a sample or a group.
    var : DataFrame
        The genes.
    """

    counts: np.ndarray
    present: np.ndarray
    n_cells: np.ndarray
    sample: np.ndarray
    group: np.ndarray
    samples: tuple[str, ...]
    groups: tuple[str, ...]
    n_skipped: int
    var: pd.DataFrame


def profiles(adata: Any, sample: str, groups: str | None = None, layer: str | None = None) -> Profiles:
    """Sum raw counts of an AnnData by sample and group; sparse, dense and backed data are read in blocks of cells.

    Parameters
    ----------
    adata : AnnData, cells x genes
    sample : str
        Column of ``obs`` that names the replicate (donor, animal, well).
    groups : str, optional
        Column of ``obs`` that names the group (cell type).
    layer : str, optional
        Layer of counts, ``X`` or ``raw``; without it X or raw.X, the first that holds whole numbers.

    Raises
    ------
    InputError
        E-CELL-002 no whole counts, E-CELL-003 no such column, or one sample only.
    """
    from foldwise.io.anndata_bridge import stored_counts
    from foldwise.stats.group_sums import GroupSums

    of_sample, samples = _levels(adata, sample, "sample")
    of_group, kinds = (
        (np.zeros(adata.n_obs, dtype=np.int64), ("",)) if groups is None else _levels(adata, groups, "groups")
    )
    if len(samples) < 2:
        found = f"Column '{sample}' names one sample only: {', '.join(samples) or 'none'}."
        raise InputError("E-CELL-003", found, "Give the column of donors; one donor allows no inference.")
    known = (of_sample >= 0) & (of_group >= 0)
    cell = np.where(known, of_sample * len(kinds) + of_group, -1)
    used, codes = np.unique(cell[known], return_inverse=True)
    code_of = np.full(len(cell), -1, dtype=np.int64)
    code_of[known] = codes
    counts = stored_counts(adata, layer)
    total = GroupSums.empty(len(used), len(counts.var))
    for start, block in counts.blocks():
        total = total.add(block, code_of[start : start + block.shape[0]])
    place = (used // len(kinds), used % len(kinds))
    return Profiles(total.sums, total.present, total.n_rows, *place, samples, kinds, int((~known).sum()), counts.var)


def pseudobulk(
    adata: Any, *, sample: str, groups: str | None = None, layer: str | None = None, min_cells: int = MIN_CELLS
) -> Any:
    """Return an AnnData with one row per sample and group; see `foldwise.pp.pseudobulk`."""
    import pandas as pd

    from foldwise.io.anndata_bridge import require_anndata

    anndata = require_anndata()
    found = profiles(adata, sample, groups, layer)
    names = profile_names(found)
    kept = np.flatnonzero(found.n_cells >= min_cells)
    if not len(kept):
        largest = int(found.n_cells.max(initial=0))
        text = f"No profile has {min_cells} cells; the largest has {largest}."
        raise UsageError("E-USAGE-002", text, "Give a smaller min_cells.")
    obs = _obs(adata, found, sample, groups)
    obs.index = pd.Index(names, dtype=object)
    counts = found.counts[kept]
    values = counts.astype(np.int32) if counts.max(initial=0) < 2**31 else counts.astype(np.float64)
    made = anndata.AnnData(X=values, obs=obs.iloc[kept].copy(), var=found.var.copy())
    made.uns["pseudobulk"] = {
        "sample": sample,
        "groups": groups or "",
        "min_cells": min_cells,
        "left_out": [
            f"{names[i]}: {int(found.n_cells[i])} cells" for i in range(len(names)) if found.n_cells[i] < min_cells
        ],
        "n_cells_skipped": found.n_skipped,
    }
    return made


def profile_names(found: Profiles) -> list[str]:
    """Return a name for each profile, unique: ``donor1_B cell``."""
    names: list[str] = []
    for sample, group in zip(found.sample.tolist(), found.group.tolist(), strict=True):
        name = f"{found.samples[sample]}_{found.groups[group]}" if found.groups != ("",) else found.samples[sample]
        unique, number = name, 2
        while unique in names:
            unique, number = f"{name}_{number}", number + 1
        names.append(unique)
    return names


def _levels(adata: Any, column: str, argument: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return level of each cell (-1 missing) and the levels that occur."""
    from foldwise.model.spec_options import nearest

    if column not in adata.obs.columns:
        names = [str(name) for name in adata.obs.columns]
        fix = f"{nearest(column, names)} Columns: {', '.join(names[:20]) or 'none'}.".strip()
        raise InputError("E-CELL-003", f"obs has no column '{column}' ({argument}=).", fix)
    series = adata.obs[column]
    if hasattr(series, "cat"):
        codes, levels = series.cat.codes.to_numpy(dtype=np.int64), list(series.cat.categories)
    else:
        codes, levels = series.factorize()
    present = np.unique(codes[codes >= 0])
    place = np.full(len(levels) + 1, -1, dtype=np.int64)
    place[present] = np.arange(len(present))
    return place[codes], tuple(str(levels[i]) for i in present)


def _obs(adata: Any, found: Profiles, sample: str, groups: str | None) -> pd.DataFrame:
    """Return sample, group, number of cells, and every column of ``obs`` that is the same in all cells of a sample."""
    import pandas as pd

    of_sample, _ = _levels(adata, sample, "sample")
    columns: dict[str, Any] = {sample: [found.samples[i] for i in found.sample]}
    if groups is not None:
        columns[groups] = [found.groups[i] for i in found.group]
    first = np.array([np.flatnonzero(of_sample == i)[0] for i in range(len(found.samples))])
    known = of_sample >= 0
    for name in adata.obs.columns:
        if name in columns:
            continue
        codes, _ = adata.obs[name].factorize()
        if (codes[known] == codes[first][of_sample[known]]).all():
            columns[str(name)] = adata.obs[name].to_numpy()[first][found.sample]
    columns["n_cells"] = found.n_cells
    frame = pd.DataFrame(columns)
    for name in (sample, groups):
        if name is not None:
            frame[name] = pd.Categorical(frame[name], categories=list(dict.fromkeys(columns[name])))
    return frame
