"""The claim checker refuses wrong narratives, and only these; a shuffled list of genes has no coherent theme.

Narratives of four sentences by five authors on several results; in each wrong one a single sentence was made wrong. A
wrong narrative counts as refused only where that sentence is refused, a right one where any sentence is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from foldwise.report.interpretation.check import Checker, check_text, checker
from foldwise.report.interpretation.evidence import set_facts
from foldwise.report.interpretation.template_sets import set_sentences
from verification.narratives import held_out
from verification.narratives.authors import STYLES, Author
from verification.narratives.cases import Evidence, cases, gene_sets, over_represented
from verification.narratives.corrupt import KINDS, corrupted
from verification.narratives.lines import Line
from verification.narratives.sentences import narrative

N_SENTENCES = 4
Told = Sequence[tuple[str, Checker]]


def told_cases() -> list[tuple[str, Checker]]:
    """Return the results that narratives are told of, each with its checker."""
    return [(name, checker(evidence)) for name, evidence in cases()]


def narratives(told: Told, n: int = 200, seed: int = 1) -> pd.DataFrame:
    """Judge ``n`` right narratives and ``n`` wrong ones, of each kind equally many.

    Returns
    -------
    DataFrame
        One row per narrative: data, author, kind (``right``, or what was made wrong), refused, text: of the wrong
        sentence, or of right ones that were refused.
    """
    kinds = list(KINDS)
    rows = [_right(told, number, seed) for number in range(n)]
    rows += [_wrong(told, kinds[number % len(kinds)], number, seed) for number in range(n)]
    return pd.DataFrame(rows)


def _author(told: Told, case: int, seed: Sequence[int]) -> tuple[str, Checker, Author]:
    rng = np.random.default_rng(seed)
    name, using = told[case % len(told)]
    return name, using, Author(list(STYLES)[int(rng.integers(len(STYLES)))], using.evidence, rng)


def _right(told: Told, number: int, seed: int) -> dict[str, object]:
    name, using, author = _author(told, number, (seed, number))
    found = refusals(narrative(author, N_SENTENCES), using)
    return {"data": name, "author": author.name, "kind": "right", "refused": bool(found), "text": " ".join(found)}


def refusals(lines: Sequence[Line], using: Checker) -> list[str]:
    """Return the sentences of a narrative that are refused."""
    return [line.text() for line in lines if not all(each.accepted for each in check_text(line.text(), using))]


def _wrong(told: Told, kind: str, number: int, seed: int) -> dict[str, object]:
    for attempt in range(1, 400):
        name, using, author = _author(told, number + attempt, (seed, number, attempt))
        made = corrupted(narrative(author, N_SENTENCES), author, kind)
        if made is not None:
            wrong = made[0][made[1]]
            refused = bool(refusals([wrong], using))
            return {"data": name, "author": author.name, "kind": kind, "refused": refused, "text": wrong.text()}
    raise ValueError(f"no author writes a sentence that can be made wrong by {kind!r}")


def unseen(told: Told, draws: int = 4) -> pd.DataFrame:
    """Judge the right sentences of an author that the checker was not mended by; ``text`` is the wording."""
    rows = []
    for name, using in told:
        for number in range(draws):
            author = Author(held_out.STYLE, using.evidence, np.random.default_rng([number, 9]))
            for line in (made for maker in held_out.MAKERS if (made := maker(author)) is not None):
                refused = bool(refusals([line], using))
                rows.append({"data": name, "author": "unseen", "kind": "right, unseen wording", "refused": refused,
                             "text": line.template})  # fmt: skip
    return pd.DataFrame(rows)


def shuffled(told: Told, n: int = 200) -> pd.DataFrame:
    """Shuffle which genes changed, ``n`` times for each result, and see whether the text still tells a theme."""
    rows = []
    for name, using in told:
        evidence = using.evidence
        sets = gene_sets(evidence.table, evidence.fdr, 3)
        for number in range(n):
            text = _shuffled_text(evidence, sets, np.random.default_rng([number, 13]))
            rows.append({"data": name, "author": "template", "kind": "shuffled genes",
                         "refused": "no coherent theme" in text, "text": text})  # fmt: skip
    return pd.DataFrame(rows)


def _shuffled_text(evidence: Evidence, sets: dict[str, np.ndarray], rng: np.random.Generator) -> str:
    table = evidence.table.copy()
    tested = np.flatnonzero(table["padj"].notna())
    order = rng.permutation(tested)
    for column in ("log2_fold_change", "pvalue", "padj"):
        values = table[column].to_numpy(dtype=float).copy()
        values[tested] = values[order]
        table[column] = values
    own = (over_represented(table, sets, evidence.fdr, evidence.contrast),)
    facts = {**evidence.facts, **set_facts(own, evidence.fdr)}
    return " ".join(sentence.text for sentence in set_sentences(replace(evidence, sets=own, facts=facts)))


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return, by kind, how many narratives were refused, with the 95 % interval of the share.

    For shuffled genes the share is that of texts that say ``no coherent theme``.
    """
    wrong = table[table["kind"].isin(list(KINDS))]
    rows = []
    for kind, part in [*table.groupby("kind", sort=False), ("all wrong", wrong)]:
        refused, n = int(part["refused"].sum()), len(part)
        low, high = binomtest(refused, n).proportion_ci()
        rows.append({"kind": kind, "n": n, "refused": refused, "share": refused / n, "low": low, "high": high})
    return pd.DataFrame(rows)


def proof(n: int = 200) -> pd.DataFrame:
    """Return the figure that is kept: right and wrong narratives, unseen wordings, shuffled genes."""
    told = told_cases()
    parts = [narratives(told, n), unseen(told), shuffled(told, max(n // 4, 10))]
    return summary(pd.concat(parts, ignore_index=True))
