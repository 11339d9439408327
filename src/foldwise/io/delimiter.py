"""Which character separates the fields of a table: the one that occurs equally often in every line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass

_LINES = 200
_HEAD_BYTES = 256 << 10
# Of two delimiters that fit equally well the first wins: a semicolon beside a decimal comma is the delimiter.
_CANDIDATES = ("\t", ";", ",")
WHITESPACE = " "


@dataclass(frozen=True)
class Layout:
    """Delimiter of a table, where its header starts, and its first lines.

    ``delimiter`` is None where the text has one column only; a space stands for runs of blanks.
    """

    delimiter: str | None
    start: int
    first_line: int
    lines: tuple[str, ...]


def sniff(data: bytes) -> Layout:
    """Return the layout found in the first 200 lines of UTF-8 text."""
    lines, starts = _head(data)
    skipped = _preamble(lines)
    body = [line for line in lines[skipped:] if line.strip()]
    start = starts[skipped] if skipped < len(starts) else len(data)
    return Layout(_best(body), start, skipped + 1, tuple(body))


def _head(data: bytes) -> tuple[list[str], list[int]]:
    """Return the first lines and the byte at which each starts."""
    lines: list[str] = []
    starts: list[int] = []
    position = 0
    while position < len(data) and len(lines) < _LINES and (position < _HEAD_BYTES or len(lines) < 3):
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        lines.append(data[position:end].decode("utf-8", errors="replace").rstrip("\r"))
        starts.append(position)
        position = end + 1
    return lines, starts


def _preamble(lines: list[str]) -> int:
    """Return how many blank and comment lines precede the header; ``#gene_id TAB s1`` is a header."""
    n = 0
    while n < len(lines) and (not lines[n].strip() or (lines[n].startswith("#") and not _is_header(lines, n))):
        n += 1
    return n


def _is_header(lines: list[str], n: int) -> bool:
    following = next((line for line in lines[n + 1 :] if line.strip() and not line.startswith("#")), None)
    if following is None:
        return False
    return any(0 < lines[n].count(c) in (following.count(c), following.count(c) - 1) for c in _CANDIDATES)


def _best(lines: list[str]) -> str | None:
    scores = {delimiter: _score(lines, delimiter) for delimiter in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda c: (scores[c][0] == 1, c == "\t" and scores[c][0] == 1, scores[c]))
    if scores[best][0] == 1:
        return best
    blanks = {_n_words(line) for line in lines[1:]}
    if len(blanks) == 1 and min(blanks) > 1 and _n_words(lines[0]) in (min(blanks), min(blanks) - 1):
        return WHITESPACE
    return best if scores[best][0] > 0 else None


def _score(lines: list[str], delimiter: str) -> tuple[float, int]:
    """Return the share of lines that have the most usual number of delimiters, and that number."""
    counts = [_n_delimiters(line, delimiter) for line in lines]
    if not counts:
        return 0.0, 0
    ((usual, n),) = Counter(counts[1:] or counts).most_common(1)
    if usual == 0:
        return 0.0, 0
    total = len(counts[1:] or counts)
    fits = counts[0] in (usual, usual - 1)
    return (n / total if fits else n / (total + 1)), usual


def _n_words(line: str) -> int:
    return len(line.split()) if '"' not in line else sum(map(bool, _fields(line, WHITESPACE)))


def _n_delimiters(line: str, delimiter: str) -> int:
    return line.count(delimiter) if '"' not in line else len(_fields(line, delimiter)) - 1


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)
