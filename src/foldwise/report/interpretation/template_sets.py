"""Sentences on gene sets: themes only where the enrichment table calls one, else that there is none."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from foldwise.model.interpretation import Claim, Sentence
from foldwise.report.interpretation.evidence import Evidence, significant_sets
from foldwise.report.interpretation.named import shown
from foldwise.report.words import listed, p_text, percent, plural, whole

_N_SETS = 3
_WORDS = {"up": "upregulated", "down": "downregulated"}


def set_sentences(evidence: Evidence) -> list[Sentence]:
    """Return what the enrichments say."""
    if not evidence.sets:
        return [Sentence("Nothing is said of themes: no gene sets were tested.", (), "sets")]
    facts = evidence.facts
    counts = tuple(Claim(name, float(facts[name]), contrast=evidence.contrast) for name in ("n_sets_called", "n_sets"))
    level, n_sets = percent(evidence.fdr), int(facts["n_sets"])
    if not facts["n_sets_called"]:
        text = f"None of the {plural(n_sets, 'gene set')} is significant at a false discovery rate of {level}: "
        return [Sentence(f"{text}no coherent theme.", counts, "sets")]
    verb = "is" if facts["n_sets_called"] == 1 else "are"
    text = f"{whole(facts['n_sets_called'])} of {plural(n_sets, 'gene set')} {verb} significant at a false discovery "
    found = [Sentence(f"{text}rate of {level}.", counts, "sets")]
    for each in evidence.sets:
        found += _themes(evidence, significant_sets(each, evidence.fdr).head(_N_SETS).to_dict("records"))
    return list(dict.fromkeys(found))


def _themes(evidence: Evidence, rows: list[dict[Hashable, Any]]) -> list[Sentence]:
    found = []
    for direction, word in _WORDS.items():
        own = [row for row in rows if str(row["direction"]).lower() == direction]
        if not own:
            continue
        told = [f"“{shown(str(row['gene_set']))}” (adjusted p {_p(float(str(row['padj'])))})" for row in own]
        claims = tuple(
            Claim("padj", float(row["padj"]), gene_set=str(row["gene_set"]), contrast=evidence.contrast) for row in own
        )
        verb = "is" if len(own) == 1 else "are"
        found.append(Sentence(f"{listed(told)} {verb} enriched among the {word} genes.", claims, "sets"))
    return found


def _p(value: float) -> str:
    return p_text(value) if value == 0 else f"= {p_text(value)}"
