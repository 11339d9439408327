"""Values of base R functions, written by ``validation/r/array_functions.R``."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np


@cache
def _table() -> dict[str, list[float]]:
    values: dict[str, list[float]] = {}
    with (Path(__file__).parent / "r_array_functions.tsv").open() as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            values.setdefault(row["name"], []).append(float(row["value"].replace("NA", "nan")))
    return values


def r_value(name: str, rows: int | None = None) -> np.ndarray:
    """Return the vector ``name``, or with ``rows`` the matrix of so many rows."""
    values = np.array(_table()[name])
    return values if rows is None else values.reshape(rows, -1)
