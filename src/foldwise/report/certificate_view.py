"""The certificate as the page shows it: verdict, pictures, what it says of each list, how it was made, its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.certificate import Certificate, ContrastCertificate, NullCurve, Regrouping
from foldwise.model.results import ResultTable
from foldwise.report.certificate_words import (
    MEANING,
    bound_sentence,
    confidence,
    count,
    list_sentence,
    null_runs_sentence,
    share,
)
from foldwise.report.panel import Figure, Numbers
from foldwise.report.plots_trust import bins, false_histogram, type_one_curve
from foldwise.report.words import listed, percent, plural, whole

_MARKS = {"PASS": "✓", "WARN": "!", "FAIL": "✕", "NONE": "○"}
_SHOWN_CUTS = (0.05, 0.01, 0.001, 1e-4)
_MAX_MARKED = 3
_CURVE_GUIDE = (
    "Where nothing can be found, 5 % of genes should have a p below 0.05, 0.1 % below 0.001, and so on: the dashed "
    "line. A curve above it means too many small p-values. The band is where 90 % of the null runs lie."
)
_HISTOGRAM_GUIDE = (
    "Each null run tests a grouping that means nothing, so every gene it calls is false. Most runs should call none. "
    "The dashed mark is what the real comparison called."
)


@dataclass(frozen=True)
class CertificateView:
    """What the section shows, in its order; ``lists`` are rows of a table under ``header``."""

    verdict: str
    mark: str
    meaning: str
    reasons: tuple[str, ...]
    null_runs: str
    header: tuple[str, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    sentences: tuple[str, ...]
    curve: Figure | None
    histogram: Figure | None
    groupings: tuple[str, ...]
    limits: tuple[str, ...]
    safe: str
    tried: tuple[tuple[str, str], ...]


def certificate_view(analysis: Analysis) -> CertificateView | None:
    """Return what the page shows of the certificate, or None where there is none."""
    found = analysis.certificate
    if found is None:
        return None
    labels = {result.contrast.id: result.contrast.label for result in analysis.results}
    lists = [item for item in found.contrasts if item.id in labels]
    return CertificateView(
        verdict=found.verdict,
        mark=_MARKS[found.verdict],
        meaning=MEANING[found.verdict],
        reasons=found.reasons,
        null_runs=null_runs_sentence(found),
        header=("called", "expected false", "estimated share", "95 % quantile", "at most false", "confidence"),
        lists=tuple((labels[item.id], _row(item)) for item in lists),
        sentences=tuple(_sentences(lists[0])) if len(lists) == 1 else (),
        curve=None if found.curve is None else _curve(found.curve, len(found.discoveries)),
        histogram=_histogram(found, lists, labels) if len(found.discoveries) else None,
        groupings=tuple(_groupings(found, lists)),
        limits=found.limits,
        safe="" if found.safe is None else _safe(found),
        tried=() if found.safe is None else found.safe.tried,
    )


def static_bound(analysis: Analysis, result: ResultTable) -> str:
    """Return the sentence under the volcano of a comparison, before any script runs; empty without a bound."""
    item = contrast_of(analysis, result)
    return "" if item is None or item.bound is None or item.bound.scale <= 0 else bound_sentence(item)


def contrast_of(analysis: Analysis, result: ResultTable) -> ContrastCertificate | None:
    """Return what the certificate says of a comparison, or None."""
    found = () if analysis.certificate is None else analysis.certificate.contrasts
    return next((item for item in found if item.id == result.contrast.id), None)


def bound_entry(analysis: Analysis, result: ResultTable) -> dict[str, Any] | None:
    """Return what the page's script computes bounds of any set of genes from, or None where there is no bound."""
    item = contrast_of(analysis, result)
    if item is None or item.bound is None or item.bound.scale <= 0:
        return None
    bound = item.bound
    return {"scale": bound.scale, "n_tested": bound.n_tested, "level": bound.level, "approximate": bound.approximate}


