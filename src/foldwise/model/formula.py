"""From a formula string to its terms; the only file that uses formulaic, and of formulaic only the parser.

Simple formulas (names, 0, 1 and ``+ - * : ( )``) are read by a small parser of our own with the same meaning, because
the import of formulaic costs as much time as a whole small analysis. Everything else goes through formulaic's
`get_ast`, which expands nothing. Terms are expanded here, bounded, with the rules of R: duplicate terms count once,
terms are ordered by their number of variables, variables within a term by their first appearance in the formula.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from foldwise.errors import DesignError
from foldwise.model.formula_calls import Call
from foldwise.model.formula_gate import MAX_EXPONENT, admit_formula
from foldwise.model.formula_text import formula_error, unquote

MAX_TERMS = 1000
MAX_DEPTH = 200


@dataclass(frozen=True)
class Variable:
    """One variable of a formula: a column as it is, or a call on a column."""

    name: str
    column: str
    call: Call | None = None


@dataclass(frozen=True)
class Formula:
    """A formula expanded into terms.

    Parameters
    ----------
    text : str
    variables : tuple of Variable
        In the order of their first appearance.
    terms : tuple of tuple of int
        Variable numbers of each term, ascending; terms by number of variables, then by appearance.
    intercept : bool
    """

    text: str
    variables: tuple[Variable, ...]
    terms: tuple[tuple[int, ...], ...]
    intercept: bool


@dataclass(frozen=True)
class Leaf:
    """A name (or, with ``number``, the digit 0 or 1) at a position of the string."""

    position: int
    text: str
    number: bool = False


@dataclass(frozen=True)
class Chain:
    """Operands joined from left to right by operators of one precedence; the first operator is a sign or ``+``."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Power:
    """A bracket to a whole power."""

    base: Node
    exponent: int


Node = Leaf | Chain | Power


def parse_formula(formula: str) -> Formula:
    """Parse and expand a formula. Nothing is evaluated.

    Raises
    ------
    DesignError
        E-FORMULA-001 to 006.
    """
    masked, calls = admit_formula(formula)
    tree = parse_simple(masked)
    if tree is None:
        tree = parse_with_formulaic(masked, formula)
    return expand(tree, formula, calls)


def formula_columns(formula: str) -> tuple[str, ...]:
    """Columns of the sample sheet that a formula uses, in the order of their first appearance."""
    return tuple(dict.fromkeys(variable.column for variable in parse_formula(formula).variables))


# --- the simple sublanguage ------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"\s*(?:(`[^`\\]+`)|([^\W\d][\w.]*)|([01])(?![\w.])|([-+*:()]))")


def parse_simple(masked: str) -> Node | None:
    """Parse names, 0, 1 and ``+ - * : ( )``; None where the string holds anything else or is not well formed."""
    tokens: list[tuple[int, str]] = []
    i = len(masked) - len(masked.lstrip())
    i += masked.startswith("~", i)
    while i < len(masked.rstrip()):
        match = _TOKEN.match(masked, i)
        if match is None or (match[0].endswith("*") and masked.startswith("*", match.end())):
            return None
        tokens.append((match.start(match.lastindex or 0), match[match.lastindex or 0]))
        i = match.end()
    reader = _Reader(tokens)
    tree = reader.sum(top=True)
    return tree if reader.next == len(tokens) else None


class _Reader:
    """Recursive descent: sum > product > interaction > name or bracket. Every method returns None on a misfit."""

    def __init__(self, tokens: list[tuple[int, str]]) -> None:
        self.tokens = tokens
        self.next = 0

    def _peek(self) -> str:
        return self.tokens[self.next][1] if self.next < len(self.tokens) else ""

    def _chain(self, operators: str, operand: Callable[[], Node | None], sign: str = "+") -> Node | None:
        signs, operands = [sign], [operand()]
        while self._peek() and self._peek() in operators:
            signs.append(self._peek())
            self.next += 1
            operands.append(operand())
        kept = tuple(node for node in operands if node is not None)
        if len(kept) < len(operands):
            return None
        return kept[0] if len(kept) == 1 and sign == "+" else Chain(tuple(signs), kept)

    def sum(self, top: bool = False) -> Node | None:
        sign = "+"
        if top and self._peek() in {"+", "-"}:
            sign = self._peek()
            self.next += 1
        return self._chain("+-", self._product, sign)

    def _product(self) -> Node | None:
        return self._chain("*", self._interaction)

    def _interaction(self) -> Node | None:
        return self._chain(":", self._atom)

    def _atom(self) -> Node | None:
        if self.next == len(self.tokens):
            return None
        position, text = self.tokens[self.next]
        self.next += 1
        if text == "(":
            inner = self.sum()
            if self._peek() != ")":
                return None
            self.next += 1
            return inner
        if text in {"+", "-", "*", ":", ")"}:
            return None
        return Leaf(position, text, number=text in {"0", "1"})


