"""``foldwise report``: the report of a finished run, built again."""

from __future__ import annotations

from pathlib import Path

import click

from foldwise.cli.options import speech
from foldwise.cli.session import Session


@click.command("report")
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("counts", required=False)
@click.argument("samples", required=False)
@speech
@click.pass_obj
def command(session: Session, directory: Path, counts: str | None, samples: str | None) -> None:
    """Build report.html of the run in DIRECTORY again; give COUNTS SAMPLES if the inputs were moved."""
    from foldwise.api.rerun import require_same_tables, rerun
    from foldwise.api.rewrite import replace_report
    from foldwise.io.lock import DirectoryLock

    analysis, facts = rerun(directory, counts, samples)
    require_same_tables(directory, analysis)
    with DirectoryLock(directory):
        replace_report(analysis, directory, facts)
    session.say("Wrote", f"{directory / 'report.html'}", "ok")
    if session.json:
        session.print_answer({"ok": True, "exit": 0, "contrasts": [], "files": ["report.html"]})
