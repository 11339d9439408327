"""Parity rows of gene set tests: camera, cameraPR and fry on the gene sets of every data set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from foldwise.stats.camera import CameraResult, camera, camera_preranked
from foldwise.stats.fry import FryResult, fry
from foldwise.stats.gene_effects import gene_effects
from foldwise.stats.nb_scores import null_scores
from tests.reference import data
from tests.reference.rows import Limit, Row, compare, same
from tests.reference.rows_edger_dispersion import dispersions
from tests.reference.rows_limma import case, coefficient, plain, voomed

SETS_P = Limit(1e-10)
# Tagwise dispersions are R's to 2e-8 for 99.9 % of the genes (trust.md P15); given R's, scores agree to 1e-12. On
# macrophage edgeR 3.40's dispersions are met to 1e-4 only, and those of single genes to 2 %.
EDGER_P = Limit(1e-8)
EDGER_P_LOOSE = {"macrophage": Limit(1e-3)}


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


def edger_gene_set_rows(name: str) -> Iterator[Row]:
    """Camera and fry on normal deviates of counts, as edgeR 3.40 makes them from tagwise dispersions."""
    if not data.has(name, "edgeR_camera"):
        return
    c = case(name)
    unit = np.eye(len(c.names))[coefficient(name)]
    scores = null_scores(c.counts, c.design, unit, c.sizes, dispersions(name, True, False).tagwise)
    effects = gene_effects(scores, c.design, unit)
    members = data.table(name, "gene_sets")["gene_id"]
    names = list(dict.fromkeys(members.index))
    sets = [c.genes.get_indexer(np.atleast_1d(members.loc[one])) for one in names]
    limit = EDGER_P_LOOSE.get(name, EDGER_P)
    found, theirs = camera(effects, sets), data.table(name, "edgeR_camera").loc[names]
    yield compare("P18", "edgeR camera: PValue", name, found.pvalue, theirs["PValue"].to_numpy(dtype=float), limit)
    yield compare("P18", "edgeR camera: FDR", name, found.padj, theirs["FDR"].to_numpy(dtype=float), limit)
    tests, theirs = fry(effects, sets, standardize="none"), data.table(name, "edgeR_fry").loc[names]
    for column, values in (("PValue", tests.pvalue), ("PValue.Mixed", tests.pvalue_mixed)):
        yield compare("P18", f"edgeR fry: {column}", name, values, theirs[column].to_numpy(dtype=float), limit)
