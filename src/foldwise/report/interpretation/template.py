"""The interpretation by template: the same numbers give the same sentences, and each sentence says what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from foldwise.model.analysis import Analysis
from foldwise.model.interpretation import Claim, Interpretation, Section, Sentence
from foldwise.report.gene_set_view import GeneSetTable
from foldwise.report.interpretation.evidence import Evidence, evidence_of
from foldwise.report.interpretation.named import group_label
from foldwise.report.interpretation.template_genes import gene_sentences, spread_sentences
from foldwise.report.interpretation.template_sets import set_sentences
from foldwise.report.words import listed, percent, plural, whole

NOTE = "Made from the numbers of the tables by fixed sentences; no language model took part."
_WITHOUT = {
    "n_all_zero": "without any read",
    "n_low_count": "with counts too low",
    "n_count_outlier": "with an outlier count",
    "n_not_converged": "whose fit did not converge",
    "n_not_estimable": "not estimable",
}
_MAX_QUOTES = 12


def interpret(analysis: Analysis, gene_sets: Sequence[GeneSetTable] = ()) -> Interpretation:
    """Return what an analysis found, in words.

    Parameters
    ----------
    analysis : Analysis
    gene_sets : sequence of GeneSetTable
        Finished enrichments; themes are told only where one is significant.
    """
    evidence = [evidence_of(analysis, result, gene_sets) for result in analysis.results]
    return Interpretation(tuple(section(each) for each in evidence), "template", NOTE)


def section(evidence: Evidence) -> Section:
    """Return the sentences on one comparison."""
    sentences = (
        *_design(evidence),
        *_called(evidence),
        *gene_sentences(evidence),
        *spread_sentences(evidence),
        *_untested(evidence),
        *_certificate(evidence),
        *set_sentences(evidence),
        *_quotes(evidence),
    )
    return Section(evidence.contrast, evidence.label, sentences)


def _run_claim(evidence: Evidence, name: str) -> Claim:
    return Claim(name, float(evidence.facts[name]), contrast=evidence.contrast)


def _claims(evidence: Evidence, *names: str) -> tuple[Claim, ...]:
    return tuple(_run_claim(evidence, name) for name in names if name in evidence.facts)


def _design(evidence: Evidence) -> list[Sentence]:
    facts = evidence.facts
    text = f"{plural(int(facts['n_genes']), 'gene')} of {plural(int(facts['n_samples']), 'sample')} were analyzed"
    text += f" with the method {evidence.method}" if evidence.method else ""
    text += f" under the design “{evidence.formula}”." if evidence.formula else "."
    found = [Sentence(text, _claims(evidence, "n_genes", "n_samples"), "design")]
    if evidence.target and evidence.reference:
        target, reference = group_label(evidence.target), group_label(evidence.reference)
        sizes = {name: facts.get(name) for name in ("n_target", "n_reference")}
        numbers = [f" ({plural(int(n), 'sample')})" if n is not None else "" for n in sizes.values()]
        text = f"{target}{numbers[0]} is compared with {reference}{numbers[1]}: "
        text += f"a positive log2 fold change means higher in {target}."
        found.append(Sentence(text, _claims(evidence, "n_target", "n_reference"), "design"))
    return found


def _called(evidence: Evidence) -> list[Sentence]:
    facts, level = evidence.facts, percent(evidence.fdr)
    n_called, n_tested = int(facts["n_called"]), int(facts["n_tested"])
    claims = _claims(evidence, "fdr", "n_called", "n_tested", "n_up", "n_down")
    if not n_tested:
        return [Sentence("No gene could be tested.", _claims(evidence, "n_tested"), "result")]
    if not n_called:
        text = f"No gene is called at a false discovery rate of {level} among {plural(n_tested, 'tested gene')}."
        missed = "This does not show that nothing changes: with this number of samples smaller effects may be missed."
        return [Sentence(text, claims, "result"), Sentence(missed, (), "result")]
    text = f"At a false discovery rate of {level}, {whole(n_called)} of {whole(n_tested)} tested genes are called"
    if not evidence.directional:
        return [Sentence(f"{text}.", claims[:3], "result")]
    where = ""
    if evidence.target:
        where = f" in {group_label(evidence.target)}"
        where += f" than in {group_label(evidence.reference)}" if evidence.reference else ""
    words = ("higher", "lower") if where else ("up", "down")
    text += f": {whole(facts['n_up'])} are {words[0]} and {whole(facts['n_down'])} are {words[1]}{where}."
    return [Sentence(text, claims, "result")]


def _untested(evidence: Evidence) -> list[Sentence]:
    facts = evidence.facts
    number = int(facts["n_untested"])
    if not number:
        return []
    parts = [f"{whole(facts[name])} {words}" for name, words in _WITHOUT.items() if facts.get(name)]
    text = f"{plural(number, 'gene')} {'has' if number == 1 else 'have'} no adjusted p-value"
    text += f": {listed(parts)}." if parts else "."
    return [Sentence(text, _claims(evidence, "n_untested", *(n for n in _WITHOUT if facts.get(n))), "untested")]


def _certificate(evidence: Evidence) -> list[Sentence]:
    if not evidence.verdict:
        return [Sentence("No certificate was made.", (), "trust")]
    text = f"The certificate says {evidence.verdict}"
    facts = evidence.facts
    if "n_null_runs" in facts:
        text += f": in {whole(facts['n_null_runs_called'])} of {whole(facts['n_null_runs'])} null runs "
        text += "at least one gene was called"
    return [Sentence(f"{text}.", _claims(evidence, "n_null_runs_called", "n_null_runs"), "trust")]


def _quotes(evidence: Evidence) -> list[Sentence]:
    told: list[str] = []
    for text in evidence.quotes:
        if text and not any(text in other for other in told):
            told.append(text)
    return [Sentence(text, (), "checks") for text in told[:_MAX_QUOTES]]
