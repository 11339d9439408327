"""The claim checker: a sentence is accepted where every word of it is known and every claim in it holds.

No language model and no judgement. What cannot be placed is refused; the reader may put it more plainly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from foldwise.model.interpretation import Claim, Sentence
from foldwise.report.interpretation.agree import agrees
from foldwise.report.interpretation.check_counts import check_counts
from foldwise.report.interpretation.check_directions import check_directions, check_negations, check_significance
from foldwise.report.interpretation.check_levels import check_comparison, check_meaning
from foldwise.report.interpretation.check_numbers import Number, check_numbers, check_percent_changes, classified
from foldwise.report.interpretation.check_quantifiers import check_quantifiers
from foldwise.report.interpretation.check_ranks import check_comparatives, check_ranks
from foldwise.report.interpretation.evidence import Evidence
from foldwise.report.interpretation.lexicon import HARMLESS, METHOD_WORDS
from foldwise.report.interpretation.named import rows_by_name, shown
from foldwise.report.interpretation.reading import Reading
from foldwise.report.interpretation.tokens import Names, Token, tokens

MAX_TEXT = 20_000
MAX_SENTENCE = 1_500
# A full stop ends a sentence but for those of abbreviations
_SENTENCE = re.compile(r"(?<=[.!?])(?<!\bvs\.)(?<!e\.g\.)(?<!i\.e\.)(?<!\bca\.)(?<!\badj\.)(?<!approx\.)\s+")
_PRONOUNS = ("it", "its", "they", "their", "them")
# Kinds of words that claim something and must have been judged.
_CLAIMING = ("up", "down", "rank", "comparative", "quantifier", "not", "baseline", "ordinal", "no_theme", "number")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a sentence.

    ``kind`` is gene, number, direction, significance, set, comparison, negation, cause, words or empty.
    """

    sentence: str
    kind: str
    text: str
    why: str


