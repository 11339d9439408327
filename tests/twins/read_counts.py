"""Python twin of the kernel `read_counts`: the same strict rules, line by line with regular expressions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

# Digits, a point and an exponent, no leading plus sign; 19 and more leading digits are left to the second reader.
NUMBER = re.compile(r"-?(?!\d{19,}(?!\.))(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NAME = re.compile(r'"([^"\r\n]*)"|((?!")[^\r\n]*)')


def read_counts(
    buffer: bytes, delimiter: str, start: int = 0, text_columns: Sequence[int] = (), decimal_point: bool = True
) -> dict[str, Any]:
    """Return header, ids, text columns and counts, or the line of the first defect."""
    lines = bytes(buffer)[start:].decode("utf-8", "surrogateescape").split("\n")
    lines = [line.removesuffix("\r") for line in lines]
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    header = _names(lines[0].split(delimiter) if '"' not in lines[0] else _split(lines[0], delimiter))
    if header is None or len(lines) < 2:
        return {"defect": (1 if header is None else 2, 0, "header")}
    width = len(_split(lines[1], delimiter))
    if width < 2 or width - len(header) not in (0, 1) or any(not 0 < column < width for column in text_columns):
        return {"defect": (2, 0, "ragged")}
    ids, text, values = [], [[] for _ in text_columns], []
    for number, line in enumerate(lines[1:], 2):
        cells = _split(line, delimiter)
        words = _names([cells[column] for column in (0, *text_columns)]) if len(cells) == width else None
        row = [_number(cells[i], decimal_point) for i in range(1, len(cells)) if i not in text_columns]
        if words is None or None in row or not line:
            return {"defect": (number, 0, "row")}
        ids.append(words[0])
        for column, word in zip(text, words[1:], strict=True):
            column.append(word)
        values.append(row)
    if any(
        "\udc80" <= c <= "\udcff"
        for name in [*header, *ids, *(word for column in text for word in column)]
        for c in name
    ):
        return {"defect": (0, 0, "encoding")}
    counts = np.array(values, dtype=np.float64).reshape(len(ids), -1)
    if (counts == np.floor(counts)).all() and np.abs(counts).max(initial=0) < 2**31:
        counts = counts.astype(np.int32)
    return {"defect": None, "header": header, "ids": ids, "text": text, "counts": counts}


def _split(line: str, delimiter: str) -> list[str]:
    """Return raw fields; delimiters inside quotes that open a field do not part fields."""
    return re.findall(
        rf'(?:^|(?<={re.escape(delimiter)}))("[^"]*"[^{re.escape(delimiter)}]*|[^{re.escape(delimiter)}]*)', line
    )


def _names(fields: list[str]) -> list[str] | None:
    """Return names without quotes and blanks, or None where one is malformed."""
    matches = [NAME.fullmatch(field) for field in fields]
    if not all(matches):
        return None
    return [(m[1] if m[1] is not None else m[2]).strip(" ") for m in matches if m]


def _number(cell: str, decimal_point: bool) -> float | None:
    if not NUMBER.fullmatch(cell) or ("." in cell and not decimal_point):
        return None
    if cell.isdigit() and int(cell) > 2**53:
        return None
    value = float(cell)
    underflow = value == 0 and re.search(r"[1-9]", re.split("[eE]", cell)[0])
    return None if abs(value) > 2**53 or underflow else value
