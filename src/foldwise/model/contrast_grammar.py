"""The grammar of contrasts such as ``(drugA + drugB)/2 - ctrl``: our own reader, linear arithmetic, no evaluation.

expression := product (('+' | '-') product)*        product := signed (('*' | '/') signed)*
signed     := ('+' | '-')* atom
atom       := number | name | cond(variable=level, ...) | '(' expression ')'

A name is a word (letters, digits, dots, underscores, colons) or anything in backticks; ``(Intercept)`` is a name. Every
part is a weighted sum of names plus a number, and only a number may multiply or divide.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from foldwise.errors import DesignError
from foldwise.model.formula_text import MAX_BYTES, MAX_NESTING, unquote

_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"[\w.]+(?::[\w.]+)*")
_QUOTED = re.compile(r"`((?:[^`\\]|\\.)+)`(?::(?:`(?:[^`\\]|\\.)+`|[\w.]+))*")
_TEXT = re.compile(r'"[^"]*"|\'[^\']*\'')
_INTERCEPT = re.compile(r"\(Intercept\)")


@dataclass(frozen=True)
class Name:
    """A coefficient or level by its name."""

    text: str


@dataclass(frozen=True)
class Condition:
    """A sample described by levels: ``cond(dex="trt", cell="N61311")``; what is not named is at its reference."""

    values: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The condition as written."""
        return f"cond({', '.join(f'{name}={value}' for name, value in self.values)})"


Symbol = Name | Condition


@dataclass(frozen=True)
class Linear:
    """A weighted sum of symbols plus a number."""

    weights: Mapping[Symbol, float]
    number: float = 0.0

    def plus(self, other: Linear, sign: float) -> Linear:
        """Return ``self + sign * other``."""
        weights = dict(self.weights)
        for symbol, weight in other.weights.items():
            weights[symbol] = weights.get(symbol, 0.0) + sign * weight
        return Linear(weights, self.number + sign * other.number)

    def times(self, factor: float) -> Linear:
        """Return ``factor * self``."""
        return Linear({symbol: weight * factor for symbol, weight in self.weights.items()}, self.number * factor)


def parse_contrast(text: str) -> Linear:
    """Parse a linear expression over names.

    Raises
    ------
    DesignError
        E-CONTRAST-001 with a caret.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise DesignError(
            "E-CONTRAST-001",
            f"The contrast has more than {MAX_BYTES:,} bytes.",
            "Give long contrasts as a list of numbers.",
            data={"contrast": text[:200]},
        )
    reader = _Reader(text)
    value = reader.expression(0)
    reader.skip()
    if reader.i < len(text):
        raise reader.error("an operator is missing here")
    if value.number != 0 or not value.weights:
        raise reader.error("a contrast compares coefficients or levels; quote names that are numbers by backticks", 0)
    return value


class _Reader:
    """Recursive descent over the characters of one expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.i = 0

    def error(self, reason: str, position: int | None = None) -> DesignError:
        """E-CONTRAST-001 with a caret under the position."""
        at = self.i if position is None else position
        start = max(0, at - 50)
        shown = "".join(c if c.isprintable() else " " for c in self.text[start : at + 30])
        return DesignError(
            "E-CONTRAST-001",
            f"The contrast cannot be read: {reason}.\n    {shown}\n    {' ' * (at - start)}^",
            'Write VAR:TARGET:REFERENCE, the name of a coefficient, or a sum such as "drugB - drugA"; quote names that '
            "hold other characters by backticks.",
            where=f"contrast, character {at + 1}",
            data={"contrast": self.text[:MAX_BYTES], "position": at},
        )

    def skip(self) -> None:
        """Move over white space."""
        while self.i < len(self.text) and self.text[self.i].isspace():
            self.i += 1

    def _peek(self) -> str:
        self.skip()
        return self.text[self.i : self.i + 1]

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self.skip()
        match = pattern.match(self.text, self.i)
        if match:
            self.i = match.end()
        return match

    def expression(self, depth: int) -> Linear:
        """``product (('+' | '-') product)*``."""
        value = self._product(depth)
        while self._peek() in {"+", "-"}:
            sign = 1.0 if self._peek() == "+" else -1.0
            self.i += 1
            value = value.plus(self._product(depth), sign)
        return value

    def _product(self, depth: int) -> Linear:
        value = self._signed(depth)
        while self._peek() in {"*", "/"}:
            position, operator = self.i, self._peek()
            self.i += 1
            other = self._signed(depth)
            if operator == "*" and not value.weights:
                value, other = other, value
            if other.weights:
                raise self.error("only a number may multiply or divide", position)
            factor = other.number if operator == "*" else (1 / other.number if other.number else math.inf)
            if not math.isfinite(factor):
                raise self.error("this number cannot divide", position)
            value = value.times(factor)
        return value

    def _signed(self, depth: int) -> Linear:
        sign = 1.0
        while self._peek() in {"+", "-"}:
            sign = -sign if self._peek() == "-" else sign
            self.i += 1
        return self._atom(depth).times(sign)

    def _atom(self, depth: int) -> Linear:
        if self._take(_INTERCEPT):
            return Linear({Name("(Intercept)"): 1.0})
        if self._peek() == "(":
            return self._bracket(depth)
        if number := self._take(_NUMBER):
            value = float(number[0])
            if not math.isfinite(value):
                raise self.error("this number is too large")
            return Linear({}, value)
        if quoted := self._take(_QUOTED):
            return Linear({Name(_unquoted(quoted[0])): 1.0})
        if word := self._take(_WORD):
            if word[0] == "cond" and self._peek() == "(":
                return Linear({self._condition(): 1.0})
            return Linear({Name(word[0]): 1.0})
        missing = self._peek() in {"", "*", "/", ")"}
        raise self.error("a name or a number is missing here" if missing else "this has no meaning here")

    def _bracket(self, depth: int) -> Linear:
        if depth >= MAX_NESTING:
            raise self.error(f"brackets are nested more than {MAX_NESTING} deep")
        self.i += 1
        value = self.expression(depth + 1)
        if self._peek() != ")":
            raise self.error("a closing bracket is missing here")
        self.i += 1
        return value

    def _condition(self) -> Condition:
        """``(variable = level, ...)`` after ``cond``; levels are words, quoted texts or numbers."""
        values: dict[str, str] = {}
        self.i += 1
        while self._peek() != ")":
            variable = self._take(_QUOTED) or self._take(_WORD)
            if variable is None or self._peek() != "=":
                raise self.error("cond() takes variable=level pairs")
            self.i += 1
            level = self._take(_TEXT) or self._take(_QUOTED) or self._take(re.compile(r"[+-]?[\w.]+"))
            if level is None:
                raise self.error("a level is missing here")
            plain = level[0][1:-1] if level[0][0] in "\"'" else _unquoted(level[0])
            if values.setdefault(_unquoted(variable[0]), plain) != plain:
                raise self.error("a variable has two levels here")
            if self._peek() == ",":
                self.i += 1
            elif self._peek() != ")":
                raise self.error("a comma or a closing bracket is missing here")
        self.i += 1
        return Condition(tuple(values.items()))


def _unquoted(text: str) -> str:
    """Join the pieces of a name such as ```a b`1:c2``; a plain word stays as it is."""
    return re.sub(r"`((?:[^`\\]|\\.)+)`", lambda m: unquote(m[0]), text)
