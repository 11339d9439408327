"""Hidden factors as a part of an analysis: how many, the analysis with them, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from foldwise.certify.cells import blocks_of
from foldwise.certify.hidden_factors import ADJUSTED, RAW, FactorSettings, brought, hidden_columns, with_factors
from foldwise.certify.null_runs import Settings
from foldwise.certify.procedure import reusable_factors
from foldwise.certify.rank import RankChoice, choose_rank
from foldwise.certify.seeds import FACTORS, stream
from foldwise.certify.stage import Stage
from foldwise.engine.expression import expression
from foldwise.engine.threads import ThreadEngine
from foldwise.errors import UsageError
from foldwise.io.messages import warning
from foldwise.learn.known_columns import indicator_columns, shared_variance
from foldwise.model.analysis import Analysis, Message
from foldwise.model.columns import missing_mask
from foldwise.model.spec import AnalysisSpec

# Share of the tested genes called beyond which the regression over genes may take the effect for a factor.
GLOBAL_SHARE = 0.3
STEP = "Learned"
RAW_LOSS = "Plain principal components take up what the comparison itself does to many genes: true changes may be lost."
# Columns of the sheet that factors are compared with, and negative controls that a factor needs.
MOST_COLUMNS = 20
CONTROLS_PER_FACTOR = 5
LEAST_CONTROLS = 20


def asked_factors(spec: AnalysisSpec) -> tuple[str, int | None]:
    """Return the kind of factors that the settings ask for and their number; None where it is to be chosen."""
    text = spec.learn.hidden_factors
    if text == "auto":
        return ADJUSTED, None
    kind, _, number = text.rpartition(":")
    return (RAW, int(number)) if kind else (ADJUSTED, int(text))


def learn_factors_part(
    analysis: Analysis, stage: Stage, n: int, settings: Settings, controls: np.ndarray | None = None
) -> Stage:
    """Put hidden factors into the design of an analysis.

    Parameters
    ----------
    analysis : Analysis
    stage : Stage
        The classical analysis: factors come first.
    n : int
        Null runs of the certificate to come; the number of factors has runs of its own.
    settings : Settings
    controls : ndarray of bool, (n_genes,), optional
        Negative controls.

    Raises
    ------
    UsageError
        E-USAGE-002 for more factors than the samples allow, or too few negative controls.
    """
    del n
    spec, design, experiment = analysis.spec, analysis.design, analysis.experiment
    engine = ThreadEngine(settings.n_threads)
    of = expression(spec, experiment, design, engine, brought(analysis.size_factors, experiment))
    kind, asked = asked_factors(spec)
    choice = None
    if asked is None:
        choice = choose_rank(of, design, settings, block=blocks_of(analysis), controls=controls)
    k = asked if choice is None else choice.k
    k = 0 if k is None else k
    n_controls = None if controls is None else int(controls[of.rows].sum())
    _require_room(k, design.residual_df, n_controls)
    facts: dict[str, Any] = {"k": k, "kind": kind, "asked": spec.learn.hidden_factors, "n_controls": n_controls}
    facts["reason"] = _own_word(k, kind) if choice is None else choice.reason
    facts |= {} if choice is None else _choice_facts(choice)
    if k == 0:
        return replace(stage, facts={**stage.facts, "factors": facts}, messages=(*stage.messages, _said(facts)))
    factors = FactorSettings(k, kind, controls, reusable_factors(spec, analysis.size_factors))
    contrasts = [result.contrast for result in analysis.results]
    columns = hidden_columns(spec, experiment, design, contrasts, factors, engine)
    facts |= {"columns": columns.tolist(), "shared": shared_with_sheet(columns, experiment.samples)}
    facts["called_share"] = called_share(analysis)
    procedure = with_factors(spec, factors)
    outcomes = procedure(experiment, design, contrasts, stream(settings.seed, FACTORS))
    facts["calls"] = gained_and_lost(analysis, [each.padj for each in outcomes])
    unsafe = _unsafe(facts["called_share"]) if controls is None and kind == ADJUSTED else ""
    said = (_said(facts), *_warned(unsafe, facts["called_share"]), *_counted(facts["calls"]))
    words = f"{stage.what or spec.method.name} with {_number(k)}"
    return replace(
        stage, procedure=procedure, outcomes=outcomes, parts=(*stage.parts, "factors"), what=words,
        facts={**stage.facts, "factors": facts}, messages=(*stage.messages, *said), unsafe=unsafe or stage.unsafe,
    )  # fmt: skip


def _require_room(k: int, df: int, n_controls: int | None) -> None:
    """Raise E-USAGE-002 where there are too many factors for the samples, or too few negative controls."""
    if k > df - 2:
        found = f"{k} hidden factors are asked for; {df} residual degrees of freedom allow {max(df - 2, 0)}."
        raise UsageError("E-USAGE-002", found, "Ask for fewer, or for --hidden-factors auto.")
    least = max(LEAST_CONTROLS, CONTROLS_PER_FACTOR * k)
    if k and n_controls is not None and n_controls < least:
        found = f"{n_controls} negative controls are expressed; {_number(k)} need {least}."
        raise UsageError("E-USAGE-002", found, "Give more genes that the comparison does not change, or none.")


def _number(k: int) -> str:
    return f"{k} hidden factor{'' if k == 1 else 's'}"


def _unsafe(share: float) -> str:
    if share <= GLOBAL_SHARE:
        return ""
    return (
        f"{share:.0%} of the tested genes are called, so the hidden factors may take up the effect itself; more than "
        f"{GLOBAL_SHARE:.0%} is too many for their estimate."
    )


def _said(facts: Mapping[str, Any]) -> Message:
    number, reason = _number(facts["k"]), facts["reason"]
    text = reason if reason.startswith(number) else f"{number}: {reason}"
    return Message("note", "", text, {"step": STEP, "k": facts["k"], "asked": facts["asked"]})


def _warned(unsafe: str, share: float) -> tuple[Message, ...]:
    fix = "Give genes that the comparison does not change: --negative-controls FILE."
    return (warning("W-LEARN-004", unsafe, fix, share=share),) if unsafe else ()


def _counted(calls: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    """Say how many genes are called with and without factors."""
    said = []
    for of in calls:
        head = f"{of['id']}: " if len(calls) > 1 else ""
        text = f"{head}{of['learned']:,} genes with hidden factors (padj_learned), {of['classical']:,} without (padj): "
        text += f"{of['gained']:,} gained, {of['lost']:,} lost"
        said.append(Message("note", "", text, {"step": STEP, **of}))
    return tuple(said)


def called_share(analysis: Analysis) -> float:
    """Return the largest share of the tested genes that a contrast calls; 0 where nothing was tested."""
    shares = [(each.n_up + each.n_down) / each.n_tested for each in analysis.results if each.n_tested]
    return max(shares, default=0.0)


def shared_with_sheet(columns: np.ndarray, samples: pd.DataFrame) -> dict[str, list[float]]:
    """Return by column of the sheet the R^2 of each hidden factor with it; columns that say nothing are left out."""
    found: dict[str, list[float]] = {}
    for name in samples.columns:
        column = samples[name]
        present = ~missing_mask(column)
        values = [_plain(value) for value in column[present]]
        n_values = len(set(values))
        numeric = all(isinstance(value, float) for value in values)
        if n_values < 2 or present.sum() < 3 or (not numeric and n_values > present.sum() / 2):
            continue
        found[str(name)] = [round(float(r), 4) for r in shared_variance(columns[present], indicator_columns(values))]
        if len(found) == MOST_COLUMNS:
            break
    return found


def _plain(value: Any) -> Any:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, (bool, np.bool_))
    return float(value) if number else str(value)


def _own_word(k: int, kind: str) -> str:
    return f"{_number(k)} on your own word. {RAW_LOSS}" if kind == RAW and k else f"{_number(k)} on your own word."


def _choice_facts(choice: RankChoice) -> dict[str, Any]:
    facts: dict[str, Any] = {"k_max": choice.k_max, "n_runs": choice.n_runs}
    facts["candidates"] = [vars(each) for each in choice.candidates]
    if choice.scree is not None:
        facts["parallel_analysis"] = choice.scree.rank
        facts["variances"] = [round(float(v), 6) for v in choice.scree.variances]
        facts["chance"] = [round(float(v), 6) for v in choice.scree.chance]
    return facts


def gained_and_lost(analysis: Analysis, padj: Sequence[np.ndarray]) -> list[dict[str, Any]]:
    """Return by contrast how many genes are called with and without what was learned, and how many only by one."""
    found = []
    for result, learned in zip(analysis.results, padj, strict=True):
        classical_calls = np.nan_to_num(result.table["padj"].to_numpy(dtype=np.float64), nan=1.0) < result.fdr
        learned_calls = np.nan_to_num(learned, nan=1.0) < result.fdr
        found.append(
            {
                "id": result.contrast.id,
                "classical": int(classical_calls.sum()),
                "learned": int(learned_calls.sum()),
                "gained": int((learned_calls & ~classical_calls).sum()),
                "lost": int((classical_calls & ~learned_calls).sum()),
            }
        )
    return found
