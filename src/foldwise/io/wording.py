"""Names inside messages: shown escaped and shortened, so that hostile text stays text."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence

SHOWN = 5
_LONGEST = 60


def escaped(text: str) -> str:
    """Return ``text`` with control, format and other unprintable characters as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown(name: object) -> str:
    """Return a name in quotes, escaped, at most 60 characters of it."""
    text = escaped(str(name)[: _LONGEST + 1])
    return f"'{text[:_LONGEST]}…'" if len(text) > _LONGEST else f"'{text}'"


def shown_path(path: object) -> str:
    """Return a path as given, escaped."""
    return escaped(os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else str(path))


def listed(names: Iterable[object], limit: int = SHOWN) -> str:
    """Return the first names, quoted, and how many there are in all."""
    names = list(names)
    text = ", ".join(shown(name) for name in names[:limit])
    return text if len(names) <= limit else f"{text}, … ({len(names):,} in all)"


def counted(number: int, word: str, plural: str | None = None) -> str:
    """Return ``1 gene``, ``2 genes``."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def percent(share: float) -> str:
    """Return a share in percent with two digits, never rounded to 0 or 100."""
    value = 100 * share
    if 0 < value < 0.01:
        return "less than 0.01 %"
    if value < 10:
        return f"{value:.2g} %"
    return f"{value:.0f} %" if value < 99.5 or share == 1 else f"{value:.4g} %"


def nearest(name: str, names: Sequence[str]) -> list[str]:
    """Return up to three names that resemble ``name``, the most similar first."""
    lower = {other.lower(): other for other in names[:5000]}
    found = difflib.get_close_matches(name[:200].lower(), list(lower), n=3, cutoff=0.6)
    return [lower[other] for other in found]
