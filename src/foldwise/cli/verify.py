"""``foldwise verify``: the files are those of the run, and it gives the same numbers again, or exit 6."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from foldwise.cli.options import speech
from foldwise.cli.session import Session
from foldwise.errors import InputError


@click.command("verify")
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("counts", required=False)
@click.argument("samples", required=False)
@speech
@click.pass_obj
def command(session: Session, directory: Path, counts: str | None, samples: str | None) -> None:
    """Check the files in DIRECTORY against run.json, then compute every gene again; exit 6 if anything differs."""
    from foldwise.api.rerun import mismatch, require_same_tables, rerun
    from foldwise.api.write_models import model_folders
    from foldwise.io.run_json import read_run_json
    from foldwise.provenance import file_digest

    facts = read_run_json(directory)
    folders = model_folders(directory) or [directory]
    for entry in facts["files"]:
        path = directory / entry["name"]
        if not path.is_file():
            raise mismatch(f"{entry['name']} is missing.")
        if file_digest(path)["sha256"] != entry["sha256"]:
            with contextlib.suppress(InputError):  # without the inputs the digest is all that can be told
                for folder in folders:
                    require_same_tables(folder, rerun(folder, counts, samples)[0])
            raise mismatch(f"{entry['name']} is not the file that the run wrote.")
    session.say("Files", f"{len(facts['files'])} files have the SHA-256 that run.json notes", "ok")
    for folder in folders:
        analysis, _ = rerun(folder, counts, samples, judge=True)
        n_genes = require_same_tables(folder, analysis)
        place = f"{folder.name}: " if folder != directory else ""
        done = f"{place}{n_genes:,} genes × {len(analysis.results)} contrasts computed again: the same"
        session.say("Numbers", done, "ok")
    if session.json:
        session.print_answer({"ok": True, "exit": 0, "contrasts": [], "files": []})
