"""``foldwise signature``: a panel of genes that predicts a class, judged honestly; and new samples scored by it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foldwise.cli.files import counts_and_sheet
from foldwise.cli.guard import strict_code
from foldwise.cli.options import settings, spec_of, speech
from foldwise.cli.progress import progress_bar
from foldwise.cli.session import Session
from foldwise.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foldwise.model.analysis import Message
    from foldwise.model.experiment import Experiment
    from foldwise.model.signature import SignatureResult
    from foldwise.model.spec import AnalysisSpec

SCORES = "scores.tsv"


@click.command("signature")
@click.argument("files", nargs=-1, metavar="DIR | [COUNTS]... [SAMPLES]")
@click.option("--samples", "sheet_file", metavar="FILE", help="The sample sheet; then all other files are counts.")
@click.option(
    "--outcome", metavar="COLUMN", help="What is predicted: a column with two values, or COLUMN:CLASS:REFERENCE."
)
@click.option("--group", metavar="COLUMN", help="Column that names persons; samples of one stay on one side.")
@click.option("--batch", metavar="COLUMN", help="Column of batches, which must not tell the outcome.")
@click.option(
    "--permutations", default=200, show_default=True, metavar="N", help="Permutations of the labels; 0 for none."
)
@click.option(
    "--repeats", default=10, show_default=True, metavar="N", help="Repeats of the outer division into 5 folds."
)
@click.option("--seed", type=int, metavar="N", help="Seed of everything random.  [default: 1, or that of the run]")
@click.option("--model", metavar="JSON", help="Score the samples of COUNTS with this model; nothing is learned.")
@settings("input")
@click.option("--groups", metavar="TEXT", help='Groups without a sheet: "ctrl=C1,C2,C3; drug=D1,D2,D3".')
@click.option(
    "-o", "--output", metavar="DIR", help="Where to write.  [default: foldwise_signature; scores: foldwise_scores]"
)
@click.option("--force", is_flag=True, help="Overwrite the files of an earlier signature.")
@click.option("--strict", is_flag=True, help="Exit 4 where there are warnings.")
@speech
@click.pass_obj
def command(
    session: Session, /, files: tuple[str, ...], sheet_file: str | None, outcome: str | None, group: str | None,
    batch: str | None, permutations: int, repeats: int, seed: int | None, model: str | None, output: str | None,
    force: bool, strict: bool, **given: Any,
) -> int:  # fmt: skip
    """Learn which genes predict the outcome, and how well; needs the extra `learn` (scikit-learn).

    DIR is the output of a run, whose inputs are read again. With --model the samples of COUNTS are scored.
    """
    if not files:
        raise UsageError(
            "E-USAGE-002", "No files are given.", "Write: foldwise signature COUNTS SAMPLES --outcome COLUMN"
        )
    if model is not None:
        given["counts"], given["samples"] = counts_and_sheet(files, sheet_file, given["groups"])
        target = Path(output or "foldwise_scores")
        return _score(session, model, outcome, spec_of(None, given), target, force=force, strict=strict)
    from foldwise.api.signature import Wanted
    from foldwise.api.write_signature import FILES, require_free
    from foldwise.learn.signature import require_sklearn

    require_sklearn()
    target = Path(output or "foldwise_signature")
    require_free(target, FILES, force=force)
    wanted = Wanted(outcome or "", group, batch, permutations, repeats, 1 if seed is None else seed)
    if (directory := run_directory(files)) is not None:
        spec, experiment, messages = _of_run(directory, files[1:])
        if seed is None:
            wanted = Wanted(outcome or "", group, batch, permutations, repeats, spec.run.seed)
    else:
        given["counts"], given["samples"] = counts_and_sheet(files, sheet_file, given["groups"])
        spec = spec_of(None, given)
        experiment, messages = _read(session, spec)
    _warn(session, messages)
    result = _learn(session, experiment, wanted, spec, messages)
    _show(session, result, result.messages[len(messages) :])
    names = _write(session, result, spec, target, force=force)
    code = strict_code(session, strict)
    if session.json:
        from foldwise.api.write_signature import signature_facts

        facts = signature_facts(result)
        del facts["permuted_auc"]
        session.print_answer(
            {"ok": True, "exit": code, "contrasts": [], "files": names, "output": str(target), "signature": facts}
        )
    return code


def run_directory(files: Sequence[str]) -> Path | None:
    """Return the directory of a finished run, if the first of the files is one."""
    from foldwise.io.staging import COMMIT_MARK

    first = Path(files[0])
    return first if first.is_dir() and (first / COMMIT_MARK).is_file() else None


def _of_run(directory: Path, moved: Sequence[str]) -> tuple[AnalysisSpec, Experiment, tuple[Message, ...]]:
    from foldwise.api.rerun import reread

    if len(moved) > 2:
        raise UsageError("E-USAGE-002", f"{len(moved)} files follow the directory.", "Give COUNTS SAMPLES at most.")
    spec, experiment, _, _ = reread(directory, *moved)
    return spec, experiment, ()  # what reading found was told when the run was made


def _read(session: Session, spec: AnalysisSpec) -> tuple[Experiment, tuple[Message, ...]]:
    from foldwise.cli.steps import read_step

    return read_step(session, spec)


def _warn(session: Session, messages: Sequence[Message]) -> None:
    from foldwise.io.messages import as_warning

    for message in messages:
        if message.level == "warning":
            session.warn(as_warning(message))


def _learn(
    session: Session, experiment: Experiment, wanted: Any, spec: AnalysisSpec, messages: tuple[Message, ...]
) -> SignatureResult:
    from foldwise.api.signature import learn_signature

    with progress_bar(session, "Learning") as advance:
        result = learn_signature(experiment, wanted, messages, drop=spec.input.drop_na, progress=advance)
    for message in result.messages[len(messages) :]:
        if message.level == "note":
            session.say("Checks", message.text, "note")
    return result


def _show(session: Session, result: SignatureResult, found: Sequence[Message]) -> None:
    from foldwise.report.signature_words import PREDICTIVE, SCOPE, sentences

    first, *others = sentences(result)
    session.say("Signature", first, "ok")
    for line in others:
        if line != PREDICTIVE:
            session.say("Result", line)
    _warn(session, found)
    session.say("Note", PREDICTIVE)
    session.say("Note", SCOPE)


def _write(session: Session, result: SignatureResult, spec: AnalysisSpec, target: Path, *, force: bool) -> list[str]:
    from foldwise.api.write_signature import write_signature
    from foldwise.io.formats import source_files
    from foldwise.provenance import input_digests

    command = "foldwise " + shlex.join(session.arguments)
    inputs = input_digests(source_files(spec))
    names = write_signature(result, target, force=force, command=command, inputs=inputs)
    session.say("Wrote", f"{target}/signature.html  + {len(names) - 1} more files (model.json scores new samples)")
    return names


def _score(
    session: Session, model_file: str, outcome: str | None, spec: AnalysisSpec, target: Path, *, force: bool,
    strict: bool,
) -> int:  # fmt: skip
    from foldwise.api.score import known_outcome, new_experiment, outcome_sentences, scored
    from foldwise.api.signature import read_signature
    from foldwise.api.write_signature import require_free, write_frame
    from foldwise.io.lock import DirectoryLock
    from foldwise.io.staging import Staging, writing

    require_free(target, (SCORES,), force=force)
    model = read_signature(model_file)
    experiment, messages = new_experiment(spec.input.counts, spec.input.samples, spec)
    _warn(session, messages)
    table, said = scored(model, experiment)
    _warn(session, said)
    low, high = model.classes
    counted = table["called"].value_counts()
    shares = ", ".join(f"{int(counted.get(name, 0)):,} {name}" for name in (high, low))
    session.say(
        "Model", f"{model.outcome}: {high} against {low}; {len(model.genes):,} genes, {model.n_samples:,} samples"
    )
    session.say("Result", f"{len(table):,} samples called {shares}", "ok")
    known = known_outcome(model, table, experiment, outcome)
    for sentence in outcome_sentences(known):
        session.say("Result", sentence)
    with DirectoryLock(target), Staging(target, SCORES) as staging, writing(target):
        write_frame(staging.file(SCORES), table)
        staging.commit([])
    session.say("Wrote", str(target / SCORES))
    code = strict_code(session, strict)
    if session.json:
        called = {name: int(counted.get(name, 0)) for name in model.classes}
        scores = {"samples": len(table), "called": called, "known": known}
        answer = {"ok": True, "exit": code, "contrasts": [], "files": [SCORES], "output": str(target)}
        session.print_answer({**answer, "scores": scores})
    return code
