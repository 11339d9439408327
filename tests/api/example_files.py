"""The files that docs/input_formats.md works with: one simulated study written in every format."""

from __future__ import annotations

import gzip
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

SAMPLES = ("C1", "C2", "C3", "D1", "D2", "D3")
GROUPS = ("ctrl", "ctrl", "ctrl", "drug", "drug", "drug")
N_GENES = 2000


def study() -> pd.DataFrame:
    """Counts of 2,000 genes in six samples, a tenth of the genes changed."""
    rng = np.random.default_rng(11)
    mean = np.exp(rng.normal(4.5, 1.6, N_GENES))
    change = np.where(rng.random(N_GENES) < 0.1, rng.normal(0, 1.2, N_GENES), 0)
    mu = mean[:, None] * np.exp(np.outer(change, [0, 0, 0, 1, 1, 1]))
    counts = rng.poisson(mu * rng.gamma(8, 1 / 8, mu.shape))
    genes = [f"ENSG{100_000 + i:011d}" for i in range(N_GENES)]
    return pd.DataFrame(counts, index=pd.Index(genes, name="gene_id"), columns=list(SAMPLES))


def write(folder: Path) -> None:
    """Write every file of the page into a folder."""
    counts = study()
    for part in (_tables, _per_sample, _cells, _stores, _names):
        part(folder, counts)


def _sheet(path: Path, names=SAMPLES) -> None:
    path.write_text("sample,group\n" + "".join(f"{n},{g}\n" for n, g in zip(names, GROUPS, strict=True)))


def _tables(folder: Path, counts: pd.DataFrame) -> None:
    _sheet(folder / "samples.csv")
    bam = counts.rename(columns=lambda name: f"bam/{name}.sorted.bam")
    bam.insert(0, "Length", 500 + np.arange(N_GENES))
    for name, value in (("Strand", "+"), ("End", "900"), ("Start", "1"), ("Chr", "1")):
        bam.insert(0, name, value)
    text = bam.rename_axis("Geneid").to_csv(sep="\t")
    (folder / "counts.txt").write_text('# Program:featureCounts v2.0.6; Command:"featureCounts"\n' + text)
    tallies = {
        column: [counts[name].sum(), 90_000, 30_000] for column, name in zip(bam.columns[5:], SAMPLES, strict=True)
    }
    summary = pd.DataFrame(tallies, index=["Assigned", "Unassigned_Unmapped", "Unassigned_NoFeatures"])
    summary.rename_axis("Status").to_csv(folder / "counts.txt.summary", sep="\t")
    counts.astype(str).add(",5").to_csv(folder / "german.csv", sep=";")
    counts.to_parquet(folder / "counts.parquet")
    with pd.ExcelWriter(folder / "counts.xlsx", engine="xlsxwriter") as book:
        counts.to_excel(book, sheet_name="raw counts")
        (counts / counts.sum() * 1e6).to_excel(book, sheet_name="cpm")
    gsm = [f"GSM{4_000_001 + i}" for i in range(6)]
    geo = counts.set_axis(gsm, axis=1).set_axis(pd.Index([str(100_000 + i) for i in range(N_GENES)], name="GeneID"))
    _zip(folder / "GSE1_raw_counts_GRCh38.p13_NCBI.tsv.gz", geo.to_csv(sep="\t"))
    names = "".join(f"{100_000 + i}\tSYM{i}\tgene {i}\t\tprotein-coding\t{g}\n" for i, g in enumerate(counts.index))
    _zip(
        folder / "Human.GRCh38.p13.annot.tsv.gz",
        "GeneID\tSymbol\tDescription\tSynonyms\tGeneType\tEnsemblGeneID\n" + names,
    )
    _sheet(folder / "geo_samples.csv", gsm)


