"""Calls in a formula: one function of a short list on one column, with literal arguments; read, never run."""

from __future__ import annotations

import ast
import math
import warnings
from dataclasses import dataclass

from foldwise.errors import DesignError
from foldwise.model.formula_text import ALLOWED, SIGNATURES, code_error, end_of_quote, formula_error, unquote

MAX_BASIS = 50  # most columns that one transform may make

Literal = bool | int | float | str | tuple["Literal", ...] | None

_HARMLESS = (
    ast.Expression,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.keyword,
    ast.List,
    ast.Tuple,
    ast.UnaryOp,
    ast.unaryop,
)
_ARITHMETIC = (ast.BinOp, ast.operator, ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop)
_R_WORDS: dict[str, Literal] = {"TRUE": True, "FALSE": False, "NULL": None}


@dataclass(frozen=True)
class Call:
    """A function of the list, applied to one column.

    Parameters
    ----------
    function, column : str
    arguments : tuple of (str, literal)
        By name, in the order of `SIGNATURES`.
    text : str
        The call as R would print it: ``bs(age, df = 4)``.
    """

    function: str
    column: str
    arguments: tuple[tuple[str, Literal], ...]
    text: str


def read_call(formula: str, start: int, end: int) -> Call:
    """Read ``formula[start:end]`` as a call of the list with one column and literal arguments."""
    text, names = _alias_names(formula, start, end)
    try:
        with warnings.catch_warnings(action="ignore"):  # odd escapes in a text
            tree = ast.parse(text.replace("\n", " ").replace("\r", " "), mode="eval")
    except SyntaxError as error:
        raise formula_error(
            "E-FORMULA-005", formula, start, f"This call cannot be read ({error.msg}).", f"Use one of {ALLOWED}."
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise formula_error("E-FORMULA-004", formula, start, "This call is too complex.", "Simplify it.") from None
    _check_tree(formula, start, tree)
    call = tree.body
    if not isinstance(call, ast.Call):  # cannot be: a word, brackets, and nothing after them
        raise code_error(formula, start)
    function = _dotted(call.func, {})
    column = _dotted(call.args[0], names) if call.args else None
    if column is None or column in _R_WORDS or any(keyword.arg is None for keyword in call.keywords):
        raise _argument(formula, start, function or "", "the first argument must be the name of a column")
    values = [(None, node) for node in call.args[1:]] + [(k.arg, k.value) for k in call.keywords]
    arguments, printed = _bind(formula, start, function or "", values)
    name = column if column.isidentifier() else f"`{column}`"
    function = "C" if function == "factor" else function or ""
    return Call(function, column, arguments, f"{function}({', '.join([name, *printed])})")


def _alias_names(formula: str, start: int, end: int) -> tuple[str, dict[str, str]]:
    """Replace backticked names in a call by identifiers that occur nowhere in it."""
    names: dict[str, str] = {}
    pieces: list[str] = []
    prefix = "_"
    while f"{prefix}quoted" in formula:
        prefix += "_"
    i = start
    while i < end:
        char = formula[i]
        stop = end_of_quote(formula, i) if char in "`'\"" else i + 1
        piece = formula[i:stop]
        if char == "`":
            alias = f"{prefix}quoted{len(names)}"
            names[alias] = unquote(piece)
            piece = f" {alias} "
        elif char not in "'\"" and not char.isascii():
            raise formula_error(
                "E-FORMULA-005", formula, i, "Inside a call this name needs backticks.", "Write C(`name`)."
            )
        pieces.append(piece)
        i = stop
    return "".join(pieces).strip(), names


def _check_tree(formula: str, start: int, tree: ast.AST) -> None:
    """Refuse code first, then functions outside the list, then arguments that are not literals."""
    unknown = arithmetic = ""
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Attribute):
            if _dotted(node, {}) is None or node.attr.startswith("__"):
                raise code_error(formula, start)
        elif isinstance(node, ast.Call):
            name = _dotted(node.func, {})
            if name is None or name.startswith("__"):
                raise code_error(formula, start)
            if name not in SIGNATURES and not (name == "c" and node is not nodes[1]):
                unknown = unknown or name
            elif node is not nodes[1] and name != "c":
                arithmetic = "a call inside a call"
        elif isinstance(node, _ARITHMETIC):
            arithmetic = "arithmetic"
        elif not isinstance(node, _HARMLESS):
            raise code_error(formula, start)
    if unknown:
        raise formula_error(
            "E-FORMULA-002",
            formula,
            start,
            f"The function {unknown[:80]!r} is not available in a formula.",
            f"Available: {ALLOWED}. Anything else: make the column in the sample sheet; quote odd names by backticks.",
        )
    if arithmetic:
        raise _argument(formula, start, _dotted(nodes[1].func, {}) or "", f"{arithmetic} is not allowed")  # type: ignore[attr-defined]


