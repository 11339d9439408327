"""What the text of one cell means: a number, a missing value, or something else."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Sequence

MISSING_WORDS = frozenset({"", "NA", "N/A", "NaN", "nan", "<NA>", "null", "NULL", "None"})
_INFINITE_WORDS = {"inf": math.inf, "infinity": math.inf, "-inf": -math.inf, "-infinity": -math.inf}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_PLAIN_CELLS = re.compile(r"[0-9.eE+\-\t]*")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_COMMA_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+", re.ASCII)
_DOT_THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+", re.ASCII)
_MARKED = re.compile(r"[+-]?[\d.,]+", re.ASCII)
_EXCEL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)")
EXACT = 2.0**53
LARGEST = sys.float_info.max


def number(text: str) -> float | None:
    """Return the value of a cell: NaN where missing, None where it is no number.

    A whole number above 2**53, which no double holds exactly, never comes back as 2**53 itself, nor a finite one
    as infinite.
    """
    if _NUMBER.fullmatch(text):
        value = min(max(float(text), -LARGEST), LARGEST)
        if abs(value) == EXACT and text.lstrip("+-").isdigit() and int(text.lstrip("+-")) > EXACT:
            return math.copysign(math.nextafter(EXACT, math.inf), value)
        return value
    if text in MISSING_WORDS:
        return math.nan
    return _INFINITE_WORDS.get(text.lower().lstrip("+"))


def numbers(cells: Sequence[str]) -> list[float] | None:
    """Return the values of a whole row at once, or None where cells must be looked at one by one."""
    if not _PLAIN_CELLS.fullmatch("\t".join(cells)):
        return None
    try:
        values = list(map(float, cells))
    except ValueError:
        return None
    return values if max(values, default=0) < EXACT and min(values, default=0) > -EXACT else None


def suggestion(text: str) -> str:
    """Return what to do about a cell that is no number."""
    if _COMMA_THOUSANDS.fullmatch(text):
        return f"Write it without thousands separators: {text.replace(',', '')}."
    if _DECIMAL_COMMA.fullmatch(text):
        return "Decimal commas are read only in tables whose fields are separated by semicolons."
    if _EXCEL_ERROR.match(text):
        return "It is an error value of a spreadsheet: correct the formula, or leave the cell empty and use --drop-na."
    if set(text) <= set("-–—."):
        return "Write 0 if nothing was counted, or leave the cell empty and use --drop-na."
    if match := re.match(r"\s*(\d+)\s*\D", text, re.ASCII):
        return f"Write the number alone: {match[1]}?"
    return "Write a number, or leave the cell empty and use --drop-na."


def decimal_mark(cells: Iterable[str]) -> tuple[str | None, str]:
    """Return the decimal mark of a table separated by semicolons, and the first cell that has a mark.

    The mark is a comma or a point, or None where thousands separators cannot be told from it.
    """
    marked = [cell for cell in cells if ("," in cell or "." in cell) and _MARKED.fullmatch(cell)]
    if not marked:
        return ".", ""
    commas = ["," in cell for cell in marked]
    if all(commas):
        decimal = all(_DECIMAL_COMMA.fullmatch(cell) for cell in marked)
        return ("," if decimal and not all(_COMMA_THOUSANDS.fullmatch(cell) for cell in marked) else None), marked[0]
    if any(commas) or all(_DOT_THOUSANDS.fullmatch(cell) for cell in marked):
        return None, marked[0]
    return ".", marked[0]
