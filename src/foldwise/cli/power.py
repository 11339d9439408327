"""``foldwise power``: how many samples per group a comparison needs, learned from a pilot."""

from __future__ import annotations

from typing import Any

import click

from foldwise.cli.choose import asked_step, require_free, write_tables
from foldwise.cli.options import settings, speech
from foldwise.cli.progress import progress_bar
from foldwise.cli.session import Session

FILES = ("power.tsv", "power.svg")


@click.command("power")
@click.argument("files", nargs=-1, required=True, metavar="DIR|COUNTS... [SAMPLES]")
@click.option("--samples", "sheet_file", metavar="FILE", help="The sample sheet; then all other files are counts.")
@settings("design", "input")
@click.option("--n", "sizes", default="3:20", show_default=True, metavar="A:B", help="Samples per group, or 3,6,12.")
@click.option("--lfc", "least", type=float, default=1.0, show_default=True, metavar="X",
              help="Count genes that change at least so much (absolute log2 fold change).")  # fmt: skip
@click.option("--power", "target", type=float, default=0.8, show_default=True, metavar="X", help="Share to be found.")
@click.option("--method", metavar="TEXT", help="Method; default that of the run, or deseq2.")
@click.option("--runs", type=int, default=20, show_default=True, metavar="N", help="Runs per number of samples.")
@click.option("--share", type=float, metavar="X", help="Share of genes that change.  [default: as estimated]")
@click.option("--fdr", type=float, metavar="X", help="False discovery rate of the calls.  [default: 0.05]")
@click.option("--seed", type=int, metavar="N", help="Seed of everything random.  [default: 1]")
@click.option("--threads", type=int, metavar="N", help="Threads; never changes a number.")
@click.option("-o", "--output", default="foldwise_power", show_default=True, metavar="DIR", help="Where to write.")
@click.option("--force", is_flag=True, help="Overwrite the files of an earlier call.")
@speech
@click.pass_obj
def command(
    session: Session, /, files: tuple[str, ...], sheet_file: str | None, sizes: str, least: float, target: float,
    runs: int, share: float | None, output: str, force: bool, **given: Any,
) -> None:  # fmt: skip
    """Say how many samples per group the comparison of COUNTS and SAMPLES needs, or that of the finished run in DIR.

    Changes are planted into fewer samples than there are, and into the same ones drawn repeatedly: at most three times
    as many, marked as extrapolation. Writes power.tsv and power.svg.
    """
    from foldwise.api.power import lines_of, power_of

    folder = require_free(output, *FILES, force=force)
    resolved, experiment = asked_step(session, files, sheet_file, given, method=None)
    with progress_bar(session, "Power") as progress:
        found = power_of(
            resolved, experiment, n=sizes, lfc=least, target=target, runs=runs, share=share, progress=progress
        )
    for line in lines_of(found):
        session.say("Power", line)
    session.say("Result", found.sentence, "ok", found.as_facts())
    for limit in found.limits:
        session.say("Limits", limit)
    written = write_tables(session, folder, dict(zip(FILES, (found.table, found.svg()), strict=True)))
    if session.json:
        session.print_answer({"ok": True, "exit": 0, "contrasts": [], "files": written, "power": found.as_facts()})
