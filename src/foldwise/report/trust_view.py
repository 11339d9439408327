"""What was, and what was not, done to check the result itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.choice import score_lines
from foldwise.model.fit import Status
from foldwise.report.certificate_words import NOT_RUN
from foldwise.report.contrast_view import pvalue_shape
from foldwise.report.payload import status_counts
from foldwise.report.svg import shorten
from foldwise.report.words import plural, whole


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and its mark: ok, warning, or note."""

    name: str
    text: str
    level: str = "note"


def trust_view(analysis: Analysis) -> tuple[Finding, ...]:
    """Return the lines of the trust section. Nothing is claimed that was not done."""
    return (
        *([Finding("FDR certificate", NOT_RUN)] if analysis.certificate is None else []),
        Finding("Learned corrections", _learned(analysis)),
        *_choice(analysis),
        *_histograms(analysis),
        *_fit(analysis),
        _replicates(analysis),
    )


def _learned(analysis: Analysis) -> str:
    learned = analysis.learned
    if learned is None:
        return "Not used: every number here is that of the classical method."
    used = " and ".join({"factors": "hidden factors", "weights": "weights"}[part] for part in learned.parts)
    return f"{learned.reason} Used: {used or 'none'}; padj is that of the classical method."


def _choice(analysis: Analysis) -> list[Finding]:
    """What was measured to choose the method, where the user named none."""
    choice = analysis.provenance.get("method_choice")
    if choice is None:
        return []
    numbers = "; ".join(" ".join(line.split()) for line in score_lines(choice))
    limits = " ".join(str(each) for each in choice["limits"])
    text = f"{choice['method']} was chosen: {choice['reason']}. {numbers}. {limits}".replace(".. ", ". ")
    return [Finding("Choice of the method", text)]


def _histograms(analysis: Analysis) -> list[Finding]:
    found = []
    for result in analysis.results:
        level, text = pvalue_shape(result)
        name = "P-values" if len(analysis.results) == 1 else f"P-values, {shorten(result.contrast.label, 60)}"
        found.append(Finding(name, text, level))
    if len(found) <= 3:
        return found
    worse = [finding for finding in found if finding.level != "ok"]
    n_good = len(found) - len(worse)
    good = Finding("P-values", f"{n_good} of {len(found)} comparisons: a shape that one can believe.", "ok")
    return [*([good] if n_good else []), *worse]


def _fit(analysis: Analysis) -> list[Finding]:
    if not analysis.results:
        return []
    status = status_counts(analysis.results[0])
    stuck, outliers = status[Status.NOT_CONVERGED.word], status[Status.COUNT_OUTLIER.word]
    found = []
    if stuck:
        found.append(
            Finding("Fit", f"{plural(stuck, 'gene')} did not converge and are marked in the table.", "warning")
        )
    else:
        found.append(Finding("Fit", "Every gene that was fitted converged.", "ok"))
    if outliers:
        found.append(Finding("Outliers", f"{plural(outliers, 'gene')} rest on one sample and are not called."))
    return found


def _replicates(analysis: Analysis) -> Finding:
    n, p = analysis.design.matrix.shape
    df = n - int(np.linalg.matrix_rank(analysis.design.matrix))
    text = f"{whole(n)} samples, {plural(p, 'coefficient')}: {plural(df, 'degree')} of freedom to estimate the spread."
    if df < 4:
        return Finding("Replicates", f"{text} That is few: small effects will be missed.", "warning")
    return Finding("Replicates", text, "ok")
