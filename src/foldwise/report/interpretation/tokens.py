"""A sentence taken apart: names, numbers with their units and relations, and the words of the lexicon."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from foldwise.report.interpretation.lexicon import (
    FOLD_WORDS,
    LEXICON,
    LONGEST_PHRASE,
    METHOD_WORDS,
    NUMBER_WORDS,
    RESERVED,
    VERDICTS,
)

_NUMBER = re.compile(
    r"([+\-\u2212\u2013]?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:\s*[x\u00d7*]\s*10\s*\^?\s*\(?([+\-\u2212]?\d+)\)?|[eE]([+\-\u2212]?\d+)|\^([+\-\u2212]?\d+))?"
    r"(?![\w]|\.\d)(\s*%|-fold|\u2010fold|\s*-?times|(?<=\d)x|\s*percent)?"
)
_WORD = re.compile(r"[^\W_][\w.\-/:@']*")
_QUOTED = re.compile(r"“([^“”]{1,300})”|\"([^\"]{1,300})\"|`([^`]{1,300})`")
_SYMBOLS = {"<": "<", ">": ">", "\u2264": "<", "\u2265": ">", "~": "~", "\u2248": "~", "=": "="}
_PUNCTUATION = set(",;:()[]|/.!?+-\u2212\u2013\u2014*'") | set("\u2019")
_ARROWS = {"\u2191": 1, "\u25b2": 1, "\u2193": -1, "\u25bc": -1}
_LIKE_A_GENE = re.compile(r"ENS[A-Z]*[GTP]\d{6,}(\.\d+)?|(?=[A-Z0-9-]*[A-Z])[A-Z][A-Z0-9]*(-?[A-Z0-9]+)*|C\d+orf\d+")
_SUPERSCRIPTS = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b", "0123456789-")
_POWER = re.compile(r"10([\u207b\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)")
# Kinds of words that claim something: a name that is such a word counts as a name in quotes only.
_CLAIMING_KINDS = """up down sig not cause unchanged column noun role rel baseline break rank next ordinal comparative
quantifier fold no_theme"""
_CLAIMING = frozenset(_CLAIMING_KINDS.split())


@dataclass(frozen=True)
class Token:
    """One word, name or number.

    Parameters
    ----------
    kind : str
        ``gene``, ``set``, ``level``, ``name``, ``formula``, ``method``, ``verdict``, ``number``, ``mark``
        (punctuation), ``unknown`` (looks like a gene and is none), ``word`` (not in the lexicon), or a kind of the
        lexicon.
    text : str
        As it stands in the sentence, without quotes.
    value : str
        Of a lexicon word; the group (target or reference) of a level.
    number : float
    unit : str
        ``%``, ``fold`` or nothing.
    relation : str
        What stands before a number: ``=``, ``<``, ``>``, ``~`` (about), ``~<`` (nearly), ``~>`` (just over).
    depth : int
        How many brackets it stands in.
    implied : int
        Direction that a word for a fold has in it: +1 doubled, -1 halved.
    """

    kind: str
    text: str
    value: str = ""
    number: float = float("nan")
    unit: str = ""
    relation: str = "="
    depth: int = 0
    implied: int = 0

    @property
    def lower(self) -> str:
        """The text in lower case."""
        return self.text.lower()


@dataclass(frozen=True, eq=False)
class Names:
    """Names that sentences may hold; ``genes`` and ``sets`` by what they are called, ``levels`` to their group."""

    genes: dict[str, list[int]]
    sets: dict[str, str]
    levels: dict[str, str]
    others: frozenset[str] = frozenset()
    formula: str = ""
    spaced: tuple[str, ...] = field(default=())

    def kind(self, text: str) -> tuple[str, str] | None:
        """Return kind and value of a name, None where it is none."""
        if text in self.genes:
            return "gene", ""
        if text in self.sets:
            return "set", self.sets[text]
        if text in self.levels or text.lower() in self.levels:
            return "level", self.levels.get(text, self.levels.get(text.lower(), ""))
        if self.formula and text == self.formula:
            return "formula", ""
        return ("name", "") if text in self.others else None


def tokens(sentence: str, names: Names) -> list[Token]:
    """Return the parts of a sentence, phrases of the lexicon as one each."""
    text = _POWER.sub(lambda m: "10^" + m.group(1).translate(_SUPERSCRIPTS), sentence).replace("\u2019", "'")
    raw: list[Token] = []
    place, depth = 0, 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found, place = _next(text, place, names)
        for token in found:
            depth += (token.kind == "mark" and token.text in "([") - (token.kind == "mark" and token.text in ")]")
            raw.append(replace(token, depth=max(depth, 0)))
    return _related(_phrases([token for token in raw if not (token.kind == "mark" and token.text in "|'")]))


def _next(text: str, place: int, names: Names) -> tuple[list[Token], int]:
    """Return the token or tokens at a place, and where the next ones begin."""
    quote = _QUOTED.match(text, place)
    if quote:
        inside = next(part for part in quote.groups() if part is not None).strip()
        kind = names.kind(inside)
        return [Token("unknown", inside) if kind is None else Token(kind[0], inside, kind[1])], quote.end()
    for name in names.spaced:
        if text.startswith(name, place) and not text[place + len(name) : place + len(name) + 1].isalnum():
            kind = names.kind(name)
            return [Token(kind[0], name, kind[1])] if kind else [], place + len(name)
    word = _WORD.match(text, place)
    if word:
        plain = _stripped(word.group())
        kind = _named(plain, names)
        if kind:
            return [Token(kind[0], plain, kind[1])], place + len(plain)
    number = _NUMBER.match(text, place)
    if number and not (place and text[place - 1].isalnum()):
        return [_number(number)], number.end()
    if word:
        return _words(_stripped(word.group()), names), place + max(len(_stripped(word.group())), 1)
    char = text[place]
    if char in _SYMBOLS:
        return [Token("rel", char, _SYMBOLS[char])], place + 1 + text.startswith("=", place + 1)
    if char in _ARROWS:
        return [Token("up" if _ARROWS[char] > 0 else "down", char)], place + 1
    return [Token("mark" if char in _PUNCTUATION else "word", char)], place + 1


def _stripped(word: str) -> str:
    plain = word.rstrip(".'-/:")
    return plain[:-2] if plain.endswith("'s") else plain


def _named(plain: str, names: Names) -> tuple[str, str] | None:
    """Return kind and value of a name that needs no quotes here."""
    kind = names.kind(plain)
    if kind is None or re.fullmatch(r"[\d.,]+", plain):
        return None
    known = LEXICON.get(plain.lower())
    if kind[0] == "level":
        return None if known is not None and known[0] in _CLAIMING else kind
    if plain.lower() in RESERVED:
        plain_word = known is not None and known[0] in ("plain", "quantifier", "noun")
        return kind if plain.isupper() and len(plain) > 2 and plain_word else None
    return kind


def _words(plain: str, names: Names) -> list[Token]:
    """Return a word, or its parts where it is joined by a slash or a hyphen and not known as a whole."""
    lower = plain.lower()
    if lower in RESERVED or lower in NUMBER_WORDS or plain in VERDICTS:
        return [_word(plain)]
    parts = [part for part in re.split(r"[/:-]", plain) if part]
    if len(parts) > 1:
        kinds = [_named(part, names) for part in parts]
        if all(kind or part.lower() in RESERVED for kind, part in zip(kinds, parts, strict=True)):
            return [
                Token(kind[0], part, kind[1]) if kind else _word(part) for kind, part in zip(kinds, parts, strict=True)
            ]
    gene = any(_LIKE_A_GENE.fullmatch(part) for part in (plain, *plain.split("/")))
    return [Token("unknown" if gene else "word", plain)]


def _word(plain: str) -> Token:
    lower = plain.lower()
    if plain in VERDICTS:
        return Token("verdict", plain, plain)
    if lower in METHOD_WORDS:
        return Token("method", plain, METHOD_WORDS[lower])
    if lower in FOLD_WORDS:
        return Token("number", plain, number=FOLD_WORDS[lower], unit="fold")
    if lower in NUMBER_WORDS:
        return Token("number", plain, number=float(NUMBER_WORDS[lower]))
    kind, value = LEXICON.get(lower, ("plain", ""))  # a part of a phrase
    return Token(kind, plain, value)


def _number(match: re.Match[str]) -> Token:
    sign, digits, power, exponent, raised, unit = match.groups()
    value = _value(digits.replace(",", ""), power or exponent, raised)
    named = "" if unit is None else unit.strip().lstrip("-\u2010")
    kind = {"%": "%", "percent": "%", "fold": "fold", "times": "fold", "x": "fold"}.get(named, "")
    text = match.group()[: len(match.group()) - len(unit or "")].strip()
    return Token("number", text, number=-value if sign and sign != "+" else value, unit=kind)


def _value(digits: str, power: str | None, raised: str | None) -> float:
    """Return a number from its digits and the power of ten; not a number where nobody would write it so."""
    tens = (power or raised or "0").replace("\u2212", "-")
    if len(digits) > 30 or len(tens) > 5 or (raised and digits != "10"):
        return float("nan")
    return float(f"1e{tens}" if raised else f"{digits}e{tens}")


def _phrases(raw: Sequence[Token]) -> list[Token]:
    """Join words to phrases of the lexicon, the longest first."""
    found: list[Token] = []
    place = 0
    plain = ("mark", "gene", "set", "name", "formula", "verdict", "number", "level")
    while place < len(raw):
        for length in range(min(LONGEST_PHRASE, len(raw) - place), 1, -1):
            part = raw[place : place + length]
            text = " ".join(token.lower for token in part)
            joined = LEXICON.get(text)
            if joined and not any(token.kind in plain for token in part) and _fits(joined[0], raw, place + length):
                found.append(Token(joined[0], text, joined[1], depth=part[0].depth))
                place += length
                break
        else:
            token = raw[place]
            if token.kind == "rel" and token.text not in _SYMBOLS and not _fits("rel", raw, place + 1):
                token = replace(token, kind="plain")
            if token.kind == "fold":
                size = float(token.value)
                token = replace(token, kind="number", number=max(size, 1 / size), unit="fold", relation="~",
                                implied=1 if size > 1 else -1)  # fmt: skip
            found.append(token)
            place += 1
    return found


def _fits(kind: str, raw: Sequence[Token], place: int) -> bool:
    """Tell whether words of relation stand before a number."""
    if kind != "rel":
        return True
    ahead = [token for token in raw[place : place + 3] if token.lower not in ("a", "the", "of", "an")]
    return bool(ahead) and ahead[0].kind == "number"


def _related(found: list[Token]) -> list[Token]:
    """Put the relation before a number into the number."""
    made: list[Token] = []
    for token in found:
        if token.kind == "number":
            back = len(made) - 1
            while back >= 0 and (made[back].lower in ("a", "the", "of", "an", "=", "is", "was")):
                back -= 1
            if back >= 0 and made[back].kind == "rel" and made[back].value != "=":
                token = replace(token, relation=made[back].value)
        made.append(token)
    return [token for token in made if token.kind != "rel"]
