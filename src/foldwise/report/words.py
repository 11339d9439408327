"""Numbers as words of the report, and text without machine paths."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
_POSIX_PATH = re.compile(r"(?<![\w./~-])(?:~?/[^\s\"'/:;,]+)+/?")
_QUOTED_PATH = re.compile(r"""(["'])((?:~?/|[A-Za-z]:[\\/]|\\\\)[^"'\n]*)\1""")
_WINDOWS_PATH = re.compile(r"(?<!\w)(?:[A-Za-z]:[\\/]|\\\\)[^\s\"';,]+")


def whole(value: float) -> str:
    """Return a whole number with thousands separators."""
    return f"{value:,.0f}"


def percent(share: float, digits: int = 2) -> str:
    """Return ``0.05`` as ``5 %`` with at most ``digits`` significant digits."""
    return f"{100 * share:.{digits}g} %" if 0 < share < 0.0995 else f"{100 * share:.0f} %"


def signed(value: float, digits: int = 2) -> str:
    """Return a number with its sign: ``+1.25``, ``−0.31``; a dash where missing."""
    if not math.isfinite(value):
        return "–"
    return f"{value:+.{digits}f}".replace("-", MINUS)


def p_text(value: float) -> str:
    """Return a p-value with two digits."""
    if math.isnan(value):
        return "–"
    if value == 0:
        return "< 1e-307"
    return f"{value:.1e}".replace("e-0", "e-") if value < 0.001 else f"{value:.2g}"


def short_number(value: float) -> str:
    """Return three significant digits: ``20.6 M``, ``987``, ``0.031``; a dash where missing."""
    if not math.isfinite(value):
        return "–"
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= unit:
            return f"{value / (1e3 if letter == 'k' else unit):.3g} {letter}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def listed(values: Sequence[str], limit: int = 6) -> str:
    """Return ``a, b and c``; beyond ``limit`` the rest is counted."""
    items = list(values)
    if len(items) > limit:
        return f"{', '.join(items[:limit])} and {len(items) - limit:,} more"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def short_labels(labels: Sequence[str]) -> list[str]:
    """Return labels without the words that all of them begin with, such as the name of the variable."""
    same = [len(set(letters)) == 1 for letters in zip(*labels, strict=False)] if len(labels) > 1 else []
    shared = labels[0][: same.index(False) if False in same else len(same)] if labels else ""
    cut = shared.rfind(": ") + 2 if ": " in shared else 0
    return [label[cut:] if label[cut:] else label for label in labels]


def plural(number: int, noun: str) -> str:
    """Return ``1 gene``, ``1,200 genes``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def redact(text: str) -> str:
    """Return text in which absolute paths are cut down to their last name."""
    text = _QUOTED_PATH.sub(lambda m: m.group(1) + _last_name(m.group(2)) + m.group(1), text)
    text = _WINDOWS_PATH.sub(lambda m: _last_name(m.group()), text)
    return _POSIX_PATH.sub(lambda m: _last_name(m.group()), text)


def _last_name(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]