# --- everything else -------------------------------------------------------------------------------------------------

_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "in": 2, ":": 3}


def parse_with_formulaic(masked: str, formula: str) -> Node:
    """Parse with formulaic's parser into the same tree; syntax errors become E-FORMULA-005 with a caret."""
    from formulaic.parser import DefaultFormulaParser

    parser = DefaultFormulaParser(include_intercept=False, feature_flags=set())
    try:
        tree: Any = parser.get_ast(masked)
    except Exception as error:
        raise _syntax_error(formula, str(error)) from None
    if tree is not None and getattr(getattr(tree, "operator", None), "symbol", "") == "~":
        tree = tree.args[0]
    if tree is None:
        raise formula_error("E-FORMULA-005", formula, 0, "The formula has no terms.", "Write '~ group'.")
    return _convert(tree, masked, formula, 0)


def _syntax_error(formula: str, message: str) -> DesignError:
    """Take reason and position out of formulaic's message, which marks the place with brackets of its own."""
    reason, _, context = re.sub(r"\x1b\[[0-9;]*m", "", message).partition("\n\n")
    position = max(context.find("⧛"), 0)
    reason = reason.partition(" This may be due")[0].partition("\n")[0] or "syntax error"
    return formula_error(
        "E-FORMULA-005",
        formula,
        min(position, len(formula)),
        f"The formula cannot be read: {reason}",
        "Terms are columns joined by + - : * ( ); quote names that hold other characters by backticks.",
    )


def _convert(tree: Any, masked: str, formula: str, depth: int) -> Node:
    """Turn formulaic's tree into ours; chains of one precedence become flat, so depth is bounded by the brackets."""
    if depth > MAX_DEPTH:
        raise formula_error("E-FORMULA-004", formula, 0, "The formula is nested too deep.", "Simplify it.")
    if not hasattr(tree, "operator"):
        position = tree.source_start or 0
        # A 0 arrives as "- 1" (formulaic's own rewriting), so it stands as the number 1 here.
        return Leaf(position, tree.token, number=tree.kind.value == "value")
    symbol, arguments = tree.operator.symbol, list(tree.args)
    if symbol in {"**", "^"}:
        exponent = getattr(arguments[1], "token", "")
        if not (exponent.isdecimal() and exponent.isascii() and 1 <= int(exponent) <= MAX_EXPONENT):
            raise _syntax_error(formula, f"an exponent must be a whole number from 1 to {MAX_EXPONENT}.")
        return Power(_convert(arguments[0], masked, formula, depth + 1), int(exponent))
    if len(arguments) == 1:
        return Chain((symbol,), (_convert(arguments[0], masked, formula, depth + 1),))
    if symbol not in _PRECEDENCE:
        raise _syntax_error(formula, f"the operator {symbol!r} is not supported.")
    operators, operands = [], []
    level = _PRECEDENCE[symbol]
    while hasattr(tree, "operator") and len(tree.args) == 2 and _PRECEDENCE.get(tree.operator.symbol) == level:
        operators.append(tree.operator.symbol)
        operands.append(_convert(tree.args[1], masked, formula, depth + 1))
        tree = tree.args[0]
    # R binds %in% tighter than * and /, formulaic does not: a mixture must say what it means.
    if "in" in operators and set(operators) != {"in"}:
        raise _syntax_error(formula, "put %in% and its two sides into brackets.")
    operators.append("+")
    operands.append(_convert(tree, masked, formula, depth + 1))
    return Chain(tuple(reversed(operators)), tuple(reversed(operands)))


# --- expansion -------------------------------------------------------------------------------------------------------


def expand(tree: Node, formula: str, calls: dict[int, Call]) -> Formula:
    """Expand a tree into terms; their number is bounded before each step is made."""
    leaves: list[Leaf] = []
    _collect(tree, leaves)
    variables: dict[str, Variable] = {}
    numbers: dict[str, int] = {}
    bits: dict[int, int] = {}
    for leaf in sorted(leaves, key=lambda leaf: leaf.position):
        variable = _variable(leaf, calls, formula)
        variables.setdefault(variable.name, variable)
        numbers.setdefault(variable.name, len(numbers))
        bits[leaf.position] = 1 << numbers[variable.name]
    intercept, terms = True, list[int]()
    for sign, node in _addends(tree):
        if isinstance(node, Leaf) and node.text in {"0", "1"} and node.number:
            intercept = (sign == "+") == (node.text == "1")
            continue
        new = _terms(node, bits, formula)
        terms = _union(terms, new) if sign == "+" else [term for term in terms if term not in new]
        _bound(len(terms), formula)
    if not terms and not intercept:
        raise formula_error("E-FORMULA-005", formula, 0, "The formula leaves no term.", "Write '~ group'.")
    ordered = sorted(terms, key=int.bit_count)
    members = tuple(tuple(k for k in range(len(variables)) if term >> k & 1) for term in ordered)
    return Formula(formula, tuple(variables.values()), members, intercept)


