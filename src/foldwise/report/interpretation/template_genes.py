"""Sentences on the strongest genes and on the spread of fold changes."""

from __future__ import annotations

import numpy as np

from foldwise.model.interpretation import Claim, Sentence
from foldwise.report.interpretation.evidence import Evidence
from foldwise.report.interpretation.named import gene_label, rows_by_name
from foldwise.report.interpretation.ranks import largest_changes, strongest_evidence
from foldwise.report.words import MINUS, listed, p_text, plural, whole

_N_STRONGEST = 3


def gene_sentences(evidence: Evidence) -> list[Sentence]:
    """Return the genes of the strongest evidence, and the largest changes each way; nothing where none is called."""
    rows = strongest_evidence(evidence)[:_N_STRONGEST]
    names = rows_by_name(evidence.table) if len(rows) else {}
    if not len(rows):
        return _nearest(evidence)
    told = [_gene(evidence, row, names) for row in rows]
    if len(rows) > 1:
        text = f"The {_count(len(rows))} genes of the lowest p-value are {listed([words for words, _ in told])}."
    else:
        text = f"The gene of the lowest p-value is {told[0][0]}."
    found = [Sentence(text, tuple(claim for _, claims in told for claim in claims), "genes")]
    if not evidence.directional:
        return found
    for sign, word in ((1, "increase"), (-1, "decrease")):
        best = largest_changes(evidence, sign)[:1]
        if len(best):
            words, claims = _gene(evidence, int(best[0]), names)
            found.append(Sentence(f"The largest {word} is that of {words}.", claims, "genes"))
    return found


def spread_sentences(evidence: Evidence) -> list[Sentence]:
    """Return the median size of the changes and how many are at least twofold."""
    facts = evidence.facts
    if "median_change" not in facts or not evidence.directional:
        return []
    claims = tuple(Claim(n, float(facts[n]), contrast=evidence.contrast) for n in ("median_change", "n_twofold"))
    change = "changes" if facts["n_twofold"] == 1 else "change"
    text = f"The median absolute log2 fold change of the called genes is {facts['median_change']:.2f}; "
    text += f"{whole(facts['n_twofold'])} of them {change} at least twofold."
    return [Sentence(text, claims, "spread")]


def _gene(evidence: Evidence, row: int, names: dict[str, list[int]]) -> tuple[str, tuple[Claim, ...]]:
    """Return a gene with fold change and adjusted p, and its claims."""
    table = evidence.table
    change, padj = (float(table[column].iloc[row]) for column in ("log2_fold_change", "padj"))
    gene = str(table.index[row])
    claims = tuple(
        Claim(column, value, gene=gene, contrast=evidence.contrast)
        for column, value in (("log2_fold_change", change), ("padj", padj))
    )
    shown = f"{change:+.2f}".replace("-", MINUS)
    words = f"{gene_label(table, row, names)} (log2 fold change {shown}, adjusted p {_p(padj)})"
    return words, claims


def _p(value: float) -> str:
    return p_text(value) if value == 0 else f"= {p_text(value)}"


def _nearest(evidence: Evidence) -> list[Sentence]:
    """Return the gene of the smallest adjusted p-value where none is called."""
    padj = evidence.table["padj"].to_numpy(dtype=float)
    if not np.isfinite(padj).any():
        return []
    row = int(np.nanargmin(padj))
    names = rows_by_name(evidence.table)
    text = f"The smallest adjusted p-value is {p_text(float(padj[row]))} ({gene_label(evidence.table, row, names)})."
    claim = Claim("padj", float(padj[row]), gene=str(evidence.table.index[row]), contrast=evidence.contrast)
    return [Sentence(text, (claim,), "genes")]


def _count(number: int) -> str:
    return {2: "two", 3: "three"}.get(number, plural(number, "gene"))
