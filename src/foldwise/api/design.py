"""The model of a run made whole: the formula given or guessed, reference levels, the comparisons, what was found."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from foldwise.errors import FoldwiseWarning, UsageError
from foldwise.model.contrast import Contrast, make_contrasts, references_from_contrasts
from foldwise.model.design import Design, make_design
from foldwise.model.design_checks import check_design
from foldwise.model.design_report import design_report
from foldwise.model.guess_design import Guess, guess_design
from foldwise.model.spec import AnalysisSpec, DesignSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, eq=False)
class ResolvedDesign:
    """A design, and the settings that make it again without guessing.

    Parameters
    ----------
    spec : AnalysisSpec
        With formula, contrasts and reference levels filled in.
    design : Design
    contrasts : tuple of Contrast
    sentences : tuple of str
        The design in words, or what was guessed and why.
    findings : tuple of FoldwiseWarning
    """

    spec: AnalysisSpec
    design: Design
    contrasts: tuple[Contrast, ...]
    sentences: tuple[str, ...]
    findings: tuple[FoldwiseWarning, ...]


def resolve_design(spec: AnalysisSpec, samples: pd.DataFrame) -> ResolvedDesign:
    """Return the design and contrasts that ``spec`` asks for, guessed from the sample sheet where it does not say.

    Raises
    ------
    DesignError
        E-FORMULA-*, E-DESIGN-*, E-CONTRAST-*.
    UsageError
        E-USAGE-002 for a reference that is not VAR=LEVEL.
    """
    if spec.design.contrasts_file is not None:
        fix = "Use foldwise run or check with --contrasts, or foldwise.de(..., contrasts=FILE)."
        raise UsageError("E-USAGE-002", "A contrasts file, which may ask for several designs, is not taken here.", fix)
    chosen = _references(spec.design.reference)
    guess = guess_design(samples) if spec.design.formula is None else None
    settings = spec.design if guess is None else _guessed(spec.design, guess, chosen)
    references = {**references_from_contrasts(settings.contrasts, samples), **chosen}
    source = "given" if guess is None else "guessed"
    design = make_design(str(settings.formula), samples, references, source)
    if not settings.contrasts:
        settings = dataclasses.replace(settings, contrasts=_default_contrasts(design, spec.method.test))
    contrasts = make_contrasts(design, settings.contrasts)
    named = guess is not None or bool(spec.design.contrasts)
    findings = check_design(design, samples, references, contrasts, direction_given=named)
    whole = dataclasses.replace(settings, reference=tuple(f"{name}={level}" for name, level in references.items()))
    return ResolvedDesign(
        dataclasses.replace(spec, design=whole),
        design,
        contrasts,
        _guess_words(guess, chosen) if guess else tuple(design_report(design, samples)),
        tuple(findings) + (guess.findings if guess and not set(chosen) & {guess.variable} else ()),
    )


def _guessed(settings: DesignSettings, guess: Guess, chosen: Mapping[str, str]) -> DesignSettings:
    """Return the settings with formula and contrasts of a guess; a reference that the user gave wins."""
    reference = chosen.get(guess.variable, guess.reference)
    levels = [guess.reference, *(target for _, target, _ in guess.contrasts)]
    contrasts = tuple(f"{guess.variable}:{level}:{reference}" for level in levels if level != reference)
    return dataclasses.replace(settings, formula=guess.formula, contrasts=settings.contrasts or contrasts)


def _guess_words(guess: Guess, chosen: Mapping[str, str]) -> tuple[str, ...]:
    """Return what was guessed; where the user gave the reference level, the comparisons against that."""
    reference = chosen.get(guess.variable)
    if reference is None:
        return guess.sentences
    levels = [guess.reference, *(target for _, target, _ in guess.contrasts)]
    targets = ", ".join(f"{level} vs {reference}" for level in levels if level != reference)
    return (f"comparison: {guess.variable}  {targets} (reference {reference}: given)", *guess.sentences[1:])


def _default_contrasts(design: Design, test: str) -> tuple[str, ...]:
    """Return every level of the last factor against its reference; else the last coefficient.

    A likelihood ratio test has one p-value whatever is compared, so there the last level alone is shown.
    """
    last = design.terms[-1] if design.terms else None
    factor = design.factor(last.variables[0]) if last is not None and len(last.variables) == 1 else None
    if factor is None:
        return (design.coefficient_names[-1],)
    targets = factor.levels[-1:] if test == "lrt" else factor.levels[1:]
    return tuple(f"{factor.name}:{target}:{factor.reference}" for target in targets)


def _references(texts: tuple[str, ...]) -> dict[str, str]:
    """Return reference levels by column from ``VAR=LEVEL`` texts."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, level = text.partition("=")
        if not (name.strip() and equals and level.strip()):
            raise UsageError("E-USAGE-002", f"reference '{text}' is not VAR=LEVEL.", "Write, for example, dex=untrt.")
        found[name.strip()] = level.strip()
    return found
