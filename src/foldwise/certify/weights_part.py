"""The learned part ``weights``: what is weighed, the gate it must pass, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from foldwise.certify.certificate import certify
from foldwise.certify.null_runs import Settings
from foldwise.certify.stage import LARGEST_FDP, Stage
from foldwise.certify.weighted import Weighed, common_weights, weighed, with_weights
from foldwise.io.messages import done, warning
from foldwise.learn.gene_covariates import refusal
from foldwise.learn.weight_gate import LARGEST_LOWER_SHARE, LEAST_GAIN, LEAST_GENES
from foldwise.learn.weighting import MEAN, gene_facts
from foldwise.model.analysis import Analysis, Message
from foldwise.model.certificate import Certificate
from foldwise.stats.quantile import quantile7

# Points of the drawn curve of weight against mean.
N_POINTS = 40
STANDS = "padj stands as it is."
STEP = "Learned"


def learn_weights_part(analysis: Analysis, stage: Stage, n: int, settings: Settings) -> Stage:
    """Learn weights of the p-values of a stage; off, with the reason, where the gate is not passed.

    Parameters
    ----------
    analysis : Analysis
    stage : Stage
    n : int
        Null runs of each kind.
    settings : Settings
    """
    genes, names = analysis.experiment.genes, analysis.spec.learn.covariates
    refused = refusal(genes, names)
    if refused is not None:
        return _off(stage, refused.reason, "Choose another covariate; " + STANDS, {"covariate": refused.column})
    facts = gene_facts(genes, names)
    found = [weighed(outcome, analysis.experiment, analysis.design, facts, settings.fdr) for outcome in stage.outcomes]
    told: dict[str, Any] = {
        "covariates": [MEAN, *names], "fdr": settings.fdr, "contrasts": _contrasts(analysis, found)
    }  # fmt: skip
    kept = [each for each in found if each.worthwhile]
    if not kept:
        reason, fix, counted = _shortfall(found)
        return _off(stage, reason, fix, told, counted=counted)
    if not n:
        return _off(stage, "Weights are judged by null runs, and none are to be made.",
                    f"Ask for them with --certificate 100; {STANDS}", told)  # fmt: skip
    outcomes = tuple(
        each.outcome if each.worthwhile else before for each, before in zip(found, stage.outcomes, strict=True)
    )
    procedure = with_weights(stage.procedure, facts, settings.fdr, common_weights(kept))
    what = f"{stage.what or analysis.spec.method.name} with learned weights"
    certificate = certify(analysis, n, settings, procedure=procedure, outcomes=outcomes, what=what, unsafe=stage.unsafe)
    told |= _judged(certificate)
    reason = _failure(certificate, settings.fdr)
    if reason:
        return _off(stage, reason, STANDS, told)
    return replace(
        stage, procedure=with_weights(stage.procedure, facts, settings.fdr), outcomes=outcomes, what=what,
        parts=(*stage.parts, "weights"), facts={**stage.facts, "weights": {**told, "on": True, "reason": ""}},
        messages=(*stage.messages, _on(analysis, found, certificate)), certificate=certificate,
    )  # fmt: skip


def _off(stage: Stage, reason: str, fix: str, told: dict[str, Any], *, counted: bool = True) -> Stage:
    said = warning("W-LEARN-003", f"Learned weights are off: {reason}", fix, counted=counted)
    facts = {**stage.facts, "weights": {**told, "on": False, "reason": reason}}
    return replace(stage, facts=facts, messages=(*stage.messages, said))


def _shortfall(found: Sequence[Weighed]) -> tuple[str, str, bool]:
    """Why no contrast passes, what to do, and whether that is a fault (more than nothing to gain)."""
    uneven = next((each for each in found if not each.weighting.flatness.flat), None)
    if uneven is not None:
        flat = uneven.weighting.flatness
        reason = (
            f"p-values above 0.5 hang on the covariate {flat.covariate!r}: in one bin of ten {flat.share:.0%} of "
            f"{flat.n:,} lie below 0.75 (at most {LARGEST_LOWER_SHARE:.0%} may), so it knows of the comparison."
        )
        return reason, f"Choose another covariate; {STANDS}", True
    best = max(found, key=lambda each: (each.gain, each.n_called))
    reason = (
        f"they call {best.n_called:,} genes where {best.n_plain:,} are called without them (independent filtering "
        f"included), and must gain at least {LEAST_GAIN:.0%} and {LEAST_GENES} genes."
    )
    return reason, STANDS, False


def _failure(certificate: Certificate, fdr: float) -> str:
    """Why null runs forbid the weights; empty where they do not."""
    if certificate.verdict in ("FAIL", "NONE"):
        word = "fail" if certificate.verdict == "FAIL" else "cannot judge"
        return f"null runs in which they are learned anew {word} them. {' '.join(certificate.reasons)}"
    if certificate.fdp > LARGEST_FDP * fdr:
        return f"the weighted list is estimated to hold {certificate.fdp:.1%} false discoveries, at an FDR of {fdr:g}."
    return ""


def _on(analysis: Analysis, found: Sequence[Weighed], certificate: Certificate) -> Message:
    parts = []
    for result, each in zip(analysis.results, found, strict=True):
        name = f"{result.contrast.label}: " if len(found) > 1 else ""
        if each.worthwhile:
            parts.append(f"{name}{each.n_called:,} genes, {each.gain:+.1%} over {each.n_plain:,} without weights")
        else:
            parts.append(f"{name}off, {each.n_called:,} genes of {each.n_plain:,} without weights")
    text = f"weights   {'; '.join(parts)}   own certificate {certificate.verdict} (column padj_learned)"
    return done(STEP, text)


def _contrasts(analysis: Analysis, found: Sequence[Weighed]) -> list[dict[str, Any]]:
    """Numbers of each contrast, for report and ``run.json``."""
    return [
        {"id": result.contrast.id, "on": each.worthwhile, "n_called": each.n_called, "n_plain": each.n_plain,
         "gain": each.gain if np.isfinite(each.gain) else None, "folds": each.weighting.folds,
         "flat": each.weighting.flatness.flat, "least_flat": each.weighting.flatness.covariate,
         "lower_share": _number(each.weighting.flatness.share), "curve": _curve(each)}
        for result, each in zip(analysis.results, found, strict=True)
    ]  # fmt: skip


def _curve(found: Weighed) -> list[list[float]]:
    """Mean count and weight of genes of rising mean: medians of equal slices of the genes."""
    weight, mean = found.outcome.weight, found.outcome.base_mean
    if weight is None:
        return []
    known = np.flatnonzero(np.isfinite(weight) & (mean > 0))
    slices = np.array_split(known[np.argsort(mean[known], kind="stable")], min(N_POINTS, max(len(known), 1)))
    half = np.array([0.5])
    return [
        [float(f"{float(quantile7(values[each], half)[0]):.4g}") for values in (mean, weight)]
        for each in slices
        if len(each)
    ]


def _judged(certificate: Certificate) -> dict[str, Any]:
    return {"verdict": certificate.verdict, "n_runs": len(certificate.discoveries), "n_any": certificate.n_any,
            "fdp": certificate.fdp, "certificate_reasons": list(certificate.reasons)}  # fmt: skip


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
