"""Small count files of every format, as their programs write them, from simulated counts."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from foldwise.errors import FoldwiseError
from foldwise.io.read import read
from foldwise.model.spec import InputSettings
from tests.border.tables import checked, genes

SAMPLES = ("s1", "s2", "s10", "s11")
VALUES = np.random.default_rng(3).integers(5_000, 15_000, size=(24, 4))
TALLIES = ("__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned", "__alignment_not_unique")
STAR_TALLIES = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")


def sheet(folder: Path, names: Sequence[str] = SAMPLES, files: Sequence[str] = ()) -> Path:
    path = folder / "samples.csv"
    header = "sample,group" + (",file" if files else "")
    rows = [f"{name},{'ab'[i % 2]}" + (f",{files[i]}" if files else "") for i, name in enumerate(names)]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def htseq_text(column: np.ndarray, header: str = "", tallies: Sequence[str] = TALLIES, rows: Sequence[str] = ()) -> str:
    lines = [f"{name}\t{count}" for name, count in zip(rows or genes(len(column)), column, strict=True)]
    return header + "\n".join(lines + [f"{name}\t{100 + i}" for i, name in enumerate(tallies)]) + "\n"


def htseq_files(folder: Path, ending: str = ".txt", **options) -> Path:
    for j, name in enumerate(SAMPLES):
        write(folder / f"{name}{ending}", htseq_text(VALUES[:, j], **options))
    return folder


def featurecounts_text(columns: Sequence[str], values: np.ndarray = VALUES, program: bool = True) -> str:
    head = '# Program:featureCounts v2.0.6; Command:"featureCounts"\n' if program else ""
    head += "\t".join(["Geneid", "Chr", "Start", "End", "Strand", "Length", *columns]) + "\n"
    rows = [f"gene{i}\tchr1;chr1\t{i};9\t{i + 5};99\t+;+\t{100 + i}\t" + "\t".join(map(str, row)) for i, row in
            enumerate(values)]  # fmt: skip
    return head + "\n".join(rows) + "\n"


def star_text(column: np.ndarray, share: float) -> str:
    """A library of which ``share`` is forward; all reads are counted where the library is taken as unstranded."""
    forward = np.round(column * share).astype(int)
    lines = [f"{name}\t{10 + i}\t{20 + i}\t{30 + i}" for i, name in enumerate(STAR_TALLIES)]
    lines += [f"gene{i}\t{n}\t{f}\t{n - f}" for i, (n, f) in enumerate(zip(column, forward, strict=True))]
    return "\n".join(lines) + "\n"


def star_files(folder: Path, shares: float | Sequence[float], form: str = "{}_ReadsPerGene.out.tab") -> Path:
    shares = [shares] * 4 if isinstance(shares, float) else shares
    for j, name in enumerate(SAMPLES):
        write(folder / form.format(name), star_text(VALUES[:, j], shares[j]))
    return folder


def geo_files(folder: Path, symbols: bool = True, name: str = "GSE1_raw_counts_GRCh38.p13_NCBI.tsv.gz") -> Path:
    ids = [str(100287102 + i) for i in range(len(VALUES))]
    columns = [f"GSM{1000 + j}" for j in range(4)]
    lines = ["\t".join(["GeneID", *columns]), *("\t".join([g, *map(str, r)]) for g, r in zip(ids, VALUES, strict=True))]
    if symbols:
        head = "GeneID\tSymbol\tDescription\tSynonyms\tGeneType\tEnsemblGeneID\n"
        rows = [f'{g}\tSYM{i}\tgene "{i}"\t\tncRNA\t' for i, g in enumerate(ids[:-1])]
        write(folder / "Human.GRCh38.p13.annot.tsv.gz", head + "\n".join(rows) + "\n")
    return write(folder / name, "\n".join(lines) + "\n")


def fails(id: str, *words: str, counts, samples=None, **settings) -> FoldwiseError:
    with pytest.raises(FoldwiseError) as caught:
        read(counts, samples, settings=InputSettings(**settings))
    return checked(caught.value, id, words, caught.value.exit_code)


def sparse_values() -> np.ndarray:
    """Counts of 24 genes in 12 cells, most of them 0."""
    rng = np.random.default_rng(5)
    return rng.integers(1, 5_000, size=(24, 12)) * (rng.random((24, 12)) < 0.4)


BARCODES = tuple(f"AAAC{i:04d}-1" for i in range(12))
KINDS = tuple("Gene Expression" if i < 22 else "Antibody Capture" for i in range(24))


def tenx_folder(folder: Path, version: int = 3, zipped: bool = True, values: np.ndarray | None = None) -> Path:
    """A folder of Cell Ranger; version 3 has types of features, the last two are antibodies."""
    from scipy.io import mmwrite
    from scipy.sparse import coo_matrix

    values = sparse_values() if values is None else values
    folder.mkdir(parents=True, exist_ok=True)
    mmwrite(folder / "matrix.mtx", coo_matrix(values), comment="metadata_json: {}", field="integer")
    rows = [[name, f"NAME{i}", KINDS[i]][: 2 + (version == 3)] for i, name in enumerate(genes(24))]
    (folder / ("features.tsv" if version == 3 else "genes.tsv")).write_text("".join("\t".join(r) + "\n" for r in rows))
    (folder / "barcodes.tsv").write_text("".join(f"{barcode}\n" for barcode in BARCODES))
    for path in list(folder.iterdir()) if zipped else ():
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    return folder


def tenx_h5(path: Path, version: int = 3, genomes: Sequence[str] = ("GRCh38",)) -> Path:
    """An HDF5 file of Cell Ranger; genomes are given to genes in turn (version 3), or have a group each (version 2)."""
    import h5py
    from scipy.sparse import csc_matrix

    matrix = csc_matrix(sparse_values())
    with h5py.File(path, "w") as file:
        for genome in ("matrix",) if version == 3 else genomes:
            group = file.create_group(genome)
            parts = {"data": matrix.data.astype("<i4"), "indices": matrix.indices.astype("<i8"),
                     "indptr": matrix.indptr.astype("<i8"), "shape": np.array(matrix.shape, "<i4"),
                     "barcodes": np.array(BARCODES, "S18")}  # fmt: skip
            names = np.array([f"NAME{i}" for i in range(24)], "S")
            if version == 3:
                features = group.create_group("features")
                texts = {"id": genes(24), "name": names, "feature_type": KINDS,
                         "genome": [genomes[i % len(genomes)] for i in range(24)]}  # fmt: skip
                for key, words in texts.items():
                    features[key] = np.array(words, "S")
            else:
                parts |= {"genes": np.array(genes(24), "S"), "gene_names": names}
            for key, values in parts.items():
                group.create_dataset(key, data=values, compression="gzip")
    return path


def cell_sheet(folder: Path, cells: Sequence[str] = BARCODES) -> Path:
    """A row per cell: four samples of three cells in two groups, and a column that differs between cells."""
    path = folder / "cells.csv"
    rows = [f"{cell},{SAMPLES[i % 4]},{'ab'[i % 2]},{i}" for i, cell in enumerate(cells)]
    path.write_text("\n".join(["barcode,sample,group,n", *rows]) + "\n")
    return path
