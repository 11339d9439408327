"""A judged signature as one HTML file that needs nothing else and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import foldwise
from foldwise.model.signature import Score, SignatureResult
from foldwise.report import plots_signature as plots
from foldwise.report.assets import content_security_policy, style
from foldwise.report.html import template
from foldwise.report.panel import Figure, Numbers
from foldwise.report.signature_words import (
    PREDICTIVE,
    SCOPE,
    classes_sentence,
    genes_sentence,
    number,
    permutation_sentence,
    score_sentence,
)
from foldwise.report.svg import shorten
from foldwise.report.words import MINUS, listed, p_text, percent, redact

_MAX_GENES = 100
_MARKS = {"ok": "✓", "warning": "!", "note": "·"}
_ROC_GUIDE = (
    "Samples are ordered by the probability that a model gave them which had never seen them. The curve rises from "
    "left to right; along the dashed line the order is no better than a coin."
)
_CALIBRATION_GUIDE = (
    "Samples are put into bins by the probability given. Where probabilities mean what they say, the points lie on the "
    "dashed line; bars are 95 % intervals of the shares."
)
_PERMUTATION_GUIDE = (
    "Everything was done again with the labels exchanged between persons, so that there is nothing to learn. The real "
    "AUC should lie beyond what is reached so."
)


def render_signature(
    result: SignatureResult, *, command: str | None = None, inputs: Sequence[dict[str, Any]] = ()
) -> str:
    """Return the page.

    Parameters
    ----------
    result : SignatureResult
    command : str, optional
        As typed; absolute paths are cut to names.
    inputs : sequence of dict
        ``name`` and ``sha256`` of the files read.
    """
    low, high = result.model.classes
    heading = f"{shorten(result.model.outcome, 60)}: {shorten(high, 60)} against {shorten(low, 60)}"
    return str(
        template("signature.html.j2").render(
            policy=content_security_policy(),
            style=style(),
            title=f"Signature of {heading} · foldwise",
            heading=f"Signature of {heading}",
            version=foldwise.__version__,
            classes=classes_sentence(result),
            score=result.score,
            numbers=_numbers(result),
            sentences=(score_sentence(result) + ".", *(f"{s}." for s in permutation_sentence(result))),
            messages=_messages(result),
            marks=_MARKS,
            figures=figures(result),
            scores=_scores(result),
            genes=_genes(result),
            genes_sentence=genes_sentence(result) + ".",
            covariates=listed(result.settings["library_covariates"]),
            predictive=PREDICTIVE,
            scope=SCOPE,
            how=_how(result),
            command=redact(command or ""),
            inputs=[{"name": _name(str(item["name"])), "sha256": str(item["sha256"])} for item in inputs],
        )
    )


def figures(result: SignatureResult) -> tuple[Figure, ...]:
    """Return the pictures."""
    rows = tuple((f"{p:.3f}", (f"{s:.3f}", str(n))) for p, s, n in plots.calibration_rows(result))
    found = [
        Figure("roc", "ROC curve", plots.roc_plot(result), "Mean of the curves of all held-out folds.",
               guide=_ROC_GUIDE, numbers=Numbers(("false", "true"), _roc_rows(result))),
        Figure("calibration", "Calibration", plots.calibration_plot(result),
               "Probabilities are means over the repeats, each from models that had not seen the sample.",
               guide=_CALIBRATION_GUIDE, numbers=Numbers(("mean probability", "share", "samples"), rows)),
    ]  # fmt: skip
    if len(result.permuted):
        repeats = result.settings["repeats_per_permutation"]
        text = f"AUC of {repeats} repeats of the nested cross-validation, for real and permuted labels alike."
        svg = plots.permutation_plot(result)
        found.append(Figure("permutations", "Permuted labels", svg, text, guide=_PERMUTATION_GUIDE))
    return tuple(found)


def _roc_rows(result: SignatureResult) -> tuple[tuple[str, tuple[str, ...]], ...]:
    false, true = result.roc
    return tuple((f"{false[i]:.2f}", (f"{true[i]:.3f}",)) for i in range(0, len(false), 10))


def _numbers(result: SignatureResult) -> list[tuple[str, str]]:
    found = [
        (f"AUC, 95 % {number(result.score.low)} to {number(result.score.high)}", number(result.score.auc)),
        ("balanced accuracy", number(result.score.balanced_accuracy)),
        ("genes chosen in 80 % of the folds", str(len(result.stable))),
    ]
    if len(result.permuted):
        found.insert(1, (f"p, of {len(result.permuted):,} permutations", p_text(result.pvalue)))
    return found


def _scores(result: SignatureResult) -> Numbers:
    header = ("", "AUC", "95 %", "balanced accuracy", "Brier score")
    return Numbers(header, tuple((score.name, _cells(score)) for score in (result.score, *result.baselines)))


def _cells(score: Score) -> tuple[str, ...]:
    interval = f"{number(score.low)} to {number(score.high)}" if score.low == score.low else "–"
    return number(score.auc), interval, number(score.balanced_accuracy), number(score.brier, 3)


def _genes(result: SignatureResult) -> Numbers:
    """Return the first genes: those of the model, and those chosen often."""
    table = result.genes.head(_MAX_GENES)
    named = "gene_name" in table.columns
    header = ("gene", *(("name",) if named else ()), "folds", "same sign", "mean coefficient", "in the model")
    rows = []
    for gene, row in zip(table.index, table.to_dict("records"), strict=True):
        own = row["gene_name"] if named else None
        name = ((shorten(own, 40) if isinstance(own, str) else "",)) if named else ()
        sign = row["sign_stability"]
        cells = (
            *name, percent(row["selection_frequency"]), percent(sign) if sign == sign else "–",
            _signed(row["mean_coefficient"]), _signed(row["model_coefficient"]) if row["model_coefficient"] else "–",
        )  # fmt: skip
        rows.append((str(gene), cells))
    return Numbers(header, tuple(rows))


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", MINUS)


def _messages(result: SignatureResult) -> list[dict[str, str]]:
    order = {"warning": 0, "note": 1, "ok": 2}
    found = sorted(result.messages, key=lambda message: order.get(message.level, 0))
    return [{"level": m.level, "id": m.id, "text": redact(m.text)} for m in found if m.level in order]


def _how(result: SignatureResult) -> str:
    s = result.settings
    permuted = (
        f" The p-value counts {s['permutations']:,} permutations of the labels between persons, each with "
        f"{s['repeats_per_permutation']} whole repeats, against as many repeats of the real labels."
        if s["permutations"]
        else ""
    )
    return (
        "Elastic-net logistic regression (scikit-learn's coordinate descent inside Newton steps), judged by nested "
        f"cross-validation: {s['outer_folds']} outer folds, {s['repeats']} repeats, in each {s['inner_folds']} inner "
        "folds for the penalty (10 steps) and the share of its absolute part (0.1, 0.5, 0.9). Size factors against the "
        "geometric means of the training samples, the filter of expressed genes, the "
        f"{s['variable_genes']:,} most variable of them, scaling and choice are made anew in each fold, from its "
        f"training samples alone; samples of one person are never on both sides.{permuted} Intervals: 2,000 draws of "
        f"persons. The model of all samples was made by the same steps (C = {s['c']:.3g}, l1_ratio = {s['l1_ratio']}). "
        f"Seed {s['seed']}."
    )


def _name(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]
