"""Real data with a truth: read from ``../shared/reference``, or where FOLDWISE_REFERENCE says."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pandas as pd

ROOT = Path(os.environ.get("FOLDWISE_REFERENCE", Path(__file__).resolve().parents[2] / "shared" / "reference"))


def available() -> bool:
    """Return whether the data are there."""
    return (ROOT / "yeast48" / "counts.tsv.gz").is_file()


@cache
def table(name: str, stem: str) -> pd.DataFrame:
    """Read ``<name>/<stem>``, indexed by its first column."""
    return pd.read_csv(ROOT / name / stem, sep="\t", index_col=0, dtype={0: str})


def yeast(condition: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return counts and sheet of the clean replicates of yeast48 (42 wild type, 44 knock-out), or of one of them."""
    samples = table("yeast48", "samples.tsv")
    chosen = samples["clean"].astype(bool)
    if condition is not None:
        chosen &= samples["condition"] == condition
    samples = samples[chosen]
    return table("yeast48", "counts.tsv.gz")[samples.index], samples
