"""Claims about a result held against its tables: a gene, number or direction that is not in them is refused.

No language model and no judgement: words are looked up, numbers are rounded to the digits they are written with.
A claim that cannot be told is refused too; the reader may rephrase it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from foldwise.api.claims_text import NEGATIONS, SIGNIFICANT, Word, decimals, sentences, words

MAX_TEXT = 20_000
# The word nearest before a number says what it is.
_QUANTITIES = {
    "log2": "log2_fold_change", "log2fc": "log2_fold_change", "lfc": "log2_fold_change",
    "log2_fold_change": "log2_fold_change", "error": "log2_fold_change_se", "se": "log2_fold_change_se",
    "padj": "padj", "adjusted": "padj", "fdr": "padj", "q-value": "padj", "q": "padj", "p-value": "pvalue",
    "pvalue": "pvalue", "p": "pvalue", "mean": "base_mean", "base_mean": "base_mean",
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """What is wrong with a claim: ``kind`` is gene, number, direction or significance."""

    sentence: str
    kind: str
    text: str
    why: str


@dataclass(frozen=True, eq=False)
class Evidence:
    """What claims are held against.

    Parameters
    ----------
    table : DataFrame
        Index ``gene_id``, canonical columns.
    facts : dict
        Of the contrast, as in ``run.json``.
    target, reference : str
        What positive and negative fold changes are higher in.
    numbers : tuple of float
        Numbers of the whole run: genes, samples, calls, FDR, ...
    levels : frozenset of str
        Words that are no genes: columns, groups, samples.
    """

    table: pd.DataFrame
    facts: dict[str, Any]
    target: str
    reference: str
    numbers: tuple[float, ...]
    levels: frozenset[str]


def check_claims(text: str, evidence: Evidence) -> list[Problem]:
    """Return what in ``text`` the tables do not hold; nothing where every claim stands.

    Parameters
    ----------
    text : str
        At most 20,000 characters.
    evidence : Evidence

    Raises
    ------
    ValueError
        For a longer text.
    """
    if len(text) > MAX_TEXT:
        raise ValueError(f"the text has {len(text)} characters, more than {MAX_TEXT}")
    rows = _rows_by_name(evidence.table)
    genes = frozenset(rows)
    problems: list[Problem] = []
    for sentence in sentences(text):
        found = words(sentence, genes, evidence.levels)
        named = {word.text: rows[word.text] for word in found if word.kind == "gene"}
        problems += _unknown_genes(sentence, found)
        problems += _wrong_numbers(sentence, found, named, evidence)
        problems += _wrong_directions(sentence, found, named, evidence)
        problems += _wrong_significance(sentence, found, named, evidence)
    return problems


def _rows_by_name(table: pd.DataFrame) -> dict[str, list[int]]:
    """Return the rows of each id and of each name."""
    found = {str(gene): [row] for row, gene in enumerate(table.index)}
    for row, gene in enumerate(table.index):
        stem, dot, version = str(gene).rpartition(".")
        if dot and version.isdigit():
            found.setdefault(stem, []).append(row)
    if "gene_name" in table:
        ids = set(found)
        for row, name in enumerate(table["gene_name"]):
            if isinstance(name, str) and name and name not in ids:
                found.setdefault(name, []).append(row)
    return found


def _unknown_genes(sentence: str, found: Sequence[Word]) -> list[Problem]:
    why = "no gene of the tables has this id or name"
    return [Problem(sentence, "gene", word.text, why) for word in found if word.kind == "unknown"]


# --- numbers ---------------------------------------------------------------------------------------------------------


def _wrong_numbers(
    sentence: str, found: Sequence[Word], named: dict[str, list[int]], evidence: Evidence
) -> list[Problem]:
    problems = []
    for position, word in enumerate(found):
        if word.kind != "number":
            continue
        quantity = _quantity(found, position)
        allowed = _allowed(quantity, word, named, evidence)
        relation = _relation(sentence, word)
        if not any(_agrees(word, value, relation) for value in allowed):
            whose = f"{' or '.join(list(named)[:3])} in the tables" if named else "the run"
            what = {"any": "number", "fold": "fold change"}.get(quantity, quantity.replace("_", " "))
            problems.append(Problem(sentence, "number", f"{word.text}{word.unit}", f"it is no {what} of {whose}"))
    return problems


def _quantity(found: Sequence[Word], position: int) -> str:
    """Return what a number is said to be: a column, ``count`` of genes or samples, ``fold`` or ``any``."""
    word = found[position]
    after = [item.text.lower() for item in found[position + 1 : position + 3] if item.kind in ("word", "up", "down")]
    if word.unit == "fold" or (after and after[0] in ("fold", "times")):
        return "fold"
    if after and any(item in ("gene", "genes", "sample", "samples", "replicates", "transcripts") for item in after):
        return "count"
    before = [item.text.lower() for item in found[max(0, position - 4) : position] if item.kind != "number"]
    for place, text in reversed(list(enumerate(before))):
        if text in _QUANTITIES:
            adjusted = text in ("p", "p-value", "pvalue") and "adjusted" in before[max(0, place - 1) : place]
            return "padj" if adjusted else _QUANTITIES[text]
    return "any"


def _allowed(quantity: str, word: Word, named: dict[str, list[int]], evidence: Evidence) -> list[float]:
    """Return the values that a number may be."""
    table, general = evidence.table, [*evidence.numbers]
    level = float(evidence.facts["fdr"])
    if word.unit == "%":
        return [100 * level, *_shares(evidence)]
    if quantity == "count" or not named:
        return [*general, level]
    rows = [row for each in named.values() for row in each]
    if quantity == "fold":
        folds = [2.0 ** abs(float(table["log2_fold_change"].iloc[row])) for row in rows]
        return [value for fold in folds for value in (fold, 1 / fold)]
    if quantity != "any":
        column = [float(table[quantity].iloc[row]) for row in rows] if quantity in table else []
        return [*column, *([level] if quantity == "padj" else [])]
    columns = [name for name in table.columns if name not in ("gene_name", "status")]
    return [*(float(table[name].iloc[row]) for name in columns for row in rows), *general, level]


def _shares(evidence: Evidence) -> list[float]:
    """Return shares of genes in percent: called of tested."""
    facts = evidence.facts
    tested = int(facts["n_tested"])
    called = (facts["n_up"] + facts["n_down"], facts["n_up"], facts["n_down"])
    return [100 * int(number) / tested for number in called] if tested else []


def _relation(sentence: str, word: Word) -> str:
    """Return ``<``, ``>`` or ``=``: what stands before the number."""
    before = sentence[max(0, word.start - 14) : word.start].lower().rstrip()
    if before.endswith(("<", "\u2264", "below", "less than", "under", "at most")):
        return "<"
    if before.endswith((">", "\u2265", "above", "more than", "over", "at least")):
        return ">"
    return "="


def _agrees(word: Word, value: float, relation: str) -> bool:
    """Tell whether ``value``, rounded to the digits written, is the number; or lies on the side said."""
    if math.isnan(value):
        return False
    if relation != "=" and (value < word.value if relation == "<" else value > word.value):
        return True
    digits, scientific = decimals(word.text)
    if scientific or (value != 0 and abs(value) < 1e-3):
        if word.value == 0 or value == 0:
            return word.value == value
        unit = 10.0 ** (math.floor(math.log10(abs(word.value))) - digits)
        return abs(value - word.value) <= 0.5 * unit * (1 + 1e-6)
    return abs(value - word.value) <= 0.5 * 10.0**-digits * (1 + 1e-9)


# --- directions ------------------------------------------------------------------------------------------------------


def _wrong_directions(
    sentence: str, found: Sequence[Word], named: dict[str, list[int]], evidence: Evidence
) -> list[Problem]:
    problems = []
    for gene, direction, text in _directions(found, evidence):
        changes = [float(evidence.table["log2_fold_change"].iloc[row]) for row in named[gene]]
        right = [change > 0 if direction > 0 else change < 0 for change in changes]
        if not any(right):
            where = evidence.target if changes and changes[0] > 0 else evidence.reference
            why = (
                f"{gene} is higher in {where}" if changes and changes[0] == changes[0] else f"{gene} has no fold change"
            )
            problems.append(Problem(sentence, "direction", f"{gene} {text}", why))
            continue
        if not _negated(found) and not any(_called(evidence, row) for row in named[gene]):
            why = f"{gene} is not called at the FDR of the run, so no direction of it may be claimed"
            problems.append(Problem(sentence, "direction", f"{gene} {text}", why))
    return problems


def _directions(found: Sequence[Word], evidence: Evidence) -> list[tuple[str, int, str]]:
    """Return (gene, +1 or -1, word): each gene gets the next direction of its sentence, else the one before it."""
    marks = [(position, _sign(found, position, evidence)) for position, word in enumerate(found)
             if word.kind in ("up", "down") and not _of_numbers(found, position)]  # fmt: skip
    if not marks:
        return []
    taken = []
    for position, word in enumerate(found):
        if word.kind != "gene":
            continue
        after = [mark for mark in marks if mark[0] > position]
        before = [mark for mark in marks if mark[0] < position]
        listed = bool(before) and found[before[-1][0]].start < word.start and _leads_a_list(found, before[-1][0])
        chosen = before[-1] if listed or not after else after[0]
        taken.append((word.text, chosen[1], found[chosen[0]].text))
    return taken


def _sign(found: Sequence[Word], position: int, evidence: Evidence) -> int:
    """Return +1 where the direction means a positive fold change; ``higher in <reference>`` means a negative one."""
    sign = 1 if found[position].kind == "up" else -1
    levels = [word.text for word in found[position + 1 : position + 5] if word.kind == "level"]
    if levels and levels[0].lower() == evidence.reference.lower() != evidence.target.lower():
        return -sign
    return sign


def _leads_a_list(found: Sequence[Word], position: int) -> bool:
    """Tell whether a direction stands before its genes: ``up: A, B``, ``upregulated genes include A``."""
    return not any(word.kind == "gene" for word in found[:position]) or (
        position > 0 and found[position - 1].kind != "gene" and position + 1 < len(found)
        and found[position + 1].kind == "gene"
    )  # fmt: skip


def _of_numbers(found: Sequence[Word], position: int) -> bool:
    """Tell whether the direction counts genes (``2,211 up``)."""
    return position > 0 and found[position - 1].kind == "number" and found[position - 1].unit != "fold"


def _wrong_significance(
    sentence: str, found: Sequence[Word], named: dict[str, list[int]], evidence: Evidence
) -> list[Problem]:
    if not any(word.kind == "word" and word.text in SIGNIFICANT for word in found):
        return []
    problems = []
    for gene, rows in named.items():
        called = any(_called(evidence, row) for row in rows)
        if called == _negated(found):
            why = f"{gene} is {'' if called else 'not '}called at the FDR of the run"
            problems.append(Problem(sentence, "significance", gene, why))
    return problems


def _negated(found: Sequence[Word]) -> bool:
    return any(word.kind == "word" and word.text in NEGATIONS for word in found)


def _called(evidence: Evidence, row: int) -> bool:
    return bool(evidence.table["padj"].iloc[row] < float(evidence.facts["fdr"]))
