"""Python twin of the kernel `format_rows`."""

from __future__ import annotations

from typing import Any

import numpy as np


def format_rows(columns: list[Any], missing: str = "") -> bytes:
    """Return the rows of the columns as tab-separated UTF-8 lines."""
    fields = [cells for column in columns for cells in _cells(column, missing)]
    return "".join("\t".join(row) + "\n" for row in zip(*fields, strict=True)).encode()


def _cells(column: Any, missing: str) -> list[list[str]]:
    """Return the text of each column of a block."""
    if isinstance(column, list):
        return [[missing if word is None else _quoted(word) for word in column]]
    if isinstance(column, tuple):
        return [[missing if code < 0 else _quoted(column[1][code]) for code in column[0].tolist()]]
    values = np.asarray(column)
    if values.dtype.kind == "f":
        values = values.astype(np.float64)
    values = values if values.ndim == 2 else values[:, None]
    return [[_number(v, missing) for v in part.tolist()] for part in values.T]


def _number(value: float, missing: str) -> str:
    return missing if value != value else repr(value).removesuffix(".0")


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"' if any(c in word for c in '\t\n\r"') else word
