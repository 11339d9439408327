"""Loader of R's outputs on whole data sets.

They lie in ``../shared/reference`` beside the repository, or where FOLDWISE_REFERENCE says; they are no part of the
repository. Tables are read with round-trip floats: R wrote 15 significant digits, and the tests count them.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from tests.fixtures import EXACT

REPOSITORY = Path(__file__).resolve().parents[2]
ROOT = Path(os.environ.get("FOLDWISE_REFERENCE", REPOSITORY.parent / "shared" / "reference"))

DESEQ2_SETS = ("airway", "pasilla", "bottomly", "fission", "macrophage", "yeast48", "nivolumab")
EDGER_SETS = (*DESEQ2_SETS, "pickrell")
# Sets in which outlier counts were replaced: the tables hold the second pass, the trend is that of the first.
REPLACED_SETS = ("yeast48", "nivolumab")


def available() -> bool:
    """Return whether the reference outputs are there."""
    return (ROOT / "airway" / "counts.tsv.gz").is_file()


def has(name: str, stem: str) -> bool:
    """Return whether data set ``name`` has the table ``stem``."""
    return (ROOT / name / "ref" / f"{stem}.tsv.gz").is_file()


def sets_with(stem: str, among: tuple[str, ...] = DESEQ2_SETS) -> list[str]:
    """Return the data sets that have the table ``stem``."""
    return [name for name in among if has(name, stem)]


@cache
def table(name: str, stem: str) -> pd.DataFrame:
    """Read ``<name>/ref/<stem>.tsv.gz``, indexed by its first column; TRUE and FALSE become booleans."""
    return pd.read_csv(
        ROOT / name / "ref" / f"{stem}.tsv.gz",
        sep="\t",
        index_col=0,
        dtype={0: str},
        na_values="NA",
        keep_default_na=False,
        true_values=["TRUE"],
        false_values=["FALSE"],
        **EXACT,
        low_memory=False,
    )


def scalars(name: str, stem: str = "DESeq2_scalars") -> dict[str, float]:
    """Read a name/value table as numbers; texts are left out."""
    values = pd.to_numeric(table(name, stem)["value"], errors="coerce").dropna()
    return {str(key): float(value) for key, value in values.items()}


@cache
def counts(name: str, file: str = "counts.tsv.gz") -> pd.DataFrame:
    """Count matrix of a data set, genes x samples, rounded half to even as R rounds."""
    frame = pd.read_csv(ROOT / name / file, sep="\t", index_col=0, dtype={0: str}, **EXACT)
    return np.rint(frame.astype(float))


@cache
def samples(name: str) -> pd.DataFrame:
    """Sample sheet of a data set."""
    return pd.read_csv(ROOT / name / "samples.tsv", sep="\t", index_col=0, dtype=str, keep_default_na=False)


def design(name: str) -> np.ndarray:
    """Design matrix (n_samples, p) as R built it."""
    return table(name, "DESeq2_design").to_numpy(dtype=np.float64)


def size_factors(name: str) -> np.ndarray:
    """R's size factors (n_samples,), kind ratio."""
    return table(name, "DESeq2_sizefactors")["ratio"].to_numpy()


def not_replaced(name: str) -> np.ndarray:
    """Genes (n_genes,) of ``DESeq2_genes`` whose counts were not replaced."""
    genes = table(name, "DESeq2_genes")
    return ~genes["replace"].to_numpy(dtype=bool) if "replace" in genes else np.ones(len(genes), dtype=bool)


def relative_difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest relative difference over values present in both; infinite where the missing values differ."""
    ours, theirs = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
        return float("inf")
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = np.abs(ours - theirs) / np.abs(theirs)
    difference = np.where(ours == theirs, 0.0, difference)
    return float(np.nanmax(difference, initial=0.0))