def _collect(node: Node, leaves: list[Leaf]) -> None:
    if isinstance(node, Leaf):
        if not node.number:
            leaves.append(node)
    elif isinstance(node, Power):
        _collect(node.base, leaves)
    else:
        for operand in node.operands:
            _collect(operand, leaves)


def _variable(leaf: Leaf, calls: dict[int, Call], formula: str) -> Variable:
    call = calls.get(leaf.position)
    if call is not None:
        return Variable(call.text, call.column, call)
    # Our own tokens keep their backticks, formulaic's have lost them.
    quoted = formula.startswith("`", leaf.position)
    inner = leaf.text[1:-1] if leaf.text.startswith("`") else leaf.text
    name = unquote(f"`{inner}`") if quoted else inner
    return Variable(name, name)


def _is_sum(node: Node) -> bool:
    return isinstance(node, Chain) and set(node.operators) <= {"+", "-"}


def _addends(node: Node) -> list[tuple[str, Node]]:
    """Signed parts of the sum at the top, with the 0s and 1s out of brackets: ``a + (b + 0)`` has no intercept."""
    if not isinstance(node, Chain) or not _is_sum(node):
        return [("+", node)]
    parts: list[tuple[str, Node]] = []
    for operator, operand in zip(node.operators, node.operands, strict=True):
        numbers, rest = _without_numbers(operand) if operator == "+" else ([], operand)
        parts += [*numbers, *([(operator, rest)] if rest is not None else [])]
    return parts


def _without_numbers(node: Node) -> tuple[list[tuple[str, Node]], Node | None]:
    """Take the numbers out of a bracketed sum; what is left is a sum of its own, so its ``-`` acts inside only."""
    if not isinstance(node, Chain) or not _is_sum(node):
        return [], node
    numbers: list[tuple[str, Node]] = []
    kept: list[tuple[str, Node]] = []
    for operator, operand in zip(node.operators, node.operands, strict=True):
        if isinstance(operand, Leaf) and operand.number:
            numbers.append((operator, operand))
            continue
        inner, rest = _without_numbers(operand) if operator == "+" else ([], operand)
        numbers += inner
        kept += [(operator, rest)] if rest is not None else []
    return numbers, Chain(tuple(op for op, _ in kept), tuple(rest for _, rest in kept)) if kept else None


def _number(leaf: Leaf, formula: str) -> DesignError:
    return formula_error(
        "E-FORMULA-005",
        formula,
        leaf.position,
        "Of numbers a formula knows 0 (no intercept) and 1 (intercept), each a term of its own.",
        "Write '~ 0 + group' or '~ group'; quote a column that is named by a number by backticks.",
    )


def _terms(node: Node, bits: dict[int, int], formula: str) -> list[int]:
    """Terms of a part as bit patterns over the variables, each once, in order of appearance."""
    if isinstance(node, Leaf):
        if node.number:
            raise _number(node, formula)
        return [bits[node.position]]
    if isinstance(node, Power):
        base = _terms(node.base, bits, formula)
        _bound(sum(math.comb(len(base), k) for k in range(1, node.exponent + 1)), formula)
        result = base
        for _ in range(node.exponent - 1):
            result = list(dict.fromkeys(x | y for x in result for y in base))
        return result
    result = []
    for number, (operator, operand) in enumerate(zip(node.operators, node.operands, strict=True)):
        new = _terms(operand, bits, formula)
        result = new if number == 0 and operator == "+" else _join(result, operator, new, formula)
    return result


def _join(left: list[int], operator: str, right: list[int], formula: str) -> list[int]:
    if operator == "-":
        return [term for term in left if term not in right]
    if operator == "+":
        _bound(len(left) + len(right), formula)
        return _union(left, right)
    if not left or not right:
        raise formula_error("E-FORMULA-005", formula, 0, "A '-' leaves an empty bracket.", "Leave the bracket out.")
    if operator in {"/", "in"}:
        outer, inner = (left, right) if operator == "/" else (right, left)
        common = 0
        for term in outer:
            common |= term
        _bound(len(left) + len(right), formula)
        nested = list(dict.fromkeys(common | term for term in inner))
        return _union(left, nested) if operator == "/" else nested
    _bound(len(left) * len(right) + (len(left) + len(right) if operator == "*" else 0), formula)
    products = list(dict.fromkeys(x | y for x in left for y in right))
    return _union(_union(left, right), products) if operator == "*" else products


def _union(left: list[int], right: list[int]) -> list[int]:
    return list(dict.fromkeys([*left, *right]))


def _bound(n_terms: int, formula: str) -> None:
    if n_terms > MAX_TERMS:
        raise formula_error(
            "E-FORMULA-004",
            formula,
            0,
            f"The formula would expand to {n_terms:,} terms; at most {MAX_TERMS:,} are made.",
            "Name the interactions that you need one by one.",
        )
