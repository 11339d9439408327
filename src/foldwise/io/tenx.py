"""Cell Ranger's feature-barcode matrices: folders (matrix.mtx, barcodes, features or genes) and HDF5 files, v2 and v3.

Source: 10x Genomics, "Feature-barcode matrices" (MEX and HDF5 formats).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import sparse

from foldwise.errors import InputError, UsageError
from foldwise.io.hdf5 import opened, texts
from foldwise.io.join import join_tables
from foldwise.io.matrix_market import read_matrix
from foldwise.io.messages import Messages, note
from foldwise.io.raw_bytes import read_bytes
from foldwise.io.sources import sample_names
from foldwise.io.stored import array, compressed, inconsistent
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample
from foldwise.io.text_encoding import to_utf8
from foldwise.io.wording import counted, listed, shown
from foldwise.model.spec import InputSettings

EXPRESSION = "Gene Expression"


@dataclass(frozen=True, eq=False)
class Features:
    """Rows of a matrix: ids, names, type (empty before v3) and genome (empty where there is one) of each."""

    ids: list[str]
    names: list[str]
    kinds: list[str]
    genomes: list[str]


def read_tenx(paths: Sequence[Path], settings: InputSettings, is_sample: IsSample) -> Table:
    """Return one matrix with a column per cell (sparse), or several with a column of summed cells each.

    Raises
    ------
    InputError
        E-FILE-008 where parts do not fit together; E-FILE-007, E-FILE-003 for files; E-FILE-012 for different genes.
    UsageError
        E-USAGE-002 where there are several genomes and ``settings.genome`` names none of them.
    """
    cells = [_one(path, settings.genome) for path in paths]
    if len(cells) == 1:
        return cells[0]
    names = sample_names(paths, is_sample)
    joined = join_tables([_summed(table, name) for table, name in zip(cells, names, strict=True)])
    numbers = [f"{name} {len(table.column_names):,}" for name, table in zip(names, cells, strict=True)]
    said = note(f"The cells of each run are summed to one sample; cells: {listed(numbers)}.")
    return replace(joined, messages=(*joined.messages, said))


def _summed(cells: Table, name: str) -> Table:
    total = np.asarray(cells.values.sum(axis=1)).reshape(-1, 1)
    return replace(cells, column_names=[name], values=total, cells=False)


def _one(path: Path, genome: str | None) -> Table:
    matrix, features, barcodes = _folder(path) if path.is_dir() else _hdf5(path, genome)
    keep, said = _expression(features, genome, path.name)
    kept = np.flatnonzero(keep)
    annotation = {"gene_name": [features.names[i] for i in kept]}
    return Table(
        path.name,
        [features.ids[i] for i in kept],
        barcodes,
        matrix[kept],
        annotation,
        "gene_id",
        messages=said,
        cells=True,
    )


def _expression(features: Features, genome: str | None, source: str) -> tuple[np.ndarray, Messages]:
    """Return the mask of rows that are genes of the genome asked for, and what was left out."""
    keep = np.array([kind in ("", EXPRESSION) for kind in features.kinds], dtype=bool)
    said: Messages = ()
    if not keep.all():
        others = sorted({kind for kind in features.kinds if kind not in ("", EXPRESSION)})
        left = int((~keep).sum())
        said = (note(f"{source}: {counted(left, 'row')} of {listed(others)} left out; genes are {EXPRESSION}."),)
    genomes = sorted({name for name, wanted in zip(features.genomes, keep, strict=True) if wanted and name})
    require_genome(genomes, genome, source)
    if genome is not None and genomes:
        keep &= np.array([name == genome for name in features.genomes])
    return keep, said


def require_genome(genomes: Sequence[str], genome: str | None, source: str) -> None:
    """Raise E-USAGE-002 where the genome is to be chosen, or the one chosen is not there."""
    if genome is not None and genomes and genome not in genomes:
        raise UsageError("E-USAGE-002", f"{source} has no genome {shown(genome)}.", f"Genomes: {listed(genomes)}.")
    if genome is None and len(genomes) > 1:
        fix = f"Choose with --genome, such as --genome {genomes[0]}."
        raise UsageError("E-USAGE-002", f"{source} holds several genomes: {listed(genomes)}.", fix)


def _folder(path: Path) -> tuple[sparse.csr_matrix, Features, list[str]]:
    rows = _lines(_part(path, "features.tsv", "genes.tsv"))
    barcodes = [fields[0] for fields in _lines(_part(path, "barcodes.tsv"))]
    matrix = read_matrix(_part(path, "matrix.mtx"))
    if matrix.shape != (len(rows), len(barcodes)):
        found = f"the matrix is {matrix.shape[0]:,} × {matrix.shape[1]:,}, with {len(rows):,} features and "
        raise inconsistent(path.name, f"{found}{len(barcodes):,} barcodes")
    ids = [fields[0] for fields in rows]
    names = [fields[1] if len(fields) > 1 else fields[0] for fields in rows]
    kinds = [fields[2] if len(fields) > 2 else "" for fields in rows]
    return matrix, Features(ids, names, kinds, [""] * len(rows)), barcodes


def _part(folder: Path, *names: str) -> Path:
    candidates = [folder / (name + ending) for name in names for ending in (".gz", "")]
    for path in candidates:
        if path.is_file():
            return path
    raise InputError(
        "E-FILE-007",
        f"{folder.name} holds no {' or '.join(names)}, plain or gzip-compressed.",
        "A folder of Cell Ranger has matrix.mtx, barcodes.tsv and features.tsv (or genes.tsv).",
        where=folder.name,
    )


def _lines(path: Path) -> list[list[str]]:
    text, _ = to_utf8(read_bytes(path), path.name)
    return [line.rstrip("\r").split("\t") for line in text.decode("utf-8").split("\n") if line.strip()]


def _hdf5(path: Path, genome: str | None) -> tuple[sparse.csr_matrix, Features, list[str]]:
    with opened(path) as file:
        if "matrix" in file and "features" in file["matrix"]:
            group, features = file["matrix"], file["matrix/features"]
            ids, names, kinds, genomes = (_texts(features, key, path.name) for key in
                                          ("id", "name", "feature_type", "genome"))  # fmt: skip
        else:
            found = [key for key in file if "genes" in file[key]]
            require_genome(found, genome, path.name)
            chosen = found[0] if genome is None else genome
            group = file[chosen]
            ids, names = _texts(group, "genes", path.name), _texts(group, "gene_names", path.name)
            kinds, genomes = [""] * len(ids), [chosen] * len(ids)
        barcodes = _texts(group, "barcodes", path.name)
        data, indices, indptr = compressed(group, path.name, len(barcodes), len(ids))
        shape = array(group, "shape", path.name, kinds="iu").tolist()
    if shape != [len(ids), len(barcodes)] or not len(ids) == len(names) == len(kinds) == len(genomes):
        raise inconsistent(path.name, f"shape is {shape}, with {len(ids):,} features and {len(barcodes):,} barcodes")
    matrix = sparse.csc_matrix((data, indices, indptr), shape=(len(ids), len(barcodes))).tocsr()
    return matrix, Features(ids, names, kinds, genomes), barcodes


def _texts(group: object, key: str, source: str) -> list[str]:
    return list(texts(array(group, key, source, kinds="SOU")))
