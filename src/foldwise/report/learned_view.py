"""What was learned beside the classical numbers, as the page shows it: what it is, and what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foldwise.model.analysis import Analysis
from foldwise.model.certificate import Certificate
from foldwise.report.panel import Figure, Numbers
from foldwise.report.plots_learned import choice_plot, scree_plot
from foldwise.report.svg import shorten
from foldwise.report.weights_view import WeightsView, weights_view
from foldwise.report.words import percent, plural, whole

_SCREE_GUIDE = (
    "Each bar is how much of what the design leaves unexplained one factor holds. Bars above the dashed line are more "
    "than chance gives: something unrecorded (a batch, the mixture of cells, RNA quality) moves many genes together."
)
_CHOICE_GUIDE = (
    "Changes of known size were planted along groupings that mean nothing, and looked for with 0, 1, 2, … factors. The "
    "large mark is the number used: where most are found, or nearly so with fewer. Triangles are numbers whose null "
    "runs failed. The true groups were not looked at."
)


@dataclass(frozen=True)
class LearnedView:
    """What the section shows, in its order.

    Parameters
    ----------
    primary : bool
    standing : str
        Whether the learned list may be taken for the result, and why.
    factors : tuple of str
        Sentences on hidden factors; none where they were not asked for.
    calls : Numbers or None
        Genes called with and without.
    scree, choice : Figure or None
    shared : Numbers or None
        R^2 of factors with columns of the sheet.
    calibration : Numbers or None
        Null runs of the classical and of the learned analysis.
    weights : WeightsView or None
        None where weights were not asked for.
    """

    primary: bool
    standing: str
    factors: tuple[str, ...]
    calls: Numbers | None
    scree: Figure | None
    choice: Figure | None
    shared: Numbers | None
    calibration: Numbers | None
    weights: WeightsView | None


def learned_view(analysis: Analysis) -> LearnedView | None:
    """Return what the page shows of learned parts, or None where none were asked for."""
    learned = analysis.learned
    if learned is None:
        return None
    facts = learned.facts.get("factors")
    labels = {result.contrast.id: result.contrast.label for result in analysis.results}
    return LearnedView(
        primary=learned.primary,
        standing=learned.reason,
        factors=() if facts is None else factor_sentences(facts),
        calls=_calls(facts, labels),
        scree=_scree(facts),
        choice=_choice(facts),
        shared=_shared(facts),
        calibration=_calibration(analysis.certificate, learned.certificate),
        weights=weights_view(analysis),
    )


def factor_sentences(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what was done about hidden factors."""
    number = plural(facts["k"], "hidden factor")
    if facts["k"] == 0:
        return (f"No hidden factor is used. {facts['reason']}", "Tables are those of the classical analysis.")
    reason = facts["reason"]
    said = [reason if reason.startswith(number) else f"{number}. {reason}"]
    if facts["kind"] == "adjusted":
        controls = facts.get("n_controls")
        of = "all genes" if controls is None else f"{whole(controls)} negative controls"
        said.append(
            "Each factor is what many genes share beside the design, moved along the comparison as far as a robust "
            f"regression over {of} says; it then entered the design like a known batch."
        )
    said.append("Their values are in counts/hidden_factors.tsv; padj is not changed by them.")
    return tuple(said)


def _calls(facts: Mapping[str, Any] | None, labels: Mapping[str, str]) -> Numbers | None:
    if facts is None or not facts.get("calls"):
        return None
    rows = tuple(
        (labels.get(of["id"], of["id"]), tuple(whole(of[name]) for name in ("classical", "learned", "gained", "lost")))
        for of in facts["calls"]
    )
    return Numbers(("comparison", "padj", "padj_learned", "gained", "lost"), rows)


def _scree(facts: Mapping[str, Any] | None) -> Figure | None:
    if facts is None or not facts.get("variances"):
        return None
    variances, chance, rank, k = (facts[name] for name in ("variances", "chance", "parallel_analysis", "k"))
    label = f"Share of the variance of each factor; {rank} above what chance gives, {k} used."
    caption = f"{plural(rank, 'factor')} above chance (parallel analysis); {k} used, in color."
    n = min(len(variances), max(rank, k) + 5)
    rows = tuple((str(j + 1), (percent(variances[j]), percent(chance[j]))) for j in range(n))
    numbers = Numbers(("factor", "variance", "by chance"), rows)
    plot = scree_plot(variances, chance, rank, k, label)
    return Figure("scree", "Hidden factors", plot, caption, label, _SCREE_GUIDE, numbers)


def _choice(facts: Mapping[str, Any] | None) -> Figure | None:
    candidates = [] if facts is None else facts.get("candidates", [])
    if facts is None or not candidates:
        return None
    label = f"Planted changes found with 0 to {candidates[-1]['k']} hidden factors; {facts['k']} used."
    caption = f"Over {facts['n_runs']} made-up groupings, by least squares at the FDR of the analysis."
    rows = tuple(
        (str(of["k"]), (percent(of["power"], 3), percent(of["fdp"]), str(of["n_any"]), f"{of['excess']:.2f}",
                        of["verdict"]))
        for of in candidates
    )  # fmt: skip
    header = ("factors", "found", "false among calls", "null runs with a call", "p < .001 / expected", "null runs")
    plot = choice_plot(candidates, facts["k"], label)
    return Figure("rank", "Their number", plot, caption, label, _CHOICE_GUIDE, Numbers(header, rows))


def _shared(facts: Mapping[str, Any] | None) -> Numbers | None:
    """R^2 of each factor with each column of the sheet."""
    if facts is None or not facts.get("shared"):
        return None
    header = ("column", *(f"factor {j + 1}" for j in range(facts["k"])))
    rows = tuple(
        (shorten(name, 40), tuple(f"{value:.2f}" for value in values)) for name, values in facts["shared"].items()
    )
    return Numbers(header, rows)


def _calibration(before: Certificate | None, after: Certificate | None) -> Numbers | None:
    """Null runs without and with what was learned."""
    rows = [(name, _cells(made)) for name, made in (("classical", before), ("learned", after)) if made is not None]
    if after is None:
        return None
    header = ("analysis", "verdict", "null runs", "with a call", "estimated false share of the list")
    return Numbers(header, tuple(rows))


def _cells(made: Certificate) -> tuple[str, ...]:
    share = max((each.fdp for each in made.contrasts), default=0.0)
    return made.verdict, whole(len(made.discoveries)), whole(made.n_any), percent(share)
