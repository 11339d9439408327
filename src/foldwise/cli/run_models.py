"""A run of a contrasts file: one model as an ordinary run, several each in a folder of its own."""

from __future__ import annotations

import dataclasses
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.cli.guard import strict_code
from foldwise.cli.session import Session
from foldwise.errors import UsageError

if TYPE_CHECKING:
    from foldwise.api.models import Model
    from foldwise.cli.steps import RunFlags
    from foldwise.model.analysis import Message
    from foldwise.model.experiment import Experiment
    from foldwise.model.spec import AnalysisSpec


def run_models(
    session: Session,
    spec: AnalysisSpec,
    flags: RunFlags,
    directory: Path | None,
    data: tuple[Experiment, tuple[Message, ...]],
) -> int:
    """Run every model of the contrasts file and return the exit code.

    Parameters
    ----------
    session : Session
    spec : AnalysisSpec
        With a contrasts file.
    flags : RunFlags
    directory : Path or None
        Locked by the caller; None where nothing is to be written.
    data : tuple of Experiment and tuple of Message
        What was read.

    Raises
    ------
    UsageError
        E-USAGE-002 where one table is wanted and there are several contrasts.
    """
    from foldwise.api.models import plan_models, words_of
    from foldwise.cli.run import run_resolved
    from foldwise.cli.steps import checks_step, dry_run_step, samples_step

    experiment, messages = data
    models = plan_models(spec, experiment)
    session.say("Design", words_of(spec, models))
    if len(models) > 1:
        flags = dataclasses.replace(flags, finished=flags.resume, again=False)
    n = sum(len(model.resolved.contrasts) for model in models)
    if directory is None and not flags.dry_run and n != 1:
        found = f"-o - prints one table, and {Path(str(spec.design.contrasts_file)).name} asks for {n}."
        raise UsageError("E-USAGE-002", found, "Give a directory with -o.")
    for number, model in enumerate(models):
        _say_model(session, model, number, len(models))
        checks_step(session, model.resolved, (*(messages if number == 0 else ()), *model.messages))
        if flags.dry_run:
            samples_step(session, model.resolved, model.experiment)
            dry_run_step(session, model.resolved, model.experiment)
            continue
        folder = directory if directory is None or len(models) == 1 else directory / "models" / model.name
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        read = (model.experiment, (*messages, *model.messages))
        facts = run_resolved(session, model.resolved, flags, folder, read, contrasts_of=spec)
    code = strict_code(session, flags.strict)
    answer: dict[str, Any] = {"ok": True, "exit": code, "contrasts": [], "files": []}
    if directory is not None:
        answer |= facts if len(models) == 1 else _together(session, spec, models, directory, flags)
    if session.json:
        session.print_answer(answer)
    return code


def check_models(session: Session, spec: AnalysisSpec, data: tuple[Experiment, tuple[Message, ...]]) -> None:
    """Say every design of the contrasts file and what the checks find."""
    from foldwise.api.models import plan_models, words_of
    from foldwise.cli.steps import checks_step, samples_step

    experiment, messages = data
    models = plan_models(spec, experiment)
    session.say("Design", words_of(spec, models))
    for number, model in enumerate(models):
        _say_model(session, model, number, len(models))
        checks_step(session, model.resolved, (*(messages if number == 0 else ()), *model.messages))
        if model.experiment.n_genes:
            samples_step(session, model.resolved, model.experiment)


def _say_model(session: Session, model: Model, number: int, total: int) -> None:
    """Say design and comparisons of a model."""
    design, resolved = model.resolved.design, model.resolved
    head = f"model {number + 1} of {total}: " if total > 1 else ""
    left = f"   without {', '.join(model.excluded[:5])}" if model.excluded else ""
    more = f", … ({len(model.excluded)})" if len(model.excluded) > 5 else ""
    session.say("Design", f"{head}{design.formula}   {model.experiment.n_samples} samples{left}{more}")
    for contrast in resolved.contrasts:
        session.say("Design", f"{contrast.id}: {contrast.label} ({contrast.direction})")
    session.say("Design", f"{design.residual_df} residual degrees of freedom · full rank · not confounded", "ok")


def _together(
    session: Session, spec: AnalysisSpec, models: tuple[Model, ...], directory: Path, flags: RunFlags
) -> dict[str, Any]:
    """Write what joins the models, say where it is, and return it for the JSON answer."""
    from foldwise.api.write_models import write_together

    facts = write_together(spec, [model.name for model in models], directory)
    files = [entry["name"] for entry in facts["files"]] + ["run.json"]
    if "report.html" in files:
        session.say("Wrote", f"{directory / 'report.html'} (links to the reports of {len(models)} models)")
    n = len(facts["contrasts"])
    session.say("Wrote", f"{directory / 'results'}: tables of all {n} comparisons; {len(files)} files in all")
    config = os.path.join(str(directory), "run.toml")  # noqa: PTH118
    session.say("Again", f"foldwise run --config {shlex.quote(config)} --force")
    told = {"contrasts": facts["contrasts"], "certificate": facts["certificate"]}
    return {**told, "files": sorted(files), "output": str(directory)}
