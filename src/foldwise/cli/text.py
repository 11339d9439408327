"""Words for the terminal: names made harmless, numbers made short, errors laid out."""

from __future__ import annotations

from foldwise.errors import FoldwiseError


def printable(text: str) -> str:
    r"""Return ``text`` with control and direction characters written as ``\xNN`` or ``\uNNNN``.

    Gene and sample names come from files; none may move the cursor, recolor
    the screen or reverse a line.
    """
    return "".join(char if char.isprintable() or char == "\n" else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def titled(id: str) -> str:
    """Return an id with its title word beside it, where it has one: ``E-DESIGN-004 (E-CONFOUNDED)``."""
    from foldwise.catalogue import title

    word = title(id)
    return id if word == id else f"{id} ({word})"


def error_lines(error: FoldwiseError) -> list[str]:
    """Return an error as lines: mark, id and finding; the remedy, indented; where to read on."""
    found = printable(error.found).splitlines() or [""]
    lines = [f"x {titled(error.id)}  {found[0]}", *(f"    {line}" for line in found[1:])]
    lines += [f"  {line}" for line in printable(error.fix).splitlines()]
    if not error.id.startswith(("E-USAGE", "E-INTERNAL")):
        lines.append(f"  more: foldwise explain {error.id}")
    return lines


def layout(rows: list[list[str]]) -> list[str]:
    """Return rows as lines with aligned columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
