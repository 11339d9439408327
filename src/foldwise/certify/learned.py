"""What is learned beside the classical numbers: further columns, judged by null runs in which it is learned anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from foldwise.certify.certificate import certify, delivered
from foldwise.certify.columns import with_columns
from foldwise.certify.factors_part import STEP, learn_factors_part
from foldwise.certify.null_runs import Settings
from foldwise.certify.procedure import Outcome, classical, reusable_factors
from foldwise.certify.stage import LARGEST_FDP, Learner, Stage
from foldwise.certify.weights_part import learn_weights_part
from foldwise.model.analysis import Analysis, Message
from foldwise.model.certificate import Certificate
from foldwise.model.learned import Learned
from foldwise.model.results import ResultTable

# In the order in which they build on each other.
LEARNERS: Mapping[str, Learner] = {"factors": learn_factors_part, "weights": learn_weights_part}
WANTED = {"none": (), "factors": ("factors",), "weights": ("weights",), "all": ("factors", "weights")}


def add_learned(
    analysis: Analysis, n: int, settings: Settings | None = None, *, controls: np.ndarray | None = None
) -> Analysis:
    """Return the analysis with what ``spec.learn.parts`` asks for: further columns, facts and messages.

    No classical number changes.

    Parameters
    ----------
    analysis : Analysis
    n : int
        Null runs of each kind; 0 where none are to be made, so that nothing learned can be shown to be safe.
    settings : Settings, optional
        By default from the spec, on one processor.
    controls : ndarray of bool, (n_genes,), optional
        Negative controls of hidden factors.
    """
    spec = analysis.spec
    wanted = [part for part in WANTED[spec.learn.parts] if part in LEARNERS]
    if not wanted:
        return analysis
    settings = settings or Settings(spec.correction.fdr, spec.run.seed)
    stage = Stage(classical(spec, reusable_factors(spec, analysis.size_factors)), delivered(analysis))
    learners: dict[str, Learner] = {**LEARNERS, "factors": partial(learn_factors_part, controls=controls)}
    for part in wanted:
        stage = learners[part](analysis, stage, n, settings.apart(part))
    certificate = stage.certificate
    if stage.parts and certificate is None and n:
        certificate = certify(
            analysis, n, settings.apart("learned"), procedure=stage.procedure, outcomes=stage.outcomes,
            what=stage.what, unsafe=stage.unsafe, bounds=False,
        )  # fmt: skip
    primary, reason = judged(stage, certificate, settings.fdr)
    tables = tuple(
        with_learned(result, outcome, stage.parts)
        for result, outcome in zip(analysis.results, stage.outcomes, strict=True)
    )
    learned = Learned(stage.parts, primary, reason, certificate, stage.facts)
    said = Message("ok" if primary else "note", "", reason, {"step": STEP, "primary": primary})
    messages = (*analysis.messages, *stage.messages, *([said] if stage.parts else []))
    return replace(analysis, results=tables, learned=learned, messages=messages)


def judged(stage: Stage, certificate: Certificate | None, fdr: float) -> tuple[bool, str]:
    """Return whether the learned list may be taken for the result, and why or why not."""
    if not stage.parts:
        return False, "Nothing learned is used: every part asked for is off, with its reason."
    if certificate is None:
        return False, "No null runs were made (--certificate 100 asks for them), so padj stays the result."
    if certificate.verdict != "PASS":
        why = " ".join(certificate.reasons)
        return False, f"The learned list's own certificate is {certificate.verdict}, so padj stays the result. {why}"
    fdp = certificate.fdp
    if fdp > LARGEST_FDP * fdr:
        return False, (
            f"The learned list is estimated to hold {fdp:.1%} false discoveries, more than the FDR of {fdr:g} allows; "
            "padj stays the result."
        )
    return True, (
        f"The learned list's own certificate is PASS, with an estimated {fdp:.1%} of false discoveries: padj_learned "
        "may be taken for the result."
    )


def with_learned(result: ResultTable, outcome: Outcome, parts: tuple[str, ...]) -> ResultTable:
    """Return a result table with the columns of the parts that are on."""
    added: dict[str, np.ndarray] = {}
    if "factors" in parts:
        added |= {"log2_fold_change_learned": outcome.log2_fold_change, "pvalue_learned": outcome.pvalue}
    if outcome.weight is not None:
        added["weight"] = outcome.weight
    return with_columns(result, {**added, "padj_learned": outcome.padj}) if added else result
