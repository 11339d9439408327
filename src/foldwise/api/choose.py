"""The choice of a method: ``fw.choose_method``, ``foldwise choose``, and ``method="auto"`` of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError
from foldwise.learn.effects import SHARE
from foldwise.model.method_facts import AUTO, METHOD_FACTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from foldwise.api.design import ResolvedDesign
    from foldwise.api.execute import Given
    from foldwise.learn.effects import Effects
    from foldwise.model.analysis import Message
    from foldwise.model.choice import MethodChoice
    from foldwise.model.experiment import Experiment
    from foldwise.model.spec import AnalysisSpec

RUNS = 100


def choose_method(
    counts: Any, design: str | None = None, contrast: Any = None, *, samples: Any = None,
    candidates: Sequence[str] | None = None, runs: int = RUNS, share: float = SHARE, **options: Any,
) -> MethodChoice:  # fmt: skip
    """Choose a method by what each candidate finds of changes planted into the data.

    Changes of the sizes that the data show are planted by binomial thinning between random halves of the samples,
    balanced within the groups; which sample belongs to which group takes no part. The candidate that finds most of them
    is chosen among those whose false discoveries stay, with 95 % confidence, within the FDR; within one point
    ``deseq2`` is.

    Parameters
    ----------
    counts : Experiment, path, DataFrame, AnnData
        As in `fw.de`; also the directory of a finished run.
    design : str, optional
        Formula; guessed where not given.
    contrast : tuple or str, optional
        The comparison whose fold changes give the sizes to plant; default the first.
    samples : path or DataFrame, optional
    candidates : sequence of str, optional
        Default ``deseq2``, ``edger-ql``, ``limma-voom``, ``limma-trend``; ``wilcoxon`` joins for two large groups.
    runs : int
        Of the finalists; candidates that fall behind are given up after 10 or 30.
    share : float
        Of the genes that get a change.
    **options
        As in `fw.de`: settings that a method cannot take leave it out. ``seed``, ``fdr``, ``threads``.

    Returns
    -------
    MethodChoice
        ``method``, ``reason``, ``table``, ``limits``.

    Raises
    ------
    UsageError
        E-USAGE-001 for an unknown candidate, E-USAGE-002 where no candidate takes the settings.

    References
    ----------
    Gerard 2020, BMC Bioinformatics 21:206.
    """
    from foldwise.api.design import resolve_design
    from foldwise.api.emit import emit

    spec, experiment = asked(counts, samples, design, contrast, options)
    resolved = resolve_design(spec, experiment.samples)
    emit(resolved.findings)
    return chosen(resolved, experiment, candidates=candidates, runs=runs, share=share)


def asked(
    counts: Any, samples: Any, design: str | None, contrast: Any, options: dict[str, Any], method: str | None = AUTO
) -> tuple[AnalysisSpec, Experiment]:
    """Return settings and experiment of a Python call, or of the directory of a finished run.

    ``method`` is that of the settings where ``options`` names none; None leaves the method of the run or the default.

    Raises
    ------
    UsageError
        E-USAGE-002 for options that are objects.
    """
    from foldwise.api.analyze import python_spec
    from foldwise.api.coerce import read_experiment, with_paths
    from foldwise.api.emit import emit
    from foldwise.model.spec_options import with_options

    options = {"method": method, **options}
    spec, given = python_spec(design, contrast, options)
    _require_no_objects(given)
    if is_run(counts):
        from foldwise.api.rerun import require_same_inputs, stored_spec
        from foldwise.io.run_json import read_run_json

        directory = Path(counts)
        stored = stored_spec(directory)
        plain = {name: value for name, value in options.items() if value is not None}
        spec = with_options(stored, plain)
        if samples is not None:
            moved = dataclasses.replace(stored.input, counts=tuple(str(path) for path in samples[:-1]),
                                        samples=str(samples[-1]))  # fmt: skip
            spec = dataclasses.replace(spec, input=moved)
        require_same_inputs(spec, read_run_json(directory))
        counts, samples = spec.input.counts, spec.input.samples
    spec = with_paths(spec, counts, samples)
    experiment, messages = read_experiment(counts, samples, spec)
    emit(messages)
    return spec, experiment


def is_run(counts: Any) -> bool:
    """Tell whether ``counts`` is the directory of a finished run."""
    from foldwise.io.staging import COMMIT_MARK

    return isinstance(counts, (str, Path)) and (Path(counts) / COMMIT_MARK).is_file()


def chosen(
    resolved: ResolvedDesign, experiment: Experiment, *, candidates: Sequence[str] | None = None, runs: int = RUNS,
    share: float = SHARE, progress: Callable[..., None] | None = None,
) -> MethodChoice:  # fmt: skip
    """Choose a method for a design that is resolved.

    Raises
    ------
    UsageError
        E-USAGE-001, E-USAGE-002.
    """
    from foldwise.certify.choice import CANDIDATES, GROUP_TEST, ChoiceSettings, choose
    from foldwise.engine.threads import ThreadEngine

    spec = resolved.spec
    names = tuple(dict.fromkeys((*CANDIDATES, GROUP_TEST) if candidates is None else candidates))
    _require(names, runs, share)
    settings = ChoiceSettings(runs, share, ThreadEngine(spec.run.threads).n_threads, progress)
    effects = planted_effects(resolved, experiment)
    return choose(spec, experiment, resolved.design, effects, settings, candidates=names)


def planted_effects(resolved: ResolvedDesign, experiment: Experiment) -> Effects:
    """Return the sizes of changes that the data show under their own labels; the usual ones where they show none."""
    from foldwise import pipeline
    from foldwise.engine.threads import ThreadEngine
    from foldwise.errors import FoldwiseError
    from foldwise.learn.effects import fitted_effects, usual_effects
    from foldwise.model.spec import CorrectionSettings, MethodSettings

    spec = dataclasses.replace(resolved.spec, correction=CorrectionSettings())
    for name in ("deseq2", "limma-trend"):
        plain = dataclasses.replace(spec, method=MethodSettings(name=name))
        engine = ThreadEngine(spec.run.threads)
        try:
            found = pipeline.fit_and_test(plain, experiment, resolved.design, resolved.contrasts[:1], engine)
        except FoldwiseError:
            continue
        test = found.tests[0]
        if test.log2_fold_change_se is not None:
            return fitted_effects(test.log2_fold_change, test.log2_fold_change_se)
    return usual_effects()


def with_method(
    resolved: ResolvedDesign, experiment: Experiment, given: Given | None = None,
    progress: Callable[..., None] | None = None,
) -> tuple[ResolvedDesign, tuple[Message, ...]]:  # fmt: skip
    """Return the design with the method that ``auto`` means, and the message that says why; any other as it is."""
    if resolved.spec.method.name != AUTO:
        return resolved, ()
    _require_no_objects(given)
    found = chosen(resolved, experiment, runs=RUNS, progress=progress)
    method = dataclasses.replace(resolved.spec.method, name=found.method, chosen_by=AUTO)
    spec = dataclasses.replace(resolved.spec, method=method)
    return dataclasses.replace(resolved, spec=spec), (_message(found.as_facts()),)


def stored_choice(facts: Mapping[str, Any]) -> tuple[Message, ...]:
    """Return the message of the choice that a finished run made, from its ``run.json``."""
    choice = facts.get("method_choice")
    return (_message(choice),) if isinstance(choice, dict) and _is_whole(choice) else ()


def _is_whole(choice: dict[str, Any]) -> bool:
    """Tell whether a stored choice has what report and methods text take from it."""
    rows, limits = choice.get("scores"), choice.get("limits")
    if not isinstance(rows, list) or not isinstance(limits, list) or not isinstance(choice.get("learned"), bool):
        return False
    if not all(isinstance(choice.get(name), str) for name in ("method", "reason")):
        return False
    if choice["learned"] and not isinstance(choice.get("share"), (int, float)):
        return False
    rates = ("power", "false_discoveries", "false_discoveries_upper")
    return all(
        isinstance(row, dict) and isinstance(row.get("method"), str) and isinstance(row.get("n_runs"), int)
        and isinstance(row.get("verdict"), str)
        and (row["n_runs"] == 0 or all(isinstance(row.get(name), (int, float)) for name in rates))
        for row in rows
    )  # fmt: skip


def _message(choice: dict[str, Any]) -> Message:
    from foldwise.model.analysis import Message

    text = f"{choice.get('method')} was chosen: {choice.get('reason')}."
    return Message("note", "", text, {"step": "Method", "method_choice": choice})


def _require(names: Sequence[str], runs: int, share: float) -> None:
    from foldwise.certify.choice import GROUP_TEST
    from foldwise.model.method_facts import GROUP_METHODS

    unknown = [name for name in names if name not in METHOD_FACTS]
    if unknown or not names:
        from foldwise.model.spec_options import nearest

        found = f"There is no method {unknown[0]!r}." if unknown else "No candidate is given."
        hint = nearest(unknown[0], METHOD_FACTS) if unknown else ""
        raise UsageError("E-USAGE-001", found, f"{hint} Possible: {', '.join(METHOD_FACTS)}.".strip())
    groups = [name for name in names if name in GROUP_METHODS and name != GROUP_TEST]
    if groups or names == (GROUP_TEST,):
        found = f"{(groups or names)[0]} compares groups and cannot be measured beside the design."
        raise UsageError("E-USAGE-002", found, "Choose from deseq2, edger-ql, edger-lrt, limma-voom, limma-trend, ols.")
    if runs < 10:
        raise UsageError("E-USAGE-002", f"runs must be at least 10; it is {runs}.", "Usual is 100.")
    if not 0 < share <= 0.5:
        raise UsageError("E-USAGE-002", f"share must lie above 0 and be at most 0.5; it is {share:g}.", "Usual is 0.1.")


def _require_no_objects(given: Given | None) -> None:
    if given is None:
        return
    for words, value in (("Size factors", given.size_factors), ("Control genes", given.control_genes),
                         ("Weights", given.weights)):  # fmt: skip
        if value is not None:
            found = f"{words} are given as objects, which runs on regrouped samples cannot use."
            raise UsageError("E-USAGE-002", found, "Name a method, or leave them out.")
