"""Learned weights as the page shows them: whether they are used, the gate they passed or not, and their curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.report.panel import Figure, Numbers
from foldwise.report.plots_weights import weight_curve
from foldwise.report.svg import shorten
from foldwise.report.words import listed, percent, plural, short_number, signed, whole

_GUIDE = (
    "Genes right in the picture have many reads, where a change is easily seen; left are genes in which hardly any "
    "change could be found. A weight of 2 halves a p-value before the correction, a weight of 0.5 doubles it; their "
    "mean is 1, so that what some genes gain others pay for."
)
_MOST_CURVES = 6


@dataclass(frozen=True)
class WeightsView:
    """What the section shows of weights.

    Parameters
    ----------
    on : bool
    sentences : tuple of str
    gate : Numbers or None
        What was looked at, what was found and what is asked for; None where a covariate was refused before.
    curve : Figure or None
        Weight against mean count.
    """

    on: bool
    sentences: tuple[str, ...]
    gate: Numbers | None
    curve: Figure | None


def weights_view(analysis: Analysis) -> WeightsView | None:
    """Return what the page shows, or None where weights were not asked for."""
    facts = None if analysis.learned is None else analysis.learned.facts.get("weights")
    if facts is None:
        return None
    labels = {result.contrast.id: result.contrast.label for result in analysis.results}
    return WeightsView(bool(facts["on"]), _sentences(facts), _gate(facts, labels), _curve(facts, labels))


def _sentences(facts: Mapping[str, Any]) -> tuple[str, ...]:
    if not facts["on"]:
        return (f"Learned weights are off: {facts['reason']}",)
    contrasts = facts["contrasts"]
    covariates = listed([shorten(name, 40) for name in facts["covariates"]])
    found = [
        f"Genes are weighted by what the share of large p-values says of genes alike in {covariates}.",
        f"The weight of a gene comes from genes outside its fold ({contrasts[0]['folds']}), not from its own p-value.",
    ]
    off = [of["id"] for of in contrasts if not of["on"]]
    if off:
        found.append(f"Without weights, which gained too little there: {listed([shorten(name, 60) for name in off])}.")
    return tuple(found)


def _gate(facts: Mapping[str, Any], labels: Mapping[str, str]) -> Numbers | None:
    contrasts = facts.get("contrasts")
    if not contrasts:
        return None
    rows: list[tuple[str, tuple[str, ...]]] = []
    for of in contrasts:
        name = f", {shorten(labels.get(of['id'], of['id']), 40)}" if len(contrasts) > 1 else ""
        gained = "–" if of["gain"] is None else f"{signed(100 * of['gain'])} %"
        found = f"{whole(of['n_called'])} genes for {whole(of['n_plain'])} ({gained})"
        rows.append((f"Genes called with weights for those without{name}", (found, f"{signed(1)} %", _mark(of["on"]))))
        if of["lower_share"] is not None:
            least = f"{percent(of['lower_share'])} ({shorten(of['least_flat'], 30)})"
            rows.append(
                (
                    f"P-values above 0.5 that lie below 0.75, worst bin{name}",
                    (least, "65 % and 3 standard errors", _mark(of["flat"])),
                )
            )
    if "verdict" in facts:
        called = f"{whole(facts['n_any'])} of {plural(facts['n_runs'], 'run')} called a gene: {facts['verdict']}"
        good = facts["verdict"] in ("PASS", "WARN")
        rows.append(("Null runs, weights learned anew in each", (called, "not FAIL", _mark(good))))
        limit = f"{percent(1.1 * facts['fdr'])}"
        rows.append(
            (
                "Estimated false share of the weighted list",
                (percent(facts["fdp"]), limit, _mark(facts["fdp"] <= 1.1 * facts["fdr"])),
            )
        )
    return Numbers(("check", "found", "limit", "passed"), tuple(rows))


def _mark(good: bool) -> str:
    return "yes" if good else "no"


def _curve(facts: Mapping[str, Any], labels: Mapping[str, str]) -> Figure | None:
    drawn = [of for of in facts.get("contrasts", ()) if of["curve"] and (of["on"] or not facts["on"])][:_MOST_CURVES]
    if not drawn:
        return None
    curves = [np.asarray(of["curve"], dtype=np.float64).T for of in drawn]
    low, high = min(float(each[1].min()) for each in curves), max(float(each[1].max()) for each in curves)
    label = f"Weight against mean count: from {short_number(low)} to {short_number(high)}."
    state = "" if facts["on"] else " They are not used."
    caption = f"Medians over slices of equally many genes; the mean weight is 1.{state}"
    names = tuple(shorten(labels.get(of["id"], of["id"]), 40) for of in drawn)
    if len(drawn) == 1:
        pairs = drawn[0]["curve"][:: max(len(drawn[0]["curve"]) // 10, 1)]
        rows: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
            (short_number(mean), (short_number(weight),)) for mean, weight in pairs
        )
        numbers = Numbers(("mean count", "weight"), rows)
    else:
        ends = [(each["curve"][0], each["curve"][-1]) for each in drawn]
        rows = tuple(
            (name, (short_number(first[1]), short_number(last[1])))
            for name, (first, last) in zip(names, ends, strict=True)
        )
        numbers = Numbers(("comparison", "weight of the fewest reads", "of the most"), rows)
    return Figure("weights", "Learned weights", weight_curve(curves, label), caption, label, _GUIDE, numbers)