def _per_sample(folder: Path, counts: pd.DataFrame) -> None:
    for kind in ("htseq", "star", "mixed", "dexseq"):
        (folder / kind).mkdir()
    for j, name in enumerate(SAMPLES):
        column = counts[name]
        tallies = {"no_feature": 9210 + j, "ambiguous": 411, "too_low_aQual": 0, "not_aligned": 3300,
                   "alignment_not_unique": 20_400}  # fmt: skip
        rows = [f"{gene}\t{n}" for gene, n in column.items()] + [f"__{kind}\t{n}" for kind, n in tallies.items()]
        (folder / "htseq" / f"{name}.txt").write_text("\n".join(rows) + "\n")
        for kind, share in (("star", 0.03), ("mixed", 0.03 if j < 3 else 0.97)):
            (folder / kind / f"{name}_ReadsPerGene.out.tab").write_text(_star(column, share))
        exons = [f"FBgn{i // 4:07d}:{i % 4 + 1:03d}\t{n}" for i, n in enumerate(column)]
        exons += ["_ambiguous\t1", "_empty\t2", "_lowaqual\t0", "_notaligned\t0"]
        (folder / "dexseq" / f"{name}.txt").write_text("\n".join(exons) + "\n")
    rows = [f"{n},{g},{s}.txt" for n, g, s in zip("abcdef", GROUPS, SAMPLES, strict=True)]
    (folder / "named.csv").write_text("\n".join(["sample,group,file", *rows]) + "\n")


def _star(column: pd.Series, share: float) -> str:
    tallies = {"N_unmapped": 3300, "N_multimapping": 20_400, "N_noFeature": 9210, "N_ambiguous": 411}
    rows = [f"{name}\t{n}\t{n}\t{n}" for name, n in tallies.items()]
    rows += [f"{gene}\t{n}\t{round(n * share)}\t{n - round(n * share)}" for gene, n in column.items()]
    return "\n".join(rows) + "\n"


def _cells(folder: Path, counts: pd.DataFrame) -> None:
    from scipy.io import mmwrite
    from scipy.sparse import coo_matrix

    rng = np.random.default_rng(5)
    for j, name in enumerate(SAMPLES):
        run = folder / "runs" / name
        run.mkdir(parents=True)
        cells = rng.multinomial(counts[name].to_numpy(), np.ones(40) / 40)
        mmwrite(run / "matrix.mtx", coo_matrix(cells), field="integer")
        _zip(run / "matrix.mtx.gz", (run / "matrix.mtx").read_text())
        (run / "matrix.mtx").unlink()
        rows = "".join(f"{gene}\tSYM{i}\tGene Expression\n" for i, gene in enumerate(counts.index))
        _zip(run / "features.tsv.gz", rows)
        barcodes = [f"AAAC{j}{k:03d}-1" for k in range(40)]
        _zip(run / "barcodes.tsv.gz", "".join(f"{cell}\n" for cell in barcodes))
        if j == 0:
            donors = "".join(
                f"{cell},P{k % 6 + 1},{GROUPS[k % 6]},{'TB'[k // 6 % 2]}\n" for k, cell in enumerate(barcodes)
            )
            (folder / "cells.csv").write_text("barcode,sample,group,type\n" + donors)


def _stores(folder: Path, counts: pd.DataFrame) -> None:
    import anndata

    obs = pd.DataFrame({"group": pd.Categorical(GROUPS)}, index=list(SAMPLES))
    var = pd.DataFrame({"symbol": [f"SYM{i}" for i in range(N_GENES)]}, index=counts.index)
    adata = anndata.AnnData(np.log1p(counts.T.to_numpy().astype(np.float32)), obs, var)
    adata.layers["counts"] = counts.T.to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adata.write_h5ad(folder / "study.h5ad")
        adata.write_zarr(folder / "study.zarr")


def _names(folder: Path, counts: pd.DataFrame) -> None:
    rows = [
        f'1\thavana\tgene\t1\t900\t.\t+\t.\tgene_id "{gene}.{i % 5 + 1}"; gene_name "SYM{i}";'
        for i, gene in enumerate(counts.index)
    ]
    _zip(folder / "genes.gtf.gz", "\n".join(rows) + "\n")


def _zip(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
