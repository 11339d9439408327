"""Whether a number as written stands for a value: rounded to the digits written, or on the side said."""

from __future__ import annotations

import math
import re

from foldwise.report.interpretation.tokens import Token

# Sizes of changes (folds, log2 fold changes) may be rounded, but never by more than this.
_MOST_ROUNDED = 0.1
_ABOUT = 0.05


def agrees(token: Token, value: float, *, size: bool = False) -> bool:
    """Tell whether ``value`` is what a number says.

    Parameters
    ----------
    token : Token
    value : float
    size : bool
        Whether it is the size of a change, which may not be rounded by more than a tenth.
    """
    if math.isnan(value):
        return False
    written, relation = token.number, token.relation
    if relation == "<":
        return value < written or (value == written and not token.text.startswith("<"))
    if relation == ">":
        return value > written or value == written
    if relation in ("~<", "~>"):
        right = value <= written if relation == "~<" else value >= written
        return right and abs(value - written) <= _ABOUT * abs(written)
    if relation == "~":
        return _about(token, value)
    return _rounded(token, value) and not (size and abs(value - written) > _MOST_ROUNDED * abs(value))


def decimals(text: str) -> tuple[int, bool]:
    """Return how many decimals a number is written with, and whether in powers of ten."""
    mantissa = re.split(r"[eE]|\s*[x\u00d7*]\s*10|\^", text)[0]
    return len(mantissa.partition(".")[2].rstrip("%").strip()), mantissa != text


def _rounded(token: Token, value: float) -> bool:
    written = token.number
    digits, scientific = decimals(token.text)
    if scientific:
        if written == 0 or value == 0:
            return written == value
        unit = 10.0 ** (math.floor(math.log10(abs(written))) - digits)
        return abs(value - written) <= 0.5 * unit * (1 + 1e-6)
    # A number below 0.001 written out, such as 0.00012, is held to its digits too, and never to 0
    if written == 0 and value != 0 and digits < 3:
        return abs(value) <= 0.5 * 10.0**-digits and digits > 0
    return abs(value - written) <= 0.5 * 10.0**-digits * (1 + 1e-9)


def _about(token: Token, value: float) -> bool:
    """Tell whether ``value`` rounds to the significant digits of the number, or lies within a twentieth of it."""
    written = token.number
    if abs(value - written) <= _ABOUT * abs(written) or (token.implied and 0.9 <= value / written < 1.1):
        return True
    digits = re.sub(r"[^\d.]", "", token.text)
    significant = len(digits.replace(".", "").strip("0") if "." not in digits else digits.replace(".", "").lstrip("0"))
    if value == 0 or not significant:
        return False
    place = significant - 1 - math.floor(math.log10(abs(value)))
    return round(value, place) == written and abs(value - written) <= 2 * _ABOUT * abs(written)
