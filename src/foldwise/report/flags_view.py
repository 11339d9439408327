"""The checks of the samples as the quality section shows them: flags, sexes and donors, what was compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.model.flags import RULES, DonorMatches, Flags, SexScores
from foldwise.report.panel import Figure, Numbers
from foldwise.report.plots_flags import donor_picture, sex_picture
from foldwise.report.svg import shorten
from foldwise.report.words import MINUS, plural

MAX_SHOWN = 40
MAX_ROWS = 500
_SEX_GUIDE = (
    "Each mark is a sample, in the row of the sex that the sheet gives: males lie right, females left. A mark on the "
    "other side, drawn large with its name, contradicts the sheet; look for swapped labels."
)
_DONOR_GUIDE = (
    "A circle shows how much a sample resembles its own donor, the triangle the most similar stranger. Circles should "
    "lie right of triangles; where the triangle leads clearly, the sample may carry another donor's label."
)


@dataclass(frozen=True)
class FlagLine:
    """One flag: name of sample and rule, sentence, mark, id."""

    name: str
    text: str
    level: str
    id: str


@dataclass(frozen=True)
class FlagsView:
    """What the quality section shows of the checks."""

    summary: FlagLine
    lines: tuple[FlagLine, ...]
    n_hidden: int
    checks: tuple[tuple[str, str, str], ...]
    figures: tuple[Figure, ...]


def flags_view(flags: Flags | None) -> FlagsView | None:
    """Return what is shown of the checks; None where they were not made."""
    if flags is None:
        return None
    n = len(flags.flagged)
    ok = n == 0
    text = (
        "No sample stands out." if ok else f"{plural(n, 'sample')} of {len(flags.samples):,} flagged; none was changed."
    )
    lines = tuple(
        FlagLine(f"{shorten(flag.sample, 40)} · {RULES[flag.rule]}", flag.text, flag.level, flag.id)
        if flag.level == "warning"
        else FlagLine(f"{shorten(flag.sample, 40)} · {RULES[flag.rule]}", flag.text, "note", "")
        for flag in flags.flags
    )
    checks = tuple(
        (RULES[check.rule], "checked" if check.applied else "not checked", check.text) for check in flags.checks
    )
    figures = [_sex(flags, flags.sex)] if flags.sex is not None and any(flags.sex.seen) else []
    if flags.donors is not None:
        figures.append(_donors(flags, flags.donors))
    summary = FlagLine("Samples", text, "ok" if ok else "warning", "")
    return FlagsView(summary, lines[:MAX_SHOWN], max(len(lines) - MAX_SHOWN, 0), checks, tuple(figures))


def _sex(flags: Flags, scores: SexScores) -> Figure:
    wrong = {flag.sample for flag in flags.flags if flag.rule == "sex" and flag.level == "warning"}
    svg = sex_picture(scores, flags.samples, wrong)
    caption = (
        f"Mean log2 expression of {_genes(scores)} above background, minus that of XIST where it is counted, by column "
        f"{shorten(scores.column, 40)}."
    )
    rows = tuple(
        (name, (scores.sheet[i] or "–", scores.seen[i] or "unclear", f"{scores.score[i]:.1f}".replace("-", MINUS)))
        for i, name in enumerate(flags.samples[:MAX_ROWS])
    )
    numbers = Numbers(("sample", "sheet", "seen", "score"), rows)
    return Figure("sex_score", "Sex by expression", svg, caption, guide=_SEX_GUIDE, numbers=numbers)


def _genes(scores: SexScores) -> str:
    y = [name for name in scores.genes if name.upper() != "XIST"]
    return ", ".join(y) if y else "genes of the Y chromosome (none is expressed)"


def _donors(flags: Flags, matches: DonorMatches) -> Figure:
    wrong = {flag.sample for flag in flags.flags if flag.rule == "swap"}
    svg = donor_picture(matches, flags.samples, wrong)
    caption = (
        f"Correlation over the most variable genes, everything but {shorten(matches.column, 40)} taken out; two "
        f"samples of one {shorten(matches.column, 40)} have {matches.within:.2f} (median)."
    )
    rows = tuple(
        (
            name,
            (
                matches.donors[i] or "–",
                _number(matches.own[i]),
                _number(matches.stranger[i]),
                _partner(flags, matches, i),
            ),
        )
        for i, name in enumerate(flags.samples[:MAX_ROWS])
    )
    header = ("sample", matches.column, "own", "nearest stranger", "which is")
    return Figure(
        "donor_match", "Own donor and strangers", svg, caption, guide=_DONOR_GUIDE, numbers=Numbers(header, rows)
    )


def _partner(flags: Flags, matches: DonorMatches, i: int) -> str:
    if not np.isfinite(matches.stranger[i]):
        return "–"
    other = int(matches.partner[i])
    return f"{shorten(flags.samples[other], 30)} ({shorten(matches.donors[other], 20)})"


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", MINUS) if np.isfinite(value) else "–"
