"""``foldwise check``: the design in words, and whether it can be fitted."""

from __future__ import annotations

from typing import Any

import click

from foldwise.cli.guard import strict_code
from foldwise.cli.options import settings, spec_of, speech
from foldwise.cli.session import Session
from foldwise.errors import UsageError


@click.command("check")
@click.argument("files", nargs=-1, metavar="[COUNTS] SAMPLES")
@settings("design", "input")
@click.option("--reduced", metavar="TEXT", help="Reduced formula of a likelihood ratio test.")
@click.option("--method", metavar="TEXT", help="Method that COUNTS are meant for.")
@click.option("--strict", is_flag=True, help="Exit 4 where there are warnings.")
@speech
@click.pass_obj
def command(session: Session, /, files: tuple[str, ...], strict: bool, **given: Any) -> int:
    """Check a sample sheet and design; with COUNTS, the counts and how their samples match too."""
    from foldwise.cli.run import checks_step, design_step, read_step

    if not 1 <= len(files) <= 2 and not (len(files) == 0 and given.get("groups")):
        raise UsageError("E-USAGE-002", f"{len(files)} files are given.", "Write: foldwise check [COUNTS] SAMPLES")
    if len(files) == 2 or given.get("groups"):
        given["counts"] = files[:1]
        given["samples"] = files[1] if len(files) == 2 else None
        spec = spec_of(None, given)
        experiment, messages = read_step(session, spec)
        samples = experiment.samples
    else:
        from foldwise.api.check import sample_frame

        spec, messages = spec_of(None, given), ()
        samples = sample_frame(files[0])
    resolved = design_step(session, spec, samples, ask=False)
    checks_step(session, resolved, messages)
    code = strict_code(session, strict)
    if session.json:
        session.print_answer({"ok": True, "exit": code, "contrasts": [], "files": []})
    return code
