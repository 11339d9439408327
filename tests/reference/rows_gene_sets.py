"""Parity rows of gene set tests: camera, cameraPR and fry on the gene sets of every data set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from foldwise.stats.camera import CameraResult, camera, camera_preranked
from foldwise.stats.fry import FryResult, fry
from foldwise.stats.gene_effects import gene_effects
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, same
from tests.reference.rows_limma import case, coefficient, plain, voomed

SETS_P = Limit(1e-10)


def gene_set_rows(name: str) -> Iterator[Row]:
    """Every row that the tables of a data set allow."""
    if not data.has(name, "limma_camera_voom_ic0.01"):
        return
    c, v = case(name), voomed(name)
    effects = gene_effects(v.values, c.design, np.eye(len(c.names))[coefficient(name)], v.weights)
    members = data.table(name, "gene_sets")["gene_id"]
    names = list(dict.fromkeys(members.index))
    sets = [c.genes.get_indexer(np.atleast_1d(members.loc[one])) for one in names]
    runs = {
        "limma_camera_voom_ic0.01": camera(effects, sets),
        "limma_camera_voom_icNA": camera(effects, sets, correlation=None),
        "limma_camera_voom_ranks": camera(effects, sets, use_ranks=True),
        "limma_cameraPR": camera_preranked(plain(name).tests.statistic[:, coefficient(name)], sets),
    }
    for stem, found in runs.items():
        yield from _camera(name, stem, found, names)
    yield from _fry(name, fry(effects, sets), names)


def _camera(name: str, stem: str, found: CameraResult, names: list[str]) -> Iterator[Row]:
    theirs, what = data.table(name, stem).loc[names], stem.removeprefix("limma_")
    yield same("P18", f"{what}: genes", name, found.n_genes, theirs["NGenes"].to_numpy())
    yield same("P18", f"{what}: direction", name, np.where(found.up, "Up", "Down"), theirs["Direction"].to_numpy())
    columns = {"PValue": found.pvalue, "FDR": found.padj, "Correlation": found.correlation}
    for column, values in columns.items():
        if column in theirs:
            limit = SETS_P if column != "Correlation" else Limit(1e-10, kind="looser")
            yield compare("P18", f"{what}: {column}", name, values, theirs[column].to_numpy(dtype=float), limit)


def _fry(name: str, found: FryResult, names: list[str]) -> Iterator[Row]:
    theirs = data.table(name, "limma_fry_voom").loc[names]
    yield same("P18", "fry: direction", name, np.where(found.up, "Up", "Down"), theirs["Direction"].to_numpy())
    columns = {
        "PValue": found.pvalue,
        "FDR": found.padj,
        "PValue.Mixed": found.pvalue_mixed,
        "FDR.Mixed": found.padj_mixed,
    }
    for column, values in columns.items():
        yield compare("P18", f"fry: {column}", name, values, theirs[column].to_numpy(dtype=float), SETS_P)
