"""Kept figures: small tab-separated tables in ``verification/results``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from verification.analysis import METHODS

FOLDER = Path(__file__).parent / "results"


def keep(table: pd.DataFrame, name: str, folder: Path = FOLDER, methods: Sequence[str] | None = None) -> None:
    """Write ``<name>.tsv`` with four significant digits.

    With ``methods``, those that were run: rows of other methods stay as they are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if methods is not None and (folder / f"{name}.tsv").is_file():
        table = _joined(kept(name, folder), table, methods)
    table.to_csv(folder / f"{name}.tsv", sep="\t", index=False, float_format="%.4g")


def _joined(before: pd.DataFrame, table: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Put new rows beside the kept ones of other methods, in the order of the kept rows and then of the methods."""
    cell = [name for name in ("data", "planted", "truth", "n", "dispersion", "depth") if name in table.columns]
    rank = {method: number for number, method in enumerate(METHODS)}
    table = table.set_axis([str(name) for name in table.columns], axis=1)
    joined = pd.concat([before[~before["method"].isin(methods)], table], ignore_index=True)
    cells = joined[cell].astype(str).agg("\t".join, axis=1) if cell else pd.Series("", index=joined.index)
    order = {key: number for number, key in enumerate(dict.fromkeys(cells))}
    keys = pd.DataFrame({"cell": cells.map(order), "method": joined["method"].map(rank)})
    return joined.loc[keys.sort_values(["cell", "method"], kind="stable").index]


def kept(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Read ``<name>.tsv``."""
    return pd.read_csv(folder / f"{name}.tsv", sep="\t")