def _row(item: ContrastCertificate) -> tuple[str, ...]:
    bounded = item.bound is not None and item.bound_false is not None
    bound = (whole(item.bound_false or 0), confidence(item)) if bounded else ("–", "none")
    return (whole(item.n_called), count(item.false), share(item.fdp), share(item.fdp_upper), *bound)


def _sentences(item: ContrastCertificate) -> list[str]:
    return [text for text in (list_sentence(item), bound_sentence(item)) if text]


def _curve(curve: NullCurve, n_runs: int) -> Figure:
    rows = []
    for cut in _SHOWN_CUTS:
        k = int(np.argmin(np.abs(np.log10(curve.cuts) - np.log10(cut))))
        if abs(curve.cuts[k] / cut - 1) < 1e-6:
            cells = [share(float(values[k])) for values in (curve.mean, curve.low, curve.median, curve.high)]
            rows.append((f"p ≤ {cut:g}", (percent(cut), *cells)))
    label = f"Type I error of {plural(n_runs, 'null run')}: share of genes below each p-value cut, on log scales."
    if rows:
        label += f" Below {_SHOWN_CUTS[0]:g}: {rows[0][1][1]} on average."
    header = ("cut", "should be", "mean", "5 %", "median", "95 %")
    caption = f"Mean of {plural(n_runs, 'null run')} (line), 5 to 95 % of them (band), and what it should be (dashed)."
    numbers = Numbers(header, tuple(rows)) if rows else None
    return Figure(
        "type_one", "Small p-values in null runs", type_one_curve(curve, label), caption, label, _CURVE_GUIDE, numbers
    )


def _histogram(found: Certificate, lists: list[ContrastCertificate], labels: dict[str, str]) -> Figure:
    marked = lists if len(lists) <= _MAX_MARKED else [min(lists, key=_called), max(lists, key=_called)]
    several = len(lists) > 1
    names = [
        (f"{labels[item.id] if several else 'this comparison'}: {whole(item.n_called)}", item.n_called)
        for item in marked
    ]
    text = null_runs_sentence(found)
    ranges, numbers = bins(found.discoveries)
    rows = tuple((f"{name} genes", (whole(n),)) for name, n in zip(ranges, numbers.tolist(), strict=True) if n)
    called = listed([name for name, _ in names])
    label = f"How many genes null runs called. {text} Real: {called}."
    caption = f"{text} Median {count(float(np.median(found.discoveries)))}, most {whole(found.discoveries.max())}."
    svg = false_histogram(found.discoveries, names, label)
    return Figure(
        "null_runs", "Genes called in null runs", svg, caption, label, _HISTOGRAM_GUIDE,
        Numbers(("genes called", "null runs"), rows),
    )  # fmt: skip


def _called(item: ContrastCertificate) -> int:
    return item.n_called


def _groupings(found: Certificate, lists: list[ContrastCertificate]) -> list[str]:
    """How the samples were grouped anew, in sentences."""
    texts = []
    if found.regrouping is not None:
        texts.append(_grouping("Made-up factor, balanced within the cells of the design", found.regrouping))
    made: dict[str, list[str]] = {}
    for item in lists:
        if item.scrambles is not None:
            made.setdefault(_grouping("Scrambles of the tested condition", item.scrambles), []).append(item.id)
    for text, ids in made.items():
        texts.append(text if len(made) == 1 else f"{listed(ids)}: {text}")
    if found.regrouping is not None:
        texts.append(f"Judged: {found.method}. Asked for: {whole(found.asked)} runs of each kind, seed {found.seed}.")
    return texts


def _grouping(name: str, made: Regrouping) -> str:
    exist = "more than can be counted exist" if made.n_distinct is None else f"{whole(made.n_distinct)} exist"
    every = ", and each was run" if made.complete else ""
    text = f"{name}: {plural(made.n_runs, 'run')}; {exist}{every}."
    return f"{text} {made.approximate}".strip()


def _safe(found: Certificate) -> str:
    safe = found.safe
    if safe is None or not safe.name:
        return "None of the fallbacks passed either: there is no list that these samples vouch for."
    return f"{safe.sentence} padj is what was asked for."
