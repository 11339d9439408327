"""``foldwise run``: from counts and sample sheet to tables and report."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foldwise.cli.certificate_steps import certificate_step, require_step
from foldwise.cli.files import counts_and_sheet
from foldwise.cli.guard import strict_code
from foldwise.cli.options import settings, spec_of, speech
from foldwise.cli.session import Session
from foldwise.cli.steps import (
    RunFlags,
    checks_step,
    choose_step,
    design_step,
    dry_run_step,
    finished_step,
    fit_step,
    heading,
    read_step,
    result_step,
    samples_step,
    stdout_step,
    write_step,
)
from foldwise.errors import UsageError
from foldwise.model.spec import AnalysisSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from foldwise.api.design import ResolvedDesign
    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.experiment import Experiment

    Judge = Callable[[Analysis], tuple[Message, ...]]

COMMIT_MARK = "run.json"
_STDOUT = "-"


@click.command("run")
@click.argument("files", nargs=-1, metavar="[COUNTS]... [SAMPLES]")
@click.option("--samples", "sheet_file", metavar="FILE", help="The sample sheet; then all other files are counts.")
@settings("design", "method", "learn", "trust")
@settings("input", "output")
@click.option("-o", "--output", metavar="DIR", help="Where to write; - prints one table.  [default: foldwise_out]")
@click.option("--config", metavar="TOML", help="Settings from a file; the command line wins.")
@click.option("--no-report", is_flag=True, default=None, help="Tables only.")
@click.option("--force", is_flag=True, help="Replace the results of an earlier run.")
@click.option("--resume", is_flag=True, help="Continue a run that was stopped; a finished one is left as it is.")
@click.option("--dry-run", is_flag=True, help="Read and check only; say what memory it would take.")
@click.option("--strict", is_flag=True, help="Exit 4 where there are warnings.")
@click.option("--yes", is_flag=True, help="Do not ask; use a guessed design.")
@speech
@click.pass_obj
def command(session: Session, /, **given: Any) -> int:
    """Test COUNTS for differential expression between groups of SAMPLES.

    COUNTS is a table (genes × samples), a folder, or a file per sample; SAMPLES, the last one, has a row per sample.
    """
    switches = {name: bool(given.pop(name)) for name in ("force", "resume", "dry_run", "strict", "yes")}
    flags = RunFlags(**switches, command=_command(session))
    if given.pop("no_report"):
        given["report"] = False
    config = given.pop("config")
    given["counts"], given["samples"] = counts_and_sheet(given.pop("files"), given.pop("sheet_file"), given["groups"])
    spec = spec_of(config, given)
    session.resumable = not flags.dry_run and spec.output.directory != _STDOUT
    return run_spec(session, spec, flags)


def run_spec(session: Session, spec: AnalysisSpec, flags: RunFlags, judge: Judge | None = None) -> int:
    """Run ``spec`` as the terminal shows it and return the exit code.

    Parameters
    ----------
    session : Session
    spec : AnalysisSpec
    flags : RunFlags
    judge : callable, optional
        Takes the analysis and returns messages to be told and kept in it (the truth of simulated data).
    """
    from foldwise.api.resume import was_stopped
    from foldwise.api.write import check_output, require_extras
    from foldwise.io.lock import DirectoryLock

    if not spec.input.counts:
        raise UsageError("E-USAGE-002", "No counts are given.", "Write: foldwise run COUNTS SAMPLES, or --config TOML.")
    to_stdout = spec.output.directory == _STDOUT
    if to_stdout and session.json:
        raise UsageError("E-USAGE-002", "-o - and --json both want stdout.", "Give a directory with -o.")
    heading(session, spec)
    if to_stdout or flags.dry_run:
        return _run(session, spec, flags, None, judge)
    directory = Path(spec.output.directory)
    require_extras(spec)
    check_output(directory, spec, force=flags.force, resume=flags.resume)
    stopped = was_stopped(directory)
    with DirectoryLock(directory):
        if flags.resume and not stopped:  # of a finished run, not of one that was to replace it
            flags = dataclasses.replace(flags, finished=True)
        return _run(session, spec, flags, directory, judge)


def _run(session: Session, spec: AnalysisSpec, flags: RunFlags, directory: Path | None, judge: Judge | None) -> int:
    experiment, messages = read_step(session, spec)
    if spec.design.contrasts_file is not None:
        from foldwise.cli.run_models import run_models

        return run_models(session, spec, flags, directory, (experiment, messages))
    resolved = design_step(session, spec, experiment.samples, ask=not flags.yes)
    if directory is None and not flags.dry_run and len(resolved.contrasts) != 1:
        found = f"-o - prints one table, and there are {len(resolved.contrasts)} contrasts."
        raise UsageError("E-USAGE-002", found, "Give one --contrast, or a directory with -o.")
    checks_step(session, resolved, messages)
    if flags.dry_run:
        samples_step(session, resolved, experiment)
        dry_run_step(session, resolved, experiment)
        answer: dict[str, Any] = {"contrasts": [], "files": []}
    else:
        answer = run_resolved(session, resolved, flags, directory, (experiment, messages), judge=judge)
    code = strict_code(session, flags.strict)
    if session.json:
        session.print_answer({"ok": True, "exit": code, **answer})
    return code


def run_resolved(
    session: Session,
    resolved: ResolvedDesign,
    flags: RunFlags,
    directory: Path | None,
    data: tuple[Experiment, tuple[Message, ...]],
    *,
    judge: Judge | None = None,
    contrasts_of: AnalysisSpec | None = None,
) -> dict[str, Any]:
    """Fit, test and write one design; return what the JSON answer says of it.

    Parameters
    ----------
    session : Session
    resolved : ResolvedDesign
    flags : RunFlags
    directory : Path or None
        None prints one table.
    data : tuple of Experiment and tuple of Message
        What was read.
    judge : callable, optional
        As for `run_spec`.
    contrasts_of : AnalysisSpec, optional
        Settings with the contrasts file that asked for the design.
    """
    from foldwise.api.execute import as_messages, finished
    from foldwise.api.models import completed
    from foldwise.api.resume import checkpoints
    from foldwise.api.sample_checks import with_flags

    experiment, messages = data
    resolved, chosen = choose_step(session, resolved, experiment)
    messages = (*messages, *chosen)
    keeper = None
    if directory is not None:
        done = finished_step(session, resolved.spec, directory) if flags.finished else None
        if done is not None:
            files = sorted([*(entry["name"] for entry in done["files"]), COMMIT_MARK])
            require_step(session, resolved.spec, done.get("certificate"))
            told = {"contrasts": done["contrasts"], "certificate": done.get("certificate")}
            return {**told, "files": files, "output": str(directory)}
        keeper = checkpoints(directory, resolved.spec, experiment, resume=flags.resume, warn=session.warn)
    seen = samples_step(session, resolved, experiment)
    fitted, said = fit_step(session, resolved, experiment, keeper), (*messages, *as_messages(resolved.findings))
    fitted = with_flags(fitted, seen)
    fitted = certificate_step(session, fitted, keeper)
    analysis = finished(fitted, said) if contrasts_of is None else completed(fitted, contrasts_of, said)
    result_step(session, analysis)
    for message in judge(analysis) if judge else ():
        session.say(message.data.get("step", "Checks"), message.text, "plain", message.data)
        analysis = dataclasses.replace(analysis, messages=(*analysis.messages, message))
    files = stdout_step(analysis) if directory is None else write_step(session, analysis, directory, flags)
    if keeper is not None:
        keeper.remove()
    from foldwise.io.certificate_json import certificate_facts
    from foldwise.io.run_json import contrast_facts

    shown, certificate = None if directory is None else str(directory), certificate_facts(analysis.certificate)
    return {"contrasts": contrast_facts(analysis), "certificate": certificate, "files": files, "output": shown}


def _command(session: Session) -> str:
    """Return the command line as it was given; how often it was resumed is no part of the result."""
    return "foldwise " + shlex.join(word for word in session.arguments if word != "--resume")
