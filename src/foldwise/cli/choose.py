"""``foldwise choose``: the method that finds most of changes planted into the user's own counts."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foldwise.cli.files import counts_and_sheet
from foldwise.cli.options import settings, spec_of, speech
from foldwise.cli.progress import progress_bar
from foldwise.cli.session import Session
from foldwise.errors import FoldwiseWarning, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foldwise.api.design import ResolvedDesign
    from foldwise.model.experiment import Experiment

FILE = "choice.tsv"


@click.command("choose")
@click.argument("files", nargs=-1, required=True, metavar="DIR|COUNTS... [SAMPLES]")
@click.option("--samples", "sheet_file", metavar="FILE", help="The sample sheet; then all other files are counts.")
@settings("design", "input")
@click.option("--candidates", metavar="A,B,...", help="Methods to choose from.  [default: those of --method auto]")
@click.option("--runs", type=int, default=100, show_default=True, metavar="N", help="Runs of the finalists.")
@click.option("--share", type=float, default=0.1, show_default=True, metavar="X", help="Share of genes changed.")
@click.option("--fdr", type=float, metavar="X", help="False discovery rate that is to be kept.  [default: 0.05]")
@click.option("--seed", type=int, metavar="N", help="Seed of everything random.  [default: 1]")
@click.option("--threads", type=int, metavar="N", help="Threads; never changes a number.")
@click.option("-o", "--output", metavar="DIR", help=f"Also write {FILE} there.")
@click.option("--force", is_flag=True, help=f"Overwrite {FILE} of an earlier choice.")
@speech
@click.pass_obj
def command(
    session: Session, /, files: tuple[str, ...], sheet_file: str | None, candidates: str | None, runs: int,
    share: float, output: str | None, force: bool, **given: Any,
) -> None:  # fmt: skip
    """Choose a method for COUNTS and SAMPLES, or for the finished run in DIR.

    Changes are planted between random halves of the samples; the method that finds most of them, and whose false
    discoveries stay within the FDR, is chosen. foldwise run --method auto does the same and goes on.
    """
    from foldwise.api.choose import chosen
    from foldwise.model.choice import score_lines

    target = require_free(output, FILE, force=force)
    names = None if candidates is None else [name.strip() for name in candidates.split(",") if name.strip()]
    resolved, experiment = asked_step(session, files, sheet_file, given)
    with progress_bar(session, "Choosing") as progress:
        found = chosen(resolved, experiment, candidates=names, runs=runs, share=share, progress=progress)
    session.say("Method", found.sentence, "ok", found.as_facts())
    for line in score_lines(found.as_facts()):
        session.say("", line, "note")
    for limit in found.limits:
        session.say("Limits", limit)
    written = write_tables(session, target, {FILE: found.table})
    if session.json:
        session.print_answer({"ok": True, "exit": 0, "contrasts": [], "files": written, "choice": found.as_facts()})


def asked_step(
    session: Session, files: tuple[str, ...], sheet_file: str | None, given: dict[str, Any], method: str | None = "auto"
) -> tuple[ResolvedDesign, Experiment]:
    """Read what was named, files or a finished run, and say what its design is."""
    from foldwise.api.choose import asked, is_run
    from foldwise.api.design import resolve_design
    from foldwise.cli.steps import checks_step, design_step, read_step

    given = {"method": method, **given}
    if not is_run(files[0]):
        given["counts"], given["samples"] = counts_and_sheet(files, sheet_file, given.get("groups"))
        spec = spec_of(None, given)
        experiment, messages = read_step(session, spec)
        resolved = design_step(session, spec, experiment.samples, ask=False)
        checks_step(session, resolved, messages)
        return resolved, experiment
    options = {name: value for name, value in given.items() if value not in (None, ())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FoldwiseWarning)  # they were told when the run was made
        moved = files[1:] or None
        spec, experiment = asked(
            files[0], moved, options.pop("design", None), options.pop("contrast", None), options, method
        )
    resolved = resolve_design(spec, experiment.samples)
    session.say("Reading", f"{files[0]}: {experiment.n_genes:,} genes × {experiment.n_samples:,} samples", "ok")
    session.say("Design", str(resolved.design.formula))
    return resolved, experiment


def require_free(output: str | None, *names: str, force: bool) -> Path | None:
    """Return the directory to write to; E-IO-003 where it holds one of the files and may not be overwritten."""
    if output is None:
        return None
    folder = Path(output)
    taken = [name for name in names if (folder / name).exists()]
    if taken and not force:
        raise UsageError("E-IO-003", f"{folder} already holds {taken[0]}.", "Add --force to overwrite it.")
    return folder


def write_tables(session: Session, folder: Path | None, contents: Mapping[str, Any]) -> list[str]:
    """Write tables and texts by the names of their files; return the names."""
    from foldwise.io.staging import writing
    from foldwise.io.write_text import write_file

    if folder is None:
        return []
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            text = content if isinstance(content, str) else content.to_csv(sep="\t", index=False, lineterminator="\n")
            write_file(folder / name, text.encode())
    session.say("Wrote", ", ".join(str(folder / name) for name in contents))
    return list(contents)
