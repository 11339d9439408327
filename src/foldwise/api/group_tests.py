"""Which genes mark a group of cells, tested between donors: ``fw.tl.rank_genes_groups``."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from foldwise.errors import FoldwiseError, FoldwiseWarning, InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from foldwise.api.pseudobulk import Profiles
    from foldwise.model.results import ResultTable

REST = "rest"


def group_tests(
    adata: Any,
    groupby: str,
    *,
    sample: str,
    reference: str = REST,
    groups: Sequence[str] | None = None,
    layer: str | None = None,
    min_cells: int = 10,
    options: dict[str, Any] | None = None,
) -> tuple[list[ResultTable], pd.DataFrame, pd.DataFrame]:
    """Test each group against the rest, or against one group, on profiles summed per sample, paired by sample.

    Returns
    -------
    results : list of ResultTable
        One per tested group; its contrast has the group as target.
    fractions, rest_fractions : DataFrame, genes x groups
        Share of cells of the group, and of the cells it is compared with, that have a read of the gene.

    Raises
    ------
    InputError
        E-CELL-002, E-CELL-003; E-CELL-003 too where no group has two samples on both sides.
    UsageError
        E-USAGE-001 for a group or reference that is not there.
    """
    from foldwise.api.pseudobulk import profiles

    found = profiles(adata, sample, groupby, layer)
    _require_groups(found, groups, reference, groupby)
    chosen = [g for g in (groups or found.groups) if g != reference]
    results, shares, others = [], {}, {}
    genes = [str(name) for name in found.var.index]
    for group in chosen:
        inside, outside = _sides(found, found.groups.index(group), reference)
        pair = _pairs(found, inside, outside, min_cells)
        if len(pair) < 2:
            text = f"Group '{group}' has {len(pair)} samples with {min_cells} cells or more on both sides."
            warnings.warn(FoldwiseWarning("W-CELL-001", text, "It is not tested."), stacklevel=4)
            continue
        results.append(_tested(found, group, reference, (inside, outside), pair, genes, groupby, options or {}))
        shares[group], others[group] = _share(found, inside), _share(found, outside)
    if not results:
        raise InputError("E-CELL-003", "No group has two samples on both sides.", "Check the column given as sample=.")
    import pandas as pd

    index = pd.Index(genes, dtype=object)
    return results, pd.DataFrame(shares, index=index), pd.DataFrame(others, index=index)


def _require_groups(found: Profiles, groups: Sequence[str] | None, reference: str, groupby: str) -> None:
    for name in (*(groups or ()), *([] if reference == REST else [reference])):
        if name not in found.groups:
            fix = f"Groups: {', '.join(found.groups[:20])}."
            raise UsageError("E-USAGE-001", f"Column '{groupby}' has no group '{name}'.", fix)
    if len(found.groups) < 2:
        raise UsageError("E-USAGE-002", f"Column '{groupby}' has one group only.", "There is nothing to compare.")


def _sides(found: Profiles, group: int, reference: str) -> tuple[np.ndarray, np.ndarray]:
    """Return which profiles are in the group, and which it is compared with."""
    inside = found.group == group
    outside = ~inside if reference == REST else found.group == found.groups.index(reference)
    return inside, outside


def _pairs(found: Profiles, inside: np.ndarray, outside: np.ndarray, min_cells: int) -> list[int]:
    """Return the samples with enough cells on both sides."""
    n = len(found.samples)
    cells = [np.bincount(found.sample[side], weights=found.n_cells[side], minlength=n) for side in (inside, outside)]
    return np.flatnonzero((cells[0] >= min_cells) & (cells[1] >= min_cells)).tolist()


def _share(found: Profiles, side: np.ndarray) -> np.ndarray:
    """Return the share of all cells of a side that have a read, per gene."""
    share: np.ndarray = found.present[side].sum(axis=0) / max(int(found.n_cells[side].sum()), 1)
    return share


def _tested(
    found: Profiles,
    group: str,
    reference: str,
    sides: tuple[np.ndarray, np.ndarray],
    pair: list[int],
    genes: list[str],
    groupby: str,
    options: dict[str, Any],
) -> ResultTable:
    """Return the test of one group: two profiles per sample, compared within samples."""
    import pandas as pd

    from foldwise.api.analyze import de

    columns = [found.counts[side & (found.sample == i)].sum(axis=0) for i in pair for side in sides]
    names = [f"{found.samples[i]}|{side}" for i in pair for side in ("in", "out")]
    sheet = pd.DataFrame(
        {"donor": [f"d{i}" for i in pair for _ in sides], "side": ["in", "out"] * len(pair)},
        index=pd.Index(names, dtype=object, name="sample"),
    )
    counts = pd.DataFrame(np.column_stack(columns), index=pd.Index(genes, dtype=object, name="gene_id"), columns=names)
    design = "~ donor + side" if len(pair) > 1 else "~ side"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="W-DESIGN-007", category=FoldwiseWarning)
        try:
            result = de(counts, sheet, design, contrast=("side", "in", "out"), **options).result
        except FoldwiseError as error:
            raise type(error)(error.id, f"Group '{group}': {error.found}", error.fix) from error
    words = f"{groupby}: {group} vs {reference}"
    contrast = dataclasses.replace(
        result.contrast, id=group, label=words, direction=f"up = higher in {group}",
        variable=groupby, target=group, reference=reference,
    )  # fmt: skip
    return dataclasses.replace(result, contrast=contrast)
