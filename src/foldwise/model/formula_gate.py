"""The gate that a formula passes before anything parses it; nothing is evaluated here or later.

A formula string may come from a stranger (a config file, an agent, a web page). The gate reads the raw string once:
size, nesting and exponents are bounded, and every call must be one of a short list of functions with one column and
literal arguments. Calls are taken out here, so that only names, operators and brackets reach the formula parser.
"""

from __future__ import annotations

import re

from foldwise.errors import DesignError
from foldwise.model.formula_calls import Call, read_call
from foldwise.model.formula_text import (
    MAX_BYTES,
    MAX_NESTING,
    code_error,
    end_of_call,
    end_of_quote,
    formula_error,
)

MAX_EXPONENT = 4


_WORD = re.compile(r"[\w.]+")
_EXPONENT = re.compile(r"(?:\*\*|\^)\s*(\d+)")
_OPERATORS = frozenset("+-*/:^()~ \t\r\n")


def admit_formula(formula: str) -> tuple[str, dict[int, Call]]:
    """Check a raw formula; return it with every call masked by a quoted name of equal length, and the calls by place.

    Raises
    ------
    DesignError
        E-FORMULA-001 (code), 002 (function not in the list), 003 (argument is not a literal), 004 (too large),
        005 (syntax), 006 (left side, several parts, ``.``).
    """
    _check_size(formula)
    calls: dict[int, Call] = {}
    masked: list[str] = []
    operators: list[str] = []  # the same without what stands in quotes
    depth = i = 0
    while i < len(formula):
        end = i + 1
        char = formula[i]
        if char == "`":
            end = end_of_quote(formula, i)
        elif word := _WORD.match(formula, i):
            end = word.end()
            if ".__" in word[0]:
                raise code_error(formula, i)
            if formula[end : end + 1] == "(" and not char.isdigit():
                end = end_of_call(formula, i, end)
                calls[i] = read_call(formula, i, end)
            else:
                _check_word(formula, i, end)
        else:
            depth += (char == "(") - (char == ")")
            end = _check_symbol(formula, i, depth)
        hidden = f"`{'_' * (end - i - 2)}`"
        masked.append(hidden if i in calls else formula[i:end])
        operators.append(hidden if i in calls or formula[i] == "`" else formula[i:end])
        i = end
    if depth:
        raise formula_error("E-FORMULA-005", formula, len(formula), "The formula has an open bracket.", "Close it.")
    text = "".join(masked)
    _check_exponents(formula, "".join(operators))
    return text, calls


def _check_size(formula: str) -> None:
    if not isinstance(formula, str):
        raise DesignError("E-FORMULA-005", f"The formula is not text but {type(formula).__name__}.", 'Write "~ group".')
    size = len(formula.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise DesignError(
            "E-FORMULA-004",
            f"The formula has {size:,} bytes; at most {MAX_BYTES:,} are read.",
            "Name fewer terms; a factor with many levels is one term.",
        )


def _check_exponents(formula: str, masked: str) -> None:
    for power in _EXPONENT.finditer(masked):
        if len(power[1]) > 3 or int(power[1]) > MAX_EXPONENT:
            raise formula_error(
                "E-FORMULA-004",
                formula,
                power.start(1),
                f"An exponent may be at most {MAX_EXPONENT}.",
                "Write the interactions that you need with ':'.",
            )


def _check_word(formula: str, start: int, end: int) -> None:
    """A word that is no call: a name or a number, but no code."""
    word, following = formula[start:end], formula[end : end + 1]
    if word == ".":
        raise formula_error(
            "E-FORMULA-006", formula, start, "'.' (all other columns) is not supported.", "Name the columns."
        )
    if word == "lambda" or following == "[" or (following in {'"', "'"} and word.lower() in {"f", "r", "b", "u", "rf"}):
        raise code_error(formula, start)


def _check_symbol(formula: str, i: int, depth: int) -> int:
    """One operator or bracket; returns the position after it."""
    char = formula[i]
    if char in "{}[]":
        raise code_error(formula, i)
    if char == "|":
        raise formula_error(
            "E-FORMULA-006",
            formula,
            i,
            "Formulas of several parts ('|', mixed models) are not supported.",
            "Put a donor or block into the formula as a term: '~ donor + treatment'.",
        )
    if char == "~" and formula[:i].strip():
        raise formula_error(
            "E-FORMULA-006",
            formula,
            i,
            "A left side is not supported: the counts are always on the left.",
            "Start the formula with '~'.",
        )
    if formula.startswith("%in%", i):
        return i + 4
    if char not in _OPERATORS and not char.isspace():
        quote = " Text belongs into C(column, ref='level')." if char in "\"'" else ""
        raise formula_error(
            "E-FORMULA-005",
            formula,
            i,
            f"The character {char!a} has no meaning in a formula.{quote}",
            "Put the name of a column that holds it into backticks.",
        )
    if depth > MAX_NESTING:
        raise formula_error(
            "E-FORMULA-004", formula, i, f"Brackets are nested more than {MAX_NESTING} deep.", "Simplify the formula."
        )
    if depth < 0:
        raise formula_error("E-FORMULA-005", formula, i, "This bracket was never opened.", "Remove or open it.")
    return i + 1
