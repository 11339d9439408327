"""Choose a method by what each candidate finds of changes planted into the user's own counts.

The labels of the samples are never used to choose: changes are planted between random halves of them. The most powerful
candidate whose false discoveries stay within the promised rate is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from foldwise.certify.labelings import Labelings, fake_factors
from foldwise.certify.plasmode import Plasmode, all_rates
from foldwise.certify.procedure import Procedure, classical
from foldwise.certify.seeds import CHOICE, stream
from foldwise.certify.within_groups import within_groups
from foldwise.errors import FoldwiseError, UsageError
from foldwise.learn.choice import (
    LEAST_LABELINGS,
    ROUNDS,
    by_rule,
    decide,
    heavy_tailed,
    log_residuals,
    scored,
    survivors,
    with_verdicts,
)
from foldwise.learn.effects import SHARE, Effects
from foldwise.method import method_class
from foldwise.model.choice import MethodChoice, MethodScore
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment, dense_counts
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_check import require_consistent

CANDIDATES = ("deseq2", "edger-ql", "limma-voom", "limma-trend")
GROUP_TEST = "wilcoxon"
# The rank test is tried where halves of a condition have as many samples as it needs to find anything.
LEAST_PER_HALF = 8
HEAD_TO_HEAD = 30
# Number of the stream that shuffles, beyond those of the runs.
SHUFFLE = 1_000_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ChoiceSettings:
    """How a method is chosen.

    Parameters
    ----------
    runs : int
        Runs of the finalists.
    share : float
        Of the genes that get a change.
    n_threads : int
        Runs made side by side; no number depends on it.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.
    """

    runs: int = ROUNDS[-1]
    share: float = SHARE
    n_threads: int = 1
    progress: Progress | None = None


def choose(
    spec: AnalysisSpec,
    experiment: Experiment,
    design: Design,
    effects: Effects,
    settings: ChoiceSettings,
    *,
    candidates: tuple[str, ...] = (*CANDIDATES, GROUP_TEST),
) -> MethodChoice:
    """Choose a method for an experiment.

    Parameters
    ----------
    spec : AnalysisSpec
        Everything but the method; candidates that cannot do what it asks for are left out.
    experiment : Experiment
    design : Design
    effects : Effects
        Sizes to plant.
    settings : ChoiceSettings
    candidates : tuple of str
        Tests of groups other than `GROUP_TEST` cannot be among them.

    Raises
    ------
    UsageError
        What the last candidate was left out for, where none remains.
    """
    specs, skipped = candidate_specs(spec, experiment, [name for name in candidates if name != GROUP_TEST])
    facts: dict[str, object] = {"seed": spec.run.seed, "fdr": spec.correction.fdr}
    if len(specs) == 1:
        only = next(iter(specs))
        reason = "it is the only candidate that takes these data and settings"
        return MethodChoice(only, reason, False, (), skipped, (), facts)
    labelings = fake_factors(design, max(settings.runs, LEAST_LABELINGS), spec.run.seed)
    facts |= {"groupings": labelings.n_distinct, "share": settings.share, "sizes": effects.words}
    if len(labelings) < LEAST_LABELINGS:
        return _ruled(experiment, design, specs, skipped, {**facts, "groupings": len(labelings)})
    labelings = shuffled(labelings, spec.run.seed)
    plasmode = Plasmode(experiment, design, labelings, effects, settings.share, spec.correction.fdr, spec.run.seed)
    procedures = {name: classical(each) for name, each in specs.items()}
    scores, failed = halved(plasmode, procedures, settings)
    skipped |= failed
    if not scores:
        why = " ".join(f"{name}: {words}" for name, words in failed.items())
        raise UsageError("E-USAGE-002", f"No candidate can analyze these counts. {why}", "Name a method yourself.")
    method, reason = decide(scores, spec.correction.fdr)
    told = with_verdicts(scores, method, spec.correction.fdr)
    limits = _limits(plasmode, labelings)
    choice = MethodChoice(method, reason, True, told, skipped, limits, facts)
    return against_ranks(choice, spec, plasmode, settings) if GROUP_TEST in candidates else choice


def shuffled(labelings: Labelings, seed: int) -> Labelings:
    """Return the groupings in random order: where all were listed, the first few are alike."""
    order = np.random.default_rng(stream(seed, CHOICE, SHUFFLE)).permutation(len(labelings))
    return replace(labelings, values=labelings.values[order])


def candidate_specs(
    spec: AnalysisSpec, experiment: Experiment, candidates: Sequence[str]
) -> tuple[dict[str, AnalysisSpec], dict[str, str]]:
    """Return the settings of each candidate, and why methods are none.

    Raises
    ------
    UsageError
        Where none remains.
    """
    found: dict[str, AnalysisSpec] = {}
    skipped: dict[str, str] = {}
    failure: FoldwiseError | None = None
    for name in candidates:
        own = replace(spec, method=replace(spec.method, name=name))
        try:
            require_consistent(own)
        except FoldwiseError as error:
            failure, skipped[name] = error, error.found
            continue
        whole = experiment.counts.dtype.kind in "iu" if isinstance(experiment.counts, np.ndarray) else True
        if method_class(name).needs_integers and not whole and experiment.lengths is None:
            skipped[name] = "It takes whole counts only."
            continue
        found[name] = own
    if not found and failure is not None:
        raise failure
    return found, skipped


def halved(
    plasmode: Plasmode, procedures: Mapping[str, Procedure], settings: ChoiceSettings
) -> tuple[list[MethodScore], dict[str, str]]:
    """Run all candidates on the first runs and the better half of them on more, in rounds; the same runs for all.

    Returns
    -------
    The scores, and why candidates that were stopped have none.
    """
    failed: dict[str, str] = {}
    rounds = [n for n in ROUNDS if n < settings.runs] + [settings.runs]
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in procedures}
    left, before = tuple(procedures), 0
    for upto in rounds:
        chosen = {name: procedures[name] for name in left}
        stage = f"Choosing among {len(left)}"
        new, stopped = all_rates(
            plasmode, chosen, range(before, upto), settings.n_threads, _told(settings, stage, upto, before, left)
        )
        for name, pairs in new.items():
            rates[name] += pairs
        for name in stopped:
            del rates[name]
        failed |= stopped
        left, before = tuple(new), upto
        if upto < settings.runs and left:
            scores = [scored(name, *zip(*rates[name], strict=True)) for name in left]
            left = survivors(scores, plasmode.fdr)
    return [scored(name, *zip(*pairs, strict=True)) for name, pairs in rates.items()], failed


def against_ranks(
    choice: MethodChoice, spec: AnalysisSpec, plasmode: Plasmode, settings: ChoiceSettings
) -> MethodChoice:
    """Try the chosen method against the rank test within one condition, where that is possible.

    A test of groups can hold nothing beside them, so both see halves of one condition.
    """
    why = ranks_impossible(plasmode.design)
    own = replace(spec, method=replace(spec.method, name=GROUP_TEST))
    if not why:
        try:
            require_consistent(own)
        except FoldwiseError as error:
            why = error.found
    if why:
        return replace(choice, skipped={**choice.skipped, GROUP_TEST: why})
    halves = replace(plasmode, labelings=within_groups(plasmode.design, HEAD_TO_HEAD, plasmode.seed))
    first = replace(spec, method=replace(spec.method, name=choice.method))
    procedures = {choice.method: classical(first), GROUP_TEST: classical(own)}
    told = _told(settings, f"Choosing: {choice.method} against {GROUP_TEST}", HEAD_TO_HEAD, 0, tuple(procedures))
    rates, stopped = all_rates(halves, procedures, range(HEAD_TO_HEAD), settings.n_threads, told)
    if stopped:
        return replace(choice, skipped={**choice.skipped, GROUP_TEST: next(iter(stopped.values()))})
    scores = [scored(name, *zip(*pairs, strict=True)) for name, pairs in rates.items()]
    winner, reason = decide(scores, plasmode.fdr, default=choice.method)
    by_name = {score.method: score for score in scores}
    both = " and ".join(_found(by_name[name]) for name in (GROUP_TEST, choice.method))
    words = f"within one condition, in {HEAD_TO_HEAD} runs, {both}"
    if winner != GROUP_TEST:
        return replace(choice, skipped={**choice.skipped, GROUP_TEST: f"Not better: {words}."})
    ranks = replace(by_name[GROUP_TEST], verdict="chosen, within one condition")
    others = [
        replace(score, verdict=score.verdict.replace("chosen", "best beside the design")) for score in choice.scores
    ]
    return replace(choice, method=GROUP_TEST, reason=f"{reason}; {words}", scores=(ranks, *others))


def ranks_impossible(design: Design) -> str:
    """Return why the rank test is no candidate; empty where it is one."""
    if len(design.factors) != 1 or design.numeric or len(design.factors[0].levels) != 2 or design.n_coefficients != 2:
        return "It compares two groups and takes no other term into the model."
    largest = int(np.bincount(design.factors[0].codes).max())
    if largest < 2 * LEAST_PER_HALF:
        return f"Not measured: a group has {largest} samples, and halves of {LEAST_PER_HALF} of one are needed."
    return ""


def smallest_group(design: Design) -> int:
    """Return the number of samples of the smallest level of any factor; of all samples without factors."""
    sizes = [int(np.bincount(factor.codes).min()) for factor in design.factors if len(factor.levels) == 2]
    return min(sizes, default=design.n_samples // 2)


def _found(score: MethodScore) -> str:
    return f"{score.method} finds {100 * score.mean_tpr:.1f} % with {100 * score.mean_fdp:.1f} % false"


def _ruled(
    experiment: Experiment, design: Design, specs: Mapping[str, AnalysisSpec], skipped: Mapping[str, str],
    facts: Mapping[str, object],
) -> MethodChoice:  # fmt: skip
    counts = dense_counts(experiment.counts)
    heavy = heavy_tailed(log_residuals(counts, design.matrix))
    method, reason = by_rule(smallest_group(design), heavy_tails=heavy)
    if method not in specs:
        method = next(iter(specs))
        reason = "it takes these data and settings"
    few = (
        f"Not learned: the samples can be regrouped in {facts['groupings']} ways only, and {LEAST_LABELINGS} are "
        "needed to measure anything; the method follows a rule by the number of samples."
    )
    return MethodChoice(method, reason, False, (), dict(skipped), (few,), dict(facts))


def _limits(plasmode: Plasmode, labelings: Labelings) -> tuple[str, ...]:
    limits = [
        f"Changes were planted in {100 * plasmode.share:g} % of the genes, {plasmode.effects.words}, between random "
        "halves of the samples; their own labels took no part in the choice.",
        "Approximate: the same samples are analyzed afterwards.",
    ]
    if labelings.approximate:
        limits.append(labelings.approximate)
    return tuple(limits)


def _told(
    settings: ChoiceSettings, stage: str, upto: int, before: int, names: tuple[str, ...]
) -> Callable[[int], None] | None:
    if settings.progress is None:
        return None
    report, total = settings.progress, (upto - before) * len(names)
    return lambda done: report(stage, done, total)
