"""``foldwise compare``: several methods on one data set."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from typing import Any

import click

from foldwise.cli.files import counts_and_sheet
from foldwise.cli.options import settings, speech
from foldwise.cli.session import Session
from foldwise.errors import FoldwiseWarning, UsageError

FILES = ("table.tsv", "calls.tsv", "agreement.tsv")


@click.command("compare")
@click.argument("files", nargs=-1, required=True, metavar="COUNTS... [SAMPLES]")
@click.option("--samples", "sheet_file", metavar="FILE", help="The sample sheet; then all other files are counts.")
@settings("design", "input")
@click.option("--methods", metavar="A,B,...", help="Methods; default all that the data and the design are for.")
@click.option("--fdr", type=float, metavar="X", help="False discovery rate of the calls.  [default: 0.05]")
@click.option("--threads", type=int, metavar="N", help="Threads; never changes a number.")
@click.option("-o", "--output", default="foldwise_compare", show_default=True, metavar="DIR", help="Where to write.")
@click.option("--force", is_flag=True, help="Overwrite the files of an earlier comparison.")
@speech
@click.pass_obj
def command(
    session: Session, /, files: tuple[str, ...], sheet_file: str | None, methods: str | None, output: str,
    force: bool, **given: Any,
) -> None:  # fmt: skip
    """Run several methods on COUNTS and SAMPLES and compare what they call."""
    from foldwise.api.compare import compare
    from foldwise.io.staging import writing
    from foldwise.io.write_text import write_file

    counts, samples = counts_and_sheet(files, sheet_file, given.get("groups"))
    folder = Path(output)
    taken = [name for name in FILES if (folder / name).exists()]
    if taken and not force:
        raise UsageError("E-IO-003", f"{folder} already holds {taken[0]}.", "Add --force to overwrite it.")
    chosen = None if methods is None else [name.strip() for name in methods.split(",") if name.strip()]
    options = {name: value for name, value in given.items() if value not in (None, ())}
    options = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FoldwiseWarning)
        found = compare(counts, samples, options.pop("design", None), methods=chosen,
                        contrast=options.pop("contrast", None), **options)  # fmt: skip
    for warning in caught:
        if isinstance(warning.message, FoldwiseWarning):
            session.warn(warning.message)
    for number, line in enumerate(found.summary().split("\n")):
        session.say("Result" if number == 0 else "", line)
    frames = {"table.tsv": found.table.reset_index(), "calls.tsv": found.calls.reset_index(),
              "agreement.tsv": found.agreement}  # fmt: skip
    written = list(FILES)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            write_file(folder / name, frame.to_csv(sep="\t", index=False, lineterminator="\n").encode())
        if importlib.util.find_spec("matplotlib") is not None:
            found.figure(folder / "figure.svg")
            written.append("figure.svg")
        else:
            session.say("Figure", "none: it needs matplotlib (pip install 'foldwise[plot]')", "note")
    session.say("Wrote", ", ".join(str(folder / name) for name in written))
    if session.json:
        session.print_answer({"ok": True, "exit": 0, "contrasts": [], "files": written})
