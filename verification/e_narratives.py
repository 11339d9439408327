"""The claim checker refuses wrong narratives, and only these.

Narratives of four sentences by five authors on several results; in each wrong one a single sentence was made wrong. A
wrong narrative counts as refused only where that sentence is refused, and a right one as refused where any sentence is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from foldwise.report.interpretation.check import Checker, check_text, checker
from verification.narratives.authors import STYLES, Author, narrative
from verification.narratives.cases import cases
from verification.narratives.corrupt import KINDS, corrupted
from verification.narratives.lines import Line

N_SENTENCES = 4


def narratives(n: int = 200, seed: int = 1) -> pd.DataFrame:
    """Judge ``n`` right narratives and ``n`` wrong ones (or as many of each kind as make that number).

    Returns
    -------
    DataFrame
        One row per narrative: data, author, kind (``right``, or what was made wrong), refused, text of the sentence.
    """
    told = [(name, checker(evidence)) for name, evidence in cases()]
    rows = [_right(told, number, seed) for number in range(n)]
    kinds = list(KINDS)
    rows += [_wrong(told, kinds[number % len(kinds)], number, seed) for number in range(n)]
    return pd.DataFrame(rows)


def _author(told: list[tuple[str, Checker]], number: int, attempt: int, seed: int) -> tuple[str, Checker, Author]:
    rng = np.random.default_rng([seed, number, attempt])
    name, using = told[number % len(told)]
    author = Author(list(STYLES)[int(rng.integers(len(STYLES)))], using.evidence, rng)
    return name, using, author


def _right(told: list[tuple[str, Checker]], number: int, seed: int) -> dict[str, object]:
    name, using, author = _author(told, number, 0, seed)
    lines = narrative(author, N_SENTENCES)
    found = refusals(lines, using)
    return {"data": name, "author": author.name, "kind": "right", "refused": bool(found), "text": " ".join(found)}


def refusals(lines: list[Line], using: Checker) -> list[str]:
    """Return the sentences of a narrative that are refused."""
    found = []
    for line in lines:
        judgments = check_text(line.text(), using)
        if not all(judgment.accepted for judgment in judgments):
            found.append(line.text())
    return found


def _wrong(told: list[tuple[str, Checker]], kind: str, number: int, seed: int) -> dict[str, object]:
    for attempt in range(1, 400):
        case = int(np.random.default_rng([seed, number, attempt, 5]).integers(99))
        name, using, author = _author(told, case, attempt, seed + number)
        made = corrupted(narrative(author, N_SENTENCES), author, kind)
        if made is not None:
            lines, place = made
            wrong = lines[place].text()
            refused = not all(judgment.accepted for judgment in check_text(wrong, using))
            return {"data": name, "author": author.name, "kind": kind, "refused": refused, "text": wrong}
    raise ValueError(f"no author writes a sentence that allows the corruption {kind!r}")


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return, by kind, how many narratives were refused, with the 95 % interval of the share."""
    rows = []
    for kind, part in [*table.groupby("kind", sort=False), ("all wrong", table[table["kind"] != "right"])]:
        refused, n = int(part["refused"].sum()), len(part)
        low, high = binomtest(refused, n).proportion_ci()
        rows.append({"kind": kind, "n": n, "refused": refused, "share": refused / n, "low": low, "high": high})
    return pd.DataFrame(rows)
