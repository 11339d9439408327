"""Tests of gene sets on the fit itself, which know that genes move together: camera, fry and roast, as tables.

``camera``: did the set change more than the other genes (Wu and Smyth 2012)? ``camera-pr``: the same from one number
per gene. ``fry`` and ``roast``: did the set change at all (Wu et al. 2010)?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from foldwise.engine.set_model import SetModel
from foldwise.stats.camera import PRESET_CORRELATION, CameraResult, camera, camera_preranked
from foldwise.stats.fry import FryResult, fry
from foldwise.stats.roast import N_ROTATIONS, RoastResult, roast

TESTS = ("camera", "camera-pr", "fry", "roast")
FROM_RANKING = "camera-pr"


def sets_by_fit(
    test: str, model: SetModel, sets: Mapping[str, Sequence[int]], *, correlation: float | None = PRESET_CORRELATION,
    seed: int = 1, n_rotations: int = N_ROTATIONS,
) -> pd.DataFrame:  # fmt: skip
    """Test sets of genes by camera, fry or roast.

    Parameters
    ----------
    test : str
        ``camera``, ``fry`` or ``roast``.
    model : SetModel
    sets : mapping of str to sequence of int
        Numbers of genes among the effects; a set must leave at least one gene out.
    correlation : float or None
        camera: between the genes of a set; None to estimate it from the residuals of each set.
    seed, n_rotations : int
        Of the rotations of roast.

    Returns
    -------
    DataFrame
        ``gene_set direction n_genes`` and the numbers of the test, best first.
    """
    members = [np.asarray(genes, dtype=np.int64) for genes in sets.values()]
    effects = model.effects
    found: CameraResult | FryResult | RoastResult
    if not members:
        return _table(test, [], None)
    if test == "camera":
        found = camera(effects, members, correlation=correlation, trend=model.trend)
    elif test == "fry":
        standardize = "none" if model.unit_variance else "posterior"
        found = fry(effects, members, standardize=standardize, robust=model.robust)
    else:
        found = roast(
            effects, members, seed=seed, n_rotations=n_rotations, trend=model.trend, robust=model.robust,
            unit_variance=model.unit_variance,
        )  # fmt: skip
    return _table(test, list(sets), found)


def sets_by_ranking(
    score: np.ndarray, sets: Mapping[str, Sequence[int]], *, correlation: float = PRESET_CORRELATION
) -> pd.DataFrame:
    """Test sets of genes by one number per gene (n_genes,), as `sets_by_fit` does."""
    members = [np.asarray(genes, dtype=np.int64) for genes in sets.values()]
    found = camera_preranked(score, members, correlation=correlation) if members else None
    return _table("camera-pr", list(sets), found)


def _table(test: str, names: list[str], found: CameraResult | FryResult | RoastResult | None) -> pd.DataFrame:
    own = {
        "camera": ["correlation", "pvalue", "padj"],
        "camera-pr": ["correlation", "pvalue", "padj"],
        "fry": ["pvalue", "padj", "pvalue_mixed", "padj_mixed"],
        "roast": ["share_up", "share_down", "pvalue", "padj", "pvalue_mixed", "padj_mixed"],
    }[test]
    columns: dict[str, Any] = {"gene_set": names, "direction": [], "n_genes": []} | {name: [] for name in own}
    if found is not None:
        columns["direction"] = np.where(found.up, "up", "down")
        columns["n_genes"] = found.n_genes
        columns |= {name: getattr(found, name) for name in own}
    table = pd.DataFrame(columns)
    order = np.lexsort((np.asarray(names, dtype=str), -table["n_genes"].to_numpy(dtype=float),
                        table["pvalue"].to_numpy(dtype=float)))  # fmt: skip
    return table.iloc[order].reset_index(drop=True)
