"""The steps of a run as the terminal shows them: each does one thing and says what came of it."""

from __future__ import annotations

import dataclasses
import os
import shlex
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foldwise.cli.progress import progress_bar
from foldwise.cli.session import Session
from foldwise.errors import FoldwiseWarning, UsageError
from foldwise.model.method_facts import profile_of
from foldwise.model.spec import AnalysisSpec

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.api.design import ResolvedDesign
    from foldwise.io.checkpoints import Checkpoints
    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.experiment import Experiment
    from foldwise.model.flags import Flags

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


def choose_step(
    session: Session, resolved: ResolvedDesign, experiment: Experiment
) -> tuple[ResolvedDesign, tuple[Message, ...]]:
    """Choose the method where that was asked for, and say which and why."""
    from foldwise.model.method_facts import AUTO

    if resolved.spec.method.name != AUTO:
        return resolved, ()
    from foldwise.api.choose import with_method
    from foldwise.model.choice import score_lines

    session.say("Method", "choosing one by planted changes; a method given by name saves this time")
    with progress_bar(session, "Choosing") as progress:
        resolved, messages = with_method(resolved, experiment, progress=progress)
    for message in messages:
        session.say("Method", message.text, "ok", message.data)
        for line in score_lines(message.data["method_choice"]):
            session.say("Method", line, "note")
    return resolved, messages


def samples_step(session: Session, resolved: ResolvedDesign, experiment: Experiment) -> Flags:
    """Check the samples and say what was checked and what was found."""
    from foldwise.api.sample_checks import checked_samples

    flags = checked_samples(resolved, experiment)
    session.say("Checks", flags.summary, "note", {"checked": [check.rule for check in flags.checks if check.applied]})
    for check in flags.checks:
        session.detail("Checks", f"{check.rule}{'' if check.applied else ' not checked'}: {check.text}")
    for warning in flags.warnings:
        session.warn(warning)
    return flags


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
        session.say(message.data.get("step", "Checks"), message.text, message.level, message.data)
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
    if analysis.spec.interpret.endpoint is not None:
        from foldwise.io.run_json import read_run_json

        session.say("Words", str(read_run_json(directory)["interpretation"]["note"]))
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