def _dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    """``a`` or ``a.b`` as text; None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([names.get(node.id, node.id), *reversed(parts)])


def _argument(formula: str, start: int, function: str, reason: str) -> DesignError:
    arguments = ", ".join(["column", *(f"{name}=..." for name in SIGNATURES.get(function, ()))])
    return formula_error(
        "E-FORMULA-003",
        formula,
        start,
        f"In {function}(): {reason}.",
        f"Write {function}({arguments}) with a column of the sample sheet, then numbers, 'text' or ['lists'] only.",
    )


def _bind(
    formula: str, start: int, function: str, values: list[tuple[str | None, ast.expr]]
) -> tuple[tuple[tuple[str, Literal], ...], list[str]]:
    """Give every argument its name; return them and the arguments as R prints them."""
    names = SIGNATURES[function]
    bound: dict[str, Literal] = {}
    printed = []
    for number, (given, node) in enumerate(values):
        name = given if given is not None else names[number] if number < len(names) else None
        if name not in names or name in bound:
            reason = f"{function} takes no argument {name!r}" if name is not None else "too many arguments"
            raise _argument(formula, start, function, reason)
        value = _literal(node)
        if isinstance(value, _NoLiteral):
            raise _argument(formula, start, function, f"the argument {name!r} is not a literal")
        if misfit := _misfit(name, value):
            raise _argument(formula, start, function, f"{name} {misfit}")
        bound[name] = value
        printed.append(f"{name} = {_printed(value)}" if given is not None else _printed(value))
    return tuple((name, bound[name]) for name in names if name in bound), printed


class _NoLiteral:
    pass


_NO_LITERAL = _NoLiteral()


def _literal(node: ast.expr) -> Literal | _NoLiteral:
    """A number, a text, TRUE or FALSE, or a list of these; ``c("a", "b")`` of R is a list too."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (bool, int, float, str, type(None))) else _NO_LITERAL
    if isinstance(node, ast.Name):
        return _R_WORDS.get(node.id, _NO_LITERAL)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _literal(node.operand)
        return -value if isinstance(value, (int, float)) and not isinstance(value, bool) else _NO_LITERAL
    items: list[ast.expr] | None = None
    if isinstance(node, (ast.List, ast.Tuple)):
        items = node.elts
    elif isinstance(node, ast.Call) and _dotted(node.func, {}) == "c" and not node.keywords:
        items = node.args
    if items is None:
        return _NO_LITERAL
    values = [_literal(item) for item in items]
    if any(isinstance(value, (_NoLiteral, tuple)) for value in values):
        return _NO_LITERAL
    return tuple(value for value in values if not isinstance(value, _NoLiteral))


def _misfit(name: str, value: object) -> str:
    """Why a literal does not fit the argument ``name``; empty if it fits."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if name in {"df", "degree"}:
        good = isinstance(value, int) and number and 1 <= value <= MAX_BASIS
        return "" if good else f"must be a whole number from 1 to {MAX_BASIS}"
    if name == "knots":
        items = value if isinstance(value, tuple) else (value,)
        good = 1 <= len(items) <= MAX_BASIS and all(
            isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in items
        )
        return "" if good else f"must be a list of 1 to {MAX_BASIS} numbers"
    if name == "levels":
        good = isinstance(value, tuple) and len(value) > 0 and all(isinstance(v, (str, int, float)) for v in value)
        return "" if good else "must be a list such as ['a', 'b']"
    if name == "ref":
        return "" if isinstance(value, (str, int, float)) else "must be one level"
    return "" if isinstance(value, bool) else "must be True or False"


def _printed(value: Literal) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        return f"c({', '.join(_printed(v) for v in value)})"
    return "NULL" if value is None else f"{value:.15g}"
