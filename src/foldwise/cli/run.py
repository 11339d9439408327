"""``foldwise run``: from counts and sample sheet to tables and report."""

from __future__ import annotations

import dataclasses
import os
import shlex
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foldwise.cli.files import counts_and_sheet
from foldwise.cli.guard import strict_code
from foldwise.cli.options import settings, spec_of, speech
from foldwise.cli.progress import progress_bar
from foldwise.cli.session import Session
from foldwise.errors import FoldwiseWarning, UsageError
from foldwise.model.method_facts import profile_of
from foldwise.model.spec import AnalysisSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from foldwise.api.design import ResolvedDesign
    from foldwise.io.checkpoints import Checkpoints
    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.experiment import Experiment

    Judge = Callable[[Analysis], tuple[Message, ...]]

COMMIT_MARK = "run.json"
_STDOUT = "-"

# What a profile promises, beside the name of the method.
_NUMBERS = {
    "deseq2-1.38": " (numbers of DESeq2 1.38-1.43)",
    "deseq2-1.44": " (rules of DESeq2 1.44)",
    "edger-4.5": " (numbers of edgeR 4.5)",
    "edger-3": " (rules of edgeR 3)",
    "limma-3.63": " (numbers of limma 3.63)",
}


@dataclasses.dataclass(frozen=True)
class RunFlags:
    """What a run does beside its analysis."""

    force: bool = False
    resume: bool = False
    finished: bool = False  # the directory may hold this very run, finished
    again: bool = True  # say how to run it again
    dry_run: bool = False
    strict: bool = False
    yes: bool = False
    command: str = ""


@click.command("run")
@click.argument("files", nargs=-1, metavar="[COUNTS]... [SAMPLES]")
@click.option("--samples", "sheet_file", metavar="FILE", help="The sample sheet; then all other files are counts.")
@settings("design", "method")
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

    experiment, messages = data
    keeper = None
    if directory is not None:
        done = finished_step(session, resolved.spec, directory) if flags.finished else None
        if done is not None:
            files = sorted([*(entry["name"] for entry in done["files"]), COMMIT_MARK])
            return {"contrasts": done["contrasts"], "files": files, "output": str(directory)}
        keeper = checkpoints(directory, resolved.spec, experiment, resume=flags.resume, warn=session.warn)
    fitted, said = fit_step(session, resolved, experiment, keeper), (*messages, *as_messages(resolved.findings))
    analysis = finished(fitted, said) if contrasts_of is None else completed(fitted, contrasts_of, said)
    result_step(session, analysis)
    for message in judge(analysis) if judge else ():
        session.say(message.data.get("step", "Checks"), message.text, "plain", message.data)
        analysis = dataclasses.replace(analysis, messages=(*analysis.messages, message))
    files = stdout_step(analysis) if directory is None else write_step(session, analysis, directory, flags)
    if keeper is not None:
        keeper.remove()
    from foldwise.io.run_json import contrast_facts

    shown = None if directory is None else str(directory)
    return {"contrasts": contrast_facts(analysis), "files": files, "output": shown}


def heading(session: Session, spec: AnalysisSpec) -> None:
    """Say version, method and threads."""
    import foldwise

    threads = spec.run.threads or len(os.sched_getaffinity(0))
    numbers = _whose_numbers(spec)
    session.rule(
        f"foldwise {foldwise.__version__}   method {spec.method.name}{numbers} · "
        f"{threads} thread{'' if threads == 1 else 's'}"
    )


def _whose_numbers(spec: AnalysisSpec) -> str:
    if spec.method.name == "deseq2" and spec.method.engine == "exact":
        return " (converged optimum)"
    return _NUMBERS.get(profile_of(spec) or "", "")


def read_step(session: Session, spec: AnalysisSpec) -> tuple[Experiment, tuple[Message, ...]]:
    """Read the files and say what was found and how samples were matched."""
    from foldwise.api.coerce import read_experiment

    experiment, messages = read_experiment(spec.input.counts, spec.input.samples, spec)
    section = "Reading"
    for message in messages:
        section = message.data.get("step", section)
        if message.level != "warning":
            session.say(section, message.text, message.level, message.data)
    return experiment, messages


def design_step(session: Session, spec: AnalysisSpec, samples: pd.DataFrame, *, ask: bool) -> ResolvedDesign:
    """Resolve the design, say it, and ask where it was guessed and someone can answer."""
    from foldwise.api.design import resolve_design

    resolved = resolve_design(spec, samples)
    design = resolved.design
    guessed = design.source == "guessed"
    session.say("Design", f"{design.formula}{'      (guessed)' if guessed else ''}")
    for contrast in resolved.contrasts:
        session.say("Design", f"comparison: {contrast.label} ({contrast.direction})")
    for sentence in resolved.sentences[1:]:
        session.say("Design", sentence)
    session.say("Design", f"{design.residual_df} residual degrees of freedom · full rank · not confounded", "ok")
    if guessed and ask and session.may_ask and not click.confirm("          Use this design?", default=True, err=True):
        raise UsageError("E-USAGE-002", "The guessed design was declined.", 'Give your own: --design "~ group".')
    return resolved


def checks_step(session: Session, resolved: ResolvedDesign, messages: tuple[Message, ...]) -> None:
    """Say what reading and design check warn of."""
    from foldwise.io.messages import as_warning

    for message in messages:
        if message.level == "warning":
            session.warn(as_warning(message))
    for finding in resolved.findings:
        session.warn(finding)


