"""Kept figures: small tab-separated tables in ``verification/results``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent / "results"


def keep(table: pd.DataFrame, name: str, folder: Path = FOLDER) -> None:
    """Write ``<name>.tsv`` with four significant digits."""
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / f"{name}.tsv", sep="\t", index=False, float_format="%.4g")


def kept(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Read ``<name>.tsv``."""
    return pd.read_csv(folder / f"{name}.tsv", sep="\t")
