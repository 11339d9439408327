"""``foldwise convert``: counts of any format written as csv, tsv, parquet, h5ad or xlsx."""

from __future__ import annotations

from typing import Any

import click

from foldwise.cli.options import settings, spec_of, speech
from foldwise.cli.session import Session
from foldwise.errors import UsageError


@click.command("convert")
@click.argument("files", nargs=-1, required=True, metavar="IN... OUT")
@click.option("--samples", metavar="FILE", help="Sample sheet: tells samples from genes, names files, sums cells.")
@settings("input")
@click.option("--force", is_flag=True, help="Replace OUT.")
@speech
@click.pass_obj
def command(session: Session, /, files: tuple[str, ...], force: bool, **given: Any) -> None:
    """Read counts (any format that run takes) and write them as the ending of OUT says.

    Endings: .csv .tsv .txt (each also with .gz), .parquet, .h5ad, .xlsx.
    """
    from foldwise.api.convert import convert
    from foldwise.io.messages import as_warning

    if len(files) < 2:
        raise UsageError("E-USAGE-002", "convert needs an input and an output.", "Write: foldwise convert IN OUT")
    done = convert(files[:-1], files[-1], spec_of(None, given), force=force)
    for message in done.messages:
        if message.level == "warning":
            session.warn(as_warning(message), "Reading")
        else:
            session.say(message.data.get("step", "Reading"), message.text, message.level, message.data)
    text = f"{done.path}  {done.n_genes:,} genes × {done.n_columns:,} {done.unit}{'' if done.n_columns == 1 else 's'}"
    session.say("Wrote", text, "ok")
    if done.lost:
        session.say("Wrote", f"not kept: {'; '.join(done.lost)} (h5ad keeps them)", "note")
    if session.json:
        session.print_answer({"ok": True, "exit": 0, "contrasts": [], "files": [str(done.path)]})