def finished_step(session: Session, spec: AnalysisSpec, directory: Path) -> dict[str, Any] | None:
    """Say so, and return its facts, where this very run is finished in ``directory``."""
    from foldwise.api.resume import finished_run

    facts = finished_run(directory, spec)
    if facts is not None:
        session.say("Resume", f"{directory} holds this run, finished, with all its files; nothing to do", "ok")
    return facts


def fit_step(
    session: Session, resolved: ResolvedDesign, experiment: Experiment, keeper: Checkpoints | None = None
) -> Analysis:
    """Fit and test, with a progress bar on a terminal; say what was noticed and how long it took."""
    import time

    from foldwise.api.execute import execute
    from foldwise.api.words import depth_lines

    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FoldwiseWarning)
        with progress_bar(session, "Fitting") as progress:
            analysis = execute(resolved.spec, experiment, resolved.design, progress=progress, remember=keeper)
    if keeper is not None and keeper.used:
        session.say("Resume", f"taken from checkpoints: {', '.join(keeper.used)}")
    seen = set()
    for item in caught:
        if isinstance(item.message, FoldwiseWarning):
            seen.add(str(item.message))
            session.warn(item.message)
        else:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
    for message in analysis.messages:
        _say_message(session, message, seen)
    for text in depth_lines(analysis):
        session.say("Checks", text, "note")
    n_fitted = int((analysis.fit.status != 1).sum())
    for stage, seconds in analysis.provenance.get("stage_seconds", {}).items():
        session.detail("Fitting", f"{stage}: {seconds:.2f} s", {"stage": stage, "seconds": seconds})
    session.say("Fitting", f"{n_fitted:,} genes   {time.perf_counter() - start:.1f} s", "ok")
    return analysis


def _say_message(session: Session, message: Message, seen: set[str]) -> None:
    from foldwise.io.messages import as_warning

    if message.level != "warning":
        session.say("Checks", message.text, message.level, message.data)
        return
    warning = as_warning(message)
    if str(warning) not in seen:
        session.warn(warning)


def result_step(session: Session, analysis: Analysis) -> None:
    """Say per contrast how many genes are called, why others are not, and the best ones."""
    from foldwise.api.words import status_lines, top_lines, verdict_line

    several = len(analysis.results) > 1
    for result in analysis.results:
        name = f"{result.contrast.label}: " if several else ""
        session.say("Result", name + verdict_line(result))
        if several:
            continue
        rows = top_lines(result, 5)
        for line in (*status_lines(result), *(f"  {row}" for row in rows)):
            session.say("Result", line)
        if rows and "gene_name" not in result.table:
            session.say("Result", "names of genes: give --gtf genes.gtf, --genes FILE or a column gene_name", "note")


def stdout_step(analysis: Analysis) -> list[str]:
    """Print the one result table on stdout."""
    from foldwise.io.write_outputs import result_bytes

    result, stream = analysis.results[0], sys.stdout.buffer
    stream.write(result_bytes(result.table, analysis.spec.output.style, result.statistic))
    stream.flush()
    return []


def write_step(session: Session, analysis: Analysis, directory: Path, flags: RunFlags) -> list[str]:
    """Write all files and say where they are."""
    from foldwise.api.write import write_files
    from foldwise.io.write_outputs import file_stems

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FoldwiseWarning)
        files = write_files(analysis, directory, command=flags.command)
    for item in caught:
        if isinstance(item.message, FoldwiseWarning):
            session.warn(item.message)
    shown = str(directory)
    report = directory / "report.html"
    if "report.html" in files:
        size = report.stat().st_size / 1e6
        session.say("Wrote", f"{report} ({size:.1f} MB, opens without internet)")
    table = f"results/{file_stems(analysis.results)[0]}.tsv"
    others = len(files) - 1 - ("report.html" in files)
    session.say("Wrote", f"{directory / table}  + {others} more files")
    for name in files:
        session.detail("Wrote", f"{name}  {(directory / name).stat().st_size:,} bytes")
    used = analysis.provenance.get("resources", {})
    if used:
        session.detail("Used", f"{used['cpu_seconds']:.1f} s of processor, at most {used['peak_memory_mib']:,.0f} MiB")
    if flags.again:
        session.say("Again", f"foldwise run --config {shlex.quote(os.path.join(shown, 'run.toml'))} --force")  # noqa: PTH118
    return files


def dry_run_step(session: Session, resolved: ResolvedDesign, experiment: Experiment) -> None:
    """Say what the run would take."""
    from foldwise.api.memory import gib, needed_bytes, needed_seconds, require_memory
    from foldwise.model.spec_check import require_consistent

    n_genes, n_samples = experiment.n_genes, experiment.n_samples
    require_consistent(resolved.spec)
    require_memory(resolved.spec, n_genes, n_samples)
    seconds = needed_seconds(n_genes, n_samples, resolved.design.n_coefficients)
    cost = f"about {gib(needed_bytes(n_genes, n_samples))} of memory and {seconds:,.0f} s of one processor"
    session.say("Dry run", f"{n_genes:,} genes × {n_samples:,} samples would take {cost}; nothing was written", "ok")


def _command(session: Session) -> str:
    """Return the command line as it was given; how often it was resumed is no part of the result."""
    return "foldwise " + shlex.join(word for word in session.arguments if word != "--resume")
