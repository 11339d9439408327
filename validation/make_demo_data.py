"""Make the bundled airway data from the file ``airway.h5ad`` of the PyPI package inmoose.

    pip download --no-deps --no-binary :all: inmoose==0.9.1
    tar xzf inmoose-0.9.1.tar.gz inmoose-0.9.1/inmoose/data/airway/airway.h5ad
    python validation/make_demo_data.py inmoose-0.9.1/inmoose/data/airway/airway.h5ad

Reads the data file only (with h5py); nothing of the package is imported. The
output is the same bytes at every run: no time stamp in the gzip header, fixed
compression level.
"""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import h5py
import numpy as np

TARGET = Path(__file__).resolve().parents[1] / "src" / "foldwise" / "data" / "airway"
SAMPLE_COLUMNS = ("cell", "dex", "albut", "avgLength", "Experiment", "BioSample")


def text(values: np.ndarray) -> list[str]:
    """Return HDF5 strings as text."""
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def column(node: h5py.Group | h5py.Dataset) -> list[str]:
    """Return a column of an AnnData frame, categorical or plain, as text."""
    if isinstance(node, h5py.Group):
        categories = text(node["categories"][:])
        return [categories[code] for code in node["codes"][:]]
    return text(node[:])


def main(source: str) -> None:
    """Write ``counts.tsv.gz`` (genes x samples) and ``samples.tsv``."""
    with h5py.File(source) as file:
        matrix = file["X"][:].T
        genes = text(file["var/_index"][:])
        samples = text(file["obs/_index"][:])
        sheet = {name: column(file["obs"][name]) for name in SAMPLE_COLUMNS}
    counts = matrix.astype(np.int64)
    if not np.array_equal(counts, matrix):
        sys.exit("the counts are not whole numbers")
    lines = ["\t".join(["gene_id", *samples])]
    lines += ["\t".join([gene, *map(str, row)]) for gene, row in zip(genes, counts.tolist(), strict=True)]
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "counts.tsv.gz").write_bytes(buffer.getvalue())
    rows = [["sample", *SAMPLE_COLUMNS]]
    rows += [[sample, *(sheet[name][i] for name in SAMPLE_COLUMNS)] for i, sample in enumerate(samples)]
    (TARGET / "samples.tsv").write_text("\n".join("\t".join(row) for row in rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
