"""What a run found, in words: by template, or by a language model of the user's own, held to the tables."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foldwise.model.analysis import Analysis
    from foldwise.model.interpretation import Interpretation, Section
    from foldwise.model.spec import InterpretSettings
    from foldwise.report.gene_set_view import GeneSetTable
    from foldwise.report.interpretation.evidence import Evidence

# Comparisons beyond these keep the words of the template.
_MOST_ASKED = 10
_MOST_SECONDS = 120.0
_MOST_DROPPED = 20


def interpretation(analysis: Analysis, gene_sets: Sequence[GeneSetTable] = ()) -> Interpretation:
    """Return the interpretation of an analysis.

    By template, unless the settings name a language model: then sentences of its own that pass the claim checker stand
    beside those of the template. Whatever goes wrong there, the template stands and ``note`` says why.

    Parameters
    ----------
    analysis : Analysis
    gene_sets : sequence of GeneSetTable
        Finished enrichments of its comparisons.

    Raises
    ------
    UsageError
        E-USAGE-002 for settings of a language model that cannot be used.
    """
    from foldwise.report.interpretation.evidence import evidence_of
    from foldwise.report.interpretation.template import interpret

    made = interpret(analysis, gene_sets)
    if analysis.spec.interpret.endpoint is None:
        return made
    evidence = [evidence_of(analysis, result, gene_sets) for result in analysis.results[:_MOST_ASKED]]
    return _worded(made, evidence, analysis.spec.interpret)


def _worded(made: Interpretation, evidence: list[Evidence], settings: InterpretSettings) -> Interpretation:
    """Return the interpretation with what the model worded well."""
    sections, dropped, reasons, n_kept = list(made.sections), [], [], 0
    end = time.monotonic() + _MOST_SECONDS
    for number, each in enumerate(evidence):
        section, own, reason, kept = _asked(sections[number], each, settings, end)
        sections[number] = section
        dropped += own
        n_kept += kept
        if reason:
            reasons.append(reason)
            if kept == 0 and not own:
                break  # a place that gives no answer is not asked again
    name = f"the language model {settings.model}"
    if n_kept:
        note = f"{n_kept} sentences on genes and sets were worded by {name}; each passed the claim checker, "
        note += f"{len(dropped)} did not and were left out. All others are made from the numbers by fixed sentences."
    else:
        note = f"Made from the numbers of the tables by fixed sentences: {name} was asked, but {reasons[0]}."
    source = settings.model or "" if n_kept else "template"
    return replace(made, sections=tuple(sections), source=source, note=note, dropped=tuple(dropped[:_MOST_DROPPED]))


def _asked(
    section: Section, evidence: Evidence, settings: InterpretSettings, end: float
) -> tuple[Section, list[tuple[str, str]], str, int]:
    """Return the section of one comparison, sentences left out, why the model was not used, and how many stand."""
    from foldwise.api import language_model
    from foldwise.api.language_model import NoAnswer, ask
    from foldwise.api.model_wording import SYSTEM, enough, joined, passing, question, sentences_of
    from foldwise.report.interpretation.check import checker

    try:
        answer = ask(
            settings, SYSTEM, question(evidence), max(0.1, min(language_model.SECONDS, end - time.monotonic()))
        )
    except NoAnswer as error:
        return section, [], str(error), 0
    found = sentences_of(answer, evidence.contrast)
    if found is None:
        return section, [], "its answer is not the JSON that was asked for", 0
    kept, dropped = passing(found, checker(evidence))
    if not enough(kept, dropped):
        reason = f"only {len(kept)} of its {len(found)} sentences passed the claim checker"
        return section, dropped, reason, 0
    return joined(section, kept), dropped, "", len(kept)
