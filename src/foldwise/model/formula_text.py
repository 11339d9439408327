"""The text of a formula: limits, quotes and brackets, and errors that show the place."""

from __future__ import annotations

import re

from foldwise.errors import DesignError

MAX_BYTES = 4096
MAX_NESTING = 32

# Function -> names of its arguments after the column.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "C": ("levels", "ref"),
    "factor": ("levels", "ref"),
    "log": (),
    "log2": (),
    "log10": (),
    "sqrt": (),
    "scale": ("center", "scale"),
    "center": (),
    "poly": ("degree", "raw"),
    "bs": ("df", "knots", "degree"),
    "ns": ("df", "knots"),
    "cr": ("df", "knots"),
}
ALLOWED = ", ".join(SIGNATURES)


def formula_error(id: str, formula: str, position: int, found: str, fix: str = "") -> DesignError:
    """Make an error that shows the formula with a caret under ``position`` (counted from 0)."""
    start = max(0, position - 50)
    excerpt = "".join(c if c.isprintable() else " " for c in formula[start : position + 30])
    lead = "..." if start else ""
    caret = " " * (len(lead) + position - start) + "^"
    return DesignError(
        id,
        f"{found}\n    {lead}{excerpt}\n    {caret}",
        fix,
        where=f"formula, character {position + 1}",
        data={"formula": formula[: MAX_BYTES * 2], "position": position},
    )


def code_error(formula: str, position: int) -> DesignError:
    """E-FORMULA-001: code in a formula."""
    return formula_error(
        "E-FORMULA-001",
        formula,
        position,
        "A formula is not a program; nothing in it is run.",
        f"Make the column in the sample sheet and name it here. Functions that can be used: {ALLOWED}.",
    )


def unquote(quoted: str) -> str:
    """Return the name inside backticks; a backslash stands before a backtick or backslash of the name."""
    return re.sub(r"\\([\\`])", r"\1", quoted[1:-1])


def end_of_quote(formula: str, start: int) -> int:
    """Position after the quote (backtick, ' or ") that opens at ``start``; a backslash takes the next character."""
    i = start + 1
    while i < len(formula):
        if formula[i] == "\\":
            i += 1
        elif formula[i] == formula[start]:
            if i == start + 1 and formula[i] == "`":
                raise formula_error("E-FORMULA-005", formula, start, "Empty name.", "Name a column.")
            return i + 1
        i += 1
    raise formula_error("E-FORMULA-005", formula, start, f"The quote {formula[start]} is not closed.", "Close it.")


def end_of_call(formula: str, start: int, opening: int) -> int:
    """Position after the bracket that closes the call which opens at ``opening``."""
    depth, i = 0, opening
    while i < len(formula):
        char = formula[i]
        if char in "`'\"":
            i = end_of_quote(formula, i)
            continue
        depth += (char in "([{") - (char in ")]}")
        if depth > MAX_NESTING:
            raise formula_error(
                "E-FORMULA-004", formula, i, f"Brackets are nested more than {MAX_NESTING} deep.", "Simplify it."
            )
        i += 1
        if depth == 0:
            if formula[i : i + 1] in {"(", "[", ".", "{", '"', "'"}:
                raise code_error(formula, start)
            return i
    raise formula_error("E-FORMULA-005", formula, opening, "This bracket is not closed.", "Close it.")