@dataclass(frozen=True)
class Judgment:
    """A sentence, what is wrong with it, and how many of its claims stand."""

    sentence: str
    problems: tuple[Problem, ...]
    n_claims: int = 0

    @property
    def accepted(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems


@dataclass(frozen=True, eq=False)
class Checker:
    """What sentences are held against, made ready once for many of them."""

    evidence: Evidence
    rows: dict[str, list[int]]
    names: Names


def checker(evidence: Evidence) -> Checker:
    """Return a checker for one comparison."""
    rows = rows_by_name(evidence.table)
    sets: dict[str, str] = {}
    for name in (str(name) for each in evidence.sets for name in each.table["gene_set"]):
        for spelled in (name, shown(name), name.replace("_", " "), name.lower()):
            sets.setdefault(spelled, name)
    levels: dict[str, str] = {}
    for name, group in ((evidence.target, "target"), (evidence.reference, "reference")):
        if name:
            levels |= {name: group, name.lower(): group, shown(name): group}
    others = {evidence.variable, *evidence.names} - {""}
    everything = [*sets, *levels, *others]
    spaced = sorted((n for n in everything if re.search(r"[^\w.\-/:@']", n)), key=len, reverse=True)
    others |= {shown(name) for name in others}
    names = Names(rows, sets, levels, frozenset(others), evidence.formula, tuple(spaced))
    return Checker(evidence, rows, names)


def check_text(text: str, using: Checker) -> list[Judgment]:
    """Judge every sentence of a text.

    Parameters
    ----------
    text : str
        At most 20,000 characters.
    using : Checker

    Raises
    ------
    ValueError
        For a longer text.
    """
    if len(text) > MAX_TEXT:
        raise ValueError(f"the text has {len(text)} characters, more than {MAX_TEXT}")
    found: list[Judgment] = []
    carried: tuple[str, ...] = ()
    whole = {" ".join(quote.split()) for quote in using.evidence.quotes}
    for line in split(text, whole):
        judgment, carried = _judged(line, using, carried)
        found.append(judgment)
    return found


def check_sentence(sentence: Sentence, using: Checker) -> Judgment:
    """Judge a sentence with its claims: each must hold, and each gene and set that it names must be in one."""
    judgments = check_text(sentence.text[:MAX_TEXT], using)
    problems = [problem for judgment in judgments for problem in judgment.problems]
    problems += [p for claim in sentence.claims if (p := _wrong_claim(sentence.text, claim, using)) is not None]
    claimed_rows = {row for claim in sentence.claims for row in using.rows.get(claim.gene, [])}
    claimed_sets = {using.names.sets.get(claim.gene_set, claim.gene_set) for claim in sentence.claims}
    for part in tokens(sentence.text[:MAX_TEXT], using.names):
        missing = part.kind == "gene" and not claimed_rows.intersection(using.rows[part.text])
        missing |= part.kind == "set" and part.value not in claimed_sets
        if missing:
            problems.append(Problem(sentence.text, "gene", part.text, "no claim of the sentence names it"))
    return Judgment(sentence.text, tuple(problems), sum(judgment.n_claims for judgment in judgments))


def _wrong_claim(text: str, claim: Claim, using: Checker) -> Problem | None:
    """Return what is wrong with a claim, None where the tables hold it."""
    evidence, label = using.evidence, claim.gene or claim.gene_set or claim.column
    if claim.contrast and claim.contrast != evidence.contrast:
        return Problem(text, "gene", label, f"it is of another comparison than {evidence.contrast}")
    if claim.gene:
        rows = using.rows.get(claim.gene)
        if rows is None or claim.column not in evidence.table:
            return Problem(text, "gene", label, "no gene of the tables has this name, or they lack the column")
        if evidence.table[claim.column].dtype.kind not in "fiu":
            return Problem(text, "number", label, "the column holds no numbers")
        values = [float(evidence.table[claim.column].iloc[row]) for row in rows]
    elif claim.gene_set:
        values = [
            float(value)
            for each in evidence.sets
            if claim.column in each.table and each.table[claim.column].dtype.kind in "fiu"
            for value in each.table[claim.column][
                each.table["gene_set"].astype(str) == using.names.sets.get(claim.gene_set, claim.gene_set)
            ]
        ]
    else:
        values = [float(evidence.facts[claim.column])] if claim.column in evidence.facts else []
    number = Token("number", f"{claim.value:.12g}", number=float(claim.value))
    if any(value == claim.value or agrees(number, value) for value in values):
        return None
    return Problem(text, "number", f"{label} {claim.column} {claim.value:g}", "the tables hold another value")


def split(text: str, whole: Iterable[str] = ()) -> list[str]:
    """Return the sentences of a text; those in ``whole`` are kept together, a semicolon outside brackets parts two."""
    lines = []
    for line in text.split("\n"):
        plain = " ".join(line.split())
        if plain in whole:
            lines.append(plain)
            continue
        for part in _SENTENCE.split(plain):
            lines += _clauses(part)
    return [line.strip() for line in lines if line.strip()]


def _clauses(sentence: str) -> list[str]:
    found, depth, start = [], 0, 0
    for place, char in enumerate(sentence):
        depth = max(depth + (char in "([“") - (char in ")]”"), 0)
        if char == ";" and depth == 0:
            found.append(sentence[start : place + 1])
            start = place + 1
    return [*found, sentence[start:]]


def _judged(line: str, using: Checker, carried: tuple[str, ...]) -> tuple[Judgment, tuple[str, ...]]:
    """Judge one sentence; return with it the genes that ``it`` in the next one may mean."""
    plain = " ".join(line.split())
    if plain in {" ".join(quote.split()) for quote in using.evidence.quotes}:
        return Judgment(line, (), 1), ()
    lower = plain.lower()
    if any(re.fullmatch(pattern, lower) for pattern in HARMLESS):
        return Judgment(line, ()), carried
    if len(plain) > MAX_SENTENCE:
        return Judgment(line, (Problem(line, "words", plain[:60], "the sentence is too long to be read"),)), ()
    parts = tokens(line.rstrip(";"), using.names)
    said = any(part.lower in _PRONOUNS for part in parts)
    reading = Reading(parts, using.evidence, using.rows, carried if said or _short(parts) else ())
    _run(reading)
    groups = [group for group in reading.groups if group.kind == "gene"]
    last = groups[-1].names if groups else reading.carried
    problems = tuple(Problem(line, *problem) for problem in dict.fromkeys(reading.problems))
    if not problems and not reading.n_claims:
        problems = (Problem(line, "empty", plain[:60], "nothing in it can be checked"),)
    return Judgment(line, problems, reading.n_claims), last


def _short(parts: list[Token]) -> bool:
    """Tell whether a part names no gene and no noun, so that it can only go on with the sentence before it."""
    return not any(part.kind in ("gene", "set", "noun", "unknown", "level") for part in parts)


def _run(reading: Reading) -> None:
    """Judge everything in a sentence; what no check has taken is refused."""
    _vocabulary(reading)
    _aliases(reading)
    numbers = classified(reading)
    counts = {number.place for number in numbers if number.column == "count"}
    check_meaning(reading)
    check_quantifiers(reading)
    check_comparatives(reading)
    check_ranks(reading, counts)
    check_percent_changes(reading, numbers)
    check_counts(reading, numbers)
    if reading.carried and not reading.groups:
        _carried_numbers(reading, numbers)
    check_numbers(reading, numbers)
    negated = check_negations(reading)
    check_comparison(reading)
    check_directions(reading, negated)
    check_significance(reading, negated)
    _names(reading)
    if reading.problems:
        return
    for place in reading.find(_CLAIMING, range(len(reading.parts))):
        part = reading.parts[place]
        reading.judge(False, "words", part.text, "what it says cannot be placed", (place,))


def _vocabulary(reading: Reading) -> None:
    """Refuse unknown genes, words beyond the lexicon, causes, and claims that nothing changes."""
    reasons = {
        "unknown": ("gene", "no gene, set or group of the tables has this name"),
        "word": ("words", "the tables cannot show what it says"),
        "cause": ("cause", "a comparison of groups shows differences, not causes"),
        "unchanged": ("significance", "a gene that is not called is not shown to be unchanged"),
    }
    for place, part in enumerate(reading.parts):
        if part.kind in reasons:
            kind, why = reasons[part.kind]
            reading.judge(False, kind, part.text, why, (place,))


def _aliases(reading: Reading) -> None:
    """Judge ``DUSP1 (ENSG00000120129)``: both must be names of one gene."""
    for place, owner in reading.aliases.items():
        name, other = reading.parts[place].text, reading.parts[owner].text
        same = bool(set(reading.rows[name]) & set(reading.rows[other]))
        reading.judge(same, "gene", name, f"it is not the name or id of {other}", (place,))


def _carried_numbers(reading: Reading, numbers: list[Number]) -> None:
    """Judge numbers of ``its log2 fold change is 2.95`` by the gene of the sentence before."""
    for number in numbers:
        if number.column in ("count", "percent", "level", "median_change") or number.place in reading.used:
            continue
        part = reading.parts[number.place]
        column = "log2_fold_change" if number.column == "fold" else number.column
        for gene in reading.carried:
            values = reading.column(gene, column)
            values = [2.0 ** abs(value) for value in values] if number.column == "fold" else values
            right = any(agrees(part, value, size=column == "log2_fold_change") for value in values)
            why = f"it is no {column.replace('_', ' ')} of {gene}"
            reading.judge(right, "number", part.text, why, (number.place,))


def _names(reading: Reading) -> None:
    """Judge method, formula and verdict; groups, columns and samples that are named are those of the run."""
    evidence = reading.evidence
    for place, part in enumerate(reading.parts):
        if part.kind == "method" and part.value:
            right = METHOD_WORDS.get(evidence.method, evidence.method).startswith(part.value)
            reading.judge(right, "words", part.text, f"the method of the run is {evidence.method}", (place,))
        elif part.kind == "verdict":
            why = f"the certificate says {evidence.verdict or 'nothing: none was made'}"
            reading.judge(part.value == evidence.verdict, "words", part.text, why, (place,))
        elif part.kind in ("formula", "name"):
            reading.judge(True, "words", part.text, "", (place,))
