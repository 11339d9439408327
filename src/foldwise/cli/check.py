"""``foldwise check``: the design in words, and whether it can be fitted."""

from __future__ import annotations

from typing import Any

import click

from foldwise.cli.files import counts_and_sheet
from foldwise.cli.guard import strict_code
from foldwise.cli.options import settings, spec_of, speech
from foldwise.cli.session import Session
from foldwise.errors import UsageError


@click.command("check")
@click.argument("files", nargs=-1, metavar="[COUNTS]... SAMPLES")
@click.option("--samples", "sheet_file", metavar="FILE", help="The sample sheet; then all other files are counts.")
@settings("design", "input")
@click.option("--reduced", metavar="TEXT", help="Reduced formula of a likelihood ratio test.")
@click.option("--method", metavar="TEXT", help="Method that COUNTS are meant for.")
@click.option("--strict", is_flag=True, help="Exit 4 where there are warnings.")
@speech
@click.pass_obj
def command(session: Session, /, files: tuple[str, ...], sheet_file: str | None, strict: bool, **given: Any) -> int:
    """Check a sample sheet and design; with COUNTS, the counts and the samples too: sex, swaps, outliers, depth."""
    from foldwise.cli.steps import checks_step, design_step, read_step, samples_step

    if len(files) == 1 and sheet_file is None and not given["groups"]:
        (sheet_file,), files = files, ()
    given["counts"], given["samples"] = counts_and_sheet(files, sheet_file, given["groups"])
    if not given["counts"] and given["samples"] is None:
        raise UsageError("E-USAGE-002", "No files are given.", "Write: foldwise check [COUNTS] SAMPLES")
    if given["counts"]:
        spec = spec_of(None, given)
        experiment, messages = read_step(session, spec)
        samples = experiment.samples
    else:
        from foldwise.api.check import sample_frame

        spec, messages = spec_of(None, given), ()
        samples = sample_frame(given["samples"])
    if spec.design.contrasts_file is not None:
        from foldwise.api.models import without_counts
        from foldwise.cli.run_models import check_models

        check_models(session, spec, (experiment if given["counts"] else without_counts(samples), messages))
    else:
        resolved = design_step(session, spec, samples, ask=False)
        checks_step(session, resolved, messages)
        if given["counts"]:
            samples_step(session, resolved, experiment)
    code = strict_code(session, strict)
    if session.json:
        session.print_answer({"ok": True, "exit": code, "contrasts": [], "files": []})
    return code
